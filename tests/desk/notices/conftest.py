"""The invented city with its ledger of ranges, and notices as they arrive."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from minewarden.desk.ledger import actions as ledger
from minewarden.desk.notices import intake
from minewarden.desk.notices.models import Received
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.intake import notice
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.made import recorded

__all__ = ["recorded"]
START = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = ["序号", "IP地址", "目的端口", "矿池域名", "首次发现时间", "归属单位"]


def at(text: str) -> datetime:
    """A time of Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=DISPLAY_ZONE).astimezone(UTC)


def person(username: str, name: str, unit: Unit, role: str = Role.OFFICER) -> Person:
    """Somebody with a post."""
    made = org.create_person(
        by=None, unit=unit, username=username, name=name, password="Qing-Shan-2026", must_change=False
    )
    org.grant_post(made, role=role, unit=unit, by=None)
    return made


def claim(
    unit: Unit, cidr: str, purpose: str = "egress", since: datetime = START, until: datetime | None = None
) -> None:
    """Say that a range is a unit's."""
    ledger.add_range(by=None, unit=unit, cidr=cidr, purpose=purpose, valid_from=since, valid_to=until)


@pytest.fixture
def desk(city: SimpleNamespace, people: SimpleNamespace) -> SimpleNamespace:
    """`city` and `people`, and: zhou, officer of the bureau; second_school (市二中) in linjiang; its officer."""
    second = org.create_unit(by=None, kind="school", name="云川市第二中学", short_name="市二中", parent=city.linjiang)
    return SimpleNamespace(
        **vars(city),
        second_school=second,
        zhou=person("zhou.ning", "周宁", city.bureau),
        city_approver=person("ma.chao", "马超", city.bureau, Role.APPROVER),
        district=people.officer,
        first=people.school_officer,
        second=person("wu.di", "吴迪", second),
        people=people,
    )


@pytest.fixture
def take(desk: SimpleNamespace, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """take(content, "2026-03-13 17:30", name="a.xlsx") -> the preview at the bureau.

    Files of our own are read without a process of their own, which costs a second each; S1 and N9 go the whole way.
    """
    if "test_s1" not in request.module.__name__ and "test_n9" not in request.module.__name__:
        monkeypatch.setattr(intake, "read", notice.read)

    def made(content: bytes, when: str, name: str = "通报.xlsx", now: datetime | None = None, **given: Any) -> Received:
        received_at = at(when)
        facts = {"source": "省教育信息安全监测中心"} | given
        return intake.take_in(
            by=desk.zhou, now=now or received_at, office=desk.bureau, name=name, content=content,
            received_at=received_at, **facts,
        )  # fmt: skip

    return made


@pytest.fixture
def confirm(desk: SimpleNamespace) -> Any:
    """confirm(received, now=...) -> the assignments, by the unit's short name."""

    def done(received: Received, now: datetime | None = None, **given: Any) -> dict[str, Any]:
        facts = {
            "source": received.source, "number": received.number, "received_at": received.received_at,
            "find_limit": received.find_limit, "report_limit": received.report_limit,
        }  # fmt: skip
        made = intake.confirm(received, by=desk.zhou, now=now or received.received_at, **(facts | given))
        return {assignment.unit.label: assignment for assignment in made}

    return done


def hours(number: float) -> timedelta:
    """Natural hours."""
    return timedelta(hours=number)
