"""The numbers that a bureau sets: dated, within bounds, for itself and all below it, and used where they count."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.audit.models import Record
from minewarden.desk.ledger import queries as ledger
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import LogSource
from minewarden.desk.notify import outbox
from minewarden.desk.notify.quiet import earliest
from minewarden.desk.org import actions
from minewarden.desk.org.actions import Refused
from minewarden.desk.org.parameters import SETTINGS, Kind, in_force
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.words import DISPLAY_ZONE

NOW = datetime(2026, 3, 13, 12, 0, tzinfo=DISPLAY_ZONE)


@pytest.fixture
def put(people, city):
    """put("log_days", "365") -> set by the bureau from today on; unit, since and the like as keywords."""

    def make(key, value, **given_):
        facts = {"by": people.system, "now": NOW, "unit": city.bureau, "since": NOW.date(), "reason": "市局会议纪要"}
        return actions.set_parameter(key=key, value=value, **(facts | given_))

    return make


def test_the_nearest_bureau_holds_from_its_day_on_and_the_past_stays(put, city):
    put("log_days", "200")
    put("log_days", "365", since=NOW.date() + timedelta(days=10))
    put("log_days", "190", unit=city.linjiang)
    later = NOW + timedelta(days=10)
    assert in_force(city.yunlu_school, NOW).number("log_days") == 200
    assert in_force(city.yunlu_school, later - timedelta(minutes=721)).number("log_days") == 200
    assert in_force(city.yunlu_school, later).number("log_days") == 365
    assert in_force(city.first_school, later).number("log_days") == 190, "the district's own word holds"
    assert in_force(city.first_school, NOW - timedelta(days=1)).number("log_days") == 184, "what held before stays"
    assert in_force(None, NOW).number("log_days") == 184


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("log_days", "183"), ("log_days", "半年"), ("order_findings", "1"), ("order_days", "29"),
        ("recheck_days", "7,30"), ("recheck_days", "8,90"), ("recheck_days", "0,7,90"),
        ("quiet_from", "19:59"), ("quiet_until", "09:01"),
        ("quiet_from", "晚上"), ("reminders_a_day", "3"), ("recurs_days", "30"), ("leaver_phone_days", ""),
    ],
)  # fmt: skip
def test_nobody_goes_below_the_floor(put, key, value, login, city):
    with pytest.raises(ValidationError):
        put(key, value)
    given_ = {"key": key, "value": value or " ", "since": "2099-01-01", "reason": "试"}
    page = login("system").post(f"/units/{city.bureau.pk}/parameters/", given_)
    assert page.status_code == 200
    assert not in_force(city.bureau, NOW).set_by


def test_who_may_and_what_is_written(put, people, city, login):
    with pytest.raises(Refused):
        put("log_days", "200", by=people.officer)
    with pytest.raises(Refused):
        put("log_days", "200", unit=city.first_school)
    with pytest.raises(ValidationError):
        put("log_days", "200", since=NOW.date() - timedelta(days=1))
    with pytest.raises(ValidationError):
        put("log_days", "200", reason=" ")
    given_ = {"key": "recheck_days", "value": "60、7，90", "since": "2099-01-01", "reason": "市局会议纪要"}
    assert login("system").post(f"/units/{city.bureau.pk}/parameters/", given_).status_code == 302
    (entry,) = Record.objects.filter(action="parameter.set")
    assert (entry.before, entry.after["value"]) == ({"value": "7,30,90"}, "7,60,90")
    page = login("system").get(f"/units/{city.bureau.pk}/parameters/").content.decode()
    assert "7,60,90" in page
    assert "184—1095" in page


def test_quiet_hours_and_reminders_go_by_the_bureau(put, city, people):
    put("quiet_from", "20:30")
    put("quiet_until", "8:00")
    put("reminders_a_day", "1")
    given_ = {"unit": city.first_school, "to": [], "word": "desk_notify.subject", "link": "/", "now": NOW}
    outbox.remind("case.1", **given_)
    with pytest.raises(TransitionError):
        outbox.remind("case.1", **given_)
    limits = in_force(city.first_school, NOW)
    evening = NOW.replace(hour=20, minute=40)
    waits = earliest(evening, urgent=False, evening=limits.time("quiet_from"), morning=limits.time("quiet_until"))
    assert waits.astimezone(DISPLAY_ZONE).strftime("%d %H:%M") == "14 08:00"


def test_the_ledger_marks_by_the_bureaus_number(put, city, people):
    LogSource.objects.create(unit=city.first_school, type="nat", device="FW", keep_days=200, offset=0)
    assert not [gap for gap in ledger.gaps(people.officer, None, NOW) if gap.key == "kept_short"]
    put("log_days", "365")
    (gap,) = [gap for gap in ledger.gaps(people.officer, None, NOW) if gap.key == "kept_short"]
    assert gap.count == 1
    (line,) = ledger.lines(BOOKS["logs"], list(LogSource.objects.all()), NOW, city.first_school)
    assert ("red", "留存不足 365 天") in line.marks


@given(st.sampled_from(sorted(SETTINGS)), st.text(max_size=12))
def test_whatever_is_typed_is_refused_or_within_the_bounds(key, text):
    setting = SETTINGS[key]
    try:
        value = setting.canonical(text)
    except ValueError:
        return
    assert setting.canonical(value) == value
    if setting.kind is Kind.NUMBER:
        assert int(setting.least) <= int(value) <= int(setting.most)


def test_every_default_lies_within_its_own_bounds():
    assert all(setting.canonical(setting.default) == setting.default for setting in SETTINGS.values())
