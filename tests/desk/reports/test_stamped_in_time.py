"""Q5: handing the report up stops its clock; where a bureau asks for the stamped paper, that is due by itself."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from minewarden.desk.cases import actions as case_actions
from minewarden.desk.cases.models import Case
from minewarden.desk.notify.models import Message
from minewarden.desk.org.actions import set_parameter
from minewarden.desk.org.models import Parameter
from minewarden.desk.reports import actions, stamps
from tests.desk.reports.test_stamped_scans import scan_of

DAY = timedelta(days=1)


def handed_up(make_case, staff, now, number=1):
    case = make_case("measure", number=number, now=now)
    actions.submit(case, by=staff.handler, now=now)
    return case_actions.approve_report(Case.objects.get(pk=case.pk), by=staff.principal, now=now)


@pytest.fixture
def asked(city, people):
    """From today on the district asks for the scan within three days of the report."""
    now = timezone.now()
    set_parameter(
        key="stamped_days", value="3", unit=city.linjiang, since=timezone.localdate(now), reason="局发〔2026〕4号",
        by=people.system, now=now,
    )  # fmt: skip


def test_nobody_is_asked_for_paper_unless_a_bureau_says_so(make_case, staff, login):
    case = handed_up(make_case, staff, timezone.now())
    assert stamps.stamped_clock(case) is None
    assert list(stamps.waiting(staff.handler, None, timezone.now())) == []


def test_the_scan_has_a_clock_of_its_own_and_waits_at_home(make_case, staff, login, asked):
    now = timezone.now()
    case = handed_up(make_case, staff, now)
    assert case.report_clock.done == now, "the submission has stopped the 72 hours"
    clock = stamps.stamped_clock(case)
    assert (clock.received, clock.due, clock.running) == (now, now + 3 * DAY, True)
    (item,) = stamps.waiting(staff.handler, None, now)
    assert (item.what, item.detail, item.due) == ("报送盖章扫描件", case.number, now + 3 * DAY)
    assert "报送盖章扫描件" in login(staff.handler).get("/").content.decode()
    assert list(stamps.waiting(staff.superior, None, now)) == [], "who receives it does not hand it in"
    page = login(staff.superior).get(reverse("reports:report", args=[case.pk])).content.decode()
    assert timezone.localtime(clock.due).strftime("%H:%M") in page.split("盖章扫描件", 1)[1]
    actions.attach_stamped(case, by=staff.handler, now=now + DAY, name="盖章件.pdf", content=scan_of(case))
    assert stamps.stamped_clock(case).done == now + DAY
    assert list(stamps.waiting(staff.handler, None, now + DAY)) == []


def test_a_scan_of_an_older_version_is_not_that_of_the_new_one(make_case, staff, asked):
    now = timezone.now()
    case = handed_up(make_case, staff, now)
    actions.attach_stamped(case, by=staff.handler, now=now, name="盖章件.pdf", content=scan_of(case, pages=1))
    case = case_actions.return_for_more(case, by=staff.superior, now=now, reason="补充")
    assert stamps.stamped_clock(case) is None, "a report that came back is not asked for on paper"
    actions.submit(case, by=staff.handler, now=now)
    case = case_actions.approve_report(Case.objects.get(pk=case.pk), by=staff.principal, now=now)
    assert stamps.stamped_clock(case).running
    assert [item.detail for item in stamps.waiting(staff.handler, None, now)] == [case.number]


def test_what_went_up_before_the_bureau_asked_stays_as_it_was(make_case, staff, asked):
    now = timezone.now()
    case = handed_up(make_case, staff, now - 2 * DAY)
    assert stamps.stamped_clock(case) is None
    assert list(stamps.waiting(staff.handler, None, now)) == []


def test_whoever_seals_is_told_once_and_nobody_whose_scan_has_come(make_case, staff, asked):
    now = timezone.now()
    first, second = handed_up(make_case, staff, now), handed_up(make_case, staff, now + DAY / 24, number=2)
    actions.attach_stamped(first, by=staff.handler, now=now, name="盖章件.pdf", content=scan_of(first, pages=1))
    assert [stamps.look(now + DAY / 12) for _ in range(2)] == [1, 0]
    (told,) = Message.objects.filter(key__startswith="report.stamped.")
    assert told.link == f"/reports/{second.pk}/"
    assert sorted(copy.person.name for copy in told.copies.select_related("person")) == ["吴涛", "张伟"]


def test_a_scan_whose_code_nobody_could_read_ends_it_and_what_is_old_is_no_news(make_case, staff, asked):
    now, blank = timezone.now(), io.BytesIO()
    case, bare = (handed_up(make_case, staff, now, number=number) for number in (1, 2))
    Image.new("L", (1240, 1754), 255).save(blank, "PDF", resolution=150)
    actions.attach_stamped(case, by=staff.handler, now=now, name="盖章件.pdf", content=blank.getvalue())
    assert case.stamped.get().report is None
    assert stamps.stamped_clock(case).done == now
    assert [item.detail for item in stamps.waiting(staff.handler, None, now)] == [bare.number]
    assert stamps.look(now + 7 * DAY) == 0, "what has waited for a week stands on the page and is no news"
    assert stamps.look(now + 6 * DAY) == 1


@pytest.fixture
def one_at_a_time(monkeypatch):
    monkeypatch.setattr(stamps, "_MOST", 1)


def test_reports_whose_scan_has_come_hold_up_none_that_went_up_later(make_case, staff, asked, one_at_a_time):
    now = timezone.now()
    first, second = handed_up(make_case, staff, now), handed_up(make_case, staff, now + DAY / 24, number=2)
    actions.attach_stamped(first, by=staff.handler, now=now, name="盖章件.pdf", content=scan_of(first, pages=1))
    assert [item.detail for item in stamps.waiting(staff.handler, None, now)] == [second.number]
    assert stamps.look(now + DAY / 12) == 1


def test_scans_beyond_those_that_the_home_page_names_are_led_to(make_case, staff, asked, one_at_a_time):
    now = timezone.now()
    for number in (1, 2):
        handed_up(make_case, staff, now, number=number)
    *named, last = stamps.waiting(staff.handler, None, now)
    assert len(named) == 1
    assert (last.detail, last.href) == ("还有更多，点此查看列表", reverse("cases:cases"))


def test_reports_that_went_up_while_no_paper_was_asked_for_hold_up_none(
    make_case, staff, city, people, asked, one_at_a_time
):
    now = timezone.now()
    for days, value in ((9, "3"), (5, "0")):
        since = timezone.localdate(now - days * DAY)
        Parameter.objects.create(key="stamped_days", unit=city.linjiang, value=value, since=since, by=people.system,
                                 entered_at=now)  # fmt: skip
    before, after = handed_up(make_case, staff, now - 2 * DAY), handed_up(make_case, staff, now, number=2)
    assert [stamps.stamped_clock(case) is None for case in (before, after)] == [True, False]
    assert [item.detail for item in stamps.waiting(staff.handler, None, now)] == [after.number]
    assert stamps.look(now + DAY / 12) == 1


def test_all_are_told_of_in_the_looks_that_follow(make_case, staff, asked, one_at_a_time):
    now = timezone.now()
    for number in (1, 2):
        handed_up(make_case, staff, now, number=number)
    assert [stamps.look(now + DAY / 12) for _ in range(3)] == [1, 1, 0]
