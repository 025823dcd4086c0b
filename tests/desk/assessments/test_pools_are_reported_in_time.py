"""方案五（三）：及时上报。 How long it takes from a pool's finding to its report, to the city and to the province."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from minewarden.desk.assessments.figures import Span, gather, listed
from minewarden.desk.assessments.indicators import Window
from minewarden.desk.assessments.periods import week_of
from minewarden.desk.library import actions
from minewarden.desk.library.models import Submission
from minewarden.desk.org.models import Role
from tests.desk.assessments.conftest import beijing
from tests.desk.notices.conftest import person

WEEK = week_of(beijing("2026-03-11T00:00").date())
FACTS: dict[str, Any] = {
    "ip": None, "port": 3333, "protocol": "", "coins": "", "method": "detected", "sureness": "likely",
    "evidence": "JF-07 持续外联", "note": "",
}  # fmt: skip


@pytest.fixture
def reported(city, people):
    """Three pools of 市一中 found on Monday at 08:00; of 云麓中学 one, which was withdrawn; of the next week one."""
    found = beijing("2026-03-09T08:00")

    def report(by: Any, unit: Any, name: str, at: str) -> Submission:
        facts = FACTS | {"domain": name, "found_at": found}
        return actions.submit(by=by, now=beijing(at), unit=unit, facts=facts)

    first = report(people.school_officer, city.first_school, "a.example.net", "2026-03-09T10:00")
    second = report(people.school_officer, city.first_school, "b.example.net", "2026-03-09T09:00")
    third = report(people.school_officer, city.first_school, "c.example.net", "2026-03-11T08:00")
    gone = report(people.stranger, city.yunlu_school, "d.example.net", "2026-03-10T08:00")
    actions.withdraw(gone, by=people.stranger, now=beijing("2026-03-10T09:00"), reason="重复")
    report(people.school_officer, city.first_school, "e.example.net", "2026-03-16T00:00")
    actions.relay(first, by=people.officer, now=beijing("2026-03-09T11:30"))
    actions.relay(second, by=people.officer, now=beijing("2026-03-10T09:00"))
    clerk = person("he.min", "何敏", city.bureau)
    for at, held in (("2026-03-12T10:00", [first]), ("2026-03-13T10:00", [first, second])):
        actions.hand_up(
            by=clerk, now=beijing(at), addressee="省教育信息安全监测中心", note="", submissions=held, rows=[["1"] * 11]
        )
    return [first, second, third]


def test_each_step_of_the_way_up_is_measured(city, reported):
    window, hour = Window(WEEK.start, WEEK.end), 3600
    counted = gather(city.bureau, window, now=WEEK.end)
    for unit in (city.bureau, city.linjiang, city.first_school):
        spans = counted.of(unit).spans
        assert spans["reported_up"] == Span(3, 2 * hour, 48 * hour), "1, 2 and 48 hours"
        assert spans["passed_up"] == Span(2, (3 * hour // 2 + 24 * hour) // 2, 24 * hour)
        assert spans["handed_up"] == Span(2, (72 + 97) * hour // 2, 97 * hour), "the first time counts, once"
    other = counted.of(city.yunlu).spans
    assert {other[key] for key in ("reported_up", "passed_up", "handed_up")} == {Span(0, 0, 0)}, (
        "withdrawn: not counted"
    )
    for key in ("reported_up", "passed_up", "handed_up"):
        assert listed(key, city.bureau, window).count() == counted.of(city.bureau).number(key)
    after = gather(city.bureau, Window(WEEK.end, WEEK.end + timedelta(days=7)), now=WEEK.end + timedelta(days=7))
    assert after.of(city.bureau).spans["reported_up"] == Span(1, 160 * hour, 160 * hour)


def test_the_statistics_show_it_and_open_the_list(city, people, reported, login):
    browser = login(person("lin.yan", "林燕", city.bureau, Role.LEADER))
    page = browser.get(
        reverse("assessments:statistics"), {"unit": city.bureau.pk, "period": WEEK.code}
    ).content.decode()
    assert "情报上报" in page
    assert "情报上报时延" in page
    rows = browser.get(
        reverse("assessments:behind", args=["handed_up"]), {"unit": city.bureau.pk, "period": WEEK.code}
    ).content.decode()
    assert reported[0].number in rows
    assert "2026-03-12 10:00" in rows
    assert "c.example.net" not in rows
