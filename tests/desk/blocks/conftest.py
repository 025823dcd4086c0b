"""The findings and cases of the invented school, and blocks that came out of them."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.blocks import actions
from minewarden.desk.blocks.models import Block
from minewarden.desk.cases import orders
from minewarden.desk.cases.models import Case, Order
from tests.desk.made import make_case, make_lead, recorded, staff

__all__ = ["make_case", "make_lead", "recorded", "staff"]


@pytest.fixture
def asked(make_case: Any, staff: SimpleNamespace) -> Any:
    """asked("pool.example.net", **facts) -> Block that waits for a second person."""
    cases: list[Case] = []

    def ask(value: str = "pool.example.net", **given: Any) -> Block:
        case = given.get("case") or (cases[0] if cases else make_case(now=timezone.now()))
        cases.append(case)
        now = timezone.now()
        facts = {"target": "name", "port": 0, "basis": "plan-boundary", "reason": "矿池", "case": case}
        facts |= {"unit": case.unit, "expires_at": now + timedelta(days=30), "value": value}
        return actions.propose(by=staff.handler, now=now, **(facts | given))

    return ask


@pytest.fixture
def noticed(make_case: Any, staff: SimpleNamespace) -> Any:
    """noticed(number) -> a locked case with a 断网通知单 that was ordered and approved."""

    def make(number: int = 1) -> Case:
        now = timezone.now()
        case = make_case("lock", number=number, now=now)
        Order.objects.create(case=case, state="proposed", proposed_at=now)
        orders.order(case, by=staff.handler, now=now, reason="三十日内再次确认")
        orders.approve(case, by=staff.principal, now=now)
        return Case.objects.get(pk=case.pk)

    return make
