"""Packets of RFC 5176, octet by octet, and answers that may not be believed."""

import hmac
import struct
from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.radius import (
    Attribute,
    Code,
    Kind,
    Unauthentic,
    Unfitting,
    address,
    answer,
    number,
    request,
    text,
    vlan,
)

SECRET = b"s3cret"
ASKED = request(Code.DISCONNECT, 9, [text(Kind.USER_NAME, "zhangz"), text(Kind.ACCT_SESSION_ID, "5F3A01")], SECRET)


def answered(
    code: int, *attributes: Attribute, asked: bytes = ASKED, secret: bytes = SECRET, sign: bool = False
) -> bytes:
    """What a server makes of it, computed here anew from the text of the RFCs."""
    rest = b"".join(bytes([kind, len(value) + 2]) + value for kind, value in attributes)
    size = 20 + len(rest) + 18 * sign
    head = struct.pack("!BBH", code, asked[1], size)
    if sign:
        blank = head + asked[4:20] + rest + b"\x50\x12" + bytes(16)
        rest += b"\x50\x12" + hmac.new(secret, blank, "md5").digest()
    return head + md5(head + asked[4:20] + rest + secret, usedforsecurity=False).digest() + rest


def test_a_request_octet_by_octet() -> None:
    body = b"\x01\x08zhangz\x2c\x085F3A01"
    head = b"\x28\x09\x00\x36"
    mac = hmac.new(SECRET, head + bytes(16) + b"\x50\x12" + bytes(16) + body, "md5").digest()
    signed = b"\x50\x12" + mac + body
    authenticator = md5(head + bytes(16) + signed + SECRET, usedforsecurity=False).digest()
    assert head + authenticator + signed == ASKED


def test_attributes() -> None:
    assert number(Kind.EVENT_TIMESTAMP, 0x01020304) == (55, b"\x01\x02\x03\x04")
    assert address("192.0.2.1", 4, 95) == (4, bytes([192, 0, 2, 1]))
    assert address("2001:db8::1", 4, 95)[0] == 95
    assert vlan("999") == ((64, b"\0\0\0\x0d"), (65, b"\0\0\0\x06"), (81, b"999"))


@pytest.mark.parametrize(
    "build",
    [
        lambda: text(1, ""), lambda: text(1, "x" * 254), lambda: number(55, 2**32), lambda: number(55, -1),
        lambda: address("sw-lib", 4, 95), lambda: vlan(""), lambda: vlan("\x01"),
        lambda: request(Code.DISCONNECT, 1, [], b""), lambda: request(Code.COA_ACK, 1, [], SECRET),
        lambda: request(Code.COA, 1, [text(11, "x" * 253)] * 16, SECRET),
    ],
)  # fmt: skip
def test_what_no_packet_can_hold_is_refused(build) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        build()


@pytest.mark.parametrize("sign", [False, True])
def test_an_answer_with_its_cause_and_words(sign: bool) -> None:
    refusal = answered(42, number(Kind.ERROR_CAUSE, 503), text(18, "no such"), text(18, " session"), sign=sign)
    given_ = answer(refusal, ASKED, SECRET, demand=sign)
    assert (given_.code, given_.cause, given_.said, given_.agreed) == (
        Code.DISCONNECT_NAK,
        503,
        "no such session",
        False,
    )
    assert answer(answered(41, sign=sign) + b"padding", ASKED, SECRET).agreed


def test_an_answer_without_its_own_signature_counts_only_where_none_is_demanded() -> None:
    with pytest.raises(Unauthentic):
        answer(answered(41), ASKED, SECRET, demand=True)


def test_a_signature_that_does_not_fit_is_not_believed_though_the_authenticator_does() -> None:
    with pytest.raises(Unauthentic):
        answer(answered(41, (Kind.MESSAGE_AUTHENTICATOR, bytes(16))), ASKED, SECRET)


@pytest.mark.parametrize(
    "data",
    [
        answered(44), answered(40), answered(41, asked=request(Code.DISCONNECT, 8, [], SECRET)), b"", answered(41)[:19],
        answered(41)[:2] + b"\x00\x13" + answered(41)[4:], answered(41)[:2] + b"\x00\xff" + answered(41)[4:],
        b"\x29" * 4097,
    ],
)  # fmt: skip
def test_what_answers_something_else_is_passed_over(data: bytes) -> None:
    with pytest.raises(Unfitting):
        answer(data, ASKED, SECRET)


def test_attributes_that_do_not_add_up_are_passed_over() -> None:
    head = struct.pack("!BBH", 41, 9, 22)
    for rest in (b"\x12\x09", b"\x12\x00", b"\x12\x01"):
        data = head + md5(head + ASKED[4:20] + rest + SECRET, usedforsecurity=False).digest() + rest
        with pytest.raises(Unfitting):
            answer(data, ASKED, SECRET)


@given(at=st.integers(0, 37), to=st.integers(1, 255), sign=st.booleans())
def test_not_an_octet_may_change(at: int, to: int, sign: bool) -> None:
    data = bytearray(answered(42, number(Kind.ERROR_CAUSE, 503), text(18, "bye"), sign=sign))
    data[at % len(data)] ^= to
    with pytest.raises((Unauthentic, Unfitting)):
        answer(bytes(data), ASKED, SECRET)


@given(data=st.binary(max_size=200))
def test_noise_is_no_answer(data: bytes) -> None:
    with pytest.raises((Unauthentic, Unfitting)):
        answer(data, ASKED, SECRET)
