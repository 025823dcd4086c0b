"""The campaign of 2022 held in the invented city in 2026: its days, its people, and the road to a running one."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import pytest

from minewarden.desk.campaigns import actions, filing
from minewarden.desk.campaigns.models import Campaign, Filing
from minewarden.desk.kit import figures
from minewarden.desk.org import actions as org_actions
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.made import make_case, make_lead, recorded, staff

__all__ = ["make_case", "make_lead", "recorded", "staff"]
TEMPLATE = (files("minewarden.desk.campaigns") / "shipped/education-2022.toml").read_text(encoding="utf-8")
DATES = {
    "mobilise": (None, date(2026, 4, 10)),
    "assault": (date(2026, 4, 11), date(2026, 4, 25)),
    "normal": (date(2026, 4, 26), None),
}
BEGIN = datetime(2026, 4, 1, 1, tzinfo=UTC)
"""Wednesday 1 April 2026, 9:00 in Beijing."""


def beijing(text: str) -> datetime:
    """A moment of Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=DISPLAY_ZONE).astimezone(UTC)


@pytest.fixture(autouse=True)
def _no_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test says itself which figures are offered."""
    monkeypatch.setattr(figures, "_OFFERED", dict(figures._OFFERED))


@pytest.fixture
def bureau(city: SimpleNamespace, people: SimpleNamespace) -> SimpleNamespace:
    """The city's officer and approver, and a kindergarten in 临江区 with its head."""

    def person(username: str, name: str, unit: Unit, *roles: str) -> Person:
        made = org_actions.create_person(
            by=None, unit=unit, username=username, name=name, password="Qing-Shan-2026", must_change=False
        )
        for role in roles:
            org_actions.grant_post(made, role=role, unit=unit, by=None)
        return made

    kindergarten = org_actions.create_unit(
        by=None, kind="kindergarten", name="云川市临江区小星星幼儿园", short_name="小星星幼儿园", parent=city.linjiang
    )
    city.kindergarten = kindergarten
    for unit in vars(city).values():
        unit.valid_from = date(2020, 9, 1)
        unit.save()
    return SimpleNamespace(
        officer=person("zhou.ping", "周平", city.bureau, Role.OFFICER),
        approver=person("liu.yang", "刘洋", city.bureau, Role.APPROVER),
        head=person("li.na", "李娜", kindergarten, Role.OFFICER, Role.APPROVER),
        person=person,
    )


@pytest.fixture
def make_campaign(city: SimpleNamespace, bureau: SimpleNamespace) -> Callable[..., Campaign]:
    """make_campaign() -> the running campaign of the city; make_campaign(start=False) -> its draft."""

    def make(start: bool = True, text: str = TEMPLATE, now: datetime = BEGIN) -> Campaign:
        campaign = actions.draft(
            by=bureau.officer, now=now, unit=city.bureau, text=text, name="x.toml", title="整治“挖矿”专项行动",
            number="云教〔2026〕8号", dates=DATES,
        )  # fmt: skip
        return actions.start(campaign, by=bureau.approver, now=now) if start else campaign

    return make


@pytest.fixture
def file_it(bureau: SimpleNamespace) -> Callable[..., Filing]:
    """file_it("meeting", unit, campaign, by) -> a filing of that kind, handed up."""
    usual: dict[str, dict[str, str]] = {
        "plan": {"title": "整治工作方案", "measures": "排查机房\n签订承诺书"},
        "meeting": {"title": "动员会", "host": "何青", "attendees": "全体教职工", "contents": "部署整治工作"},
        "activity": {"title": "班会", "form": "class", "audience": "七年级"},
        "rule": {"title": "机房管理制度", "answers": "服务器无人管理"},
        "material": {"title": "什么是挖矿", "for": "students", "text": "占用学校的电和网络"},
    }

    def make(kind: str, unit: Unit, campaign: Campaign | None, by: Any, now: datetime = BEGIN, **texts: str) -> Filing:
        given = {"day": "2026-04-01", **usual[kind], **texts}
        made = filing.write(None, by=by, now=now, kind=kind, unit=unit, campaign=campaign, texts=given)
        return filing.submit(made, by=by, now=now) if kind == "plan" else made

    return make
