"""What a row meets of many conditions is told by one number as each would tell it alone, times unknown too."""

from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest
from django.core.exceptions import FieldError
from django.db.models import Q
from django.db.models.functions import Coalesce

from minewarden.desk.assessments.met import BITS, numbers
from minewarden.desk.cases.models import Case
from tests.desk.assessments.condition_acts import alone, case, condition, lengths, together

NOW = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.fixture
def cases(city: SimpleNamespace, people: SimpleNamespace) -> list[Case]:
    chance = Random(7)
    return [case(chance, city.first_school, people.officer, NOW) for _ in range(60)]


def test_together_they_tell_what_each_tells_alone(cases: list[Case]) -> None:
    for seed in range(60):
        chance = Random(seed)
        conditions = [condition(chance, NOW) for _ in range(12)]
        assert together(conditions) == alone(conditions), conditions


def test_more_than_one_number_holds_and_an_empty_condition(cases: list[Case]) -> None:
    conditions = [Q(), *(Q(closed_at__lt=NOW + timedelta(minutes=5 * n)) for n in range(BITS + 3)), Q(closed_at=None)]
    found = together(conditions)
    assert len(numbers(conditions)) == 2
    assert found == alone(conditions)
    assert found[0] == {row.pk for row in cases}
    assert 0 < len(found[-1]) < len(cases)


def test_a_lookup_that_it_does_not_know_is_refused_and_not_left_out(cases: list[Case]) -> None:
    with pytest.raises(FieldError):
        together([Q(device_name__contains="机")])


def test_a_time_made_of_several_is_compared_as_one(cases: list[Case]) -> None:
    where = Q(found__gte=NOW + timedelta(hours=1), found__lt=NOW + timedelta(hours=3))
    rows = Case.objects.annotate(found=Coalesce("found_claimed_at", "concluded_at")).filter(where)
    assert together([where]) == [set(rows.values_list("pk", flat=True))]
    assert rows


def test_how_long_it_took_is_told_in_seconds_and_of_what_has_not_ended_not_at_all(cases: list[Case]) -> None:
    found = lengths()
    assert [told for told, _ in found] == [reckoned for _, reckoned in found]
    lasted = [told for told, _ in found if told is not None]
    assert len(lasted) < len(found)
    assert min(lasted) < 0 < max(lasted)
    assert any(told % 60 for told in lasted)


def test_a_time_of_another_row_which_always_has_it_is_unknown_where_there_is_no_such_row(cases: list[Case]) -> None:
    conditions = [Q(previous__received_at__lt=NOW + timedelta(days=9)), Q(previous__received_at=None)]
    assert together(conditions) == alone(conditions)
    assert [len(met) for met in together(conditions)] == [
        (n := sum(row.previous_id is not None for row in cases)),
        60 - n,
    ]
