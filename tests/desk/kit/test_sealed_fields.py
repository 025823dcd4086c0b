"""Telephone numbers lie sealed in the database: a dump shows none, equal ones do not look equal, no query finds one."""

import pytest
from django.core.exceptions import FieldError
from django.db import connection

from minewarden.desk.kit.sealed import key_path
from minewarden.desk.ledger.models import Duty
from minewarden.desk.org.models import Person
from minewarden.vocab.errors import ConfigError

pytestmark = pytest.mark.django_db
PHONE = "13800001234"


def stored(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT phone FROM {table} WHERE phone <> ''")
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def numbers(people, city):
    people.officer.phone = PHONE
    people.officer.save()
    for post in ("contact_a", "contact_b"):
        Duty.objects.create(unit=city.linjiang, post=post, name="秦朗", phone=PHONE)


def test_no_number_is_readable_and_equal_ones_look_different(numbers, people):
    found = stored("ledger_duty") + stored("org_person")
    assert len(set(found)) == 3
    assert not any(PHONE in text or "1380" in text for text in found)
    assert {duty.phone for duty in Duty.objects.all()} == {PHONE}
    assert Person.objects.get(pk=people.officer.pk).phone == PHONE


def test_an_empty_number_stays_empty_and_an_old_plain_one_is_read(people):
    assert stored("org_person") == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE org_person SET phone = %s WHERE id = %s", [PHONE, people.officer.pk])
    assert Person.objects.get(pk=people.officer.pk).phone == PHONE


def test_a_number_cannot_be_searched(numbers):
    with pytest.raises(FieldError):
        Duty.objects.filter(phone=PHONE).exists()


def test_without_its_key_a_number_cannot_be_read(numbers):
    key_path().write_bytes(bytes(32))
    with pytest.raises(ConfigError):
        Duty.objects.first()
