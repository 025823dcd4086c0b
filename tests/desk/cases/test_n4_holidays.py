"""N4: a notice on the eve of the National Day runs through it; an extension and a year without holidays."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from minewarden.desk.assessments import figures
from minewarden.desk.audit.models import Record
from minewarden.desk.cases import actions, decisions, escalation, leads, outages, reminders
from minewarden.desk.cases.clocks import Colour
from minewarden.desk.cases.models import Holiday
from minewarden.desk.cases.notified import open_for_notice
from minewarden.desk.cases.opening import Facts, Limits
from minewarden.desk.cases.queries import calendar
from minewarden.desk.cases.workdays import Calendar
from minewarden.desk.ledger.models import Duty
from minewarden.desk.ledger.models import Shift as OnDuty
from minewarden.desk.notify import actions as outlets
from minewarden.desk.notify.models import Copy, Delivery, Message
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.made import DEVICE


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=DISPLAY_ZONE)


RECEIVED = at(9, 30, 17, 30)


@pytest.fixture
def opened(staff, city):
    def make(received=RECEIVED):
        notice = leads.enter_notice(
            by=staff.superior, now=received, unit=city.first_school, received_at=received, source="省中心",
            number="9号", text="", limits=Limits(),
        )  # fmt: skip
        return open_for_notice(
            by=staff.superior, now=received, unit=city.first_school, notice=notice, facts=Facts(host="203.0.113.10")
        )

    return make


@pytest.fixture
def days(people):
    """The year 2026 as the library knows it."""
    assert outages.fill_year(by=people.system, now=RECEIVED, year=2026) > 20


def test_the_clock_runs_through_the_holiday_and_the_page_says_what_day_it_is(opened, days, staff, login):
    case = opened()
    assert case.due48 == at(10, 2, 17, 30)
    assert case.due72 == at(10, 3, 17, 30)
    page = login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "2026年10月2日（星期五）17:30" in page
    assert "2026年10月3日（星期六）17:30" in page
    assert "国庆节，非工作日" in page


def test_an_extension_keeps_the_original_due_time_and_is_counted_apart(opened, staff, login):
    case = actions.start(actions.sign_for(opened(), by=staff.handler, now=RECEIVED), by=staff.handler, now=RECEIVED)
    until = at(10, 8, 12)
    asked = decisions.ask_extension(
        case, by=staff.handler, now=at(10, 1, 9), which="find", until=until, reason="放假，机房封闭"
    )
    with pytest.raises((TransitionError, PermissionDenied)):
        decisions.decide_extension(asked, by=staff.handler, now=at(10, 1, 10), allow=True)
    decisions.decide_extension(asked, by=staff.superior, now=at(10, 1, 10), allow=True, note="同意")
    case.refresh_from_db()
    assert (case.due48, case.original48) == (until, at(10, 2, 17, 30))
    page = login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "2026年10月8日（星期四）12:00" in page
    assert "原定" in page
    assert "2026年10月2日（星期五）17:30" in page
    assert "放假，机房封闭" in page
    assert staff.superior.name in page
    case = actions.lock(
        case, by=staff.handler, now=at(10, 8, 11), device=DEVICE, responsible_name="秦朗", responsible_post=""
    )
    assert case.find_clock.colour(at(10, 9, 0)) is Colour.KEPT_EXTENDED
    # In the statistics it is on time by the due time in force, and stands apart as on time after an extension only.
    window = figures.Window(at(10, 1, 0), at(10, 12, 0))
    counted = figures.of_unit(case.unit, window, now=at(10, 12, 0))
    assert [counted.number(key) for key in ("find_due", "find_kept", "find_extended")] == [1, 1, 1]


def test_in_the_holiday_the_roster_of_the_day_gets_the_sms(opened, people, city):
    """Twelve hours before, on the second of October: who is on duty that day, at the school and not elsewhere."""
    outlets.add_outlet(
        by=people.system,
        now=RECEIVED,
        unit=city.bureau,
        kind="sms",
        name="短信",
        settings={"url": "http://127.0.0.1:9"},
    )
    for day, name, phone in ((1, "周一鸣", "13800000011"), (2, "陈小川", "13800000012"), (3, "何安", "13800000013")):
        OnDuty.objects.create(unit=city.first_school, day=date(2026, 10, day), name=name, phone=phone)
    OnDuty.objects.create(unit=city.linjiang, day=date(2026, 10, 2), name="区值班", phone="13800000020")
    Duty.objects.create(unit=city.first_school, post="contact_a", name="张伟", phone="13800000001")
    opened()
    assert _called("case.") == [], "a notice tells of itself; this case was opened by hand"
    escalation.look(at(10, 2, 5, 30))
    assert _called("clock.") == [("陈小川", "13800000012")]
    assert all("203.0.113.10" not in row.message.text for row in Delivery.objects.all())
    assert {copy.person.name for copy in Copy.objects.filter(message__key__startswith="clock.")} == {"张伟", "吴涛"}
    Delivery.objects.all().delete()
    escalation.look(at(10, 2, 17, 30))
    assert [phone for _, phone in _called(".find.due")] == ["13800000012", "13800000020"]


def _called(key):
    rows = Delivery.objects.filter(message__key__contains=key, person=None).order_by("pk")
    return [(row.called, row.called_phone) for row in rows]


def test_a_saturday_that_is_worked_is_shown_as_a_working_day(days):
    known = calendar()
    saturday = known.day(date(2026, 10, 10))
    assert (saturday.works, saturday.known) == (True, True)
    assert saturday.name == "国庆节"
    assert not known.day(date(2026, 10, 11)).works
    assert known.next_working(date(2026, 10, 1)) == date(2026, 10, 8)


def test_a_year_that_nobody_filled_in_warns_and_does_not_crash(opened, days, people, staff, login):
    with pytest.raises(TransitionError, match="2027"):
        outages.fill_year(by=people.system, now=RECEIVED, year=2027)
    case = opened(at(5, 1, 17, 30, year=2027))
    assert case.due48 == at(5, 3, 17, 30, year=2027)
    # Whoever can fill it in reads of it, once; to a school it would be a warning about what it cannot mend.
    page = login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "节假日尚未录入" not in page
    monday = at(5, 3, 9, 30, year=2027)
    assert reminders.look_at_calendar(at(5, 2, 9, 30, year=2027)) == 0, "not on a Sunday"
    assert [reminders.look_at_calendar(monday), reminders.look_at_calendar(monday)] == [1, 0]
    told = Message.objects.get(key="calendar.2027")
    assert [row.person for row in told.copies.all()] == [people.system]
    assert "2027 年节假日尚未录入" in told.text
    assert reminders.look_at_calendar(at(12, 7, 9, 30, year=2026)) == 0, "2026 is in the table"
    monday = calendar().day(date(2027, 5, 3))
    assert (monday.works, monday.known) == (True, False)


def test_the_table_is_the_administrators_own(days, people, login):
    """What people wrote is not written over by the library, and nobody else writes."""
    client = login("system")
    given = {"day": "2026-10-10", "works": "0", "name": "本市另有安排"}
    assert client.post(reverse("cases:calendar"), given).status_code == 302
    outages.fill_year(by=people.system, now=RECEIVED, year=2026)
    assert not calendar().day(date(2026, 10, 10)).works
    before = Holiday.objects.count()
    login("officer").post(reverse("cases:calendar"), given | {"day": "2026-10-12"})
    assert Holiday.objects.count() == before
    with pytest.raises(PermissionDenied):
        outages.set_day(by=people.officer, now=RECEIVED, day=date(2026, 1, 1), works=True, name="")


def test_an_empty_table_is_monday_to_friday():
    empty = Calendar({})
    days = [empty.day(date(2026, 3, 9) + timedelta(days=n)).works for n in range(7)]
    assert days == [True] * 5 + [False] * 2
    assert empty.next_working(date(2026, 3, 14)) == date(2026, 3, 16)


def test_hours_of_work_leave_out_nights_weekends_and_holidays(days):
    """What is measured in hours of work (及时转发); no clock of a case runs by them."""
    table = calendar()
    assert table.worked(at(9, 30, 17), at(10, 8, 9, 30)) == timedelta(hours=1.5), "the whole National Day between them"
    assert table.worked(at(10, 9, 17), at(10, 10, 10)) == timedelta(hours=2), "a Saturday that is worked"
    assert table.worked(at(3, 13, 20), at(3, 15, 20)) == timedelta()
    assert table.worked(at(3, 16, 10), at(3, 16, 9)) == timedelta()


def test_taking_a_day_out_of_the_table_is_the_administrators_and_stands_in_the_log(days, people):
    row = Holiday.objects.first()
    with pytest.raises(PermissionDenied):
        outages.remove_day(row, by=people.officer, now=RECEIVED)
    day, before = row.day, Holiday.objects.count()
    outages.remove_day(row, by=people.system, now=RECEIVED)
    assert Holiday.objects.count() == before - 1
    entry = Record.objects.get(action="holiday.remove")
    assert (entry.actor, entry.before["day"]) == (people.system.name, day.isoformat())
