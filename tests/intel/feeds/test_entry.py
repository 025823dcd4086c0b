"""Words of a list: their scope is said or declared, never guessed; names that deceive are marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intel.feeds.entry import Entry, Reject, bare, deceives, once, one_line, scoped
from minewarden.intel.record import Type
from minewarden.vocab.words import render
from tests.intel.lists import listed, refused


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("pool.example", Type.HOST, "pool.example"), ("*.pool.example", Type.DOMAIN, "pool.example"),
        (".pool.example", Type.DOMAIN, "pool.example"), ("203.0.113.9", Type.IP, "203.0.113.9"),
        ("203.0.113.0/24", Type.CIDR, "203.0.113.0/24"), ("203.0.113.9:3333", Type.IP_PORT, "203.0.113.9:3333"),
        ("pool.example:3333", Type.HOST_PORT, "pool.example:3333"), ("2001:db8::1", Type.IP, "2001:db8::1"),
        ("http://pool.example/x", Type.URL, "http://pool.example/x"),
    ],
)  # fmt: skip
def test_a_word_says_its_type(text: str, kind: Type, word: str) -> None:
    assert scoped(text, Type.HOST) == (kind, word)


@pytest.mark.parametrize(
    "text", ["*.cn", "com", "*", "0.0.0.0/0", "(a+)+$", "a*b.example", "=cmd|' /C calc'!A0", "", "x" * 5000]
)
def test_what_is_too_wide_or_no_indicator_is_a_reject_that_keeps_the_line(text: str) -> None:
    item = bare(7, text, Type.HOST)
    assert isinstance(item, Reject)
    assert item.line == 7
    assert len(item.text) <= 200


@pytest.mark.parametrize("name", ["раypal.com", "xn--aypal-uye.com", "ехаmple.com", "gооgle.com", "f2ρool.com"])
def test_names_that_look_like_others_deceive(name: str) -> None:
    assert deceives(name)


@pytest.mark.parametrize(
    "name", ["paypal.com", "矿池.example", "xn--btwv1w.example", "münchen.example", "почта.example"]
)
def test_names_of_one_script_do_not(name: str) -> None:
    assert not deceives(name)


def test_later_copies_within_a_list_are_left_out() -> None:
    items = [Entry(1, Type.HOST, "a.example"), Entry(2, Type.HOST, "a.example"), Entry(3, Type.DOMAIN, "a.example")]
    assert [item.line for item in once(items)] == [1, 3]


@given(st.text())
def test_any_text_is_an_entry_or_a_reject(text: str) -> None:
    assert isinstance(bare(1, text, Type.HOST), Entry | Reject)
    shown = one_line(text)
    assert shown.isprintable()
    assert len(shown) <= 200


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("=cmd|' /C calc'!A0", "feed.formula"),
        ("two words", "feed.many_words"),
        ("300.1.1.1", "feed.no_ip"),
        ("a..b", "feed.no_host"),
        ("名单", "feed.one_label"),
        ("*.com", "feed.one_label"),
        ("(a+)+$", "feed.pattern"),
        ("pool.example.net:99999", "feed.no_host_port"),
        ("203.0.113.7/33", "feed.no_cidr"),
        ("https://user:secret@pool.example.net/", "feed.no_url"),
    ],
)
def test_each_line_that_gives_nothing_says_what_to_do_in_the_readers_language(line: str, reason: str) -> None:
    found = listed(f"{line}\n", "plain")
    assert refused(found) == [(1, reason)]
    chinese = render(found.rejects[0].reason, "zh")
    assert "not " not in chinese
    assert "Invalid" not in chinese
    assert chinese.endswith("。")
