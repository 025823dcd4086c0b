"""The second factor: set up by a code, asked for in each session, taken once, locked after five; recovery codes."""

import base64
import re

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_otp.oath import hotp

from minewarden.desk.audit.models import Record
from minewarden.desk.org.models import RecoveryCode, SecondFactor
from tests.desk.conftest import PASSWORD

PAGE = "/me/second-factor/"


def code_of(person, ahead=0):
    row = SecondFactor.objects.get(person=person)
    step = int(timezone.now().timestamp()) // 30 + ahead
    return f"{hotp(base64.b32decode(row.secret), step):06d}"


def enter(person):
    browser = Client()
    assert browser.post("/login/", {"username": person.username, "password": PASSWORD}).status_code == 302
    return browser


@pytest.fixture
def enrolled(people):
    """The system administrator with a second factor, and the recovery codes."""
    browser = enter(people.system)
    page = browser.get(PAGE).content.decode()
    assert "data:image/svg+xml" in page
    done = browser.post(PAGE, {"code": code_of(people.system)}).content.decode()
    return re.findall(r"<li>([0-9a-f]{6}-[0-9a-f]{6})</li>", done)


def test_an_administrator_without_one_reaches_no_page_where_it_is_required(settings, people):
    settings.REQUIRE_2FA = True
    for person in (people.system, people.security, people.audit, people.approver):
        browser = enter(person)
        for path in ("/", "/people/", "/audit/", "/me/", "/me/password/"):
            answer = browser.get(path)
            assert (answer.status_code, answer.headers.get("Location")) == (302, PAGE), path
    assert enter(people.officer).get("/me/").status_code == 200
    browser = enter(people.system)
    browser.get(PAGE)
    assert browser.post(PAGE, {"code": "000000"}).status_code == 200
    assert browser.get("/people/").status_code == 302
    browser.post(PAGE, {"code": code_of(people.system)})
    assert browser.get("/people/").status_code == 200


def test_each_session_asks_again_and_a_code_is_taken_once(enrolled, people):
    assert len(enrolled) == 10
    used = code_of(people.system)
    browser = enter(people.system)
    assert browser.get("/people/").headers["Location"] == PAGE
    assert browser.post(PAGE, {"code": used}).status_code == 200, "it was taken when it was set up"
    assert browser.post(PAGE, {"code": code_of(people.system, ahead=1)}).status_code == 302
    assert browser.get("/people/").status_code == 200
    assert Record.objects.filter(action="session.second_factor", result="refused").count() == 1


def test_a_recovery_code_stands_in_once(enrolled, people):
    assert enter(people.system).post(PAGE, {"code": enrolled[3].upper()}).status_code == 302
    assert enter(people.system).post(PAGE, {"code": enrolled[3]}).status_code == 200
    assert RecoveryCode.objects.exclude(used_at=None).count() == 1


def test_after_five_wrong_codes_none_is_looked_at(enrolled, people):
    browser = enter(people.system)
    for _ in range(5):
        browser.post(PAGE, {"code": "000000"})
    assert browser.post(PAGE, {"code": code_of(people.system, ahead=1)}).status_code == 200
    assert "30" in browser.post(PAGE, {"code": enrolled[0]}).content.decode()
    assert browser.get("/people/").status_code == 302


def test_a_lost_telephone_is_taken_off_by_the_security_administrator(enrolled, people, login):
    path = f"/people/{people.system.pk}/second-factor/"
    assert login("officer").post(path).status_code == 404
    assert login("security").post(path).status_code == 302
    assert not SecondFactor.objects.exists()
    assert enter(people.system).get("/people/").status_code == 200
    assert Record.objects.filter(action="person.drop_second_factor", actor="罗毅").count() == 1


def test_the_database_holds_no_secret_in_the_clear(enrolled, people):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM org_secondfactor")
        (stored,) = cursor.fetchone()
        cursor.execute("SELECT digest FROM org_recoverycode")
        hashes = {digest for (digest,) in cursor.fetchall()}
    assert stored.startswith("sealed:")
    assert not hashes & set(enrolled)
