"""Who opens an account gives it no post: the security administrator who does is told that it waits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from minewarden.desk.notify.models import Copy, Message
from minewarden.desk.notify.reminders import look
from minewarden.desk.org import actions
from minewarden.desk.org.models import Person, Post, Role
from tests.desk.conftest import PASSWORD

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def opened(people, city):
    """opened(number, at) -> an account of 江畔小学 that was opened then; of those of the city only this is new."""
    Person.objects.update(created_at=timezone.now() - timedelta(days=30))

    def make(number, at):
        made = actions.create_person(
            by=people.keeper, unit=city.riverside, username=f"lin.he{number}", name="林和", password=PASSWORD
        )
        Person.objects.filter(pk=made.pk).update(created_at=at)
        return made

    return make


def test_accounts_that_are_opened_in_a_row_are_one_message(opened, people, login):
    now = timezone.now()
    assert look(now) == 0, "whoever has stood there for a month without a post is no news"
    for number in range(3):
        opened(number, now - 3 * MINUTE + number * MINUTE)
    assert [look(now), look(now + MINUTE), look(now + 2 * HOUR)] == [1, 0, 0]
    (told,) = Message.objects.all()
    assert (told.params["count"], told.urgent) == (3, False)
    assert [copy.person.name for copy in Copy.objects.select_related("person")] == ["罗毅"]
    page = login("security").get(told.link).content.decode()
    assert "lin.he2" in page
    assert people.officer.username not in page, "the link leads to those without a post"
    opened(4, now + 10 * MINUTE)
    assert [look(now + 11 * MINUTE), look(now + 61 * MINUTE)] == [0, 1]
    assert Message.objects.order_by("-pk").first().params["count"] == 4


def test_who_has_got_a_post_or_was_closed_waits_for_nothing(opened, people, city):
    now = timezone.now()
    first, second = opened(1, now), opened(2, now)
    actions.grant_post(first, role=Role.OFFICER, unit=city.riverside, by=people.security)
    actions.set_active(second, by=people.system, active=False)
    assert look(now + MINUTE) == 0


def test_the_nearest_who_may_grant_is_told_and_nobody_else(opened, people, city):
    near = actions.create_person(
        by=None, unit=city.linjiang, username="sec.linjiang", name="江川", password=PASSWORD, must_change=False
    )
    actions.grant_post(near, role=Role.SECURITY, unit=city.linjiang, by=None)
    now = timezone.now()
    opened(1, now)
    assert look(now + MINUTE) == 1
    assert [copy.person.name for copy in Copy.objects.select_related("person")] == ["江川"]


def test_a_security_administrator_of_the_unit_itself_is_the_nearest(opened, city):
    own = actions.create_person(
        by=None, unit=city.riverside, username="sec.own", name="江岸", password=PASSWORD, must_change=False
    )
    actions.grant_post(own, role=Role.SECURITY, unit=city.riverside, by=None)
    now = timezone.now()
    opened(1, now)
    assert look(now + MINUTE) == 1
    assert [copy.person.name for copy in Copy.objects.select_related("person")] == ["江岸"]


@pytest.mark.parametrize("undone", ["revoked", "closed"])
def test_who_may_not_grant_any_more_is_passed_over(opened, people, city, undone):
    near = actions.create_person(
        by=None, unit=city.linjiang, username="sec.linjiang", name="江川", password=PASSWORD, must_change=False
    )
    actions.grant_post(near, role=Role.SECURITY, unit=city.linjiang, by=None)
    now = timezone.now()
    if undone == "revoked":
        Post.objects.filter(person=near).update(revoked_at=now)
    else:
        Person.objects.filter(pk=near.pk).update(is_active=False)
    opened(1, now)
    assert look(now + MINUTE) == 1
    (told,) = Message.objects.all()
    assert (told.unit, [copy.person.name for copy in told.copies.select_related("person")]) == (city.bureau, ["罗毅"])
