"""Signing in, failing, being locked out, idling, and passwords."""

from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from minewarden.desk.org import actions, install
from minewarden.desk.org.models import Person
from minewarden.desk.org.passwords import first_password
from tests.desk.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def enter(username="wang.lei", password=PASSWORD, browser=None):
    return (browser or Client()).post("/login/", {"username": username, "password": password})


def test_a_fresh_installation_has_no_account_and_says_what_to_do(db):
    page = Client().get("/login/").content.decode()
    assert Person.objects.count() == 0
    assert "minewarden desk createadmin" in page
    assert '<input type="password"' not in page


def test_the_right_password_opens(people):
    assert enter().status_code == 302


def test_the_answer_does_not_tell_what_was_wrong(people):
    def text(answer):
        return answer.content.decode().split('class="errors')[1][:200]

    assert text(enter(password="falsch")) == text(enter(username="niemand"))


def test_five_failures_lock_the_account_even_for_the_right_password(people):
    for _ in range(4):
        assert enter(password="falsch").status_code == 200
    assert enter(password="falsch").status_code == 429
    locked = enter()
    assert locked.status_code == 429
    assert "账号已锁定" in locked.content.decode()
    assert enter(username="zhao.min").status_code == 302


def test_the_lock_ends_after_thirty_minutes(people):
    from axes.models import AccessAttempt

    for _ in range(5):
        enter(password="falsch")
    assert enter().status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=29))
    assert enter().status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert enter().status_code == 302


def test_the_security_administrator_lifts_the_lock(people, login):
    for _ in range(5):
        enter(password="falsch")
    page = login("security").get(f"/people/{people.officer.pk}/").content.decode()
    assert "已锁定" in page
    login("security").post(f"/people/{people.officer.pk}/unlock/")
    assert enter().status_code == 302


def test_a_closed_account_does_not_open(people):
    actions.set_active(people.officer, by=people.system, active=False)
    assert enter().status_code == 200


def test_a_first_password_must_be_changed_before_anything_else(people, city):
    password = first_password()
    actions.create_person(by=people.system, unit=city.linjiang, username="new.one", name="新人", password=password)
    browser = Client()
    enter("new.one", password, browser)
    assert browser.get("/me/")["Location"] == "/me/password/"
    answer = browser.post(
        "/me/password/", {"present": password, "password": "Xin-De-Mi-Ma-8", "again": "Xin-De-Mi-Ma-8"}
    )
    assert answer.status_code == 302
    assert browser.get("/me/").status_code == 200


def test_a_first_password_passes_the_rules_and_is_never_the_same():
    made = {first_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        validate_password(password)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Kurz-1", "short"),
        ("nurkleinbuchstaben", "plain"),
        ("kleinbuchstaben123", "plain"),
        ("Wang.Lei-2026", "personal"),
        ("Tel-13800001234x", "personal"),
        ("王磊-Qingshan-9", "personal"),
        ("X-419902-abcdef", "personal"),
        ("P@ssw0rd", "common"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(people, password, code):
    people.officer.phone = "13800001234"
    with pytest.raises(ValidationError) as caught:
        validate_password(password, people.officer)
    assert code in {error.code for error in caught.value.error_list}


@pytest.mark.parametrize("password", ["Qing-Shan-2026", "山高水长-Abc12345", "correct Horse 7 battery"])
def test_a_good_password_is_taken(people, password):
    validate_password(password, people.officer)


def test_none_of_the_last_five_passwords_is_taken_again(people):
    for number in range(1, 5):
        actions.change_password(people.officer, password=f"Xin-De-Mi-Ma-{number}")
        with pytest.raises(ValidationError):
            actions.change_password(people.officer, password=PASSWORD)
    actions.change_password(people.officer, password="Xin-De-Mi-Ma-5")
    actions.change_password(people.officer, password=PASSWORD)


@pytest.mark.parametrize(("days", "due"), [(89, False), (91, True)])
def test_a_password_is_changed_every_ninety_days(people, login, days, due):
    people.officer.password_changed_at = timezone.now() - timedelta(days=days)
    people.officer.save()
    assert (login("officer").get("/units/").status_code == 302) is due


def test_an_administrator_has_one_session(people):
    first, second = Client(), Client()
    enter("sys.he", browser=first)
    assert first.get("/units/").status_code == 200
    enter("sys.he", browser=second)
    assert first.get("/units/")["Location"] == "/login/?ended=elsewhere"
    assert second.get("/units/").status_code == 200


def test_others_may_have_two(people):
    first, second = Client(), Client()
    enter(browser=first)
    enter(browser=second)
    assert first.get("/units/").status_code == 200


def test_a_session_lasts_twelve_hours_at_most(people):
    browser = Client()
    enter(browser=browser)
    session = browser.session
    session["began"] = (timezone.now() - timedelta(hours=12, minutes=1)).timestamp()
    session.save()
    assert browser.get("/units/")["Location"] == "/login/?ended=old"


@pytest.mark.parametrize(("username", "minutes"), [("sys.he", 15), ("wang.lei", 30)])
def test_an_idle_session_ends(people, username, minutes):
    browser = Client()
    enter(username, browser=browser)
    assert browser.session.get_expiry_age() == minutes * 60


def test_a_session_that_is_used_goes_on(people):
    browser = Client()
    enter(browser=browser)
    browser.get("/units/")
    session = browser.session
    session["seen"] -= 61
    session.save()
    soon = timezone.now() + timedelta(minutes=1)
    Session.objects.update(expire_date=soon)
    browser.get("/units/")
    assert Session.objects.get().expire_date > soon + timedelta(minutes=28)


def test_a_look_writes_nothing_while_the_session_was_written_a_moment_ago(people):
    browser = Client()
    enter(browser=browser)
    browser.get("/units/")
    with CaptureQueriesContext(connection) as asked:
        browser.get("/units/")
    assert [one["sql"] for one in asked if not one["sql"].startswith("SELECT")] == []


def test_signing_out_is_by_post_only(login, people):
    browser = login("officer")
    assert browser.get("/logout/").status_code == 405
    browser.post("/logout/")
    assert browser.get("/me/").status_code == 302


def test_the_first_administrator_brings_the_first_unit(db):
    with pytest.raises(ValidationError):
        install.administrator(role="system", username="sys.he", name="何静", password=PASSWORD)
    made = install.administrator(
        role="system", username="sys.he", name="何静", password=PASSWORD, unit_name="云川市教育局"
    )
    assert made.unit.name == "云川市教育局"
    second = install.administrator(role="audit", username="aud.shen", name="沈岚", password=PASSWORD)
    assert second.unit == made.unit


def test_an_administrator_whose_password_is_refused_leaves_nothing_behind(db):
    from minewarden.desk.org.models import Unit

    with pytest.raises(ValidationError):
        install.administrator(role="system", username="sys.he", name="何静", password="kurz", unit_name="云川市教育局")
    assert not Unit.objects.exists()
    assert not Person.objects.exists()
