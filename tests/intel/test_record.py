"""One spelling for each value, one record for each spelling, and nothing handed on that may not be."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from minewarden.intel.record import Tlp, Type, canonical, host_of, plain, record_of
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.indicator import Kind
from tests.intel.lists import NOW, record, voice

HEX = "ab" * 32


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Type.HOST, "XMR[.]Example[.]NET.", "xmr.example.net"),
        (Type.DOMAIN, "矿池.example", "xn--btwv1w.example"),
        (Type.IP, "::ffff:203.0.113.9", "203.0.113.9"),
        (Type.HOST_PORT, "Pool.Example:3333", "pool.example:3333"),
        (Type.URL, "HXXP://Pool.Example:8080/m.js?x=1", "http://pool.example:8080/m.js?x=1"),
        (Type.URL, "stratum+tcp://203.0.113.9:3333", "stratum+tcp://203.0.113.9:3333/"),
        (Type.SHA256, HEX.upper(), HEX),
        (Type.JA3, "AB" * 16, "ab" * 16),
        (Type.JA4, "T13D1516H2_8daaf6152771_b186095e22b6", "t13d1516h2_8daaf6152771_b186095e22b6"),
        (Type.STRATUM_AGENT, "XMRig/6.22.2", "XMRig/6.22.2"),
    ],
)
def test_a_value_has_one_spelling(kind: Type, text: str, value: str) -> None:
    assert canonical(kind, text) == value
    assert canonical(kind, value) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Type.DOMAIN, "com.cn"), (Type.DOMAIN, "mooo.com"), (Type.DOMAIN, "github.io"), (Type.CIDR, "0.0.0.0/0"),
        (Type.CIDR, "203.0.0.0/8"), (Type.IP, "127.0.0.1"), (Type.IP_PORT, "0.0.0.0:3333"),
    ],
)  # fmt: skip
def test_what_would_hold_strangers_is_refused(kind: Type, text: str) -> None:
    with pytest.raises(ConfigError):
        canonical(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Type.HOST, "com"), (Type.HOST, "a" * 300 + ".example"), (Type.URL, "http://user:secret@pool.example/"),
        (Type.URL, "javascript:alert(1)"), (Type.SHA256, "ab"), (Type.JA4, "x" * 36), (Type.HOST_PORT, "a.example:0"),
        (Type.PROCESS_NAME, "=cmd|calc"), (Type.USER_AGENT, "a\nb"), (Type.HOST_PORT, "pool.example:99999999999"),
    ],
)  # fmt: skip
def test_what_is_not_of_its_kind_is_refused(kind: Type, text: str) -> None:
    with pytest.raises(ValueError):
        canonical(kind, text)


def test_a_record_comes_back_from_paper_as_it_was_and_nothing_else_does() -> None:
    one = record(
        ports=(3333,), coins=("XMR",), valid_until=NOW + timedelta(days=9), note="通报〔2026〕15号", flags=("cdn",)
    )
    written = json.loads(json.dumps(plain(one)))
    assert record_of(written) == one
    assert written["id"] == one.id == record(role=one.role).id
    for change in ({"value": "XMR.example.net"}, {"id": "x"}, {"role": "pool"}, {"type": 3}, {"voices": [{}]}):
        with pytest.raises(ValueError):
            record_of({**written, **change})


def test_only_free_and_open_voices_are_handed_on() -> None:
    one = replace(
        record(note="seen in room 302", sightings=3, last_sighting=NOW),
        voices=(voice("a"), voice("b", licence="GPL-3.0"), voice("c", tlp=Tlp.AMBER)),
    )
    out = one.shared()
    assert out is not None
    assert [v.source for v in out.voices] == ["a"]
    assert (out.note, out.sightings, out.last_sighting) == ("", 0, None)
    assert one.tlp is Tlp.GREEN
    assert replace(one, voices=one.voices[1:]).shared() is None
    assert replace(one, voices=one.voices[1:]).shared(Tlp.AMBER) is not None


def test_what_a_watch_list_can_match_becomes_an_indicator() -> None:
    made = record(ports=(3333,)).indicator(61.4)
    assert made is not None
    assert (made.kind, made.value, made.confidence, made.source, made.ports) == (
        Kind.HOST,
        "xmr.example.net",
        61,
        "list",
        (3333,),
    )
    assert record("a.example:3", Type.HOST_PORT).indicator(50) is None


@pytest.mark.parametrize(
    ("kind", "value", "host"),
    [
        (Type.IP_PORT, "[2001:db8::1]:3333", "2001:db8::1"), (Type.CIDR, "203.0.113.0/24", "203.0.113.0"),
        (Type.URL, "http://pool.example/x", "pool.example"), (Type.SHA256, HEX, ""),
        (Type.HOST_PORT, "a.example:1", "a.example"),
    ],
)  # fmt: skip
def test_the_name_or_address_inside_a_value(kind: Type, value: str, host: str) -> None:
    assert host_of(kind, value) == host


def test_what_is_over_is_over() -> None:
    assert record(valid_until=NOW).over(NOW)
    assert record(revoked=NOW).over(NOW)
    assert not record(valid_until=NOW + timedelta(seconds=1)).over(NOW)
