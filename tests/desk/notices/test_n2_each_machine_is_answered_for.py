"""N2: three machines behind the address of one line, confirmed each: the sender reads of all of them."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from minewarden.desk.cases import actions as cases
from minewarden.desk.cases import parting, side
from minewarden.desk.cases.models import CandidateCopy, Case
from minewarden.desk.notices import actions, export, queries
from minewarden.desk.notices.models import Assignment, Received, Share
from minewarden.vocab.errors import TransitionError
from tests.desk.notices.conftest import at, claim
from tests.intake.made import xlsx

ROWS = [["IP", "目的IP", "时间", "责任人"], ["203.0.113.10", "198.51.100.77:3333", "2026-03-12 21:14:37", ""]]
HOSTS = ("10.22.200.7", "10.20.3.7", "10.22.0.7")
WHO = ("秦朗", "苏河", "高远")


@pytest.fixture
def parted(desk: Any, take: Any, confirm: Any) -> SimpleNamespace:
    """The notice, its assignment, and three cases of one line, none of them locked."""
    claim(desk.first_school, "203.0.113.0/28")
    received = take(xlsx([*ROWS, ["203.0.113.11", "198.51.100.77:3333", "2026-03-12 21:20", ""]]), "2026-03-13 09:00")
    assignment = actions.sign(confirm(received)["市一中"], by=desk.first, now=at("2026-03-13 09:30"))
    case = Case.objects.get(host="203.0.113.10")
    for position, host in enumerate(HOSTS, start=1):
        CandidateCopy.objects.create(case=case, position=position, certainty="possible", internal_ip=host)
    case = cases.start(case, by=desk.first, now=at("2026-03-13 10:00"))
    made = parting.confirm_each(case, by=desk.first, now=at("2026-03-13 11:00"), reason="现场均见挖矿进程")
    three = [Case.objects.get(pk=one.pk) for one in (case, *made)]
    return SimpleNamespace(received=received, assignment=assignment, cases=three, line=received.lines.first())


def lock(desk: Any, parted: SimpleNamespace, number: int, when: str) -> None:
    device = {"device_ip": HOSTS[number], "device_place": "实训室"}
    cases.lock(
        parted.cases[number], by=desk.first, now=at(when), device=device, responsible_name=WHO[number],
        responsible_post="管理员",
    )  # fmt: skip


def book(received: Received) -> list[dict[str, str]]:
    head, *rows = (
        CalamineWorkbook.from_object(io.BytesIO(export.answer_book(received))).get_sheet_by_index(0).to_python()
    )
    return [dict(zip(map(str, head), map(str, row), strict=True)) for row in rows]


def test_the_answer_names_each_machine_in_the_row_of_the_sender(desk: Any, parted: SimpleNamespace) -> None:
    for number, when in enumerate(("2026-03-13 12:00", "2026-03-13 13:00", "2026-03-13 14:00")):
        lock(desk, parted, number, when)
    first, second = book(parted.received)
    assert first["内网IP"].splitlines() == [f"203.0.113.10（第{n}台）：{host}" for n, host in enumerate(HOSTS, start=1)]
    # In the column that the sender asks for himself as well.
    assert first["责任人"].splitlines() == [f"203.0.113.10（第{n}台）：{who}" for n, who in enumerate(WHO, start=1)]
    assert (first["是否属实"], first["是否本单位IP"]) == ("属实", "是"), "said once where it is the same of all"
    assert second["内网IP"] == ""
    for case, host in zip(parted.cases, HOSTS, strict=True):
        now = Case.objects.get(pk=case.pk)
        assert ("内网IP", host) in export.answer_rows(parted.received, now), "each report brings its own form B"
        assert export.without_port(parted.received, now) == [parted.line]


def test_clocks_registers_and_counts_wait_for_the_last_machine(desk: Any, parted: SimpleNamespace, login: Any) -> None:
    other = Case.objects.get(host="203.0.113.11")
    other = cases.start(other, by=desk.first, now=at("2026-03-13 10:00"))
    cases.lock(
        other, by=desk.first, now=at("2026-03-13 10:30"), device={"device_ip": "10.22.9.9", "device_place": "办公室"},
        responsible_name="陈默", responsible_post="管理员",
    )  # fmt: skip
    assignment = Assignment.objects.get()
    for number, when in enumerate(("2026-03-13 12:00", "2026-03-13 13:00", "2026-03-13 14:00")):
        clock = Assignment.objects.get().find_clock
        assert clock is not None
        assert clock.running
        row = next(iter(export.register_rows(Received.objects.all())))
        assert "2026-03-13" not in row[export.REGISTER.index("locked")]
        lock(desk, parted, number, when)
    clock = Assignment.objects.get().find_clock
    assert clock is not None
    assert clock.done == at("2026-03-13 14:00")
    rows = list(export.register_rows(Received.objects.all()))
    assert [row[export.REGISTER.index("locked")] for row in rows] == ["2026-03-13 14:00", "2026-03-13 10:30"]
    told = queries.statistics([parted.received])
    assert (told.lines, told.addresses, told.cases, told.units) == (2, 2, 4, 1)
    page = login(desk.zhou).get(f"/notices/{parted.received.pk}/").content.decode()
    task = login(desk.first).get(f"/assignments/{assignment.pk}/").content.decode()
    for case in parted.cases:
        assert case.number in page
        assert case.number in task
    assert "2 条" in login(desk.first).get("/assignments/").content.decode()


def test_a_line_that_is_taken_back_ends_all_its_cases(desk: Any, parted: SimpleNamespace) -> None:
    actions.withdraw(parted.received, by=desk.zhou, now=at("2026-03-13 12:00"), reason="撤回", lines=[parted.line])
    assert {Case.objects.get(pk=case.pk).state for case in parted.cases} == {"withdrawn"}
    assert Case.objects.get(host="203.0.113.11").state == "signed"


def test_it_comes_back_only_when_no_machine_is_the_units_own(desk: Any, parted: SimpleNamespace) -> None:
    now = at("2026-03-13 12:00")
    for number, case in enumerate(parted.cases):
        assert queries.document(parted.received, {}, now).returned_count == 0
        if number == 2:
            with pytest.raises(TransitionError):
                actions.hand_out_anew(parted.line, by=desk.zhou, now=now, unit=desk.second_school, reason="改派")
        cases.return_not_ours(case, by=desk.first, now=now, reason="非本校设备")
    assert queries.document(parted.received, {}, now).returned_count == 1
    again = actions.hand_out_anew(parted.line, by=desk.zhou, now=now, unit=desk.second_school, reason="改派")
    (share,) = again.shares.all()
    assert not share.beside
    assert Case.objects.get(shares=share).unit == desk.second_school
    assert Share.objects.filter(line=parted.line, ended="").count() == 1
    assert queries.statistics([parted.received]).cases == 2


def test_relayed_whole_it_is_one_line_for_the_next(desk: Any, parted: SimpleNamespace) -> None:
    actions.give_back(parted.assignment, by=desk.first, now=at("2026-03-13 12:00"), reason="整段非本校")
    assert {Case.objects.get(pk=case.pk).state for case in parted.cases} == {"not-ours"}
    assert Assignment.objects.get().state == "returned"


def test_machines_that_are_one_after_all_answer_once(desk: Any, parted: SimpleNamespace) -> None:
    first, second, third = parted.cases
    stays = side.merge(second, third, by=desk.first, now=at("2026-03-13 12:00"), reason="同一台")
    stays = side.merge(first, stays, by=desk.first, now=at("2026-03-13 12:05"), reason="同一台")
    assert [share.case for share in Share.objects.filter(line=parted.line)] == [stays]
    assert queries.statistics([parted.received]).cases == 2
