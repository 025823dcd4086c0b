"""Outlets of 临江区 that lead to a gateway on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from minewarden.desk.notify import actions
from tests.channels.gateway import Gateway, gateway
from tests.desk.made import make_case, make_lead, recorded, staff

__all__ = ["make_case", "make_lead", "recorded", "staff"]
NOON = datetime(2026, 3, 13, 4, 0, tzinfo=UTC)
"""Friday, 12:00 in Beijing."""


@pytest.fixture
def there() -> Iterator[Gateway]:
    """A gateway to which the outlets lead."""
    with gateway() as made:
        yield made


@pytest.fixture
def outlet(people: Any, city: Any, there: Gateway) -> Any:
    """outlet("webhook") -> an outlet of 临江区; more settings as keywords."""

    def make(kind: str, *, urgent_only: bool = False, unit: Any = None, **settings: str) -> Any:
        given = {"url": there.url} | settings
        return actions.add_outlet(
            by=people.system, now=NOON, unit=unit or city.linjiang, kind=kind, name=kind, settings=given,
            urgent_only=urgent_only,
        )  # fmt: skip

    return make
