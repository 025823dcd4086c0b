"""Practice, N6: the owner of fourteen devices resigned in January; a notice names her in March."""

import io
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client, RequestFactory
from docx import Document

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import actions as case_actions
from minewarden.desk.cases import side
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger import accounts, actions, queries, retention
from minewarden.desk.ledger.directory import has_left
from minewarden.desk.ledger.models import Asset, Duty, Shift, Staff
from minewarden.desk.ledger.open_work import open_work
from minewarden.desk.org import actions as org
from minewarden.desk.org.actions import Refused
from minewarden.desk.org.models import Person, Role
from minewarden.desk.reports import export as report
from minewarden.desk.worker import LOOKS
from minewarden.documents.docx import to_docx
from minewarden.vocab.errors import TransitionError
from tests.desk.conftest import PASSWORD, city, data_folder, login, people
from tests.desk.made import make_case, make_lead, recorded, staff

__all__ = ["city", "data_folder", "login", "make_case", "make_lead", "people", "recorded", "staff"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 15, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
GONE = date(2026, 1, 15)
FIRST_PAGE = RequestFactory().get("/")
MARCH = datetime(2026, 3, 14, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
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
    staff = Staff.objects.create(unit=unit, number="T7", name="苏婉", phone=PHONE, entered_at=NOW)
    Staff.objects.create(unit=city.yunlu_school, number="T9", name="苏婉", phone="13900009999")
    return actions.link_account(staff, account, by=people.keeper, now=NOW)


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
    assert queries.ownerless(people.keeper, FIRST_PAGE).page.paginator.count == 14
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
    assert queries.ownerless(people.keeper, FIRST_PAGE).page.paginator.count == 0


def test_her_number_is_masked_for_all_and_each_look_is_recorded(
    leaver: Staff, people: SimpleNamespace, login: Any
) -> None:
    for who in ("officer", "approver", "leader", "system", "keeper"):
        for path in ("staff/", f"staff/{leaver.pk}/", "duties/", "assets/"):
            page = login(who).get(f"/ledger/{path}").content.decode()
            assert PHONE not in page
        assert "139****4321" in login(who).get(f"/ledger/staff/{leaver.pk}/").content.decode()
    browser = login("officer")
    assert browser.post(f"/ledger/staff/{leaver.pk}/number/", {"reason": " "}).status_code == 422
    assert PHONE in browser.post(f"/ledger/staff/{leaver.pk}/number/", {"reason": "核实移交"}).content.decode()
    [entry] = Record.objects.filter(action="ledger.reveal")
    assert (entry.actor, entry.after["reason"]) == ("王磊", "核实移交")
    assert PHONE not in str(entry.after)


def test_a_stranger_lets_nobody_leave(leaver: Staff, people: SimpleNamespace, login: Any) -> None:
    assert login("stranger").get(f"/ledger/leavers/{leaver.pk}/").status_code == 404
    with pytest.raises(Refused):
        actions.leave(leaver, by=people.stranger, now=NOW, left_on=GONE)


def test_her_account_is_proposed_by_name_and_number_and_linked_by_a_person(
    city: SimpleNamespace, people: SimpleNamespace, login: Any
) -> None:
    """The namesake of another school is nobody; a number alone is a weaker sign than both."""
    made = {"unit": city.first_school, "password": PASSWORD, "must_change": False}
    account = org.create_person(by=None, username="su.wan", name="苏婉", phone=PHONE, **made)
    other = org.create_person(by=None, username="daizhi.lu", name="秦朗（代）", phone="13800000001", **made)
    hers = Staff.objects.create(unit=city.first_school, number="T7", name="苏婉", phone=PHONE)
    his = Staff.objects.create(unit=city.first_school, number="T8", name="秦朗", phone="13800000001")
    Staff.objects.create(unit=city.yunlu_school, number="T9", name="苏婉")
    unlinked = accounts.proposed(list(accounts.unlinked(people.keeper)))
    found = {row.person.pk: [(one.staff, one.basis) for one in row.proposals] for row in unlinked}
    assert found[account.pk] == [(hers, "both")]
    assert found[other.pk] == [(his, "phone")]
    page = login("keeper").get("/ledger/accounts/").content.decode()
    assert "su.wan" in page
    assert PHONE not in page
    assert login("keeper").post("/ledger/accounts/", {"person": account.pk, "staff": hers.pk}).status_code == 302
    assert Staff.objects.get(pk=hers.pk).account == account
    assert Record.objects.filter(action="ledger.link_account", actor="唐宁").count() == 1
    assert login("keeper").post("/ledger/accounts/", {"person": other.pk, "number": "T8"}).status_code == 302
    with pytest.raises(Refused):
        actions.link_account(hers, other, by=people.keeper, now=NOW)
    with pytest.raises(Refused):
        actions.link_account(his, account, by=people.stranger, now=NOW)
    assert login("keeper").post(f"/ledger/accounts/{his.pk}/unlink/").status_code == 302
    assert Staff.objects.get(pk=his.pk).account is None


def test_who_leaves_unlinked_takes_the_login_along(city: SimpleNamespace, people: SimpleNamespace, login: Any) -> None:
    """Nothing linked them before: the page of the leaver proposes the account, and it closes with her."""
    account = org.create_person(
        by=None, unit=city.first_school, username="su.wan", name="苏婉", password=PASSWORD, must_change=False
    )
    hers = Staff.objects.create(unit=city.first_school, number="T7", name="苏婉")
    assert (
        f'<option value="{account.pk}" selected' in login("keeper").get(f"/ledger/leavers/{hers.pk}/").content.decode()
    )
    given = {"left_on": "2026-01-15", "account": account.pk}
    assert login("keeper").post(f"/ledger/leavers/{hers.pk}/", given).status_code == 302
    account.refresh_from_db()
    assert not account.is_active


def test_a_case_in_march_asks_for_somebody_in_office(
    leaver: Staff, people: SimpleNamespace, make_case: Any, staff: SimpleNamespace
) -> None:
    """The notice of March names her; whoever locks the device must name who answers now."""
    actions.leave(leaver, by=people.keeper, now=NOW, left_on=GONE)
    case = make_case("start")
    device = {"device_mac": "02:00:5e:10:00:01", "device_place": "实验楼 305"}
    given = {"by": staff.handler, "now": MARCH, "device": device, "responsible_post": "信息中心主任"}
    with pytest.raises(TransitionError):
        case_actions.lock(case, responsible_name="苏婉", **given)
    locked = case_actions.lock(case, responsible_name="何青", **given)
    assert (locked.responsible_name, locked.responsible_post) == ("何青", "信息中心主任")
    # The report names the post; of her it says nothing, where a restricted record names her too.
    given = {"by": staff.principal, "now": MARCH, "person": "苏婉", "kind": "none", "office": "校党委"}
    side.record_accountability(locked, decided_on=MARCH.date(), text="活动时任管理员，已离岗", **given)
    sections, head = report.text_of(locked)
    paper = Document(io.BytesIO(to_docx(report.document(locked, sections, head, on=MARCH, code="-"))))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert "信息中心主任" in cells
    assert "苏婉" not in "\n".join([*cells, *(paragraph.text for paragraph in paper.paragraphs)])
    assert [row.person for row in locked.accountability.all()] == ["苏婉"]
    # Somebody of that name came after her: then it is he who is named.
    Staff.objects.create(unit=leaver.unit, number="T21", name="苏婉")
    assert not has_left(leaver.unit, "苏婉", MARCH.date())


def test_her_number_goes_after_the_time_of_keeping_and_the_log_says_so(
    leaver: Staff, people: SimpleNamespace, city: SimpleNamespace
) -> None:
    """Left on 15 January, kept for 180 days: still there on 13 July, gone on 14 July, and her past is not touched."""
    Shift.objects.create(unit=leaver.unit, day=date(2026, 1, 3), name="苏婉", number="T7", phone=PHONE)
    actions.leave(leaver, by=people.keeper, now=NOW, left_on=GONE)
    assert retention.look(at(2026, 7, 13)) == 0
    assert Staff.objects.get(pk=leaver.pk).phone == PHONE
    assert retention.look(at(2026, 7, 14)) == 1
    assert retention.look(at(2026, 7, 15)) == 0
    assert [row.phone for row in (Staff.objects.get(pk=leaver.pk), Duty.objects.get(), Shift.objects.get())] == [""] * 3
    account = Person.objects.get(username="su.wan")
    assert (account.phone, account.name) == ("", "苏婉")
    [entry] = Record.objects.filter(action="ledger.forget_phone")
    assert (entry.actor, entry.after["left_on"], entry.after["account"]) == ("-", "2026-01-15", True)
    assert PHONE not in str(entry.after)
    # An old roll that is handed in again does not bring it back for long.
    Staff.objects.filter(pk=leaver.pk).update(phone=PHONE, entered_at=at(2026, 8, 1))
    assert retention.look(at(2026, 8, 2)) == 1
    assert retention.look in LOOKS


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
