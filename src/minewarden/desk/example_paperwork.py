"""What the invented city did beside its case: pledges signed, a warning sent in the system, letters of the measures.

All of it is invented, and all through the verbs that people use. Nothing leaves the desk: letters are only noted, and
the warning goes to the messages of those who have an account.
"""

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from minewarden.desk.alerts import actions as alerts
from minewarden.desk.alerts import deliver
from minewarden.desk.alerts.models import Alert
from minewarden.desk.cases.models import Measure
from minewarden.desk.kit.words import chinese
from minewarden.desk.ledger.actions import save_entry
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import Staff
from minewarden.desk.ledger.plans import draft_of
from minewarden.desk.measures import actions as measures
from minewarden.desk.measures.codes import SIGNS
from minewarden.desk.measures.models import EnergyFact, Entry
from minewarden.desk.notify import actions as messages
from minewarden.desk.notify.models import Copy
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.pledges import actions as pledges
from minewarden.desk.pledges import ink, roll
from minewarden.desk.pledges.models import Signer, Text
from minewarden.desk.pledges.signing import Wish, sign
from minewarden.desk.pledges.texts import built_in, in_force
from minewarden.simulator import city
from minewarden.vocab.words import DISPLAY_ZONE

_STAFF = (
    ("T2009001", "沈知远", "校务办公室", "administration", True),
    ("T2016012", "陈一鸣", "信息中心", "administration", True),
    ("T2018031", "张喆", "信息技术教研组", "teacher", True),
    ("T2012007", "王㛃·阿卜杜拉", "教务处", "administration", True),
    ("T2011005", "顾言", "语文组", "teacher", True),
    ("T2019022", "纪瑶", "语文组", "teacher", True),
    ("T2014016", "方既明", "数学组", "teacher", True),
    ("T2020008", "贾沐", "数学组", "teacher", False),
    ("T2013019", "韦知秋", "英语组", "teacher", True),
    ("T2021003", "乔一舟", "英语组", "teacher", False),
    ("T2017028", "温朗", "体育组", "teacher", False),
    ("W2025001", "蓝岭", "外包运维", "contractor", False),
)
"""Of the school: number, name, department, kind, and whether the pledge is signed."""
_ON_LEAVE = "T2020008"
_ALSO = "4.不为他人利用学校的网络、设备、电力从事“挖矿”提供便利，发现异常及时报告。"


def do_paperwork(now: datetime) -> None:
    """Furnish what is not there yet. `now` is the end of the story's day."""
    if not Staff.objects.exists():
        _pledges(now)
    if not Alert.objects.exists():
        _warning(now)
    if not Entry.objects.exists():
        _letters(now)
    if not EnergyFact.objects.exists():
        _energy(now)


def _person(username: str) -> Person:
    return Person.objects.get(username=username)


def _on(now: datetime, days_ago: int, hour: int) -> datetime:
    """An hour of Beijing, so many days before the story's."""
    return datetime.combine(_day(now, days_ago), time(hour), DISPLAY_ZONE)


@transaction.atomic
def _pledges(now: datetime) -> None:
    """The bureau added a sentence to the text; of the school's staff some signed, one is on leave, the rest owe it."""
    school, teacher = Unit.objects.get(name=city.MIDDLE.name), _person("chenyiming")
    published = _on(now, 9, 9)
    title, body = built_in()[Text.Variant.STAFF]
    pledges.publish(
        by=_person("linshu"), now=published, variant=Text.Variant.STAFF, title=title, body=f"{body}\n{_ALSO}",
        effective_from=timezone.localdate(published), resign=False, note="增加不提供便利、及时报告一条",
    )  # fmt: skip
    book = BOOKS["staff"]
    for number, name, department, kind, _ in _STAFF:
        texts = {"number": number, "name": name, "department": department, "kind": kind}
        draft = draft_of(book, texts, by=teacher, now=published, unit=school)
        save_entry(book, draft, by=teacher, now=published)
    roll.take_over(school, now=published, by=teacher)
    rows = {row.number: row for row in Signer.objects.filter(unit=school).select_related("unit")}
    begun = _on(now, 7, 10)
    texts_then = in_force(timezone.localdate(begun))
    for place, (number, name, _, _, signed) in enumerate(_STAFF):
        if signed:
            at, row = begun + timedelta(minutes=7 * place), rows[number]
            sign(Wish(row.pk, texts_then.text_for(row), texts_then, _handwriting(name), at))
    away = pledges.note_reason(
        [rows[_ON_LEAVE]], by=teacher, now=begun + timedelta(hours=5), reason=Signer.Reason.MEDICAL,
        note="住院手术，返校后补签", until=timezone.localdate(now) + timedelta(days=20),
    )  # fmt: skip
    pledges.excuse(away, by=_person("shenzhiyuan"), now=begun + timedelta(hours=6))


def _handwriting(name: str) -> ink.Ink:
    """Strokes that look like a hurried name and are nobody's hand: of each character four, bent by its code point."""
    characters = [character for character in name if character != "·"][:4]
    wide = 880 // len(characters)
    strokes = []
    for place, character in enumerate(characters):
        left, bend = 60 + place * wide, ord(character) % 45
        right, middle = left + wide - 50, left + wide // 2 - bend // 2
        strokes += [
            [left, 150 + bend, middle, 135 + bend, right, 120 + bend],
            [middle, 70, middle + 8, 210, middle - 4, 340 + bend, middle - 40, 325 + bend],
            [middle, 180 + bend, left + 45, 280, left, 330 + bend],
            [middle, 190 + bend, right - 40, 290, right + 20, 345 + bend // 2],
        ]
    return ink.read(json.dumps(strokes))


@transaction.atomic
def _warning(now: datetime) -> None:
    """The bureau warned everybody before the holidays; two have read it, and two small units have no account yet."""
    asked = _on(now, 4, 9)
    alert = alerts.ask(
        by=_person("zhoulan"), now=asked, unit=Unit.objects.get(name=city.BUREAU.name), title="假期用电和设备检查提醒",
        text=chinese("desk_alerts.text_holiday"), ways=["inbox"], audience="accounts", kinds=[], per_minute=60, cap=0,
        reason="假期前统一提醒各单位", keep_as="假期提醒",
    )  # fmt: skip
    released = asked + timedelta(hours=1)
    alerts.release(alert, by=_person("linshu"), now=released, note="同意，仅发站内消息")
    deliver.look(released + timedelta(minutes=1))
    for username, hours in (("chenyiming", 2), ("wangdh", 5)):
        reader = _person(username)
        copy = Copy.objects.get(person=reader, message__key__startswith=f"alert.{alert.pk}.")
        messages.read(copy, by=reader, now=asked + timedelta(hours=hours))


@transaction.atomic
def _letters(now: datetime) -> None:
    """A letter to a carrier that was answered, one to the grid that was not yet, one to the office of honours not sent
    yet; and a project that was looked at."""
    bureau, school, college = (Unit.objects.get(name=unit.name) for unit in (city.BUREAU, city.MIDDLE, city.COLLEGE))
    zhou, lin, he = _person("zhoulan"), _person("linshu"), _person("hezy")
    year = timezone.localdate(now).year

    carrier = measures.note(
        by=_person("chenyiming"), now=_on(now, 8, 9), unit=school, kind="carrier", subject="学校专线夜间异常上行流量",
        office="carrier", authority="云川电信分公司", basis="《云川市教育系统整治虚拟货币“挖矿”活动工作方案》",
        text="我校专线（公网地址段198.51.100.16/28）夜间上行流量异常，请协助核查，并在线路上阻止与“挖矿”有关的连接。",
    )  # fmt: skip
    carrier = measures.send(
        carrier, by=_person("shenzhiyuan"), now=_on(now, 8, 15), number=f"云一中函〔{year}〕11号", sent_on=_day(now, 8),
        answer_due=_day(now, 1),
    )  # fmt: skip
    measures.answer(
        carrier, by=_person("chenyiming"), now=_on(now, 3, 16), answered_on=_day(now, 3),
        text="已核查：近三个月夜间上行流量有两次高于同期，明细随函附送；已在该专线开通恶意域名拦截服务。",
    )  # fmt: skip
    power = measures.note(
        by=he, now=_on(now, 6, 10), unit=college, kind="power", subject="南校区配电间外接线路用电线索", office="grid",
        authority="云川供电公司", basis="《供电营业规则》和市专项整治工作方案",
        text="巡查发现南校区配电间有一路来源不明的接线，夜间负荷约4千瓦，请派员现场核查。",
    )  # fmt: skip
    measures.send(
        power,
        by=lin,
        now=_on(now, 5, 11),
        number=f"云教函〔{year}〕27号",
        sent_on=_day(now, 5),
        answer_due=_day(now, -9),
    )
    measures.note(
        by=zhou, now=_on(now, 2, 10), unit=bureau, kind="honours", year=year,
        subject=f"{year}年度整治“挖矿”工作情况供评先评优参考", office="honours", authority="市教育局评先评优办公室",
        basis="《云川市教育系统整治虚拟货币“挖矿”活动工作方案》",
        text="现将本年度各单位处置情况汇总送上，请在评先评优时作为参考。",
    )  # fmt: skip
    signs = dict.fromkeys(SIGNS, "no") | {"hardware": "yes", "always": "yes"}
    review = measures.review(
        by=he, now=_on(now, 6, 9), unit=college, name="人工智能实训平台扩容", number=f"ZY-{year}-06",
        partner="云川启明教学设备有限公司", kilowatts=36, answers=signs, verdict="amend",
        reason="设备以同型号显卡为主，用于图像实训课；设计为全年运行，应改为随课表开机，假期断电。",
    )  # fmt: skip
    measures.decide_review(review, by=lin, now=_on(now, 5, 10), allow=True, note="按意见补充开机时段和检查条款后再报")


@transaction.atomic
def _energy(now: datetime) -> None:
    """What the case's device took until it was unplugged, by a meter in its socket."""
    isolated = Measure.objects.filter(kind="isolate").select_related("case").order_by("pk").first()
    if isolated is None or isolated.case.first_seen is None or isolated.case.first_seen >= isolated.done_at:
        return
    measures.note_energy(
        isolated.case, by=_person("chenyiming"), now=now, method=EnergyFact.Method.DEVICE,
        began_at=isolated.case.first_seen, ended_at=isolated.done_at, watts=Decimal(310), idle_watts=Decimal(70),
        basis="插座式功率计现场实测：运行程序时310瓦，停用后待机70瓦",
    )  # fmt: skip


def _day(now: datetime, days_ago: int) -> date:
    return timezone.localdate(now, DISPLAY_ZONE) - timedelta(days=days_ago)
