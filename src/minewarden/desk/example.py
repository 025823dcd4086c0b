"""Furnishes a fresh desk with the invented city: its units, people, addresses, devices, and one case under way.

Done through the same verbs that people use, so that every step is in the audit log. Done once: a desk that already has
units is left as it is, and findings that are known are not taken in again.
"""

import ipaddress
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from minewarden.desk.campaigns import actions as campaigns
from minewarden.desk.campaigns import filing, rounds
from minewarden.desk.campaigns.cascade import end_of
from minewarden.desk.campaigns.models import Campaign, Gate
from minewarden.desk.campaigns.template import shipped
from minewarden.desk.cases import actions, decisions, leads
from minewarden.desk.cases.intake import take_findings
from minewarden.desk.cases.models import Case, Lead
from minewarden.desk.example_paperwork import do_paperwork
from minewarden.desk.ledger.models import Asset, Duty, Line, LogSource, Protection, Shift, UnitRange
from minewarden.desk.library import intake as library
from minewarden.desk.org.actions import create_person, create_unit, grant_post
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.reports.queries import official, report_page
from minewarden.documents.docx import to_docx
from minewarden.documents.pdf import to_pdf
from minewarden.simulator import city
from minewarden.vocab.errors import InputError, UsageError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

_KINDS = {"city_bureau": "city", "district": "district", "school": "school", "kindergarten": "kindergarten"}
_ROSTER_DAYS = 14
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Login:
    """An account that was made: what a visitor types, and who he then is."""

    username: str
    password: str
    name: str
    role: str
    unit: str
    shown: bool = True


_PEOPLE = (
    ("chenyiming", "陈一鸣", Role.OFFICER, city.MIDDLE, True),
    ("shenzhiyuan", "沈知远", Role.APPROVER, city.MIDDLE, True),
    ("zhoulan", "周岚", Role.OFFICER, city.BUREAU, True),
    ("linshu", "林舒", Role.APPROVER, city.BUREAU, False),
    ("liuju", "刘静", Role.LEADER, city.BUREAU, False),
    ("wangdh", "王冬", Role.OFFICER, city.DISTRICT, False),
    ("hezy", "何晓", Role.OFFICER, city.COLLEGE, False),
    ("sysadmin", "系统管理员", Role.SYSTEM, city.BUREAU, False),
    ("secadmin", "安全管理员", Role.SECURITY, city.BUREAU, False),
    ("auditor", "审计管理员", Role.AUDIT, city.BUREAU, False),
)


def furnish(findings: Path, logins: Path, *, now: datetime) -> list[Login]:
    """Furnish the desk and return its logins; a second time they are read back from `logins` (readable by the owner).

    `now` is the end of the story's day. Raises InputError where the findings cannot be read, UsageError where the desk
    has units that did not come from here: nothing invented gets into a desk that is in use.
    """
    if Unit.objects.exists() and not logins.exists():
        raise UsageError(message("demo.desk_in_use"))
    if not Unit.objects.exists():
        with transaction.atomic():
            units = _units()
            made = _people(units)
            _ledger(units, since=now - timedelta(days=400), today=timezone.localdate(now))
        logins.touch(mode=0o600)
        logins.write_text(
            json.dumps([_as_json(login) for login in made], ensure_ascii=False, indent=1), encoding="utf-8"
        )
    _take_in(findings, {unit.name: unit for unit in Unit.objects.all()}, now)
    if not Case.objects.exists():
        _case_under_way(now)
    if not Campaign.objects.exists():
        library.take_catalogue(by=Person.objects.get(username="zhoulan"), now=now)
        _campaign_under_way(now)
    do_paperwork(now)
    if not Gate.objects.exists():
        _gate_closed(now)
    return [Login(**entry) for entry in json.loads(logins.read_text(encoding="utf-8"))]


def _as_json(login: Login) -> dict[str, object]:
    return {name: getattr(login, name) for name in Login.__slots__}


def _units() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for unit in city.UNITS:
        units[unit.name] = create_unit(
            by=None,
            kind=_KINDS[unit.kind],
            name=unit.name,
            parent=units.get(unit.parent),
            short_name=unit.short,
            school_code=unit.code if len(unit.code) == 10 else "",
            region_code=unit.code if len(unit.code) == 6 else "",
        )
    return units


def _people(units: Mapping[str, Unit]) -> list[Login]:
    made = []
    for username, name, role, unit, shown in _PEOPLE:
        password = _password()
        home = units[unit.name]
        person = create_person(by=None, unit=home, username=username, name=name, password=password, must_change=False)
        grant_post(person, role=role, unit=home, by=None)
        made.append(Login(username, password, name, str(role.value), unit.name, shown))
    return made


def _password() -> str:
    """Random, and within the rules: three of four kinds of characters, easy to read aloud."""
    while True:
        word = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
        if any(c.isdigit() for c in word) and any(c.isupper() for c in word) and any(c.islower() for c in word):
            return word


def _ledger(units: Mapping[str, Unit], since: datetime, today: date) -> None:
    """Lines with their exits, ranges tied to them, devices, who answers for what, who is on duty, what keeps logs."""
    lines = {unit.name: _line(unit, units, since) for unit in city.UNITS if unit.inside or unit.egress}
    for unit in city.UNITS:
        for cidr, purpose in ((unit.egress, "egress"), (unit.inside, "teaching")):
            if cidr:
                UnitRange.objects.create(
                    unit=units[unit.name], cidr=cidr, purpose=purpose, valid_from=since, line=lines[unit.name]
                )
    for device in city.NOTED:
        if device.asset:
            Asset.objects.create(
                number=device.asset,
                name=device.name,
                unit=units[device.unit],
                ip=device.ip,
                mac=device.mac,
                hostname=device.hostname,
                place=device.place,
                department=device.department,
                person_name=device.person,
                switch_port=f"{device.switch} {device.port}",
                login=device.login,
            )
    for place, unit in enumerate(city.UNITS):
        _people_of_the_ledger(units[unit.name], place, since.date(), today)
    _logs(units, today)


def _line(unit: city.Unit, units: Mapping[str, Unit], since: datetime) -> Line:
    """The unit's own exit, or the line by which it uses its district's."""
    above = None if unit.egress else units[unit.parent]
    return Line.objects.create(
        unit=units[unit.name],
        number=f"XL-{unit.code[-4:]}",
        carrier="cernet" if unit is city.COLLEGE else "telecom" if unit.egress else "education",
        nature="leased" if unit.egress else "metropolitan",
        own_egress=above is None,
        upstream=above,
        key="" if above is None else f"VLAN{unit.code[-3:]}",
        nat="pat",
        nat_log_days=190,
        contract_from=since.date(),
        contract_to=since.date() + timedelta(days=730),
        device="出口防火墙",
    )


def _people_of_the_ledger(unit: Unit, place: int, since: date, today: date) -> None:
    """Responsibility, contacts A and B, and a roster for the week; numbers of a range that nobody is given."""
    names = city.KEEPERS[place]
    posts = ("first", "direct", "contact_a", "contact_b")
    for at, (post, name) in enumerate(zip(posts, names, strict=True)):
        phone = f"1990000{place:02d}{at:02d}"
        Duty.objects.create(unit=unit, post=post, name=name, phone=phone, since=since)
    for day in range(_ROSTER_DAYS):
        at = 2 + day % 2
        Shift.objects.create(
            unit=unit, day=today + timedelta(days=day), name=names[at], phone=f"1990000{place:02d}{at:02d}",
            leader=names[1],
        )  # fmt: skip


def _logs(units: Mapping[str, Unit], today: date) -> None:
    """What keeps logs, how long, and how far its clock is off; and what protects."""
    for unit in (city.DISTRICT, city.MIDDLE, city.COLLEGE):
        for kind, device, offset in (
            ("nat", "出口防火墙", city.NAT_OFFSET_S if unit is city.DISTRICT else 0),
            ("dhcp", "DHCP服务器", city.DHCP_OFFSET_S if unit is city.DISTRICT else 0),
        ):
            LogSource.objects.create(
                unit=units[unit.name], type=kind, device=device, offset=offset, measured_on=today, zone="Asia/Shanghai",
                keep_days=190 if kind == "nat" else 365, time_source="NTP",
            )  # fmt: skip
        Protection.objects.create(
            unit=units[unit.name], type="firewall", model="出口防火墙", place="中心机房", log_days=190,
            signatures_on=today - timedelta(days=3), licence_to=today + timedelta(days=300),
        )  # fmt: skip


def _take_in(findings: Path, units: Mapping[str, Unit], now: datetime) -> None:
    """Each unit's own findings from its own logs: an inside address alone says nothing of whose it is."""
    networks = [(unit, ipaddress.ip_network(unit.inside)) for unit in city.UNITS if unit.inside]
    lines: dict[str, list[str]] = {}
    try:
        text = findings.read_text(encoding="utf-8")
    except OSError as error:
        why = reason_of(error)
        raise InputError(str(findings), 0, message("desk_cases.file_unreadable", why=why)) from error
    for line in text.splitlines():
        host = ipaddress.ip_address(json.loads(line)["host"])
        name = next((unit.name for unit, network in networks if host in network), "")
        lines.setdefault(name, []).append(line)
    for name, mine in lines.items():
        take_findings(mine, by=None, now=now, unit=units.get(name), source=findings.name)


def _campaign_under_way(now: datetime) -> None:
    """The city's campaign, begun eighteen days ago: three units have met and two of them filed a plan."""
    bureau = Unit.objects.get(name=city.BUREAU.name)
    officer, head = Person.objects.get(username="zhoulan"), Person.objects.get(username="linshu")
    begun, text = now - timedelta(days=18), shipped()
    plan, _ = campaigns.faults_of(text, "shipped")
    if plan is None:
        return
    ahead = plan.ahead(timezone.localdate(begun))
    campaign = campaigns.draft(
        by=officer, now=begun, unit=bureau, text=text, name="shipped", title=ahead.title["zh"],
        number=f"云教〔{begun.year}〕8号", dates={phase.code: (phase.begins, phase.ends) for phase in ahead.phases},
    )  # fmt: skip
    campaigns.start(campaign, by=head, now=begun)
    day = timezone.localdate(begun + timedelta(days=2)).isoformat()
    meeting = {
        "title": "整治“挖矿”活动专题会议", "day": day, "attendees": "全体教职工",
        "contents": "传达市教育局工作方案，部署机房排查和承诺书签订。",
        "decisions": "关闭无人管理的服务器\n核对出口地址",
    }  # fmt: skip
    work = {"title": "整治“挖矿”活动工作方案", "day": day, "measures": "排查全部机房\n签订承诺书\n核对出口地址"}
    then = begun + timedelta(days=3)
    for username, host, plans in (("chenyiming", "沈知远", True), ("hezy", "高砚", True), ("wangdh", "丁遥", False)):
        by = Person.objects.select_related("unit").get(username=username)
        write = partial(filing.write, None, by=by, now=then, unit=by.unit, campaign=campaign)
        write(kind="meeting", texts=meeting | {"host": host})
        if plans:
            filing.submit(write(kind="plan", texts=work), by=by, now=then)
    rounds.look(then)


def _gate_closed(now: datetime) -> None:
    """At 24:00 of its last day the first phase was frozen as it stood, and the tasks of the second went out."""
    for campaign in Campaign.objects.select_related("unit"):
        closes = [end_of(phase.ends) for phase in campaign.plan.phases if phase.ends]
        if closes and closes[0] <= now:
            rounds.look(closes[0])


def _case_under_way(now: datetime) -> None:
    """The school's PC: noticed from above twenty hours ago, signed for, found, unplugged; the report is due."""
    lead = Lead.objects.filter(host=city.JF07.ip).order_by("pk").first()
    unit = Unit.objects.get(name=city.MIDDLE.name)
    if lead is None:
        return
    officer = Person.objects.get(username="chenyiming")
    received = now - timedelta(hours=20)

    def at(hours: float) -> datetime:
        return received + timedelta(hours=hours)

    notice = leads.enter_notice(
        by=officer,
        now=at(0.2),
        unit=unit,
        received_at=received,
        source="省教育信息安全监测中心",
        number=f"云教网安通〔{received.year}〕3号",
        text="监测发现你单位出口地址存在疑似“挖矿”通信，请按要求排查处置。",
        limits=leads.Limits(),
    )
    case = leads.open_case(lead, by=officer, now=at(0.3), unit=unit, notice=notice, reason="与通报地址和时间一致")
    case = actions.sign_for(case, by=officer, now=at(0.5))
    case = actions.start(case, by=officer, now=at(0.7))
    device = city.JF07
    found = {
        "device_ip": device.ip,
        "device_mac": device.mac,
        "device_name": f"{device.name}（{device.hostname}）",
        "device_place": device.place,
    }
    case = actions.lock(
        case, by=officer, now=at(4.2), device=found, responsible_name=device.person, responsible_post=device.department
    )
    actions.record_measure(case, by=officer, now=at(4.6), kind="isolate", done_at=at(4.3), note="拔除网线，保留现场。")
    actions.record_measure(
        case, by=officer, now=at(6.5), kind="reinstall", done_at=at(6.2), note="重装系统，核查同批镜像。"
    )
    decisions.propose(
        Case.objects.get(pk=case.pk),
        by=officer,
        now=at(7.0),
        kind="nature",
        value="passive",
        reason="主机存在弱口令，被远程植入程序；使用人不知情，无本人获利迹象。",
    )


def write_reports(folder: Path, *, now: datetime) -> list[Path]:
    """Write the 72-hour report of the case under way as .docx and PDF; returns the files."""
    case = Case.objects.order_by("pk").first()
    if case is None:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    document = official(report_page(case, now))
    paths = [folder / f"{case.number}.docx", folder / f"{case.number}.pdf"]
    paths[0].write_bytes(to_docx(document))
    paths[1].write_bytes(to_pdf(document).pdf)
    return paths
