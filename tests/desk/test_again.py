"""What is done again for a test leaves the same rows as the acts themselves, and objects of that test's own."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.audit.verify import verify
from minewarden.desk.org import actions
from minewarden.desk.org.models import Unit
from tests.desk import again as room
from tests.desk.again import again
from tests.desk.conftest import made_city, made_people
from tests.desk.made import made_staff


@pytest.fixture
def made(db: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is remembered; the names of what was made through its acts since."""
    monkeypatch.setattr(room, "_done", {})
    return []


def world(made: list[str]) -> tuple[SimpleNamespace, SimpleNamespace, SimpleNamespace]:
    def city() -> SimpleNamespace:
        made.append("city")
        return made_city()

    def people(city: SimpleNamespace) -> SimpleNamespace:
        made.append("people")
        return made_people(city)

    def staff(city: SimpleNamespace, people: SimpleNamespace) -> SimpleNamespace:
        made.append("staff")
        return made_staff(city, people)

    units = again(city)
    who = again(people, units)
    return units, who, again(staff, units, who)


def rows() -> dict[str, list[tuple[object, ...]]]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        return {name: cursor.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def test_rows_and_objects_are_the_same_the_second_time(made):
    before = transaction.savepoint()
    first = world(made)
    wanted = rows()
    transaction.savepoint_rollback(before)
    assert not Unit.objects.exists()
    city, people, staff = world(made)
    assert made == ["city", "people", "staff"]
    assert rows() == wanted
    assert verify().fault == "unanchored", "the chain is whole, and nothing of it was committed"
    assert [vars(one).keys() for one in (city, people, staff)] == [vars(one).keys() for one in first]
    assert vars(people) == vars(first[1])
    assert people.officer is not first[1].officer
    assert people.officer.unit is city.linjiang
    assert staff.superior is people.officer


def test_on_a_desk_in_another_state_all_is_made_through_its_acts(made):
    before = transaction.savepoint()
    world(made)
    transaction.savepoint_rollback(before)
    lone = actions.create_unit(by=None, kind="city", name="河州市教育局", short_name="市局")
    city, _, _ = world(made)
    assert made == ["city", "people", "staff"] * 2
    assert city.bureau.pk > lone.pk
    assert verify().fault == "unanchored", "the chain is whole, and nothing of it was committed"


def test_a_test_that_sets_the_clock_has_rows_of_its_own_time(made, monkeypatch):
    before = transaction.savepoint()
    world(made)
    transaction.savepoint_rollback(before)
    then = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: then)
    world(made)
    assert made == ["city", "people", "staff"] * 2
    assert set(Record.objects.values_list("at", flat=True)) == {then}
