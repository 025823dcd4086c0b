"""转发时延 and 签收时延: of each hop the median and the longest, from its own receipt, each in the week it ended in."""

from datetime import date, datetime
from typing import Any

import pymupdf
import pytest

from minewarden.desk.assessments import actions, export, queries
from minewarden.desk.assessments.actions import Head
from minewarden.desk.assessments.figures import Span, gather, window_of
from minewarden.desk.assessments.periods import Period, week_of
from minewarden.desk.notices.models import Assignment, Original, Received
from tests.desk.assessments.conftest import beijing

FRIDAY = beijing("2026-03-13 16:00")
WEEK = week_of(date(2026, 3, 13))
MINUTE, HOUR = 60, 3600
pytestmark = pytest.mark.django_db


@pytest.fixture
def handed_on(city: Any, people: Any) -> None:
    """市 → 区 → 校: the city hands on after 1 h, 3 h and 20 h, the district after 30 min, 2 h, 5 h and twice 40 h.

    The district signs after 10 min and 50 min, its schools after 20 min, 3 h and 26 h. One hop of the week before took
    4 h, and one of this Friday evening is not there yet at 16:00.
    """
    original = Original.objects.create(sha256="0" * 64, size=1, sealed_content=b"x", taken_at=FRIDAY)

    def came(at: str) -> Received:
        return Received.objects.create(
            office=city.bureau, state="confirmed", original=original, name="通报.xlsx", form="xlsx", verdict="clean",
            received_at=beijing(at), entered_at=beijing(at), entered_by=people.officer,
        )  # fmt: skip

    def hand(unit: Any, at: str, signed: str = "", *, of: Any, parent: Any = None) -> Assignment:
        moment = beijing(at)
        return Assignment.objects.create(
            received=of, unit=unit, sender=parent.unit if parent else city.bureau, parent=parent,
            kind="relay" if parent else "dispatch", state="delivered", dispatched_at=moment, received_at=moment,
            due48=moment, due72=moment, dispatched_by=people.officer, signed_at=beijing(signed) if signed else None,
        )  # fmt: skip

    monday, wednesday = came("2026-03-09 09:00"), came("2026-03-10 13:00")
    first = hand(city.linjiang, "2026-03-09 10:00", "2026-03-09 10:10", of=monday)
    hand(city.yunlu, "2026-03-09 12:00", of=monday)
    second = hand(city.linjiang, "2026-03-11 09:00", "2026-03-11 09:50", of=wednesday)
    hand(city.first_school, "2026-03-09 10:30", "2026-03-09 10:50", of=monday, parent=first)
    hand(city.riverside, "2026-03-09 12:00", "2026-03-09 15:00", of=monday, parent=first)
    hand(city.riverside, "2026-03-11 14:00", "2026-03-12 16:00", of=wednesday, parent=second)
    for _ in range(2):
        hand(city.first_school, "2026-03-13 01:00", of=wednesday, parent=second)
    hand(city.first_school, "2026-03-13 20:00", of=wednesday, parent=second)
    hand(city.linjiang, "2026-03-06 13:00", of=came("2026-03-06 09:00"))


def test_each_hop_has_its_median_and_its_longest(city: Any, people: Any, handed_on: None) -> None:
    content = queries.page(people.officer, city.linjiang, WEEK, FRIDAY).content
    now, before = (export.thawed(content[key]).spans for key in ("figures", "before"))
    # 30 min, 2 h, 5 h and 40 h, which two hops took that begin and end alike.
    assert now["relayed"] == Span(5, 5 * HOUR, 40 * HOUR)
    # 10, 20, 50 min, 3 h and 26 h, of the district itself and of its schools.
    assert now["signed"] == Span(5, 50 * MINUTE, 26 * HOUR)
    assert now["dispatched"] == Span(0, 0, 0), "the city hands on, and not the district"
    assert before["relayed"] == before["signed"] == Span(0, 0, 0)


def test_a_hop_before_its_receipt_took_no_time_and_not_less(city: Any, people: Any, handed_on: None) -> None:
    # The clock of the sender was set back, or the receipt of the notice was entered late.
    later = Assignment.objects.filter(kind="dispatch", dispatched_at__gt=beijing("2026-03-09 10:00"))
    assert later.update(dispatched_at=beijing("2026-03-09 08:00")) == 2
    assert spans(city.bureau, WEEK, FRIDAY)["dispatched"] == Span(3, 0, HOUR), "0, 0 and 1 h"


def spans(unit: Any, period: Period, at: datetime) -> Any:
    return gather(unit, window_of(period, at), now=at).of(unit).spans


def test_the_city_sees_its_own_hop_beside_those_below(city: Any, people: Any, handed_on: None) -> None:
    now, before = spans(city.bureau, WEEK, FRIDAY), spans(city.bureau, WEEK.previous, WEEK.previous.end)
    assert now["dispatched"] == Span(3, 3 * HOUR, 20 * HOUR), "1 h, 3 h and 20 h"
    assert before["dispatched"] == Span(1, 4 * HOUR, 4 * HOUR), "counted in the week that it fell in"
    assert now["relayed"] == Span(5, 5 * HOUR, 40 * HOUR)
    # Of a school only what it signed is its own: 3 h and 26 h, and the median between them.
    school = spans(city.riverside, WEEK, FRIDAY)
    assert (school["signed"], school["relayed"]) == (Span(2, 870 * MINUTE, 26 * HOUR), Span(0, 0, 0))


def test_page_and_paper_say_both_in_words(
    city: Any, people: Any, handed_on: None, login: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: FRIDAY)
    said = ("中位 5小时0分，最长 40小时0分（5 次）", "中位 50分，最长 26小时0分（5 次）")
    page = login("officer").get(f"/assessments/{city.linjiang.pk}/2026-W11/").content.decode()
    assert [words in page for words in said] == [True, True]
    actions.save_draft(
        city.linjiang, WEEK, by=people.officer, now=FRIDAY, head=Head(addressee="云川市教育局"),
        sections={"judgement": "转发及时。", "problems": "无。", "next": "继续。"},
    )  # fmt: skip
    version = actions.submit(city.linjiang, WEEK, by=people.officer, now=FRIDAY)
    paper = pymupdf.open(stream=queries.paper(version, "pdf"), filetype="pdf")
    printed = "".join("".join(leaf.get_text().split()) for leaf in paper)
    assert [words.replace(" ", "") in printed for words in said] == [True, True]
