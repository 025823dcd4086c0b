"""S1: Friday 13 March 2026, 17:30, a list of 37 rows under a merged head of two lines.

36 rows with addresses, 3 of them with two in a cell: 39, of which 1 stands twice; two are full-width, one is written
harmless, one is IPv6; row 37 names only a domain. 30 belong to 22 units, 5 to a district's pool, 3 are unknown.
"""

import hashlib
import io
import re
import unicodedata
import zipfile
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from minewarden.desk.assessments import figures, overview, periods
from minewarden.desk.cases.models import Case, Notice
from minewarden.desk.kit.words import say
from minewarden.desk.ledger.models import Shift as OnDuty
from minewarden.desk.notices import export, queries, todo
from minewarden.desk.notices.models import Assignment, Line, Received
from minewarden.desk.notify import actions as outlets
from minewarden.desk.notify.models import Delivery, Message
from minewarden.desk.org import actions as org
from tests.desk.notices.conftest import at, claim, person
from tests.intake.made import xlsx

FRIDAY = "2026-03-13 17:30"
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")


def addresses() -> list[str]:
    """38 distinct addresses: 30 of 22 schools (8 have two), 5 of the district's pool, 3 of nobody."""
    schools = [f"198.51.100.{4 * n + 1}" for n in range(22)] + [f"198.51.100.{4 * n + 2}" for n in range(7)]
    return [*schools, "2001:db8:7::5", *(f"203.0.113.{n}" for n in range(1, 6)), *(f"192.0.2.{n}" for n in (7, 8, 9))]


def cells() -> list[str]:
    """The 36 cells with addresses: two in each of three, one of the addresses twice."""
    left = addresses()
    pairs = [f"{left[0]}、{left[1]}", f"{left[2]}\n{left[3]}", f"{left[4]}；{left[5]}"]
    single = left[6:]
    single[0], single[1] = single[0].translate(FULL_WIDTH), single[1].translate(FULL_WIDTH)
    single[2] = single[2].replace(".", "[.]")
    return [*pairs, *single, left[10]]


@pytest.fixture
def schools(desk: SimpleNamespace) -> list[Any]:
    made = []
    for number in range(22):
        unit = org.create_unit(by=None, kind="school", name=f"云川市第{number + 3}中学", parent=desk.linjiang)
        person(f"teacher.{number}", f"张{number}", unit)
        claim(unit, f"198.51.100.{4 * number}/30")
        made.append(unit)
    claim(made[21], "2001:db8:7::/48")
    claim(desk.linjiang, "203.0.113.0/28")
    return made


@pytest.fixture
def original() -> bytes:
    rows: list[Any] = [["涉挖矿IP清单（云网通〔2026〕15号）"], [], ["", "IP", "端口", "域名", "首次", "末次"]]
    rows += [
        [n, cell, 3333, "pool.example.net", "2026-03-12 20:00:00", "2026-03-12 21:14:37"]
        for n, cell in enumerate(cells(), start=1)
    ]
    rows.append([37, "", 3333, "POOL2.example.net.", "3月12日21时14分", ""])
    merges = [(1, 0, 2, 0, "序号"), (1, 1, 1, 1, "受害主机"), (1, 2, 1, 3, "矿池"), (1, 4, 1, 5, "发现时间")]
    return xlsx(rows, merges=[merge for merge in merges if merge[:2] != merge[2:4]])


def test_the_list_is_that_of_the_scenario() -> None:
    """37 rows: 36 with addresses, 39 in all of which 1 stands twice, two full-width, one `[.]`, one IPv6."""
    given = cells()
    assert len(given) == 36
    parts = [part for cell in given for part in re.split(r"[、；\n]", cell)]
    assert sum(len(re.split(r"[、；\n]", cell)) == 2 for cell in given) == 3
    assert (len(parts), len({unicodedata.normalize("NFKC", part).replace("[.]", ".") for part in parts})) == (39, 38)
    assert sum(unicodedata.normalize("NFKC", part) != part for part in parts) == 2
    assert (sum("[.]" in part for part in parts), sum(":" in part for part in parts)) == (1, 1)


def test_the_whole_of_friday_evening(
    desk: Any, schools: Any, original: bytes, take: Any, confirm: Any, recorded: Any, login: Any
) -> None:
    received = take(original, FRIDAY, "涉挖矿IP清单.xlsx")

    # The preview: nothing is sent, the file is kept byte for byte.
    found = queries.preview(received, {})
    assert (found.addresses, found.names, found.counts["all"]) == (38, 1, 40)
    assert {line.row for line in received.lines.all()} == set(range(4, 41))
    assert {line.ip for line in received.lines.exclude(ip=None)} == set(addresses())
    assert received.lines.filter(twin=True).count() == 1
    assert [line.domain for line in received.lines.filter(ip=None)] == ["pool2.example.net"]
    assert received.number == "云网通〔2026〕15号"
    lines = list(received.lines.exclude(ip=None).exclude(twin=True).select_related("unit"))
    by_school = [line for line in lines if line.unit in schools]
    assert (len(by_school), len({line.unit_id for line in by_school})) == (30, 22)
    assert all(line.range_text and line.reason["zh"] for line in by_school)
    assert [line.ip for line in lines if line.unit == desk.linjiang] == [f"203.0.113.{n}" for n in range(1, 6)]
    assert [line.ip for line in lines if line.unit is None] == ["192.0.2.7", "192.0.2.8", "192.0.2.9"]
    assert received.original.sha256 == hashlib.sha256(original).hexdigest()
    assert received.original.content == original
    assert not Assignment.objects.exists()
    assert not Case.objects.exists()
    assert not Notice.objects.exists()
    assert not Message.objects.exists()

    # The confirmation: each unit its own lines, T_recv, natural hours over the weekend.
    made = confirm(received)
    assert len(made) == 23
    for assignment in Assignment.objects.all():
        assert assignment.received_at == at(FRIDAY)
        assert assignment.due48 == at("2026-03-15 17:30")
        assert assignment.due72 == at("2026-03-16 17:30")
        assert {share.line.unit_id for share in assignment.shares.all()} == {assignment.unit_id}
    assert Line.objects.filter(state="waiting").count() == 4
    assert Case.objects.count() == 35
    assert {case.due48 for case in Case.objects.all()} == {at("2026-03-15 17:30")}

    # The people on duty are told, without an address in the text.
    assert Message.objects.count() == 23
    assert not [m for m in Message.objects.all() if any(ip in m.text for ip in addresses())]
    assert {m.urgent for m in Message.objects.all()} == {True}
    assert all("2026-03-15 17:30" in m.text for m in Message.objects.all())

    shown = queries.document(received, {}, at(FRIDAY))
    assert (shown.undelivered, shown.unsigned) == (0, 23)
    assert (shown.statistics.lines, shown.statistics.addresses, shown.statistics.cases) == (37, 38, 35)
    page = login(desk.zhou).get(f"/notices/{received.pk}/").content.decode()
    assert re.search(r"未送达</dt>\s*<dd[^>]*>0<", page)
    assert re.search(r"未签收</dt>\s*<dd[^>]*>23<", page)
    assert "来源单位没有写明答复时限，按收到后 72 小时计" in page

    # 通报条数 is one number wherever it is read, and the list behind it names all that the rows name.
    week = periods.week_of(date(2026, 3, 13))
    now = at("2026-03-13 18:00")
    by_unit = {
        unit: figures.of_unit(unit, figures.window_of(week, now), now=now).number("notice_lines")
        for unit in (desk.bureau, schools[0], schools[1], desk.linjiang)
    }
    assert list(by_unit.values()) == [37, 2, 2, 33], "of row 4 the first school has one address, the second the other"
    behind = overview.behind("notice_lines", desk.bureau, week, now)
    assert behind is not None
    assert behind.rows is not None
    assert (behind.count, behind.rows.count(), {row.row for row in behind.rows}) == (37, 40, set(range(4, 41)))
    listed = login(desk.zhou).get(f"/statistics/list/notice_lines/?unit={desk.bureau.pk}&period={week.code}")
    assert '<span class="count">37</span>' in listed.content.decode()

    # What was given to nobody waits for the officer, with the time within which notices are handed on.
    waits = {item.what: item for item in todo.waiting(desk.zhou, None, now)}
    assert list(waits) == ["指定单位", "答复来源单位"]
    assert waits["指定单位"].detail == "云网通〔2026〕15号（4 条）"
    assert waits["指定单位"].due == at("2026-03-14 17:30")
    acts = recorded()
    assert acts.count("notice.dispatch") == 23
    assert acts.count("notice.confirm") == 1


def test_who_is_on_duty_gets_a_short_message_and_the_group_one_without_addresses(
    desk: Any, schools: Any, original: bytes, take: Any, confirm: Any
) -> None:
    """IM and SMS: the school's own group, and by telephone whoever the roster of that Friday names."""
    school = schools[0]
    ways = (("wecom", {"url": "http://127.0.0.1:9/robot"}, school), ("sms", {"url": "http://127.0.0.1:9"}, desk.bureau))
    for kind, settings, unit in ways:
        outlets.add_outlet(by=desk.people.system, now=at(FRIDAY), unit=unit, kind=kind, name=kind, settings=settings)
    OnDuty.objects.create(unit=school, day=date(2026, 3, 13), name="值班员", phone="13800000031")
    received = take(original, FRIDAY)
    assert not Delivery.objects.exists(), "nothing goes out before the confirmation"
    confirm(received)
    out = list(Delivery.objects.select_related("message", "outlet"))
    assert {row.outlet.kind for row in out if row.message.unit_id == school.pk} == {"wecom", "sms"}
    assert [(row.called, row.called_phone) for row in out if row.called] == [("值班员", "13800000031")]
    assert not [row for row in out if any(ip in row.message.text for ip in addresses())]


def test_the_screen_counts_who_was_not_reached(
    desk: Any, schools: Any, original: bytes, take: Any, confirm: Any, login: Any
) -> None:
    """One of the 22 schools has nobody with an account: 未送达 1, and none of the 23 has signed."""
    schools[5].people.update(is_active=False)
    received = take(original, FRIDAY)
    confirm(received)
    page = login(desk.zhou).get(f"/notices/{received.pk}/").content.decode()
    assert re.search(r"未送达</dt>\s*<dd[^>]*>1<", page)
    assert re.search(r"未签收</dt>\s*<dd[^>]*>23<", page)


def test_a_unit_sees_its_own_lines_only(
    desk: Any, schools: Any, original: bytes, take: Any, confirm: Any, login: Any
) -> None:
    confirm(take(original, FRIDAY))
    first, second = Assignment.objects.filter(unit__in=schools).order_by("pk")[:2]
    page = login(first.unit.people.get()).get(f"/assignments/{first.pk}/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "198.51.100.1" in text
    assert "198.51.100.5" not in text
    assert login(first.unit.people.get()).get(f"/assignments/{second.pk}/").status_code == 404
    assert login(first.unit.people.get()).get(f"/notices/{first.received_id}/").status_code == 404


def test_the_answer_has_the_senders_own_head_and_order(
    desk: Any, schools: Any, original: bytes, take: Any, confirm: Any
) -> None:
    received = take(original, FRIDAY)
    confirm(received)
    book = CalamineWorkbook.from_object(io.BytesIO(export.answer_book(received)))
    rows = book.get_sheet_by_index(0).to_python()
    given = CalamineWorkbook.from_object(io.BytesIO(original)).get_sheet_by_index(0).to_python()
    assert [row[:6] for row in rows[:2]] == [row[:6] for row in given[1:3]]
    assert [row[1] for row in rows[2:]] == [str(row[1]).strip() for row in given[3:]]
    assert rows[0][6:] == [say(f"desk_notices.answer_{name}") for name in export.ANSWERS]
    ours = rows[0].index("是否本单位IP")
    assert rows[2][ours] == "是"
    assert rows[-1][ours] == "仅域名"


def test_the_answer_is_printed_across_and_each_row_is_as_high_as_what_it_says(
    desk: Any, schools: Any, original: bytes, take: Any, confirm: Any
) -> None:
    received = take(original, FRIDAY)
    confirm(received)
    with zipfile.ZipFile(io.BytesIO(export.answer_book(received))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'orientation="landscape"' in sheet
    assert 'fitToWidth="2" fitToHeight="0"' in sheet
    two = [row for row in re.findall(r"<row [^>]*>", sheet) if 'ht="30"' in row]
    assert len(two) == 1, "the row with two addresses in a cell, one under the other"


def test_the_register_names_every_line_and_its_way(
    desk: Any, schools: Any, original: bytes, take: Any, confirm: Any
) -> None:
    received = take(original, FRIDAY)
    confirm(received)
    rows = list(export.register_rows(Received.objects.filter(pk=received.pk)))
    assert len(rows) == 40
    head = export.register_head()
    first = dict(zip(head, rows[0], strict=True))
    assert first["IP/端口"] == "198.51.100.1"
    assert (first["收到时间"], first["分派时间"], first["截止时间"]) == (
        "2026-03-13 17:30",
        "2026-03-13 17:30",
        "2026-03-16 17:30",
    )
    assert first["涉及单位"] == schools[0].name
    assert sum(dict(zip(head, row, strict=True))["是否重复"] == "是" for row in rows) == 1
