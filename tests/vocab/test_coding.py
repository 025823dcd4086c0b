"""The codings of wallets, against the vectors of their own standards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.vocab import coding

five = st.lists(st.integers(0, 31), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_keccak(text, digest) -> None:
    assert coding.keccak256(text).hex() == digest


@pytest.mark.parametrize("size", [135, 136, 137, 272])
def test_keccak_over_block_edges_differs_with_every_byte(size) -> None:
    texts = (bytes(size), bytes(size - 1) + b"\1", b"\1" + bytes(size - 1), bytes(size - 1))
    assert len({coding.keccak256(text) for text in texts}) == 4


def test_eip55() -> None:
    for address in ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"):
        assert coding.checksummed_hex(bytes.fromhex(address[2:])) == address


def test_bip173_and_bip350() -> None:
    assert coding.bech32_decode("A12UEL5L") == ("a", [], "bech32")
    assert coding.bech32_decode("A1LQFN3A") == ("a", [], "bech32m")
    for wrong in ("A12UEL5M", "a12UEL5L", "1nwldj5", "pzry9x0s0muk", "b" * 200):
        with pytest.raises(ValueError):
            coding.bech32_decode(wrong)


@given(st.binary(max_size=60))
def test_base58_round_trips(raw) -> None:
    assert coding.base58_decode(coding.base58_encode(raw)) == raw
    if raw:
        assert coding.base58check_decode(coding.base58check_encode(raw)) == raw


@given(st.binary(max_size=100))
def test_cryptonote_round_trips(raw) -> None:
    assert coding.blocks58_decode(coding.blocks58_encode(raw)) == raw


def test_cryptonote_checksum() -> None:
    text = coding.cryptonote_encode(b"\x12" + bytes(64))
    assert len(text) == 95
    assert coding.cryptonote_decode(text) == b"\x12" + bytes(64)
    with pytest.raises(ValueError):
        coding.cryptonote_decode(text[:-1] + ("1" if text[-1] != "1" else "2"))


@given(five)
def test_cashaddr_and_bech32_round_trip(values) -> None:
    assert coding.cashaddr_decode(coding.cashaddr_encode("kaspa", values)) == ("kaspa", values)
    assert coding.bech32_decode(coding.bech32_encode("bc", values, "bech32m")) == ("bc", values, "bech32m")


def test_cashaddr_of_the_specification() -> None:
    prefix, values = coding.cashaddr_decode("bchtest:pr6m7j9njldwwzlg9v7v53unlr4jkmx6eyvwc0uz5t")
    assert (prefix, len(values)) == ("bchtest", 34)


@given(st.text(max_size=300))
def test_no_text_does_more_than_raise_value_error(text) -> None:
    for decode in (coding.base58check_decode, coding.cryptonote_decode, coding.bech32_decode, coding.cashaddr_decode):
        try:
            decode(text)
        except ValueError:
            continue
