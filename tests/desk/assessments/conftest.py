"""The findings and cases of the invented school, and rows of cases at whatever times."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from minewarden.desk.cases.models import Case
from minewarden.desk.org.models import Unit
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.made import make_case, make_lead, recorded, staff

__all__ = ["make_case", "make_lead", "recorded", "staff"]


def beijing(text: str) -> datetime:
    """A moment as people in the office write it."""
    return datetime.fromisoformat(text).replace(tzinfo=DISPLAY_ZONE)


@pytest.fixture
def city(city: SimpleNamespace) -> SimpleNamespace:
    """The same city, whose units have been there for years: who is new owes nothing for the time before."""
    Unit.objects.update(valid_from=date(2020, 9, 1))
    for unit in vars(city).values():
        unit.refresh_from_db()
    return city


@pytest.fixture
def case_row(people: SimpleNamespace) -> Any:
    """case_row(unit, received, **columns) -> a case written at once, without the road that leads there."""

    def make(unit: Any, received: datetime, **columns: Any) -> Case:
        find, report = received + timedelta(hours=48), received + timedelta(hours=72)
        given = {"origin": "notified", "state": "investigating", "opened_at": received, "received_at": received}
        given |= {"original48": find, "due48": find, "original72": report, "due72": report}
        return Case.objects.create(unit=unit, opened_by=people.officer, **(given | columns))

    return make
