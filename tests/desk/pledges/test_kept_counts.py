"""The counts of the rolls that the database keeps are those of the people there, whatever way they were written."""

from random import Random
from types import SimpleNamespace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.pledges.roll_acts import counted, kept, write

pytestmark = pytest.mark.django_db


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=12))
def test_what_is_kept_is_what_is_counted(city: SimpleNamespace, seeds: list[int]) -> None:
    with transaction.atomic():
        for seed in seeds:
            write(Random(seed), [city.bureau, city.first_school, city.riverside])
            assert kept() == counted()
        transaction.set_rollback(True)
