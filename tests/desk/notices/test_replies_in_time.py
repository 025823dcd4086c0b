"""The sender's own deadline: the office is told in time, once for each stage, and sees it on its home page."""

from datetime import timedelta
from typing import Any

import pytest

from minewarden.desk.notices import actions, replies, todo
from minewarden.desk.notices.models import Received
from minewarden.desk.notify.models import Message
from tests.desk.notices.conftest import at, claim
from tests.intake.made import xlsx

ROWS = [["IP", "时间"], ["203.0.113.1", "2026-03-12 21:14"]]
WHEN, DUE = "2026-03-16 09:00", "2026-03-17 20:30"


@pytest.fixture
def limited(desk: Any, take: Any, confirm: Any) -> Received:
    """A notice whose sender wants an answer by Tuesday 20:30."""
    claim(desk.first_school, "203.0.113.0/28")
    received = take(xlsx(ROWS), WHEN)
    confirm(received, report_limit=at(DUE))
    received.refresh_from_db()
    return received


def stages() -> list[str]:
    return [m.key.rpartition(".")[2] for m in Message.objects.filter(key__startswith="reply.").order_by("pk")]


def test_each_stage_is_told_of_once(desk: Any, limited: Received) -> None:
    due = at(DUE)
    assert replies.look(due - timedelta(hours=12, minutes=1)) == 0
    for hours, stage in ((-12, "soon"), (-2, "urgent"), (0, "due"), (24, "after")):
        now = due + timedelta(hours=hours)
        assert (replies.look(now), replies.look(now)) == (1, 0), stage
    assert stages() == ["soon", "urgent", "due", "after"]
    told = [
        sorted(copy.person.name for copy in m.copies.all()) for m in Message.objects.filter(key__startswith="reply.")
    ]
    assert sorted(told, key=len)[0] == ["周宁"]
    assert ["周宁", "马超"] in told, "the approver of the office from the last two hours on"
    assert not any("203.0.113" in m.text for m in Message.objects.all())


def test_after_a_pause_only_the_latest_is_told_of_and_an_answer_ends_it(desk: Any, limited: Received) -> None:
    assert replies.look(at(DUE) + timedelta(minutes=1)) == 1
    assert stages() == ["due"]
    actions.reply(limited, by=desk.zhou, now=at(DUE) + timedelta(minutes=2), note="邮件")
    assert replies.look(at(DUE) + timedelta(hours=30)) == 0


def test_a_notice_without_a_limit_of_its_own_is_left_to_the_clocks_of_its_cases(
    desk: Any, take: Any, confirm: Any
) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    confirm(take(xlsx(ROWS), WHEN))
    assert replies.look(at(WHEN) + timedelta(days=4)) == 0


def test_the_home_page_says_whom_to_answer_what_to_hand_out_and_whom_to_call(
    desk: Any, limited: Received, take: Any, confirm: Any, login: Any
) -> None:
    claim(desk.riverside, "203.0.113.16/28")
    confirm(take(xlsx([ROWS[0], ["203.0.113.17", "2026-03-12 21:14"]]), WHEN))
    preview = take(xlsx([ROWS[0], ["203.0.113.2", "2026-03-12 21:14"]]), WHEN)
    items = list(todo.waiting(desk.zhou, None, at(WHEN)))
    assert [item.what for item in items] == ["答复来源单位", "答复来源单位", "核对并分派", "电话告知"]
    assert (items[0].due, items[1].due) == (at(DUE), at("2026-03-19 09:00"))
    assert items[2].href == f"/notices/{preview.pk}/"
    assert "1 个单位没有送达" in items[3].detail
    page = login(desk.zhou).get("/").content.decode()
    assert "答复来源单位" in page
    assert "核对并分派" in page
    assert list(todo.waiting(desk.first, None, at(WHEN))) == [], "a school has no notices of its own to answer"
    assert list(todo.waiting(desk.city_approver, None, at(WHEN))) == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "来源单位没有写明答复时限，按收到后 72 小时计"),
        ({"report_limit": at("2026-03-15 09:00")}, "来源单位要求的答复时限"),
        ({"find_limit": at("2026-03-14 09:00")}, "来源单位要求的答复时限"),
    ],
)
def test_the_clock_of_a_notice_says_whose_limit_it_shows(
    desk: Any, take: Any, confirm: Any, login: Any, given: dict[str, Any], says: str
) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    received = take(xlsx([["IP", "时间"], ["203.0.113.1", "2026-03-12 21:14"]]), "2026-03-13 09:00")
    confirm(received, **given)
    page = login(desk.zhou).get(f"/notices/{received.pk}/").content.decode()
    both = ("来源单位没有写明答复时限，按收到后 72 小时计", "来源单位要求的答复时限")
    assert [words for words in both if words in page] == [says]


def test_the_register_shows_the_72_hours_that_the_home_page_counts_where_the_sender_set_no_limit(
    desk: Any, take: Any, confirm: Any, login: Any
) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    confirm(take(xlsx(ROWS), WHEN))
    assert "2026年3月19日（星期四）09:00 截止" in login(desk.zhou).get("/notices/").content.decode()
