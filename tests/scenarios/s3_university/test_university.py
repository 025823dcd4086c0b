"""Practice, scenario S3: a university finds it itself. One day of DNS logs is read at home; only the findings go up.

The day has 12 000 000 lines; here it is read with fewer of them (`MINEWARDEN_S3_LINES` says how many, 12000000 the
whole day), and whole by `python -m bench.university`.
"""

import json
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from minewarden.cli.main import main
from minewarden.desk.assessments import export as assessments
from minewarden.desk.assessments import figures, periods
from minewarden.desk.assessments.models import Assessment
from minewarden.desk.cases import actions, intake, leads, side
from minewarden.desk.cases.models import Case, Lead
from minewarden.desk.ledger import actions as ledger
from minewarden.desk.notices import intake as notices
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.patrol import proposal
from tests.desk.conftest import data_folder
from tests.scenarios.s3_university import day

__all__ = ["data_folder"]
LINES = int(os.environ.get("MINEWARDEN_S3_LINES", "60000"))
FOUND = datetime(2026, 3, 13, 1, 0, tzinfo=UTC)
"""Friday 13 March 2026, 09:00 in Beijing: the log of the day before is read."""
TOLD = FOUND + timedelta(hours=8, minutes=30)
"""17:30: the province's list arrives."""


@pytest.fixture(scope="module")
def upward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that goes up, as the command line writes it."""
    folder = tmp_path_factory.mktemp("university")
    day.write(folder / "query.log", LINES)
    out = folder / "findings.jsonl"
    code = main(["scan", str(folder / "query.log"), "--format", "jsonl", "--zone", "Asia/Shanghai", "--out", str(out)])
    assert code == 0
    return out


def findings(upward: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in upward.read_text(encoding="utf-8").splitlines()]


def test_every_line_is_read_and_three_hosts_are_named(upward: Path) -> None:
    assert (upward.parent / "query.log").read_bytes().count(b"\n") == LINES
    found = findings(upward)
    assert {one["host"] for one in found} == {day.FORWARDER, day.CRAWLER, day.MINER}
    assert {one["state"] for one in found} == {"suspected"}, "who looks a name up is not said to mine"
    [forwarder] = [one for one in found if one["host"] == day.FORWARDER]
    assert "该地址为递归DNS" in forwarder["evidence"][0]["text"]["zh"]


def test_only_the_finding_goes_up_and_nothing_of_what_people_looked_at(upward: Path) -> None:
    text = upward.read_text(encoding="utf-8")
    assert not any(day.site(number) in text for number in range(day.SITES))
    schema = json.loads(Path(proposal.__file__).with_name("finding.schema.json").read_text(encoding="utf-8"))
    for one in findings(upward):
        jsonschema.validate(one, schema)
        assert {evidence["grade"] for evidence in one["evidence"]} == {"looked-up"}
    hosts = {day.BEHIND, "10.21.0.1", "10.21.7.9"}
    assert not any(f'"{host}"' in text for host in hosts), "no host of which nothing is said"


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    """云川市教育局 > 云川学院, with its ranges; P4 of the university, its vice president, the bureau's officer."""
    bureau = org.create_unit(by=None, kind="city", name="云川市教育局", short_name="市教育局")
    college = org.create_unit(by=None, kind="school", name="云川学院", parent=bureau)

    def person(username: str, name: str, unit: Unit, role: Role) -> Person:
        made = org.create_person(
            by=None, unit=unit, username=username, name=name, password="Qing-Shan-2026", must_change=False
        )
        org.grant_post(made, role=role, unit=unit, by=None)
        return made

    since = FOUND - timedelta(days=400)
    for cidr, purpose in (
        ("203.0.113.64/28", "egress"),
        ("10.20.0.0/16", "teaching"),
        (f"{day.FORWARDER}/32", "resolver"),
    ):
        ledger.add_range(by=None, unit=college, cidr=cidr, purpose=purpose, valid_from=since)
    return SimpleNamespace(
        bureau=bureau,
        college=college,
        chief=person("chen.an", "陈安", college, Role.OFFICER),
        vice=person("lu.ming", "陆明", college, Role.APPROVER),
        city=person("zhou.ning", "周宁", bureau, Role.OFFICER),
    )


@pytest.fixture
def locked(world: SimpleNamespace, upward: Path) -> Case:
    """Of the three hosts two are put aside by people with their reasons; the third is a case, locked at 11:00."""
    taken = intake.import_findings(upward, now=FOUND, by=world.chief, unit=world.college)
    assert taken.rejected == []
    given = {"by": world.chief, "now": FOUND}
    for lead in Lead.objects.filter(host=day.FORWARDER):
        leads.dismiss(lead, **given, reason="resolver", note="校园递归DNS转发器，已登记")
    for lead in Lead.objects.filter(host=day.CRAWLER):
        leads.dismiss(lead, **given, reason="research", note="课题组爬虫，负责人提出异议，附课题任务书")
    [real] = Lead.objects.filter(status="open")
    assert str(real.host) == day.MINER
    case = leads.open_case(real, **given, unit=world.college, reason="本单位日志")
    case = actions.start(actions.sign_for(case, **given), **given)
    device = {"device_name": "WS-17", "device_ip": day.MINER, "device_place": "理工楼 417"}
    at = FOUND + timedelta(hours=2)
    return actions.lock(
        case, by=world.chief, now=at, device=device, responsible_name="张喆", responsible_post="实验室管理员"
    )


def test_it_is_found_by_oneself_and_two_are_put_aside_with_reasons(locked: Case) -> None:
    assert (locked.origin, locked.state) == ("self-found", "locked")
    reasons = Counter(Lead.objects.filter(status="dismissed").values_list("host", "dismissed_reason"))
    assert {key[1] for key in reasons} == {"resolver", "research"}
    assert Case.objects.count() == 1


def test_the_later_notice_joins_it_with_its_clock_satisfied_and_it_stays_counted_apart(
    world: SimpleNamespace, locked: Case
) -> None:
    content = (f"IP,矿池域名,首次发现时间\n203.0.113.70,{day.POOLS[0]},2026-03-12 03:03\n").encode()
    received = notices.take_in(
        by=world.city, now=TOLD, office=world.bureau, name="涉挖矿IP清单.csv", content=content, received_at=TOLD,
        source="省教育信息安全监测中心",
    )  # fmt: skip
    facts = {"source": received.source, "number": "12号", "received_at": TOLD}
    [assignment] = notices.confirm(received, by=world.city, now=TOLD, find_limit=None, report_limit=None, **facts)
    assert assignment.unit == world.college
    # The notice names the public address, the finding the inside one: people see that both are one and say so.
    [share] = assignment.shares.all()
    stays = side.merge(
        share.case, locked, by=world.chief, now=TOLD + timedelta(hours=1), reason="同一主机：出口地址与内网地址"
    )
    assert stays.pk == locked.pk
    joined = stays.joined.get()
    clock = joined.clock("find")
    assert clock.done is not None
    assert clock.done < clock.received, "locked before the receipt is allowed"
    assert (clock.used(TOLD), clock.colour(TOLD)) == (timedelta(0), "kept"), "counted as 0 hours"
    assert (stays.origin, stays.state) == ("self-found", "locked")
    week = figures.window_of(periods.week_of(FOUND.date()), TOLD + timedelta(days=7))
    found = figures.of_unit(world.bureau, week, now=TOLD + timedelta(days=7))
    assert (found.number("new"), found.number("self_found"), found.number("notified")) == (1, 1, 0)

    # The weekly report keeps them apart, in the bureau's and in the university's own, among its sheets and its parts.
    begin = periods.week_of(FOUND.date())
    for unit in (world.bureau, world.college):
        begun = Assessment(unit=unit, code=begin.code, begin=begin.begin)
        content = assessments.content_of(begun, now=TOLD + timedelta(days=1))
        sheets = assessments.leaves(content | {"sections": dict.fromkeys(assessments.SECTIONS, "")})
        shown = {row[1]: row[2] for row in sheets[0].rows}
        assert [shown[name] for name in ("新增", "自查发现", "被通报")] == [1, "100.0%（1/1）", "0.0%（0/1）"], (
            unit.name
        )
