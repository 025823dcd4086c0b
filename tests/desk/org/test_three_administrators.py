"""The three administrators are three people who hold nothing else: by the actions, and by the database."""

import pytest
from django.db import IntegrityError, transaction

from minewarden.desk.org import actions
from minewarden.desk.org.models import ADMINISTRATORS, Person, Post, Role

ALL = [role.value for role in Role]


@pytest.mark.parametrize("first", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("second", ALL)
def test_an_administrator_is_given_no_second_role(people, city, first, second):
    actions.grant_post(people.nobody, role=first, unit=city.linjiang, by=None)
    unit = city.bureau
    if first == second:
        return
    with pytest.raises(actions.Refused):
        actions.grant_post(people.nobody, role=second, unit=unit, by=None)


@pytest.mark.parametrize("administrator", sorted(ADMINISTRATORS))
def test_who_handles_cases_does_not_become_an_administrator(people, city, administrator):
    with pytest.raises(actions.Refused):
        actions.grant_post(people.officer, role=administrator, unit=city.bureau, by=None)


@pytest.mark.parametrize("first", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("second", ALL)
def test_the_database_refuses_what_the_actions_forgot(people, city, first, second):
    if first == second:
        return
    Post.objects.create(person=people.nobody, unit=city.linjiang, role=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(person=people.nobody, unit=city.bureau, role=second)


def test_the_database_refuses_a_change_of_role_too(people, city):
    post = Post.objects.create(person=people.officer, unit=city.riverside, role=Role.APPROVER)
    post.role = Role.AUDIT
    with pytest.raises(IntegrityError), transaction.atomic():
        post.save()


def test_a_revoked_post_stands_in_nobodys_way(people, city):
    post = people.officer.posts.get()
    actions.revoke_post(post, by=people.security)
    actions.grant_post(people.officer, role=Role.AUDIT, unit=city.linjiang, by=people.security)
    assert people.officer.posts.filter(revoked_at=None).get().role == Role.AUDIT


def test_two_administrators_do_not_share_a_phone(people, city):
    people.audit.phone = people.nobody.phone = "13800000000"
    people.audit.save()
    people.nobody.save()
    with pytest.raises(actions.Refused):
        actions.grant_post(people.nobody, role=Role.SYSTEM, unit=city.bureau, by=None)


def test_nobody_grants_to_themselves(people, city):
    with pytest.raises(actions.Refused):
        actions.grant_post(people.security, role=Role.SECURITY, unit=city.linjiang, by=people.security)


@pytest.mark.parametrize("who", ["system", "audit", "officer", "approver", "leader", "stranger", "nobody"])
def test_only_the_security_administrator_grants(people, city, who):
    with pytest.raises(actions.Refused):
        actions.grant_post(people.second_officer, role=Role.APPROVER, unit=city.linjiang, by=getattr(people, who))


def test_nobody_takes_a_post_closes_or_opens_anything_of_his_own(people, city):
    security, system = people.security, people.system
    for act in (
        lambda: actions.revoke_post(security.posts.get(), by=security),
        lambda: actions.drop_second_factor(security, by=security),
        lambda: actions.set_active(system, by=system, active=False),
        lambda: actions.reset_password(system, by=system, password="Yun-Shui-2027"),
        lambda: actions.close_leaver(people.keeper, by=people.keeper),
    ):
        with pytest.raises(actions.Refused, match=r"yourself|own"):
            act()
    assert not Post.objects.exclude(revoked_at=None).exists()


def test_the_telephone_of_somebody_who_was_an_administrator_is_free(people, city):
    Person.objects.filter(pk__in=(people.audit.pk, people.nobody.pk)).update(phone="13800000000")
    actions.revoke_post(people.audit.posts.get(), by=people.security)
    nobody = Person.objects.get(pk=people.nobody.pk)
    assert actions.grant_post(nobody, role=Role.SYSTEM, unit=city.bureau, by=None).role == Role.SYSTEM


def test_only_the_security_administrator_unlocks(people):
    for who in (people.keeper, people.system, people.officer):
        with pytest.raises(actions.Refused):
            actions.unlock(people.nobody, by=who)
    actions.unlock(people.nobody, by=people.security)


def test_no_keeper_closes_an_administrator_and_a_password_that_was_given_is_changed_at_once(people, city):
    actions.grant_post(people.nobody, role=Role.AUDIT, unit=city.linjiang, by=None)
    auditor = Person.objects.get(pk=people.nobody.pk)
    with pytest.raises(actions.Refused):
        actions.set_active(auditor, by=people.keeper, active=False)
    assert not actions.set_active(auditor, by=people.system, active=False).is_active
    assert not actions.set_active(people.leader, by=people.keeper, active=False).is_active
    given = actions.reset_password(people.officer, by=people.system, password="Yun-Shui-2027")
    assert Person.objects.get(pk=given.pk).must_change_password
