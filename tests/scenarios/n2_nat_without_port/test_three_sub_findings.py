"""Practice, nasty scenario N2: three candidates are never locked as one, unless a person confirms each of them."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from minewarden.desk.cases import actions, decisions, leads, parting
from minewarden.desk.cases.models import CandidateCopy, Case
from minewarden.desk.cases.notified import open_for_notice
from minewarden.desk.cases.opening import Facts, Limits
from minewarden.vocab.errors import TransitionError
from tests.desk.conftest import city, data_folder, login, people
from tests.desk.made import make_lead, recorded, staff

__all__ = ["city", "data_folder", "login", "make_lead", "people", "recorded", "staff"]
pytestmark = pytest.mark.django_db
TOLD = datetime(2026, 3, 13, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
HOSTS = ("10.22.200.7", "10.20.3.7", "10.22.0.7")
WHO = {"responsible_name": "秦朗", "responsible_post": "实验室管理员"}


@pytest.fixture
def case(city: SimpleNamespace, staff: SimpleNamespace) -> Case:
    """The notice 203.0.113.10 → 198.51.100.77:3333 at 2026-03-12 21:14:37, with the three of the trace taken in."""
    notice = leads.enter_notice(
        by=staff.superior, now=TOLD, unit=city.first_school, received_at=TOLD, source="省中心", number="9号", text="",
        limits=Limits(find=TOLD + timedelta(hours=24)),
    )  # fmt: skip
    seen = datetime(2026, 3, 12, 21, 14, 37, tzinfo=ZoneInfo("Asia/Shanghai"))
    facts = Facts(host="203.0.113.10", server="198.51.100.77", port=3333, first_seen=seen, last_seen=seen)
    made = open_for_notice(by=staff.superior, now=TOLD, unit=city.first_school, notice=notice, facts=facts)
    for position, (host, sure) in enumerate(zip(HOSTS, ("likely", "possible", "possible"), strict=True), start=1):
        CandidateCopy.objects.create(case=made, position=position, certainty=sure, internal_ip=host)
    return actions.start(actions.sign_for(made, by=staff.handler, now=TOLD), by=staff.handler, now=TOLD)


def lock(case: Case, staff: SimpleNamespace, host: str, now: datetime) -> Case:
    return actions.lock(case, by=staff.handler, now=now, device={"device_ip": host, "device_place": "实训室"}, **WHO)


def test_it_is_not_locked_while_three_fit(case: Case, staff: SimpleNamespace) -> None:
    with pytest.raises(TransitionError):
        lock(case, staff, HOSTS[0], TOLD + timedelta(hours=1))


def test_who_confirms_each_has_three_cases_of_one_notice_with_the_same_clock(
    case: Case, staff: SimpleNamespace, recorded: Any
) -> None:
    now = TOLD + timedelta(hours=3)
    recorded()
    made = parting.confirm_each(case, by=staff.handler, now=now, reason="三台均在现场见到挖矿进程")
    assert recorded() == ["case.open", "case.open", "case.confirm-each"]
    three = [Case.objects.get(pk=case.pk), *made]
    assert [one.candidates.get(chosen_at__isnull=False).internal_ip for one in three] == list(HOSTS)
    for one, host in zip(three, HOSTS, strict=True):
        assert (one.received_at, one.due48, one.due72) == (case.received_at, case.due48, case.due72)
        assert (one.state, one.origin, one.source) == ("investigating", "notified", "203.0.113.10")
        (joined,) = one.joined.all()
        assert (joined.notice.number, joined.due48) == ("9号", TOLD + timedelta(hours=24))
        lock(one, staff, host, now + timedelta(hours=1))
    assert set(Case.objects.values_list("device_ip", "state")) == {(host, "locked") for host in HOSTS}
    with pytest.raises(TransitionError):
        parting.confirm_each(made[0], by=staff.handler, now=now, reason="再次")


def test_time_that_was_allowed_stays_allowed_for_each(case: Case, staff: SimpleNamespace) -> None:
    until = TOLD + timedelta(hours=60)
    asked = decisions.ask_extension(case, by=staff.handler, now=TOLD, which="find", until=until, reason="人员外出")
    with pytest.raises(TransitionError, match="already"):
        parting.confirm_each(case, by=staff.handler, now=TOLD, reason="x")
    decisions.decide_extension(asked, by=staff.superior, now=TOLD, allow=True)
    for one in parting.confirm_each(case, by=staff.handler, now=TOLD, reason="现场核实"):
        assert (one.due48, one.joined.get().clock("find").due) == (until, until)
        assert one.find_clock.extended


def test_only_who_handles_it_and_only_with_a_reason(case: Case, staff: SimpleNamespace) -> None:
    with pytest.raises(TransitionError):
        parting.confirm_each(case, by=staff.handler, now=TOLD, reason=" ")
    with pytest.raises(PermissionDenied):
        parting.confirm_each(case, by=staff.principal, now=TOLD, reason="x")
    actions.choose_candidate(case, case.candidates.all()[1], by=staff.handler, now=TOLD, reason="只有这一台")
    with pytest.raises(TransitionError):
        parting.confirm_each(case, by=staff.handler, now=TOLD, reason="x")


def test_the_page_offers_it_and_says_what_it_does(case: Case, staff: SimpleNamespace, login: Any) -> None:
    client = login(staff.handler)
    address = reverse("cases:case", args=[case.pk])
    assert "每台设备单独成案" in client.get(address).content.decode()
    act = reverse("cases:act", args=[case.pk, "each"])
    assert client.post(act, {"each-reason": "三台均在现场见到挖矿进程"}).status_code == 302
    assert Case.objects.count() == 3
    assert "逐台确认溯源设备" in client.get(address).content.decode()
