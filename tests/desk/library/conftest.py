"""The invented city with those who review and publish, and a library of its own."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from minewarden.desk.library import actions, decisions
from minewarden.desk.library.bridge import library
from minewarden.desk.library.models import Issue, Submission
from minewarden.desk.org.models import Role
from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from minewarden.intel.library import Library
from tests.desk.made import make_case, make_lead, recorded, staff
from tests.desk.notices.conftest import person

__all__ = ["make_case", "make_lead", "recorded", "staff"]
NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
"""Tuesday 1 December 2026, 10:00 in Beijing."""
REVIEWER, SECOND = "zhou.ning", "ma.chao"
FOUND: dict[str, Any] = {
    "domain": "pool.example.net", "ip": "104.16.1.1", "port": 3333, "protocol": "stratum-v1", "coins": "XMR",
    "found_at": NOW, "method": "detected", "sureness": "confirmed", "evidence": "JF-07 持续外联", "note": "",
}  # fmt: skip
PROOF = {"name": "egress.pcap", "sha256": "ab" * 32}
ACCEPT_NAME = {"part": "name", "accept": True, "type": "host", "why": ""}
REFUSE_ADDRESS = {"part": "address", "accept": False, "type": "", "why": "内容分发网络的共用地址"}


@pytest.fixture
def office(city: SimpleNamespace, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """reviewer and second (of the bureau), school, district (officers), stranger; the units of `city`."""
    monkeypatch.delenv("MINEWARDEN_LIBRARY", raising=False)
    return SimpleNamespace(
        reviewer=person(REVIEWER, "周宁", city.bureau),
        second=person(SECOND, "马超", city.bureau, Role.APPROVER),
        head=person("du.juan", "杜鹃", city.bureau, Role.LEADER),
        school=people.school_officer,
        district=people.officer,
        stranger=people.stranger,
        people=people,
        **vars(city),
    )


@pytest.fixture
def held(office: SimpleNamespace) -> Library:
    """The library with the shipped catalogue in it."""
    made = library()
    made.load(CATALOGUE, listing(NOW), NOW)
    return made


@pytest.fixture
def submit(office: SimpleNamespace) -> Any:
    """submit(domain="…") -> a report of 市一中, which its district has passed on."""

    def make(relayed: bool = True, now: datetime = NOW, **given: Any) -> Submission:
        made = actions.submit(by=office.school, now=now, unit=office.first_school, facts=FOUND | given, proofs=[PROOF])
        return actions.relay(made, by=office.district, now=now) if relayed else made

    return make


@pytest.fixture
def accept(office: SimpleNamespace, submit: Any) -> Any:
    """accept(domain="…") -> a report whose name two people accepted and whose address they did not."""

    def make(now: datetime = NOW, **given: Any) -> Submission:
        made = submit(now=now, **given)
        verdicts = [row for row in (ACCEPT_NAME, REFUSE_ADDRESS) if decisions.part_of(made, row["part"])]
        review = decisions.review(made, by=office.reviewer, now=now, role="pool-endpoint", verdicts=verdicts)
        decisions.agree(review, by=office.second, now=now)
        return Submission.objects.get(pk=made.pk)

    return make


@pytest.fixture
def publish(office: SimpleNamespace) -> Any:
    """publish() -> the next version, proposed by one person of the bureau and let out by another."""

    def make(now: datetime = NOW, note: str = "十二月版") -> Issue:
        proposed = actions.propose_version(by=office.reviewer, now=now, least=20, note=note)
        return actions.publish(proposed, by=office.second, now=now)

    return make
