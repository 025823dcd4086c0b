"""Findings of an invented school, cases made of them, and the people of such a case; shared by the apps' conftests."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import actions, leads
from minewarden.desk.cases.intake import take_findings
from minewarden.desk.cases.models import Case, Lead
from minewarden.desk.cases.queries import Honours, honoured, honours_of
from minewarden.desk.org import actions as org_actions
from minewarden.desk.org.models import Role
from tests.desk.again import again

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
"""Friday 13 March 2026, 17:30 in Beijing."""


def honours(person: Any, year: int, now: datetime) -> list[Honours]:
    """The whole list for the office of honours, which its page reads piece by piece."""
    return honours_of(person, year, honoured(person, year, now))


def typed_again(answer: Any, text: str, most: int) -> str:
    """The page on which a text that is too long is refused with the limit named, and kept."""
    page: str = answer.content.decode()
    assert answer.status_code == 422
    assert f"{most}" in page.partition('class="errors"')[2].partition("</ul>")[0]
    assert text in page
    return page


def candidate(number: int = 1, certainty: str = "unique", **given: Any) -> dict[str, Any]:
    """One answer of a trace."""
    mac = f"02:00:5e:10:00:{number:02x}"
    rows = [{"source": "kea-leases.csv", "row": 40 + number}]
    hop = {"kind": "lease", "known": f"10.12.8.{number}", "found": mac, "valid_from": None, "valid_until": None}
    return {
        "internal_ip": f"10.12.8.{number}", "mac": mac, "login": "t20180317", "switch_port": "sw-3/0/12",
        "asset": "JF-07", "person": "秦朗", "certainty": certainty, "hops": [hop | {"rows": rows, "note": None}],
        **given,
    }  # fmt: skip


def finding(number: int = 1, **given: Any) -> dict[str, Any]:
    """One finding as `minewarden scan` writes it."""
    text = {
        "zh": "建立连接后发送 mining.subscribe，并提交 12 次结果。",
        "en": "Sent mining.subscribe, then 12 results.",
    }
    seen = {"first_seen": "2026-03-12T13:14:37Z", "last_seen": "2026-03-12T15:02:00Z"}
    evidence = {"detector": "stratum", "family": "protocol", "grade": "work", "text": text, "weight": 9.2, **seen}
    return {
        "schema": "minewarden/finding/1", "id": f"{number:016x}", "host": f"10.12.8.{number}", "server": "203.0.113.9",
        "server_name": "pool.example.net", "port": 3333, "protocol": "stratum-v1", "coins": ["BTC"],
        "account": "bc1q9x7example3m5tq4", "worker": "", "agent": "cgminer/4.11", "state": "confirmed", **seen,
        "shares": 12, "jobs": 30, "evidence": [evidence | {"rows": [{"source": "egress.pcap", "row": 12}]}],
        "trace": [candidate(number)], "trace_warnings": [],
        "sources": [{"name": "egress.pcap", "form": "pcap", "sha256": "ab" * 32}], **given,
    }  # fmt: skip


@pytest.fixture
def staff(city: SimpleNamespace, people: SimpleNamespace) -> SimpleNamespace:
    """The people of a case at 市一中: its handler and principal; the superior officer and approver of the district."""
    return again(made_staff, city, people)


def made_staff(city: SimpleNamespace, people: SimpleNamespace) -> SimpleNamespace:
    """handler, colleague, principal (of first_school), superior, superior_approver, leader (of linjiang), stranger."""

    def person(username: str, name: str, role: str) -> Any:
        made = org_actions.create_person(
            by=None, unit=city.first_school, username=username, name=name, password="Qing-Shan-2026", must_change=False
        )
        org_actions.grant_post(made, role=role, unit=city.first_school, by=None)
        return made

    return SimpleNamespace(
        handler=people.school_officer,
        colleague=person("wu.tao", "吴涛", Role.OFFICER),
        principal=person("he.qing", "何青", Role.APPROVER),
        superior=people.officer,
        superior_approver=people.approver,
        stranger=people.stranger,
        leader=people.leader,
    )


@pytest.fixture
def make_lead(city: SimpleNamespace) -> Any:
    """make_lead(number, **fields of the finding) -> Lead kept by 市一中."""

    def make(number: int = 1, **given: Any) -> Lead:
        line = json.dumps(finding(number, **given), ensure_ascii=False)
        taken = take_findings([line], by=None, now=NOW, unit=city.first_school)
        assert not taken.rejected
        return Lead.objects.get(pk=(taken.new + taken.changed + taken.same)[0])

    return make


@pytest.fixture
def make_case(make_lead: Any, staff: SimpleNamespace, city: SimpleNamespace) -> Any:
    """make_case(upto="lock") -> a case that has gone so far down the straight road."""

    def make(upto: str = "open", number: int = 1, now: datetime = NOW, **given: Any) -> Case:
        case = leads.open_case(make_lead(number, **given), by=staff.superior, now=now, unit=city.first_school)
        for name, act in road(staff, now):
            if upto == "open" or case is None:
                break
            case = act(case)
            if name == upto:
                break
        return Case.objects.get(pk=case.pk)

    return make


DEVICE = {"device_name": "JF-07", "device_mac": "02:00:5e:10:00:01", "device_place": "实验楼 305"}


def road(staff: SimpleNamespace, now: datetime) -> list[tuple[str, Any]]:
    """The acts from opening to closing, in their order."""
    person = {"responsible_name": "秦朗", "responsible_post": "实验室管理员"}

    def measure(case: Case) -> Case:
        return actions.record_measure(case, by=staff.handler, now=now, kind="isolate", done_at=now, note="拔网线").case

    return [
        ("sign", lambda c: actions.sign_for(c, by=staff.handler, now=now)),
        ("start", lambda c: actions.start(c, by=staff.handler, now=now)),
        ("lock", lambda c: actions.lock(c, by=staff.handler, now=now, device=DEVICE, **person)),
        ("measure", measure),
        ("submit", lambda c: actions.submit_report(c, by=staff.handler, now=now)),
        ("approve", lambda c: actions.approve_report(c, by=staff.principal, now=now)),
        ("receive", lambda c: actions.receive(c, by=staff.superior, now=now)),
        ("close", lambda c: actions.close(c, by=staff.superior, now=now)),
    ]


@pytest.fixture
def recorded() -> Any:
    """recorded() -> the actions in the log since the last call."""
    seen = {"seq": 0}

    def fresh() -> list[str]:
        rows = list(Record.objects.filter(seq__gt=seen["seq"]).order_by("seq"))
        seen["seq"] = rows[-1].seq if rows else seen["seq"]
        return [row.action for row in rows]

    return fresh
