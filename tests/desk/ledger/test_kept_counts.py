"""The counts of devices that the database keeps are those that are there, whatever way they were written."""

from random import Random
from types import SimpleNamespace

from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minewarden.desk.ledger.kept import COUNTS
from minewarden.desk.ledger.models import Asset, AssetCount
from tests.desk.ledger.device_acts import counted, kept, write


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=12))
def test_what_is_kept_is_what_is_counted(city: SimpleNamespace, seeds: list[int]) -> None:
    with transaction.atomic():
        for seed in seeds:
            write(Random(seed), [city.bureau, city.first_school, city.riverside])
            assert kept() == counted()
        transaction.set_rollback(True)


def test_what_a_transaction_takes_back_is_not_counted(city: SimpleNamespace) -> None:
    Asset.objects.create(unit=city.first_school, number="ZC-1", name="服务器")
    before = kept()
    try:
        with transaction.atomic():
            Asset.objects.create(unit=city.first_school, number="ZC-2", name="服务器")
            raise LookupError
    except LookupError:
        assert kept() == before == counted()


def test_a_migration_puts_up_again_what_the_making_anew_of_the_table_lost(city: SimpleNamespace) -> None:
    Asset.objects.create(unit=city.first_school, number="ZC-1", name="服务器")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER ledger_assetcount_inserted")
    Asset.objects.create(unit=city.first_school, number="ZC-2", name="服务器")
    assert kept() != counted()
    COUNTS.after_migrate(using="default", plan=[("ledger", False)])
    Asset.objects.create(unit=city.first_school, number="ZC-3", name="服务器")
    assert kept() == counted()


def test_a_start_without_a_migration_counts_nothing_anew(city: SimpleNamespace) -> None:
    Asset.objects.create(unit=city.first_school, number="ZC-1", name="服务器")
    AssetCount.objects.update(devices=7)
    call_command("migrate", verbosity=0)
    assert AssetCount.objects.get().devices == 7
    COUNTS.put_up(connection)
    assert kept() == counted()
