"""An invented city of the size of a real one, in the desk's own tables: units, accounts, staff, devices, ranges, notices,
cases, registers, self-checks, pledges and the log. Other benchmarks may furnish a desk with it.

    from bench.desk_city import SIZE, build
    city = build(SIZE, now=timezone.now())     # on a migrated, empty desk; some minutes at full size

Rows are written in bulk and not by the acts of people: what is measured is reading. Everything is the same for the same
size and `now`. Addresses are of documentation and benchmark networks, names are drawn from a short list.
"""

import ipaddress
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count, islice
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

PASSWORD = "!"
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗", "伟芳娜敏静磊强洋艳勇军杰涛明超霞平刚桂英喆䶮"
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Size:
    """How large a city is. `cases` are open and closed ones; `documents` are notices of `lines` lines each."""

    units: int = 5_000
    districts: int = 20
    staff: int = 300_000
    assets: int = 500_000
    ranges: int = 40_000
    conflicts: int = 300
    cases: int = 20_000
    open_cases: int = 4_000
    leads: int = 6_000
    documents: int = 200
    lines: int = 100
    records: int = 100_000
    messages: int = 5_000
    terminals: int = 150_000
    details: int = 50_000
    software: int = 10_000
    sheets: int = 7_000
    reports: int = 10_000

    def scaled(self, share: float) -> "Size":
        """The same city, smaller."""
        counted = {name: max(1, round(getattr(self, name) * share)) for name in self.__slots__ if name != "lines"}
        # The one who is not to see something stands in another district.
        return replace(self, **counted | {"districts": max(2, counted["districts"])})


SIZE = Size()


@dataclass(frozen=True, slots=True)
class City:
    """Whom and what a benchmark may ask for; `people` by role and place, `samples` are numbers of rows by what they are."""

    people: dict[str, Any]
    samples: dict[str, int]
    counts: dict[str, int]


def build(size: Size, *, now: datetime, lived: bool = False, told: Callable[[str], None] = lambda _: None) -> City:
    """Fill an empty, migrated desk. `told` is called with a line about each step; lived: with what gathers in a year."""
    from minewarden.desk.registers import counts as looked_up

    chance = random.Random(20260313)
    furnished = _Furnished(size, now, chance)
    for step in (
        furnished.units, furnished.accounts, furnished.ranges, furnished.staff, furnished.assets, furnished.cases,
        furnished.leads, furnished.documents, furnished.blocks, furnished.messages, furnished.registers,
        furnished.selfchecks, furnished.pledges, furnished.log,
        *((furnished.year,) if lived else ()),
    ):  # fmt: skip
        with transaction.atomic():
            step()
        told(f"{step.__name__}: done")
    # The worker of a desk has counted long since what was written just now.
    looked_up.look(now)
    with connection.cursor() as cursor:
        # Numbers were given, so that the database must be told where to go on.
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    return City(furnished.people, furnished.samples, furnished.counts())


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _bulk(model: Any, rows: Iterable[Any]) -> None:
    for batch in _batches(rows):
        model._base_manager.bulk_create(batch, batch_size=1_000)


class _Furnished:
    def __init__(self, size: Size, now: datetime, chance: random.Random) -> None:
        self.size, self.now, self.chance = size, now, chance
        self.people: dict[str, Any] = {}
        self.samples: dict[str, int] = {}
        self.schools: list[Any] = []
        self.officer_of: dict[int, Any] = {}

    def name(self) -> str:
        return self.chance.choice(SURNAMES) + "".join(self.chance.sample(GIVEN, self.chance.choice((1, 2, 2))))

    def counts(self) -> dict[str, int]:
        from minewarden.desk.audit.models import Record
        from minewarden.desk.cases.models import Case, Lead
        from minewarden.desk.ledger.models import Asset, Staff, UnitRange
        from minewarden.desk.notices.models import Line
        from minewarden.desk.org.models import Person, Unit
        from minewarden.desk.pledges.models import Signature, Signer
        from minewarden.desk.registers.models import SoftwareDetail, Terminal
        from minewarden.desk.selfchecks.models import HostReport, Sheet

        models = (
            Unit, Person, Staff, Asset, UnitRange, Case, Lead, Line, Record, Terminal, SoftwareDetail, Sheet, HostReport,
            Signer, Signature,
        )  # fmt: skip
        found = {model._meta.model_name or "": model._base_manager.count() for model in models}
        return found | {"open cases": self.size.open_cases}

    def units(self) -> None:
        """City, districts, schools and kindergartens, departments: four levels."""
        from minewarden.desk.org.models import Unit

        since = date(2020, 1, 1)
        rows: list[Any] = []

        def unit(pk: int, parent: Any, kind: str, name: str, **codes: Any) -> Any:
            path = f"{parent.path if parent else ''}{pk}/"
            made = Unit(pk=pk, parent=parent, path=path, kind=kind, name=name, valid_from=since, **codes)
            rows.append(made)
            return made

        number = count(1)
        self.bureau = unit(next(number), None, "city", "云川市教育局", short_name="市教育局", region_code="419901")
        self.districts = [
            unit(next(number), self.bureau, "district", f"云川市第{n}区教育局", short_name=f"第{n}区")
            for n in range(1, self.size.districts + 1)
        ]
        below = self.size.units - 1 - self.size.districts
        for n in range(round(below * 0.7)):
            kind, what, code = ("kindergarten", "幼儿园", "11") if n % 3 == 2 else ("school", "学校", "21")
            district = self.districts[n % self.size.districts]
            made = unit(
                next(number), district, kind, f"{district.short_name}第{n}{what}", school_code=f"{code}41{n:06d}"
            )
            self.schools.append(made)
        departments = below - len(self.schools)
        for n in range(departments):
            unit(next(number), self.schools[n % len(self.schools)], "department", f"第{n}部门")
        _bulk(Unit, rows)
        self.all_units = rows

    def accounts(self) -> None:
        """An officer and an approver for each school, district and the bureau; leaders above; the administrators."""
        from minewarden.desk.org.models import Person, Post, Role

        number, posts = count(1), []
        rows: list[Any] = []

        def person(unit: Any, role: str) -> Any:
            pk = next(number)
            made = Person(
                pk=pk, username=f"u{pk}", name=self.name(), unit=unit, password=PASSWORD, must_change_password=False,
                password_changed_at=self.now,
            )  # fmt: skip
            rows.append(made)
            posts.append(Post(person=made, unit=unit, role=role, granted_at=self.now))
            return made

        for unit in (self.bureau, *self.districts, *self.schools):
            officer, approver = person(unit, Role.OFFICER), person(unit, Role.APPROVER)
            self.officer_of[unit.pk] = (officer, approver)
        district, school = self.districts[0], self.schools[0]
        self.people = {
            "city officer": self.officer_of[self.bureau.pk][0],
            "city approver": self.officer_of[self.bureau.pk][1],
            "city leader": person(self.bureau, Role.LEADER),
            "city keeper": person(self.bureau, Role.KEEPER),
            "system": person(self.bureau, Role.SYSTEM),
            "security": person(self.bureau, Role.SECURITY),
            "audit": person(self.bureau, Role.AUDIT),
            "district officer": self.officer_of[district.pk][0],
            "district approver": self.officer_of[district.pk][1],
            "school officer": self.officer_of[school.pk][0],
            "school approver": self.officer_of[school.pk][1],
        }
        _bulk(Person, rows)
        _bulk(Post, posts)
        self.samples |= {"unit": school.pk, "person": self.people["school officer"].pk}

    def ranges(self) -> None:
        """A line for each school, public and inside ranges; every so often two units claim the same addresses."""
        from minewarden.desk.ledger.models import Line, UnitRange, sort_key

        since = self.now - timedelta(days=400)
        lines = [
            Line(pk=n, unit=unit, number="L1", carrier="telecom", own_egress=True, person_name=self.name())
            for n, unit in enumerate(self.schools, 1)
        ]
        _bulk(Line, lines)
        public = ipaddress.ip_network("198.18.0.0/15").subnets(new_prefix=28)
        inside = ipaddress.ip_network("10.0.0.0/8").subnets(new_prefix=24)
        sixes = (ipaddress.ip_network((0x20010DB8 << 96 | n << 64, 64)) for n in count(1))

        def rows() -> Iterator[Any]:
            for n in range(self.size.ranges):
                place = n % len(self.schools)
                unit, line = self.schools[place], lines[place]
                clashes = n % max(1, self.size.ranges // max(1, self.size.conflicts)) == 1
                if not clashes or n < len(self.schools):
                    network = next((public, inside, sixes)[0 if n < len(self.schools) else 1 + n % 2])
                first, last = sort_key(network[0]), sort_key(network[-1])
                yield UnitRange(
                    unit=unit, cidr=str(network), first=first, last=last, valid_from=since, line=line,
                    purpose="egress" if n < len(self.schools) else "teaching", person_name=self.name(),
                )  # fmt: skip

        _bulk(UnitRange, rows())
        self.samples["range"] = UnitRange.objects.filter(unit=self.schools[0]).values_list("pk", flat=True)[0]

    def staff(self) -> None:
        """The roll of every school, and who answers for what."""
        from minewarden.desk.ledger.models import Duty, Staff

        schools = len(self.schools)
        _bulk(
            Staff,
            (
                Staff(
                    unit=self.schools[n % schools],
                    number=f"T{n // schools:05d}",
                    name=self.name(),
                    department="教务处",
                    kind="teacher",
                    phone=f"138{n % 100_000_000:08d}",
                    left_on=self.now.date() if n % 97 == 0 else None,
                )
                for n in range(self.size.staff)
            ),
        )
        _bulk(
            Duty,
            (
                Duty(unit=unit, post=post, name=self.name(), phone="13800000000")
                for unit in (self.bureau, *self.districts, *self.schools)
                for post in ("first", "contact_a", "contact_b")
            ),
        )
        self.samples["staff"] = Staff.objects.filter(unit=self.schools[0]).values_list("pk", flat=True)[0]

    def assets(self) -> None:
        """Devices, each twentieth without anybody, each fiftieth a GPU whose use is to be checked; and what was seen."""
        from minewarden.desk.ledger.models import Asset, Sighting

        schools = len(self.schools)

        def row(n: int) -> Any:
            place, within = n % schools, n // schools
            return Asset(
                unit=self.schools[place], number=f"A{within:05d}", name=f"计算机{within}", place=f"{within % 40}号机房",
                category="gpu" if n % 50 == 7 else "office", performance="to_check" if n % 50 == 7 else "ordinary",
                ip=f"10.{place % 250}.{within // 250 % 250}.{within % 250 + 1}", mac=_mac(n), department="信息中心",
                person_name="" if n % 20 == 3 else self.name(), login=f"t{n}",
                checked_on=self.now.date() - timedelta(days=n % 200), hostname=f"pc-{n}",
            )  # fmt: skip

        _bulk(Asset, (row(n) for n in range(self.size.assets)))
        _bulk(
            Sighting,
            (
                Sighting(
                    unit=self.schools[n % schools],
                    ip=f"10.200.{n // 250 % 250}.{n % 250 + 1}",
                    mac=_mac(10_000_000 + n),
                    first_seen=self.now - timedelta(days=9),
                    last_seen=self.now - timedelta(minutes=n % 9_000),
                    source="fdb",
                )
                for n in range(self.size.assets // 25)
            ),
        )
        self.samples["asset"] = Asset.objects.filter(unit=self.schools[0]).values_list("pk", flat=True)[0]

    def cases(self) -> None:
        """Cases of the last year with their history; the open ones stand in every state and at every distance from due."""
        from minewarden.desk.cases.models import Case, CaseNotice, Decision, Measure, Notice, Step, Task

        open_states = ("delivered", "signed", "investigating", "locked", "handling", "review", "reported", "returned")
        cases, notices, joined, steps, measures, decisions, tasks = ([] for _ in range(7))
        for n in range(1, self.size.cases + 1):
            unit = self.schools[n * 7 % len(self.schools)] if n > 40 else self.schools[0]
            officer, approver = self.officer_of[unit.pk]
            runs = n <= self.size.open_cases
            age = timedelta(minutes=n * 3 % (96 * 60)) if runs else timedelta(days=5 + n * 350 // self.size.cases)
            at = self.now - age
            state = open_states[n % len(open_states)] if runs else ("closed", "watching", "stable")[n % 3]
            rank = open_states.index(state) if runs else 9
            found = at + timedelta(hours=20) if rank >= 3 else None
            handed = at + timedelta(hours=60) if rank >= 6 else None
            case = Case(
                pk=n, unit=unit, host=f"10.12.{n // 250 % 250}.{n % 250 + 1}", server_name="pool.example.net", port=3333,
                protocol="stratum-v1", coins="XMR", first_seen=at - timedelta(hours=5), last_seen=at, origin="notified",
                state=state, opened_at=at, opened_by=self.people["city officer"], received_at=at,
                original48=at + timedelta(hours=48), original72=at + timedelta(hours=72),
                due48=at + timedelta(hours=48), due72=at + timedelta(hours=72),
                signed_at=at + timedelta(hours=1) if rank else None, concluded_at=found, locked_at=found,
                submitted_at=handed, submitted_by=officer if handed else None, reported_at=handed,
                closed_at=None if runs else at + timedelta(days=4), conclusion="true" if found else "",
                nature="passive" if rank >= 6 else "undecided", device_name="JF-07" if found else "",
                device_mac=_mac(n) if found else "", device_place="305" if found else "",
                responsible_name=self.name() if found else "", responsible_post="管理员" if found else "",
            )  # fmt: skip
            cases.append(case)
            notices.append(
                Notice(pk=n, unit=unit, received_at=at, source="省教育信息安全监测中心", number=f"网安通〔2026〕{n}号",
                       entered_at=at, entered_by=self.people["city officer"])
            )  # fmt: skip
            joined.append(
                CaseNotice(case=case, notice=notices[-1], received_at=at, due48=case.due48, due72=case.due72,
                           joined_at=at, joined_by=self.people["city officer"])
            )  # fmt: skip
            for place, verb in enumerate(
                ("open", "sign", "start", "lock", "record-measures", "submit-report")[: rank + 1]
            ):
                steps.append(Step(case=case, at=at + timedelta(hours=place), by=officer, verb=verb, target=state))
            if found:
                measures.append(Measure(case=case, kind="isolate", done_at=found, entered_at=found, by=officer))
                waits = runs and n % 5 == 0
                decisions.append(
                    Decision(
                        case=case,
                        kind="nature",
                        value="passive",
                        asked_by=officer,
                        asked_at=found,
                        reason="弱口令",
                        outcome="pending" if waits else "agreed",
                        decided_by=None if waits else approver,
                        decided_at=None if waits else found,
                    )
                )
            if not runs:
                for days in (7, 30, 90):
                    due = at + timedelta(days=4 + days)
                    done = due if due < self.now - timedelta(days=2) else None
                    tasks.append(
                        Task(case=case, kind=f"recheck-{days}", due_at=due, made_at=at, done_at=done,
                             done_by=officer if done else None)
                    )  # fmt: skip
        for model, rows in (
            (Case, cases), (Notice, notices), (CaseNotice, joined), (Step, steps), (Measure, measures),
            (Decision, decisions), (Task, tasks),
        ):  # fmt: skip
            _bulk(model, rows)
        self.all_cases = cases
        self.samples |= {"case": self._school_case("handling"), "case for approval": self._school_case("review")}

    def _school_case(self, state: str) -> int:
        return next(int(c.pk) for c in self.all_cases if c.state == state and c.unit is self.schools[0])

    def leads(self) -> None:
        """Findings that wait for an officer, and others that were judged."""
        from minewarden.desk.cases.models import EvidenceCopy, Lead

        text = {"zh": "提交 12 次结果。", "en": "12 results."}
        copies = [
            EvidenceCopy(
                pk=n, finding_id=f"c{n:015x}", sha256=f"{n:064x}", source="findings.jsonl", taken_at=self.now,
                content={"evidence": [{"detector": "stratum", "family": "protocol", "grade": "work", "text": text,
                                       "weight": 9.2, "first_seen": "2026-03-12T13:14:37Z",
                                       "last_seen": "2026-03-12T15:02:00Z",
                                       "rows": [{"source": "egress.pcap", "row": 12}]}],
                         "sources": [{"name": "egress.pcap", "form": "pcap", "sha256": "ab" * 32}], "trace": []},
            )
            for n in range(1, self.size.leads + 1)
        ]  # fmt: skip
        rows = []
        for n, copy in enumerate(copies, 1):
            unit = self.schools[n % len(self.schools)] if n > 20 else self.schools[0]
            opened = n % 3 == 0 or n <= 20
            officer = self.officer_of[unit.pk][0]
            seen = self.now - timedelta(hours=n % 900)
            rows.append(
                Lead(
                    pk=n,
                    finding_id=copy.finding_id,
                    evidence=copy,
                    keeper=unit,
                    unit=None if n % 40 == 0 else unit,
                    status="open" if opened else "dismissed",
                    sureness=("confirmed", "probable", "suspected")[n % 3],
                    certainty="unique",
                    host=f"10.13.{n // 250 % 250}.{n % 250 + 1}",
                    server="203.0.113.9",
                    server_name="pool.example.net",
                    port=3333,
                    protocol="stratum-v1",
                    coins="BTC",
                    grade="work",
                    first_seen=seen,
                    last_seen=seen,
                    taken_at=self.now,
                    dismissed_at=None if opened else self.now,
                    dismissed_by=None if opened else officer,
                    dismissed_reason="" if opened else "research",
                )
            )
        _bulk(EvidenceCopy, copies)
        _bulk(Lead, rows)
        self.samples["lead"] = 1

    def documents(self) -> None:
        """Notices as documents: lines, assignments to schools, and the cases that answer them."""
        from minewarden.desk.cases.models import Notice
        from minewarden.desk.notices.models import Assignment, Line, Original, Received, Share

        office, by = self.bureau, self.people["city officer"]
        Original.objects.create(
            pk=1, sha256="0" * 64, size=4, sealed_content=Original.sealing(b"test"), taken_at=self.now
        )
        lines, shares = [], []
        sent: list[Assignment] = []
        received = []
        number = count(1)
        for n in range(1, self.size.documents + 1):
            at = self.now - timedelta(hours=12 * n - 6)
            notice = Notice.objects.create(
                pk=self.size.cases + n,
                unit=office,
                received_at=at,
                source="公安机关",
                number=f"D{n}",
                entered_at=at,
                entered_by=by,
            )
            document = Received(
                pk=n, office=office, state="confirmed", original_id=1, name=f"{n}.xlsx", form="xlsx", verdict="read",
                source="公安机关", number=f"D{n}", received_at=at, report_limit=at + timedelta(hours=72),
                tables=[{"name": "", "head": [["IP"]], "roles": ["ip"]}], notice=notice, entered_at=at, entered_by=by,
                confirmed_at=at, confirmed_by=by,
            )  # fmt: skip
            received.append(document)
            given: dict[int, Any] = {}
            for position in range(self.size.lines):
                pk = next(number)
                case = self.all_cases[pk % len(self.all_cases)]
                unit = case.unit
                line = Line(
                    pk=pk, received=document, position=position, row=position + 2, state="sent", ip=case.host,
                    domain="pool.example.net", first_seen=at, last_seen=at, cells=[str(case.host)], outcome="found",
                    unit=unit, proposed=unit,
                )  # fmt: skip
                lines.append(line)
                if unit.pk not in given:
                    officer = self.officer_of[unit.pk][0]
                    signed = n > 6
                    # Each signs when its own officer comes to it, within some 28 hours.
                    comes = at + timedelta(seconds=len(sent) * 7919 % 100_000)
                    given[unit.pk] = Assignment(
                        received=document, unit=unit, sender=office, kind="dispatch", dispatched_at=at, dispatched_by=by,
                        state="signed" if signed else "delivered", received_at=at, receipt="account",
                        due48=at + timedelta(hours=48), due72=at + timedelta(hours=72),
                        signed_at=comes if signed else None, signed_by=officer if signed else None,
                    )  # fmt: skip
                    sent.append(given[unit.pk])
                shares.append(Share(assignment=given[unit.pk], line=line, case=case))
        for pk, row in enumerate(sent, 1):
            row.pk = pk
        for model, rows in ((Received, received), (Line, lines), (Assignment, sent), (Share, shares)):
            _bulk(model, rows)
        mine = next((row.pk for row in sent if row.unit is self.schools[0]), sent[0].pk)
        self.samples |= {"document": 1, "assignment": mine, "line": 1}

    def blocks(self) -> None:
        """Blocks, a tenth of them waiting for the second person."""
        from minewarden.desk.blocks.models import Block

        by, second = self.people["district officer"], self.people["district approver"]
        district = self.districts[0]
        _bulk(
            Block,
            (
                Block(
                    unit=district,
                    target="name",
                    value=f"pool-{n}.example.net",
                    basis="plan-boundary",
                    asked_by=by,
                    asked_at=self.now - timedelta(days=n % 60),
                    reason="矿池",
                    expires_at=self.now + timedelta(days=30),
                    outcome="agreed" if n % 10 else "pending",
                    decided_by=second if n % 10 else None,
                    decided_at=self.now if n % 10 else None,
                )
                for n in range(self.size.messages // 10)
            ),
        )

    def messages(self) -> None:
        """Messages in everybody's list, and outlets."""
        from minewarden.desk.notify.models import Copy, Message

        rows = [
            Message(pk=n, key=f"m{n}", unit=self.bureau, word="desk_notify.subject", text="您单位有1条待办通报。", urgent=False,
                    posted_at=self.now - timedelta(minutes=n))
            for n in range(1, self.size.messages + 1)
        ]  # fmt: skip
        _bulk(Message, rows)
        told = (self.people["city officer"], self.people["district officer"], self.people["school officer"])
        _bulk(Copy, (Copy(message=row, person=person) for row in rows for person in told))

    def registers(self) -> None:
        """What consoles say of terminals, most of them devices of the ledger, and the tables of genuine software."""
        from minewarden.desk.registers.models import (
            Admission,
            SoftwareDetail,
            SoftwareSummary,
            SoftwareUpkeep,
            Terminal,
        )

        schools, today = len(self.schools), self.now.date()

        def terminal(n: int) -> Any:
            strange, checked = n % 50 == 11, today - timedelta(days=n % 37)
            return Terminal(
                unit=self.schools[n % schools], hostname=f"neu-{n}" if strange else f"pc-{n}",
                mac=_mac(20_000_000 + n if strange else n), ip=f"10.{n % 250}.{n // 250 % 250}.{n % 249 + 1}",
                antivirus="" if n % 40 == 9 else "示例杀毒", version="8.1", signatures_on=checked, scanned_on=checked,
                threat="open" if n % 500 == 13 else "nothing", checked_on=today,
            )  # fmt: skip

        _bulk(Terminal, (terminal(n) for n in range(self.size.terminals)))
        _bulk(
            Admission,
            (
                Admission(unit=unit, area=area, medium=medium, method="none" if n % 30 == 7 else "portal",
                          real_name=n % 30 != 7, terminals=40, log_days=184, checked_on=today)
                for n, unit in enumerate(self.schools)
                for area, medium in (("教学楼有线", "wired"), ("校园无线", "wireless"))
                if n % 25
            ),
        )  # fmt: skip
        _bulk(
            SoftwareSummary,
            (
                SoftwareSummary(unit=unit, year=today.year, staff=80, computers=self.size.details // schools,
                                os_bought=self.size.details // schools)
                for n, unit in enumerate(self.schools)
                if n % 20
            ),
        )  # fmt: skip
        _bulk(
            SoftwareDetail,
            (
                SoftwareDetail(
                    unit=self.schools[n % schools], computer=f"pc-{n}", user_name=self.name(), department="教务处",
                    mac=_mac(n), os="示例操作系统", os_source="none" if n % 200 == 3 else "preinstalled",
                    office="示例办公软件", office_source="bought", checked_on=today - timedelta(days=n % 200),
                )
                for n in range(self.size.details)
            ),
        )  # fmt: skip
        _bulk(
            SoftwareUpkeep,
            (
                SoftwareUpkeep(
                    unit=self.schools[n % schools], number=f"R{n // schools}", name="示例办公软件", kind="office",
                    source="bought", licence="count", licensed=40, installed=41 if n % 60 == 5 else 40,
                    valid_to=today + timedelta(days=n % 900 - 20),
                )
                for n in range(self.size.software)
            ),
        )  # fmt: skip

    def selfchecks(self) -> None:
        """Sheets of places with all their lines, what is to be mended, and reports of hosts."""
        from minewarden.desk.selfchecks.codes import VERSION, Place, items_of
        from minewarden.desk.selfchecks.models import Answer, Fix, HostReport, Sheet
        from minewarden.selfcheck.host.report import RESULTS

        schools, places = len(self.schools), tuple(Place)
        sheets, answers, fixes = list[Sheet](), list[Answer](), list[Fix]()
        for n in range(1, self.size.sheets + 1):
            unit, at, wrong = self.schools[n % schools], self.now - timedelta(hours=n % 9_000), n % 3 == 0
            officer, approver = self.officer_of[unit.pk]
            place = places[n // schools % len(places)]
            sheet = Sheet(
                pk=n, unit=unit, kind=place.value, place=f"{n % 40}号", inspector=officer.name, done_at=at, by=officer,
                version=VERSION, problems=int(wrong), page=f"city-{n}",
            )  # fmt: skip
            sheets.append(sheet)
            for position, item in enumerate(items_of(place)):
                bad = wrong and not position
                answers.append(
                    Answer(pk=len(answers) + 1, sheet=sheet, position=position, item=item.code, text=item.word,
                           result="problem" if bad else "fine", note="待整改" if bad else "")
                )  # fmt: skip
                if bad:
                    state = ("open", "mended", "closed")[n // 3 % 3]
                    fixes.append(
                        Fix(answer=answers[-1], unit=unit, state=state, responsible=officer.name, opened_at=at,
                            due_on=(due := (at + timedelta(days=item.days)).date()), original_due_on=due,
                            mended_at=None if state == "open" else at, mended_by=None if state == "open" else officer,
                            closed_at=at if state == "closed" else None,
                            closed_by=approver if state == "closed" else None)
                    )  # fmt: skip
        for model, rows in ((Sheet, sheets), (Answer, answers), (Fix, fixes)):
            _bulk(model, rows)
        _bulk(
            HostReport,
            (
                HostReport(
                    unit=(unit := self.schools[n % schools]), content={}, sha256=f"{n:064x}", size=2, host=f"pc-{n}",
                    system="示例操作系统", mode="full", result=RESULTS[n % len(RESULTS)], findings=0, gaps=0,
                    at=(at := self.now - timedelta(minutes=n * 40)), received_at=at, by=self.officer_of[unit.pk][0],
                )
                for n in range(self.size.reports)
            ),
        )  # fmt: skip

    def pledges(self) -> None:
        """A roll of everybody on the staff, four fifths of whom signed on papers: the rows, not the scanned files."""
        from minewarden.desk.ledger.models import Staff
        from minewarden.desk.pledges.built_in import publish
        from minewarden.desk.pledges.chain import GENESIS, join
        from minewarden.desk.pledges.models import Scan, Signature, Signer, Text
        from minewarden.desk.pledges.roll import OF_THE_UNIT

        publish()
        texts, due = {text.variant: text for text in Text.objects.all()}, (self.now - timedelta(days=60)).date()
        scans = {
            unit.pk: Scan(pk=n, unit=unit, name="承诺书.pdf", sha256=f"{n:064x}", size=1, pages=1, place=f"{n:032x}",
                          state="done", at=self.now, by=self.officer_of[unit.pk][0])
            for n, unit in enumerate((self.bureau, *self.districts, *self.schools), 1)
        }  # fmt: skip
        _bulk(Scan, scans.values())
        units, end = {unit.pk: unit for unit in self.schools}, (0, GENESIS)

        def roll() -> Iterator[Any]:
            for scan in scans.values():
                if scan.unit is not self.bureau:
                    yield Signer(unit=scan.unit, number=OF_THE_UNIT, name=scan.unit.name, category="unit", due_from=due)
            rows = Staff.objects.order_by("pk").values_list("pk", "unit_id", "number", "name", "department", "left_on")
            for pk, unit_id, number, name, group, left_on in rows.iterator():
                yield Signer(
                    unit=units[unit_id], staff_id=pk, number=number, name=name, group=group, category="staff",
                    due_from=due, left_on=left_on,
                )  # fmt: skip

        for batch in _batches(enumerate(roll(), 1)):
            signed = []
            for n, signer in batch:
                signer.pk = n
                if n % 5 == 0:
                    continue
                text, scan = texts[signer.variant], scans[signer.unit_id]
                at = self.now - timedelta(minutes=n % 80_000)
                signature = Signature(
                    at=at, signer=signer, text=text, text_sha256=text.sha256, unit=signer.unit,
                    unit_name=signer.unit.name, group=signer.group, category=signer.category, number=signer.number,
                    name=signer.name, way="paper", signed_on=at.date(), scan=scan, scan_sha256=scan.sha256, page=n,
                    by=scan.by,
                )  # fmt: skip
                join([signature], end)
                end = (signature.seq, signature.hash)
                signer.signature_id, signer.text_id, signer.signed_at = signature.seq, text.pk, at
                signed.append(signature)
            # Each names the other, which the database looks at when the step is over.
            _bulk(Signer, [signer for _, signer in batch])
            _bulk(Signature, signed)

    def log(self) -> None:
        """A log with a chain that holds."""
        from minewarden.desk.audit.chain import GENESIS, Anchor, digest, raise_anchor
        from minewarden.desk.audit.models import Record

        last = Record.objects.order_by("-seq").first()
        seq, before = (last.seq, last.hash) if last else (0, GENESIS)
        people = list(self.officer_of.values())
        rows = []
        for n in range(self.size.records):
            person = people[n % len(people)][n // len(people) % 2]
            seq += 1
            record = Record(
                seq=seq, at=self.now - timedelta(seconds=60 * (self.size.records - n)), actor_id=person.pk,
                actor=person.name, unit_id=person.unit_id, unit=person.unit.name, unit_path=person.unit.path,
                action=("org.login", "case.sign", "case.lock", "report.save")[n % 4], kind="cases.case",
                object_id=str(n % self.size.cases + 1), result="ok", prev_hash=before,
            )  # fmt: skip
            record.hash = before = digest(record)
            rows.append(record)
        _bulk(Record, rows)
        raise_anchor(Anchor(seq, before))

    def year(self) -> None:
        """What gathers around all of it."""
        from bench.desk_year import gather

        gather(self.now)


def _mac(n: int) -> str:
    digits = f"02005e{n & 0xFFFFFF:06x}"
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))
