"""Out of a published version come orders to block: each cites the version, one person proposes and another orders."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.blocks import actions, queries
from minewarden.desk.blocks.models import Block, Standing
from minewarden.desk.library import actions as library
from minewarden.vocab.errors import TransitionError
from tests.desk.library.conftest import accept, office, publish, submit

__all__ = ["accept", "office", "publish", "submit"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(office: SimpleNamespace, accept: Any, publish: Any) -> Any:
    """A version with two names, handed down to 市一中."""
    now = timezone.now()
    for name in ("pool.example.net", "xmr.example.org"):
        accept(now=now, found_at=now, domain=name, ip=None)
    made = publish(now=now)
    library.hand_down(made, by=office.district, now=now, unit=office.linjiang)
    return made


@pytest.fixture
def given(issue: Any, office: SimpleNamespace) -> Any:
    """What `propose_version` asks for, for 市一中."""
    now = timezone.now()
    keys = [row.key for row in queries.offered(issue, office.first_school, now)]
    facts = {"by": office.school, "now": now, "unit": office.first_school, "issue": issue, "keys": keys}
    return facts | {"basis": "plan-boundary", "reason": "情报库所列矿池", "expires_at": now + timedelta(days=30)}


def test_each_block_cites_the_version_and_the_rule_does_too(given: Any, staff: Any, issue: Any, recorded: Any) -> None:
    recorded()
    made = actions.propose_version(**given)
    assert sorted(block.value for block in made) == ["pool.example.net", "xmr.example.org"]
    assert recorded() == ["block.propose_version"]
    now = timezone.now()
    assert actions.agree_version(by=staff.principal, now=now, unit=given["unit"], issue=issue) == 2
    assert Block.objects.all().standing(Standing.ACTIVE, now).count() == 2
    release = actions.release(by=staff.handler, now=timezone.now(), unit=given["unit"])
    orders = json.loads(bytes(release.orders))["orders"]
    assert {order["cites"] for order in orders} == {f"library {issue.label}"}
    assert {(order["asked_by"], order["approved_by"]) for order in orders} == {("zhang.wei", "he.qing")}
    assert all(f"library {issue.label}" in rule["reason"] for rule in release.rules)


def test_what_runs_already_or_was_not_chosen_is_left_out(given: Any, staff: Any) -> None:
    first = given["keys"][:1]
    assert len(actions.propose_version(**(given | {"keys": first}))) == 1
    assert len(actions.propose_version(**given)) == 1
    with pytest.raises(TransitionError):
        actions.propose_version(**given)
    with pytest.raises(TransitionError):
        actions.propose_version(**(given | {"keys": []}))


def test_nobody_orders_his_own_proposal_nor_another_units(given: Any, staff: Any, issue: Any, office: Any) -> None:
    with pytest.raises(PermissionDenied):
        actions.propose_version(**(given | {"by": office.stranger}))
    actions.propose_version(**given)
    facts = {"now": timezone.now(), "unit": given["unit"], "issue": issue}
    with pytest.raises(PermissionDenied):
        actions.agree_version(by=staff.handler, **facts)
    with pytest.raises(PermissionDenied):
        actions.agree_version(by=office.stranger, **facts)
    assert actions.agree_version(by=staff.principal, **facts) == 2
    with pytest.raises(TransitionError):
        actions.agree_version(by=staff.principal, **facts)


def test_the_pages_from_a_version_to_the_board(given: Any, staff: Any, issue: Any, login: Any) -> None:
    page = reverse("blocks:propose-version", args=[issue.pk])
    assert page in login(staff.handler).get(reverse("library:version", args=[issue.pk])).content.decode()
    text = login(staff.handler).get(page).content.decode()
    assert "pool.example.net" in text
    data = {"unit": given["unit"].pk, "days": "30", "basis": "plan-boundary", "reason": "矿池", "keys": given["keys"]}
    assert login(staff.handler).post(page, data).status_code == 302
    board = reverse("blocks:board") + "?standing=pending"
    shown = login(staff.principal).get(board).content.decode()
    assert "提出的封禁，共 2 条" in shown
    assert "全部批准" not in login(staff.handler).get(board).content.decode()
    agree = reverse("blocks:agree-version", args=[issue.pk])
    assert login(staff.principal).post(agree, {"unit": given["unit"].pk, "note": ""}).status_code == 302
    active = login(staff.principal).get(reverse("blocks:board")).content.decode()
    assert f"情报库 {issue.label} 版" in active
