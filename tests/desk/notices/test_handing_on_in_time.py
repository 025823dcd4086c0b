"""Q11: handing on is to take four hours of work; what takes a day is pointed out. Measured, held against nobody."""

from typing import Any

import pytest

from minewarden.desk.notices import actions, queries, todo
from minewarden.desk.org.actions import set_parameter
from tests.desk.notices.conftest import at, claim, hours
from tests.intake.made import xlsx

ROWS = [["IP", "时间"], ["203.0.113.10", "2026-03-12 21:14"]]


@pytest.mark.parametrize(
    ("received", "handed", "slow"),
    [
        # Received on a Friday at 15:30: two hours of work that day, two on Monday morning until 10:30.
        ("2026-03-13 15:30", "2026-03-13 17:00", ""),
        ("2026-03-13 15:30", "2026-03-14 15:30", ""),
        ("2026-03-13 15:30", "2026-03-14 15:31", "alarm"),
        ("2026-03-16 09:00", "2026-03-16 13:00", ""),
        ("2026-03-16 09:00", "2026-03-16 13:01", "target"),
        ("2026-03-16 09:00", "2026-03-17 09:01", "alarm"),
    ],
)
def test_the_hop_says_whether_it_was_slow(
    desk: Any, take: Any, confirm: Any, login: Any, received: str, handed: str, slow: str
) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    document = take(xlsx(ROWS), received)
    confirm(document, now=at(handed))
    (hop,) = queries.document(document, {}, at(handed)).hops
    assert (hop.slow, hop.took) == (slow, at(handed) - at(received))
    page = login(desk.zhou).get(f"/notices/{document.pk}/").content.decode()
    assert ("超过转发目标" in page, "转发过慢" in page) == (slow == "target", slow == "alarm")


def test_a_relay_is_measured_from_the_districts_own_receipt(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.linjiang, "203.0.113.0/28")
    document = take(xlsx(ROWS), "2026-03-16 09:00")
    district = confirm(document, now=at("2026-03-16 11:00"))["临江区"]
    actions.relay(district, by=desk.district, now=at("2026-03-16 16:01"), unit=desk.first_school, reason="VLAN 217")
    assert [hop.slow for hop in queries.document(document, {}, at("2026-03-16 17:00")).hops] == ["", "target"]


def test_what_nobody_has_handed_on_waits_at_home_until_the_alarm(desk: Any, take: Any) -> None:
    document = take(xlsx(ROWS), "2026-03-13 09:00")
    (item,) = todo.waiting(desk.zhou, None, at("2026-03-13 10:00"))
    assert (item.start, item.due) == (document.received_at, document.received_at + hours(24))


def test_a_bureau_may_ask_for_more_haste(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    for key, value in (("relay_target_hours", "2"), ("relay_alarm_hours", "6")):
        set_parameter(
            key=key, value=value, unit=desk.bureau, since=at("2026-03-16 00:00").date(), reason="局发〔2026〕4号",
            by=desk.people.system, now=at("2026-03-15 00:00"),
        )  # fmt: skip
    for handed, slow in (("2026-03-16 11:30", "target"), ("2026-03-16 15:30", "alarm")):
        document = take(xlsx(ROWS), "2026-03-16 09:00")
        confirm(document, now=at(handed))
        assert [hop.slow for hop in queries.document(document, {}, at(handed)).hops] == [slow]
