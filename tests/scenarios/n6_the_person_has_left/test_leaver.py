"""Practice, N6: the owner of fourteen devices resigned in January; a notice names her in March."""

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from minewarden.desk.audit.models import Record
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger import actions, queries
from minewarden.desk.ledger.models import Asset, Duty, Shift, Staff
from minewarden.desk.ledger.open_work import open_work
from minewarden.desk.org import actions as org
from minewarden.desk.org.actions import Refused
from minewarden.desk.org.models import Person, Role
from tests.desk.conftest import PASSWORD, city, data_folder, login, people
from tests.desk.made import make_case, make_lead, recorded, staff

__all__ = ["city", "data_folder", "login", "make_case", "make_lead", "people", "recorded", "staff"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 15, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
GONE = date(2026, 1, 15)
PHONE = "13900004321"


@pytest.fixture
def leaver(city: SimpleNamespace, people: SimpleNamespace) -> Staff:
    """苏婉 of 市一中: an account with a post, contact A, on duty, answering for fourteen devices."""
    unit = city.first_school
    account = org.create_person(
        by=None, unit=unit, username="su.wan", name="苏婉", password=PASSWORD, phone=PHONE, must_change=False
    )
    org.grant_post(account, role=Role.OFFICER, unit=unit, by=None)
    Duty.objects.create(unit=unit, post="contact_a", name="苏婉", number="T7", phone=PHONE)
    Shift.objects.create(unit=unit, day=date(2026, 2, 17), name="苏婉", number="T7", phone=PHONE)
    for number in range(14):
        Asset.objects.create(
            unit=unit, number=f"ZC-{number}", name="终端", person_name="苏婉", person_number="T7", person_phone=PHONE
        )
    Asset.objects.create(unit=unit, number="ZC-99", name="终端", person_name="秦朗", person_number="T8")
    return Staff.objects.create(unit=unit, number="T7", name="苏婉", phone=PHONE, account=account)


def test_what_is_in_hand_is_listed_and_the_login_closes_at_once(
    leaver: Staff, people: SimpleNamespace, make_case: Any, login: Any
) -> None:
    case = make_case("lock")
    Case.objects.filter(pk=case.pk).update(responsible_name="苏婉")
    account = leaver.account
    assert account is not None
    hers = login(account)
    assert hers.get("/me/").status_code == 200

    # Before: fourteen devices, one open task, the contact's role.
    page = login("keeper").get(f"/ledger/leavers/{leaver.pk}/").content.decode()
    assert actions.assets_of(leaver).count() == 14
    assert [task.title for task in open_work(leaver.unit, leaver.name)] == [case.number]
    assert case.number in page
    assert "联络员A" in page

    # At once, from the open session too; the past remains.
    actions.leave(leaver, by=people.keeper, now=NOW, left_on=GONE)
    assert hers.get("/me/").status_code == 302
    entered = Client().post("/login/", {"username": "su.wan", "password": PASSWORD})
    assert entered.status_code == 200
    assert Person.objects.get(pk=account.pk).posts.filter(revoked_at=None).count() == 0
    assert Record.objects.filter(actor="苏婉").exists() or Record.objects.filter(kind="org.person").exists()
    assert Record.objects.filter(action="ledger.leave").count() == 1

    # The devices are nobody's until somebody takes them over; her duty is over, her shifts are open again.
    assert len(queries.ownerless(people.keeper).assets) == 14
    assert Asset.objects.filter(person_name="苏婉").count() == 0
    assert Duty.objects.get(name="苏婉").until == GONE
    assert not Shift.objects.filter(name="苏婉").exists()
    assert [gap.count for gap in queries.gaps(people.keeper, None, NOW) if gap.key == "ownerless"] == [14]

    with pytest.raises(Refused):
        actions.leave(leaver, by=people.keeper, now=NOW, left_on=GONE)


def test_a_successor_takes_the_devices_over(leaver: Staff, people: SimpleNamespace) -> None:
    successor = Staff.objects.create(unit=leaver.unit, number="T8", name="秦朗", phone="13800000000")
    actions.leave(leaver, by=people.keeper, now=NOW, left_on=GONE, successor=successor)
    assert Asset.objects.filter(person_name="秦朗", person_number="T8").count() == 15
    assert queries.ownerless(people.keeper).assets == ()


def test_her_number_is_masked_for_all_and_each_look_is_recorded(
    leaver: Staff, people: SimpleNamespace, login: Any
) -> None:
    for who in ("officer", "approver", "leader", "system", "keeper"):
        for path in ("staff/", f"staff/{leaver.pk}/", "duties/", "assets/"):
            page = login(who).get(f"/ledger/{path}").content.decode()
            assert PHONE not in page
        assert "139****4321" in login(who).get(f"/ledger/staff/{leaver.pk}/").content.decode()
    browser = login("officer")
    assert browser.post(f"/ledger/staff/{leaver.pk}/number/", {"reason": " "}).status_code == 302
    assert PHONE in browser.post(f"/ledger/staff/{leaver.pk}/number/", {"reason": "核实移交"}).content.decode()
    [entry] = Record.objects.filter(action="ledger.reveal")
    assert (entry.actor, entry.after["reason"]) == ("王磊", "核实移交")
    assert PHONE not in str(entry.after)


def test_a_stranger_lets_nobody_leave(leaver: Staff, people: SimpleNamespace, login: Any) -> None:
    assert login("stranger").get(f"/ledger/leavers/{leaver.pk}/").status_code == 404
    with pytest.raises(Refused):
        actions.leave(leaver, by=people.stranger, now=NOW, left_on=GONE)
