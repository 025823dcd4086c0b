"""Reasons that people wrote, made safe for a configuration file."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.plain import KEPT, heading, instant, one_line, shown
from minewarden.vocab.blockrule import BlockRule, Target
from tests.enforce.rules import SAMPLE

END = datetime(2026, 12, 24, 8, 0, 0, 5, tzinfo=timezone(timedelta(hours=8)))


@given(st.text(max_size=600))
def test_a_text_of_any_kind_is_one_bounded_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= KEPT
    assert line == line.strip()
    assert one_line(line) == line


def test_words_stay_apart_where_a_line_broke() -> None:
    assert one_line("case\r\n12\u2028\tof\x00 today ") == "case 12 of today"
    assert one_line("案号 云一中〔2026〕12号") == "案号 云一中〔2026〕12号"


def test_what_is_cut_shows_that_it_is() -> None:
    assert one_line("x" * 500) == "x" * (KEPT - 1) + "…"


def test_an_instant_is_in_utc_and_to_the_second() -> None:
    assert instant(END) == "2026-12-24T00:00:00Z"
    assert instant(END.astimezone(UTC)) == instant(END)


def test_the_heading_has_the_basis_only_where_there_is_one() -> None:
    rule = BlockRule(Target.IP, "192.0.2.7", END, "case 12\nallow all")
    assert heading(rule) == "until 2026-12-24T00:00:00Z | reason: case 12 allow all"
    assert heading(BlockRule(Target.IP, "192.0.2.7", END, "x", basis="art. 4")).endswith(" | basis: art. 4")


def test_a_rule_is_shown_as_people_write_it() -> None:
    assert {"*.bad.example.net", "203.0.113.10:3333", "[2001:db8::10]:3333"} <= {shown(rule) for rule in SAMPLE}
