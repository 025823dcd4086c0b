"""What is looked up is told as it stands, whether it was kept or changed since, whoever wrote it."""

from random import Random
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minewarden.desk.ledger.models import Asset
from minewarden.desk.registers import counts
from minewarden.desk.registers.models import Changed, LookedUpCount, Terminal
from tests.desk.registers.lookup_acts import counted, told, write


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=12)
@given(st.integers(0, 2**32))
def test_what_is_told_is_what_is_there(city: SimpleNamespace, seed: int) -> None:
    chance = Random(seed)
    with transaction.atomic():
        for _ in range(80):
            write(chance, [city.bureau, city.linjiang, city.first_school], [city.linjiang, city.yunlu])
            assert told() == counted()
        counts.look(timezone.now())
        assert not Changed.objects.exists()
        assert told() == counted()
        transaction.set_rollback(True)


@pytest.fixture
def looked_up(city: SimpleNamespace) -> SimpleNamespace:
    """A device of the district that a console of the school knows; counted and kept."""
    device = Asset.objects.create(number="1", name="机", unit=city.linjiang, category="office", hostname="jx-1")
    Terminal.objects.create(unit=city.first_school, hostname="JX-1", antivirus="示例")
    counts.look(timezone.now())
    assert told() == counted() == {"no_antivirus": {}, "not_in_ledger": {city.first_school.pk: 1}}
    return SimpleNamespace(device=device)


def test_what_a_school_loses_the_district_above_it_lacks_at_once(
    city: SimpleNamespace, looked_up: SimpleNamespace
) -> None:
    Terminal.objects.all().delete()
    assert told()["no_antivirus"] == {city.linjiang.pk: 1}


def test_while_nothing_changes_no_device_is_read(looked_up: SimpleNamespace) -> None:
    looked_up.device.save()
    Asset.objects.update(note="同一台", place="305")
    with CaptureQueriesContext(connection) as asked:
        told()
    assert not any("ledger_asset" in query["sql"] for query in asked)
    assert counts.look(timezone.now()) == 0


def test_a_unit_is_noted_once_however_many_of_its_rows_change(city: SimpleNamespace) -> None:
    Terminal.objects.bulk_create(Terminal(unit=city.first_school, hostname=f"t{n}") for n in range(9))
    assert Changed.objects.filter(unit=city.first_school).count() == 1
    assert told()["not_in_ledger"] == {city.first_school.pk: 9}


def test_a_city_is_counted_in_pieces_those_above_last_and_told_as_it_stands_between_them(
    city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts.look(timezone.now())
    for unit in (city.yunlu_school, city.first_school, city.linjiang):
        Terminal.objects.create(unit=unit, hostname="X")
    pieces, keep = [], counts._keep

    def watched(units: list[int]) -> int:
        done = keep(units)
        pieces.append(units)
        assert told() == counted()
        return done

    monkeypatch.setattr(counts, "AT_ONCE", 2)
    monkeypatch.setattr(counts, "_keep", watched)
    schools, districts = [city.first_school.pk, city.yunlu_school.pk], [city.linjiang.pk, city.yunlu.pk]
    assert counts.look(timezone.now()) == 5
    assert pieces == [schools, districts, [city.bureau.pk]]
    assert not Changed.objects.exists()


def test_a_migration_puts_up_again_what_the_making_anew_of_the_table_lost(
    city: SimpleNamespace, looked_up: SimpleNamespace
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER registers_changed_registers_terminal_insert")
    Terminal.objects.create(unit=city.riverside, hostname="X")
    assert told() != counted()
    counts.after_migrate(using="default", plan=[("registers", False)])
    assert told() == counted()
    assert LookedUpCount.objects.get(unit=city.riverside).not_in_ledger == 1
    assert not Changed.objects.exists()
    Terminal.objects.create(unit=city.riverside, hostname="Y")
    assert told() == counted()
