"""N5: the same thing by three channels is one case with three notices; two source ports may be two machines."""

from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.cases import actions as actions_of_cases
from minewarden.desk.cases import decisions, side
from minewarden.desk.cases.models import Case, CaseNotice, Extension
from minewarden.desk.cases.queries import view_of_cases
from minewarden.desk.notices import actions, intake, queries
from minewarden.desk.notices.export import answer_rows
from minewarden.desk.notices.models import Received, Share
from minewarden.desk.org.models import Role
from minewarden.desk.reports import export as report
from minewarden.intake.cells import addresses_in
from tests.desk.notices.conftest import at, claim, person
from tests.intake.made import png, word, xlsx

PROVINCE = [["IP", "矿池域名", "首次发现时间"], ["203.0.113.10", "pool.example.net", "2026-03-15 21:00"]]
REGULATOR = [["IP", "首次发现时间"], ["203.0.113.10:40213", "2026-03-16 01:00"]]


@pytest.fixture
def ledger(desk: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")


def three(desk: Any, take: Any, confirm: Any) -> list[Received]:
    province = take(xlsx(PROVINCE), "2026-03-16 09:10", source="省教育厅")
    confirm(province)
    police = take(png(), "2026-03-16 11:40", "公函.png", source="市公安局网安支队")
    typed = {"addresses": addresses_in("203.0.113.10").addresses, "coin": "XMR"}
    intake.add_line(police, by=desk.zhou, now=at("2026-03-16 11:45"), first_seen=at("2026-03-15 21:30"), **typed)
    (line,) = police.lines.all()
    assert (line.likeness, line.join, line.merge) == ("same", True, Case.objects.get())
    confirm(police, now=at("2026-03-16 11:50"))
    regulator = take(word(REGULATOR), "2026-03-17 08:30", "通管局.docx", source="省通信管理局")
    (line,) = regulator.lines.all()
    assert (line.likeness, line.join, line.merge) == ("same", True, Case.objects.get())
    assert "建议并入" in line.likeness_reason["zh"]
    confirm(regulator, report_limit=at("2026-03-17 20:30"))
    return [province, police, regulator]


def test_one_case_three_notices(desk: Any, ledger: None, take: Any, confirm: Any) -> None:
    documents = three(desk, take, confirm)
    case = Case.objects.get()
    assert case.joined.count() == 3
    # The earliest receipt drives the clock of the case; each notice keeps its own.
    assert (case.due48, case.due72) == (at("2026-03-18 09:10"), at("2026-03-19 09:10"))
    own = [assignment.due72 for document in documents for assignment in document.assignments.all()]
    assert own == [at("2026-03-19 09:10"), at("2026-03-19 11:50"), at("2026-03-17 20:30")]
    assert CaseNotice.objects.filter(case=case).count() == 3
    told = queries.statistics(documents)
    assert (told.lines, told.cases, told.addresses) == (3, 1, 1)


def test_the_preview_says_outright_that_a_line_will_join_or_that_it_was_taken_back(
    desk: Any, ledger: None, take: Any, confirm: Any, login: Any
) -> None:
    confirm(take(xlsx(PROVINCE), "2026-03-16 09:10", source="省教育厅"))
    second = take(word(REGULATOR), "2026-03-17 08:30", "通管局.docx", source="省通信管理局")
    shown = login(desk.zhou).get(f"/notices/{second.pk}/").content.decode()
    assert "确认后并入，不另立事件" in shown
    assert "其中 1 行按建议并入已有事件" in shown
    (line,) = second.lines.all()
    intake.choose(line, by=desk.zhou, now=at("2026-03-17 08:40"), unit=line.unit, join=False)
    shown = login(desk.zhou).get(f"/notices/{second.pk}/").content.decode()
    assert "确认后另立事件" in shown
    assert "行按建议并入" not in shown


def test_what_ends_soon_is_counted_and_shown_by_the_limit_that_a_sender_set(
    desk: Any, ledger: None, take: Any, confirm: Any, login: Any, monkeypatch: Any
) -> None:
    three(desk, take, confirm)
    case = Case.objects.get()

    def soon(now: str) -> bool:
        return Case.objects.filter(view_of_cases("urgent", at(now)), pk=case.pk).exists()

    # The regulator wants it by Tuesday 20:30, the case itself ends on Wednesday 09:10 and Thursday 09:10.
    assert [soon(f"2026-03-17 {hour}") for hour in ("08:29", "08:31", "20:29", "20:31")] == [False, True, True, False]
    assert soon("2026-03-17 21:11")
    monkeypatch.setattr(timezone, "now", lambda: at("2026-03-17 09:00"))
    shown = login(desk.zhou).get("/cases/?view=urgent").content.decode()
    assert "通报要求" in shown
    assert "2026年3月17日（星期二）20:30 截止" in shown
    row = case.joined.get(due72=at("2026-03-17 20:30"))
    Extension.objects.create(
        case=case, joined=row, which="report", until=at("2026-03-18 20:30"), reason="现场复核", outcome="agreed",
        asked_by=desk.first, asked_at=at("2026-03-17 09:00"), decided_by=desk.zhou, decided_at=at("2026-03-17 09:30"),
    )  # fmt: skip
    assert not soon("2026-03-17 19:00"), "more time was allowed for this notice"


def test_the_school_reads_that_the_regulator_wants_his_answer_before_the_device_has_to_be_found(
    desk: Any, ledger: None, take: Any, confirm: Any, login: Any
) -> None:
    three(desk, take, confirm)
    case, school = Case.objects.get(), login(desk.first)
    first = school.get("/").content.decode()
    assert "2026年3月17日（星期二）20:30 截止" in first
    assert "2026年3月18日（星期三）09:10 截止" not in first, "one line, by what is due first"
    page = school.get(f"/cases/{case.pk}/").content.decode()
    assert "2026年3月17日（星期二）20:30 截止" in page
    told = report.written(case)["basic"]
    assert "2026年3月17日8时30分接到省通信管理局通报。" in told, "a notice without a number has none"
    assert "于2026年3月15日21时00分与pool.example.net" in told, "one moment is no span"


def test_closing_lists_the_replies_that_are_not_sent(
    desk: Any, ledger: None, take: Any, confirm: Any, login: Any
) -> None:
    documents = three(desk, take, confirm)
    case = Case.objects.get()
    actions.reply(documents[0], by=desk.zhou, now=at("2026-03-17 09:00"), note="邮件")
    found = queries.replies(case)
    assert [str(received) for received, _ in found.documents] == ["省教育厅", "市公安局网安支队", "省通信管理局"]
    assert found.open == tuple(
        Received.objects.filter(pk__in=[documents[1].pk, documents[2].pk]).order_by("received_at")
    )
    page = login(desk.zhou).get(f"/notices/of-case/{case.pk}/")
    assert "还有 2 份通报没有答复来源单位" in page.content.decode()


def test_other_source_ports_are_possibly_different_hosts(desk: Any, ledger: None, take: Any, confirm: Any) -> None:
    rows = [["IP", "源端口", "首次发现时间"], ["203.0.113.10", "40213", "2026-03-15 21:00"]]
    confirm(take(xlsx(rows), "2026-03-16 09:10"))
    rows[1] = ["203.0.113.10", "51111", "2026-03-15 22:00"]
    second = take(xlsx(rows), "2026-03-16 10:00")
    (line,) = second.lines.all()
    assert (line.likeness, line.join) == ("doubtful", False)
    assert "可能不同主机" in line.likeness_reason["zh"]
    confirm(second)
    assert Case.objects.count() == 2


def test_two_cases_that_people_merge_answer_both_notices(
    desk: Any, ledger: None, take: Any, confirm: Any, login: Any
) -> None:
    """Kept apart at first by their ports, then found to be one machine: the lines follow, each sender is answered."""
    rows = [["IP", "源端口", "首次发现时间"], ["203.0.113.10", "40213", "2026-03-15 21:00"]]
    first = take(xlsx(rows), "2026-03-16 09:10")
    confirm(first)
    rows[1] = ["203.0.113.10", "51111", "2026-03-15 22:00"]
    second = take(xlsx(rows), "2026-03-16 10:00")
    confirm(second)
    one, other = Case.objects.order_by("pk")
    stays = side.merge(one, other, by=desk.first, now=at("2026-03-16 11:00"), reason="端口转发，同一台主机")
    assert stays == one
    assert {share.case for share in Share.objects.all()} == {stays}
    told = queries.statistics([first, second])
    assert (told.lines, told.cases, told.addresses) == (2, 1, 1)
    assert [str(row.pk) for row, _ in queries.replies(stays).documents] == [str(first.pk), str(second.pk)]
    case = actions_of_cases.start(
        actions_of_cases.sign_for(stays, by=desk.first, now=at("2026-03-16 11:10")),
        by=desk.first, now=at("2026-03-16 11:10"),
    )  # fmt: skip
    device = {"device_name": "JF-07", "device_ip": "10.12.8.1", "device_place": "305"}
    locked = at("2026-03-16 12:00")
    actions_of_cases.lock(
        case, by=desk.first, now=locked, device=device, responsible_name="秦朗", responsible_post="管理员"
    )
    clock = second.assignments.get().find_clock
    assert clock is not None
    assert clock.done == locked, "the clock of the second notice ends with the one case"
    assert ("是否属实", "属实") in answer_rows(second, Case.objects.get(pk=stays.pk))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["203.0.113.10", "other.example.net", "2026-03-15 22:00"], "another pool"),
        (["203.0.113.10", "pool.example.net", "2026-03-14 20:59"], "more than 24 hours before"),
        (["203.0.113.10", "pool.example.net", "2026-03-16 21:01"], "more than 24 hours after"),
        (["203.0.113.11", "pool.example.net", "2026-03-15 22:00"], "another address"),
    ],
)
def test_what_contradicts_is_not_proposed(
    desk: Any, ledger: None, take: Any, confirm: Any, row: list[str], why: str
) -> None:
    confirm(take(xlsx(PROVINCE), "2026-03-16 09:10"))
    (line,) = take(xlsx([PROVINCE[0], row]), "2026-03-16 10:00").lines.all()
    assert (line.merge, line.join) == (None, False)


@pytest.mark.parametrize("seen", ["2026-03-14 21:00", "2026-03-16 21:00"])
def test_twenty_four_hours_apart_is_still_the_same(desk: Any, ledger: None, take: Any, confirm: Any, seen: str) -> None:
    confirm(take(xlsx(PROVINCE), "2026-03-16 21:10"))
    (line,) = take(xlsx([PROVINCE[0], ["203.0.113.10", "pool.example.net", seen]]), "2026-03-16 22:00").lines.all()
    assert (line.likeness, line.join, line.merge) == ("same", True, Case.objects.get())


def test_the_address_at_another_unit_is_another_case(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28", until=at("2026-03-15 22:00"))
    claim(desk.second_school, "203.0.113.0/28", since=at("2026-03-15 22:00"))
    confirm(take(xlsx(PROVINCE), "2026-03-16 09:10"))
    row = ["203.0.113.10", "pool.example.net", "2026-03-15 22:30"]
    (line,) = take(xlsx([PROVINCE[0], row]), "2026-03-16 10:00").lines.all()
    assert (line.unit, line.merge, line.join) == (desk.second_school, None, False)


def test_people_may_keep_apart_what_was_proposed(desk: Any, ledger: None, take: Any, confirm: Any) -> None:
    confirm(take(xlsx(PROVINCE), "2026-03-16 09:10"))
    second = take(xlsx(PROVINCE), "2026-03-16 10:00")
    line = second.lines.get()
    assert line.join
    intake.choose(line, by=desk.zhou, now=at("2026-03-16 10:00"), unit=line.unit, join=False)
    confirm(second)
    assert Case.objects.count() == 2


DEVICE = {"device_name": "JF-07", "device_ip": "10.12.8.1", "device_place": "305"}


def handled(desk: Any, cleaned: str, closed: str = "", conclusion: str = "") -> Case:
    """The one case of the first school, on its way to its end."""
    case, by, now = Case.objects.get(), {"by": desk.first, "now": at(cleaned)}, at(closed or cleaned)
    case = actions_of_cases.start(actions_of_cases.sign_for(case, **by), **by)
    if conclusion:
        asked = decisions.propose(case, **by, kind=conclusion, value="no-port", reason="没有源端口")
        decisions.agree(asked, by=desk.district, now=at(cleaned))
    else:
        actions_of_cases.lock(case, **by, device=DEVICE, responsible_name="秦朗", responsible_post="")
        actions_of_cases.record_measure(case, **by, kind="reinstall", done_at=at(cleaned))
    if closed:
        principal = person("he.qing", "何青", desk.first_school, Role.APPROVER)
        actions_of_cases.submit_report(case, by=desk.first, now=now)
        actions_of_cases.approve_report(case, by=principal, now=now)
        actions_of_cases.close(actions_of_cases.receive(case, by=desk.district, now=now), by=desk.district, now=now)
    return Case.objects.get()


def test_a_notice_that_comes_after_the_close_is_answered_by_the_closed_case(
    desk: Any, ledger: None, take: Any, confirm: Any, login: Any
) -> None:
    """The regulator writes two weeks later about the same hour: nobody searches again, nothing is counted twice."""
    confirm(take(xlsx(PROVINCE), "2026-03-16 09:10"))
    case = handled(desk, "2026-03-16 14:00", "2026-03-20 10:00")
    assert case.state == "closed"
    late = take(word(REGULATOR), "2026-03-30 08:30", "通管局.docx", source="省通信管理局")
    (line,) = late.lines.all()
    assert (line.likeness, line.join, line.merge) == ("same", True, case)
    assert f"已办结事件 {case.number}" in line.likeness_reason["zh"]
    confirm(late)
    assert Case.objects.get() == case
    (assignment,) = late.assignments.all()
    clock = assignment.find_clock
    assert clock is not None
    assert (clock.used(at("2026-03-31 08:30")).total_seconds(), clock.colour(at("2026-03-31 08:30"))) == (0, "kept")
    actions.sign(assignment, by=desk.first, now=at("2026-03-30 09:00"))
    assert ("是否属实", "属实") in answer_rows(late, Case.objects.get())
    told = queries.statistics(list(Received.objects.all()))
    assert (told.lines, told.cases, told.addresses) == (2, 1, 1)
    assert late in queries.replies(case).open


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["203.0.113.10", "pool.example.net", "2026-03-16 14:01"], "after it was reinstalled"),
        (["203.0.113.10", "pool.example.net", ""], "no time is named"),
        (["203.0.113.10", "other.example.net", "2026-03-15 21:00"], "another pool"),
    ],
)
def test_a_closed_case_answers_nothing_that_may_be_new(
    desk: Any, ledger: None, take: Any, confirm: Any, row: list[str], why: str
) -> None:
    confirm(take(xlsx(PROVINCE), "2026-03-16 09:10"))
    handled(desk, "2026-03-16 14:00", "2026-03-20 10:00")
    (line,) = take(xlsx([PROVINCE[0], row]), "2026-03-30 08:30").lines.all()
    assert (line.unit, line.merge, line.join) == (desk.first_school, None, False), why


@pytest.mark.parametrize(("port", "joined"), [("", True), ("40213", False)])
def test_what_could_not_be_located_is_looked_at_anew_where_the_port_comes(
    desk: Any, ledger: None, take: Any, confirm: Any, port: str, joined: bool
) -> None:
    confirm(take(xlsx(PROVINCE), "2026-03-16 09:10"))
    handled(desk, "2026-03-16 14:00", "2026-03-20 10:00", "unlocatable")
    head, row = [*PROVINCE[0], "源端口"], [*PROVINCE[1], port]
    (line,) = take(xlsx([head, row]), "2026-03-30 08:30").lines.all()
    assert line.join is joined


def test_what_is_seen_after_the_cleaning_of_a_running_case_may_have_come_back(
    desk: Any, ledger: None, take: Any, confirm: Any
) -> None:
    confirm(take(xlsx(PROVINCE), "2026-03-16 09:10"))
    case = handled(desk, "2026-03-16 14:00")
    rows = [PROVINCE[0], ["203.0.113.10", "pool.example.net", "2026-03-16 14:01"]]
    (line,) = take(xlsx(rows), "2026-03-17 08:30").lines.all()
    assert (line.merge, line.likeness, line.join) == (case, "doubtful", False)
    assert "可能是复发" in line.likeness_reason["zh"]
    rows[1][2] = "2026-03-16 13:59"
    (line,) = take(xlsx(rows), "2026-03-17 08:30").lines.all()
    assert (line.merge, line.likeness, line.join) == (case, "same", True)
