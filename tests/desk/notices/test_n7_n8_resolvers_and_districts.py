"""N7: the address is the campus resolver's. N8: the address is the district's exit, behind which 180 schools sit."""

from typing import Any

import pytest

from minewarden.desk.cases import actions as cases
from minewarden.desk.cases import decisions, guide
from minewarden.desk.cases.models import Case
from minewarden.desk.notices import actions, queries
from tests.desk.notices.conftest import at, claim
from tests.intake.made import xlsx


def test_n7_a_resolver_is_said_to_be_one(desk: Any, take: Any, confirm: Any, login: Any) -> None:
    claim(desk.first_school, "203.0.113.53/32", "resolver")
    received = take(xlsx([["IP", "时间"], ["203.0.113.53", "2026-03-12 21:14"]]), "2026-03-13 09:00")
    (line,) = received.lines.all()
    assert line.resolver
    banner = "该地址为递归DNS，通报很可能仅基于域名查询"
    assert banner in login(desk.zhou).get(f"/notices/{received.pk}/").content.decode()
    assignment = confirm(received)["市一中"]
    assert banner in login(desk.first).get(f"/assignments/{assignment.pk}/").content.decode()


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("false-alarm", "security-product", "安全设备自身解析"),
        ("unlocatable", "log-expired", "日志已过留存期"),
        ("lock", "", ""),
    ],
)
def test_n7_the_client_the_false_alarm_or_nobody(
    desk: Any, take: Any, confirm: Any, login: Any, kind: str, value: str, words: str
) -> None:
    """What may come out of the query log: the client that asked, a security product's own look-ups, or nothing."""
    claim(desk.first_school, "203.0.113.53/32", "resolver")
    confirm(take(xlsx([["IP", "时间"], ["203.0.113.53", "2026-03-12 21:14"]]), "2026-03-13 09:00"))
    given = {"by": desk.first, "now": at("2026-03-13 10:00")}
    case = cases.start(cases.sign_for(Case.objects.get(), **given), **given)
    client = login(desk.first)
    answers = {
        "address": "resolver",
        "machines": None,
        "router_logs": "unknown",
        "dhcp_list": "unknown",
        "switched_on": "",
    }
    guide.note_facts(case, **given, **answers)
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert "请调取 2026-03-12 21:04 至 2026-03-12 21:24 的DNS查询日志" in page
    if kind == "lock":
        device = {"device_ip": "10.12.9.14", "device_place": "305"}
        done = cases.lock(case, **given, device=device, responsible_name="秦朗", responsible_post="管理员")
        assert (done.state, done.conclusion) == ("locked", "true")
        return
    assert words in page
    asked = decisions.propose(case, **given, kind=kind, value=value, reason="查询日志")
    second = desk.people.approver if kind == "false-alarm" else desk.district
    decisions.agree(asked, by=second, now=at("2026-03-13 11:00"))
    assert Case.objects.get().conclusion == kind


def test_n8_the_district_has_the_clock_and_the_school_its_own_from_its_receipt(
    desk: Any, take: Any, confirm: Any
) -> None:
    claim(desk.linjiang, "203.0.113.0/28")
    received = take(xlsx([["IP", "时间"], ["203.0.113.10", "2026-03-12 21:14"]]), "2026-03-13 09:00")
    district = confirm(received)["临江区"]
    assert (district.received_at, district.due48) == (at("2026-03-13 09:00"), at("2026-03-15 09:00"))
    actions.sign(district, by=desk.district, now=at("2026-03-13 09:30"))

    found = "VLAN 217 为江畔小学隧道，内网 192.168.1.7"
    school = actions.relay(district, by=desk.district, now=at("2026-03-13 14:40"), unit=desk.first_school, reason=found)
    assert (school.received_at, school.due48) == (at("2026-03-13 14:40"), at("2026-03-15 14:40"))
    assert school.due72 == at("2026-03-16 14:40")
    shown = queries.document(received, {}, at("2026-03-13 15:00"))
    assert [(hop.assignment.unit, hop.depth) for hop in shown.hops] == [(desk.linjiang, 0), (desk.first_school, 1)]
    assert shown.hops[1].took.total_seconds() / 60 == 5 * 60 + 40
    assert shown.hops[0].assignment.state == "relayed"
    assert shown.statistics.cases == 1
    assert Case.objects.get(unit=desk.first_school).previous == Case.objects.get(unit=desk.linjiang)


def test_n8_an_inside_address_alone_names_no_school(desk: Any, take: Any) -> None:
    claim(desk.first_school, "192.168.0.0/16", "office")
    (line,) = take(xlsx([["IP", "时间"], ["192.168.1.7", "2026-03-12 21:14"]]), "2026-03-13 09:00").lines.all()
    assert (line.outcome, line.unit) == ("unknown", None)


def test_claims_that_contradict_each_other_stay_with_the_office(desk: Any, take: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    claim(desk.yunlu_school, "203.0.113.0/28")
    (line,) = take(xlsx([["IP", "时间"], ["203.0.113.7", "2026-03-12 21:14"]]), "2026-03-13 09:00").lines.all()
    assert (line.outcome, line.unit) == ("conflict", None)


def test_a_day_during_which_the_address_changed_hands_is_a_conflict(desk: Any, take: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28", until=at("2026-03-09 12:00"))
    claim(desk.second_school, "203.0.113.0/28", since=at("2026-03-09 12:00"))
    rows = [["IP", "时间"], ["203.0.113.7", "2026-03-09"], ["203.0.113.8", "2026-03-10"]]
    day, after = take(xlsx(rows), "2026-03-13 09:00").lines.all()
    assert (day.outcome, day.unit) == ("conflict", None)
    assert after.unit == desk.second_school


def test_claims_that_contradicted_each_other_when_it_began_are_a_conflict(desk: Any, take: Any) -> None:
    """The activity lasted from the 8th to the 10th; the other school gave its claim up on the 9th."""
    claim(desk.first_school, "203.0.113.0/28")
    claim(desk.yunlu_school, "203.0.113.0/28", until=at("2026-03-09 12:00"))
    head = ["IP", "首次发现时间", "末次发现时间"]
    rows = [head, ["203.0.113.7", "2026-03-08 10:00", "2026-03-10 10:00"]]
    rows.append(["203.0.113.8", "2026-03-09 13:00", "2026-03-10 10:00"])
    during, after = take(xlsx(rows), "2026-03-13 09:00").lines.all()
    assert (during.outcome, during.unit, during.proposed) == ("conflict", None, None)
    assert "2" in during.reason["zh"]
    assert (after.outcome, after.unit) == ("found", desk.first_school)
