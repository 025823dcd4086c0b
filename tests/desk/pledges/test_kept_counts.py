"""The counts of the rolls that the database keeps are those of the people there, whatever way they were written."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from random import Random
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.db.models import Count
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minewarden.desk.kit.paging import page_of_many
from minewarden.desk.pledges import actions
from minewarden.desk.pledges.counts import in_states, people_by_unit, reasons, states, units_owing
from minewarden.desk.pledges.models import Signer, Text
from minewarden.desk.pledges.queries import people
from minewarden.desk.pledges.texts import in_force
from tests.desk.pledges.made import signed
from tests.desk.pledges.roll_acts import counted, facts, kept, write

pytestmark = pytest.mark.django_db
get = RequestFactory().get


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=12))
def test_what_is_kept_is_what_is_counted(city: SimpleNamespace, seeds: list[int]) -> None:
    with transaction.atomic():
        for seed in seeds:
            write(Random(seed), [city.bureau, city.first_school, city.riverside])
            assert kept() == counted()
        transaction.set_rollback(True)


@pytest.mark.parametrize("now", [datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)])
def test_what_the_kept_counts_tell_is_what_the_rolls_tell(
    school: SimpleNamespace, city: SimpleNamespace, now: datetime
) -> None:
    signature, chance = signed(school.he, now), Random(3)
    newest = Text.objects.filter(variant="staff").latest("number")
    again = {
        "variant": "staff",
        "title": newest.title,
        "body": newest.body + "\n4.另行补充。",
        "resign": True,
        "note": "",
    }
    actions.publish(by=school.bureau, now=now, effective_from=timezone.localdate(now), **again)
    for number in range(300):
        known = facts(chance, [city.bureau, city.linjiang, city.first_school, city.riverside])
        Signer.objects.create(**known, number=f"T{number}", name="宁安", signature=signature if known["text"] else None)
    texts = in_force(timezone.localdate(now))
    assert texts.outdated
    for unit in (city.bureau, city.linjiang, city.first_school):
        rows = Signer.objects.filter(unit__path__startswith=unit.path)
        of_people = in_states(rows.exclude(category="unit"), states(now), partial(Count, "pk"))
        by_unit = people_by_unit(unit, now)
        assert {state: sum(n for _, n in units) for state, units in by_unit.items()} == of_people
        assert min(of_people.values()) > 0
        for state, condition in states(now).items():
            stand = rows.exclude(category="unit").filter(condition)
            assert dict(by_unit[state]) == Counter(stand.values_list("unit_id", flat=True))
            # Page for page the list in its order, whose pages are looked for in the units that stand in them.
            pages = range(1, -(-of_people[state] // 7) + 1)
            listed = [row for n in pages for row in page_of_many(stand, get(f"?page={n}"), 7, by_unit=by_unit[state])]
            assert listed == list(stand.order_by("unit__path", "group", "number", "pk"))
            found = people(school.bureau, unit, {"state": state, "q": "t1"}, now)
            pages = range(1, -(-sum(n for _, n in found.by_unit) // 7) + 1)
            rows_ = [
                row for n in pages for row in page_of_many(found.rows, get(f"?page={n}"), 7, by_unit=found.by_unit)
            ]
            assert rows_ == [row for row in listed if "T1" in row.number]
        there = rows.filter(left_on=None)
        given_for = Counter((row.unit_id, row.reason) for row in there if row.reason and not texts.holds(row))
        assert reasons(unit, now) == given_for
        assert units_owing(unit) == {row.unit_id for row in there if row.category == "unit"}
