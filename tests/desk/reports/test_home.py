"""我的待办: what waits for whom, the most urgent first; counts open the lists behind them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases import actions, decisions
from minewarden.desk.reports.todo import todo
from tests.desk.made import NOW


def waits(person, now=NOW):
    person.__dict__.pop("_active_posts", None)
    return [(item.what, item.case.lead.host) for item in todo(person, None, now).waiting]


def test_each_step_waits_for_the_one_whose_turn_it_is(make_case, staff):
    case = make_case()
    assert waits(staff.handler) == [("sign", "10.12.8.1")]
    assert waits(staff.principal) == []
    assert waits(staff.superior) == [], "the school has an officer of its own"
    actions.sign_for(case, by=staff.handler, now=NOW)
    assert waits(staff.handler) == [("start", "10.12.8.1")]


def test_a_report_waits_for_the_approver_and_then_for_the_superior(make_case, staff):
    case = make_case("submit")
    assert waits(staff.principal) == [("approve", "10.12.8.1")]
    assert waits(staff.handler) == []
    actions.approve_report(case, by=staff.principal, now=NOW)
    assert waits(staff.principal) == []
    assert waits(staff.superior) == [("receive", "10.12.8.1")]


def test_a_proposal_waits_for_the_second_person_only(make_case, staff):
    case = make_case("lock")
    decisions.propose(case, by=staff.handler, now=NOW, kind="nature", value="passive", reason="弱口令")
    assert ("confirm_nature", "10.12.8.1") in waits(staff.principal)
    assert ("confirm_nature", "10.12.8.1") not in waits(staff.handler)


def test_the_most_urgent_stands_first(make_case, staff):
    make_case(number=1, now=NOW)
    make_case(number=2, now=NOW - timedelta(hours=40))
    make_case(number=3, now=NOW - timedelta(hours=60))
    assert [host for _, host in waits(staff.handler)] == ["10.12.8.3", "10.12.8.2", "10.12.8.1"]


def test_a_unit_without_people_of_its_own_is_served_from_above(make_case, staff):
    make_case()
    for person in (staff.handler, staff.colleague):
        person.posts.all().update(revoked_at=NOW)
    assert waits(staff.superior) == [("sign", "10.12.8.1")]


def test_exceptions_count_and_open_their_lists(make_case, staff, login):
    make_case(number=1, now=timezone.now() - timedelta(hours=50))
    make_case(number=2, now=timezone.now())
    page = login(staff.superior).get(reverse("home")).content.decode()
    assert "?view=overdue" in page
    listed = login(staff.superior).get(reverse("cases:cases") + "?view=overdue").content.decode()
    assert "10.12.8.1" in listed
    assert "10.12.8.2" not in listed


def test_the_page_shows_hours_left_and_the_absolute_time(make_case, staff, login):
    make_case(now=timezone.now() - timedelta(hours=5))
    page = login(staff.handler).get(reverse("home")).content.decode()
    assert "剩余 42 小时 59 分" in page
    assert "截止" in page


def test_its_queries_do_not_grow_with_its_rows(make_case, staff, login):
    def cost():
        client = login(staff.handler)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("home")).status_code == 200
        return len(caught)

    make_case(number=1)
    before = cost()
    for number in range(2, 14):
        make_case(number=number)
    assert cost() == before <= 30


@pytest.mark.parametrize("who", ["system", "security", "audit"])
def test_an_administrator_is_led_to_his_own_pages(people, login, who):
    answer = login(who).get(reverse("home"))
    assert answer.status_code == 302
    assert answer.url != reverse("home")
