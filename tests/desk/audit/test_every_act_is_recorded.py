"""An act and its record happen together or not at all; logins and refusals are recorded as well."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from minewarden.desk.audit import record as recording
from minewarden.desk.audit.models import Record
from minewarden.desk.audit.record import record
from minewarden.desk.audit.verify import verify
from minewarden.desk.org import actions
from minewarden.desk.org.models import Person, Unit
from tests.desk.conftest import PASSWORD


def last(action: str) -> Record:
    return Record.objects.filter(action=action).order_by("-seq").first()


@pytest.mark.django_db
def test_a_record_says_who_did_what_to_what(people, city):
    made = actions.create_unit(by=people.system, kind="school", name="云川市第二中学", parent=city.linjiang)
    entry = last("unit.create")
    assert (entry.actor, entry.actor_id, entry.unit) == ("何静", people.system.pk, "云川市教育局")
    assert (entry.kind, entry.object_id, entry.result) == ("org.unit", str(made.pk), "ok")
    assert entry.after["name"] == "云川市第二中学"
    assert entry.after["parent"] == "云川市临江区教育局"


@pytest.mark.django_db
def test_one_act_is_one_record(people, city):
    before = Record.objects.count()
    actions.create_unit(by=people.system, kind="school", name="云川市第二中学", parent=city.linjiang)
    assert Record.objects.count() == before + 1


@pytest.mark.django_db(transaction=True)
def test_an_act_whose_record_cannot_be_written_does_not_happen(people, city, monkeypatch):
    def broken(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(recording.Record, "save", broken)
    with pytest.raises(DatabaseError):
        actions.create_unit(by=people.system, kind="school", name="云川市第二中学", parent=city.linjiang)
    assert not Unit.objects.filter(name="云川市第二中学").exists()


@pytest.mark.django_db(transaction=True)
def test_a_record_of_an_act_that_failed_is_undone_with_it(people):
    def fail() -> None:
        with transaction.atomic():
            record("case.close", by=people.officer)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert last("case.close") is None
    record("case.close", by=people.officer)
    assert verify().whole


@pytest.mark.django_db
def test_a_login_is_recorded_with_its_origin(people):
    Client().post(
        "/login/", {"username": "wang.lei", "password": PASSWORD}, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="试"
    )
    entry = last("session.login")
    assert (entry.actor, entry.ip, entry.agent, entry.result) == ("王磊", "192.0.2.7", "试", "ok")
    assert len(entry.request_id) == 32


@pytest.mark.django_db
def test_a_refused_login_is_recorded_without_what_may_be_a_password(people):
    for name in ("wang.lei", "Geheim-Wort-99"):
        Client().post("/login/", {"username": name, "password": "falsch"})
    first, second = Record.objects.filter(action="session.login", result="refused").order_by("seq")
    assert first.actor == "wang.lei"
    assert second.actor == "Ge****99"


@pytest.mark.django_db
def test_a_forged_forwarding_header_is_not_believed(people, settings):
    for proxies, expected in ((0, "192.0.2.7"), (1, "198.51.100.4")):
        settings.PROXIES = proxies
        Client().post(
            "/login/",
            {"username": "wang.lei", "password": PASSWORD},
            REMOTE_ADDR="192.0.2.7",
            HTTP_X_FORWARDED_FOR="203.0.113.1, 198.51.100.4",
        )
        assert last("session.login").ip == expected


@pytest.mark.django_db
def test_records_outlive_who_they_name(people):
    assert not [field for field in Record._meta.get_fields() if field.is_relation]
    assert Person.objects.exists()
