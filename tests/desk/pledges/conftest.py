"""A school with a roll, and the texts of the plan."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Role
from minewarden.desk.pledges.built_in import publish
from minewarden.desk.pledges.models import Signer
from tests.desk.conftest import PASSWORD

NOW = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
"""Nine o'clock in Beijing."""


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def school(city: SimpleNamespace, people: SimpleNamespace) -> SimpleNamespace:
    """第一中学: two offices, a class with a child of whom a guardian signs; its principal approves."""
    publish()
    unit = city.first_school

    def signer(number: str, name: str, group: str, **facts: Any) -> Signer:
        facts = {"category": "staff", "due_from": NOW.date() - timedelta(days=1)} | facts
        row: Signer = Signer.objects.create(unit=unit, number=number, name=name, group=group, **facts)
        return row

    principal = org.create_person(
        by=None, unit=unit, username="he.qing", name="贺清", password=PASSWORD, must_change=False
    )
    org.grant_post(principal, role=Role.APPROVER, unit=unit, by=None)
    mayor = org.create_person(
        by=None, unit=city.bureau, username="bureau.qi", name="齐岳", password=PASSWORD, must_change=False
    )
    org.grant_post(mayor, role=Role.APPROVER, unit=city.bureau, by=None)
    return SimpleNamespace(
        unit=unit,
        officer=people.school_officer,
        principal=principal,
        bureau=mayor,
        qin=signer("T20180317", "秦朗", "信息中心"),
        he=signer("T20180402", "何晓", "信息中心"),
        rare=signer("T20190001", "李䶮", "语文组"),
        long=signer("T20190002", "王㛃·阿卜杜拉", "语文组"),
        child=signer("20260307", "秦小满", "初一（3）班", category="student", under14=True),
        pupil=signer("20230115", "何雨", "初三（1）班", category="student"),
        own=signer("单位", unit.name, "", category="unit"),
    )
