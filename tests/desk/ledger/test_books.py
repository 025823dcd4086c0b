"""Files in and out: templates per ledger, previews, keys, blank cells, masked numbers, references, units."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile

from minewarden.desk.audit.models import Record
from minewarden.desk.ledger import actions, imports, queries
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import Asset, Duty, Import, Line, Sighting, Staff, UnitRange
from minewarden.desk.ledger.plans import Outcome
from minewarden.desk.org import actions as org
from minewarden.desk.org.actions import Refused
from minewarden.desk.org.models import Role, Unit
from minewarden.documents.sheet_cells import shown
from minewarden.documents.sheet_read import read_table
from minewarden.documents.sheet_write import listing
from minewarden.vocab.errors import InputError
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.made import typed_again

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)


def hand_in(book, by, unit, rows, whose=None):
    content = rows if isinstance(rows, bytes) else listing(BOOKS[book].table, rows)
    return imports.receive(BOOKS[book], by=by, unit=unit, name="a.xlsx", content=content, now=NOW, whose=whose)


def take_in(book, by, unit, rows, *, correct_only=False, whose=None):
    return imports.confirm(hand_in(book, by, unit, rows, whose), by=by, now=NOW, correct_only=correct_only)


def outcomes(kept):
    return [row.outcome.value for row in imports.planned(kept)]


def reasons(kept):
    return [
        why.id.split(".")[1] for row in imports.planned(kept) for why in (*(w for _, w in row.faults), *row.cautions)
    ]


def duty(**given):
    return {"unit": "市一中", "post": "contact_a", "name": "秦朗", "phone": "13800001234", "title": "主任"} | given


@pytest.mark.parametrize("code", sorted(BOOKS))
def test_the_example_of_each_template_is_right_by_its_own_rules(code, city, people, login):
    """The row that the instructions show, a line for each column, can be taken in, but for what it refers to."""
    answer = login("keeper").get(f"/ledger/{code}/template/")
    name = unquote(answer["Content-Disposition"])
    assert name.startswith("attachment; filename*=UTF-8''临江区_")
    table = BOOKS[code].table
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_name("填写说明")
    example = {str(title).rstrip("*"): example for title, _, _, example, _ in sheet.to_python()[2:]}
    assert set(example) == set(table.titles("zh"))
    for column in table.columns:
        if column.required:
            assert example[table.titles("zh")[table.columns.index(column)]], f"{code}.{column.key} has no example"
    # The template itself is empty: the example is not data.
    with pytest.raises(InputError):
        hand_in(code, people.keeper, city.linjiang, answer.content)


def test_a_row_is_new_then_the_same_then_changed(city, people):
    take_in("duties", people.officer, city.linjiang, [duty()])
    again = take_in("duties", people.officer, city.linjiang, [duty()])
    assert outcomes(again) == ["same"]
    changed = take_in("duties", people.officer, city.linjiang, [duty(unit="云川市第一中学", title="副主任")])
    [row] = imports.planned(changed)
    assert (row.outcome, row.changes) == (Outcome.CHANGED, {"title": ("主任", "副主任")})
    assert [(d.title, d.phone) for d in Duty.objects.all()] == [("副主任", "13800001234")]


def test_blank_cells_and_masked_numbers_leave_what_is_there(city, people):
    take_in("duties", people.officer, city.linjiang, [duty()])
    kept = take_in("duties", people.officer, city.linjiang, [duty(title="", phone="138****1234")])
    assert outcomes(kept) == ["same"]
    other = hand_in("duties", people.officer, city.linjiang, [duty(phone="139****1234")])
    assert reasons(other) == ["masked"]


def test_an_export_is_masked_and_can_be_taken_in_again(city, people, login):
    take_in("duties", people.officer, city.linjiang, [duty()])
    answer = login("officer").post("/ledger/duties/export/", {"q": "", "show": ""})
    assert b"13800001234" not in answer.content
    [row] = read_table(answer.content, "a.xlsx", BOOKS["duties"].table).rows
    assert row.texts["phone"] == "138****1234"
    assert outcomes(hand_in("duties", people.officer, city.linjiang, answer.content)) == ["same"]
    whole = login("officer").post("/ledger/duties/export/", {"reason": "通知值班人员"})
    [row] = read_table(whole.content, "a.xlsx", BOOKS["duties"].table).rows
    assert row.texts["phone"] == "13800001234"
    notes = Record.objects.filter(action="ledger.export").order_by("seq")
    assert [note.after["reason"] for note in notes] == ["", "通知值班人员"]


def test_numbers_do_not_leave_masked_for_a_reason_that_is_too_long_which_is_kept(city, people, login):
    take_in("duties", people.officer, city.linjiang, [duty()])
    sent = {"reason": "长" * 201, "q": "宁", "show": ""}
    page = typed_again(login("officer").post("/ledger/duties/export/", sent), sent["reason"], 200)
    assert '<input type="hidden" name="q" value="宁">' in page, "what was looked for goes along"
    assert not Record.objects.filter(action="ledger.export").exists()


def test_every_book_goes_out_and_comes_in_unchanged(city, people):
    """What the ledger writes out, it reads back as the same."""
    by, unit = people.keeper, city.linjiang
    take_in(
        "lines",
        by,
        unit,
        [
            {
                "number": "L1",
                "unit": "市一中",
                "carrier": "telecom",
                "own_egress": True,
                "person_name": "秦朗",
                "contract_to": date(2026, 12, 31),
            }
        ],
    )
    take_in(
        "ranges",
        by,
        unit,
        [
            {
                "unit": "市一中",
                "cidr": "10.1.0.0/16",
                "purpose": "office",
                "line": "l1",
                "valid_from": date(2026, 1, 1),
                "valid_to": date(2026, 12, 31),
            }
        ],
    )
    take_in(
        "shifts",
        by,
        unit,
        [{"unit": "市一中", "day": date(2026, 10, 1), "span": "whole", "name": "秦朗", "phone": "13800001234"}],
    )
    take_in("protections", by, unit, [{"unit": "市一中", "type": "dns", "model": "甲", "place": "机房"}])
    take_in("logs", by, unit, [{"unit": "市一中", "type": "nat", "device": "墙", "offset": -45, "keep_days": 30}])
    take_in("staff", by, unit, [{"unit": "市一中", "number": "T1", "name": "秦朗", "kind": "teacher"}])
    take_in("seen", by, unit, [{"unit": "市一中", "mac": "02:00:5e:00:00:01", "last_seen": date(2026, 3, 1)}])
    take_in("duties", by, unit, [duty()])
    claim = UnitRange.objects.get()
    assert (claim.line.number, claim.valid_to.isoformat()) == ("L1", "2026-12-31T16:00:00+00:00")
    for code, book in BOOKS.items():
        rows = queries.exported(book, queries.entries(book, by, now=NOW), whole=True)
        if found := list(rows):
            assert set(outcomes(hand_in(code, by, unit, found))) == {"same"}, code


def test_rows_without_a_unit_are_those_of_the_unit_chosen(city, people):
    rows = "岗位,姓名\n联络员A,秦朗\n".encode()
    assert reasons(hand_in("duties", people.officer, city.linjiang, rows)) == ["required"]
    take_in("duties", people.officer, city.linjiang, rows, whose=city.riverside)
    take_in("duties", people.school_officer, city.first_school, rows)
    assert {d.unit for d in Duty.objects.all()} == {city.riverside, city.first_school}


def test_nobody_writes_for_a_unit_that_is_not_theirs(city, people, login):
    kept = hand_in("duties", people.officer, city.linjiang, [duty(unit="云麓中学"), duty(unit="无此学校")])
    assert reasons(kept) == ["unit_unknown", "unit_unknown"]
    with pytest.raises(Refused):
        hand_in("duties", people.officer, city.yunlu, [duty()])
    assert login("stranger").get(f"/ledger/imports/{kept.pk}/").status_code == 404


def test_a_district_fills_in_for_a_school_with_trace(city, people):
    take_in("duties", people.officer, city.linjiang, [duty()])
    take_in("duties", people.school_officer, city.first_school, [duty(post="contact_b")])
    assert {d.post: (d.on_behalf, d.entered_by) for d in Duty.objects.all()} == {
        "contact_a": (True, people.officer), "contact_b": (False, people.school_officer),
    }  # fmt: skip


def test_ranges_warn_of_contradictions_and_of_missing_lines(city, people):
    def row(unit, cidr, **given):
        return {"unit": unit, "cidr": cidr, "purpose": "egress", "valid_from": date(2026, 1, 1)} | given

    kept = take_in(
        "ranges", people.officer, city.linjiang,
        [row("市一中", "203.0.113.0/28"), row("江畔小学", "203.0.113.0/28"), row("市一中", "10.1.0.0/16")],
    )  # fmt: skip
    assert reasons(kept) == ["contradiction", "contradiction", "no_line"]
    twice = hand_in(
        "ranges", people.officer, city.linjiang, [row("市一中", "203.0.113.0/28", valid_from=date(2026, 2, 1))]
    )
    assert "twice" in reasons(twice)


def test_a_whole_tree_of_units_comes_from_one_file(city, people):
    rows = [
        {"name": "新区第一幼儿园", "kind": "kindergarten", "parent": "云川市高新区社会事业局"},
        {"name": "云川市高新区社会事业局", "kind": "zone", "parent": "云川市教育局", "region_code": "419971"},
        {"name": "云川市临江区江畔小学", "kind": "school", "parent": "临江区", "aliases": "江小；江畔"},
        {"name": "错校", "kind": "school", "parent": "临江区", "credit_code": "1" * 18},
    ]  # fmt: skip
    kept = take_in("units", people.system, city.bureau, rows, correct_only=True)
    assert outcomes(kept) == ["new", "new", "changed", "error"]
    garden = Unit.objects.get(name="新区第一幼儿园")
    assert garden.parent.name == "云川市高新区社会事业局"
    assert garden.path == f"{city.bureau.path}{garden.parent.pk}/{garden.pk}/"
    assert Unit.objects.get(pk=city.riverside.pk).aliases == ["江小", "江畔"]
    assert outcomes(hand_in("units", people.system, city.bureau, rows[:3])) == ["same"] * 3


def test_a_unit_below_a_faulty_row_falls_with_it_and_the_rest_comes_in(city, people):
    rows = [
        {"name": "云川市高新区社会事业局", "kind": "zone", "parent": "云川市教育局", "credit_code": "1" * 18},
        {"name": "新区第一幼儿园", "kind": "kindergarten", "parent": "云川市高新区社会事业局"},
        {"name": "新区第一幼儿园小班部", "kind": "department", "parent": "新区第一幼儿园"},
        {"name": "云川市临江区江畔小学", "kind": "school", "parent": "新区第一幼儿园"},
        {"name": "甲部", "kind": "department", "parent": "乙部"},
        {"name": "乙部", "kind": "department", "parent": "甲部"},
        {"name": "江畔小学分部", "kind": "department", "parent": "云川市临江区江畔小学"},
    ]
    kept = take_in("units", people.system, city.bureau, rows, correct_only=True)
    assert outcomes(kept) == ["error"] * 6 + ["new"]
    fallen = [why for row in imports.planned(kept)[1:6] for _, why in row.faults]
    assert [why.id for why in fallen] == ["ledger_rules.superior_fallen"] * 5
    assert [why.params["line"] for why in fallen] == [2, 3, 3, 7, 6]
    assert Unit.objects.get(name="江畔小学分部").parent == city.riverside


def test_codes_of_divisions_are_named_compared_and_never_refused(city, people, login):
    Unit.objects.filter(pk=city.bureau.pk).update(region_code="410100")

    def row(name, code, **given):
        return {"name": name, "kind": "district", "parent": "云川市教育局", "region_code": code} | given

    rows = [
        row("金水区教育局", "410105"),
        row("惠济区教育局", "410109"),
        row("二七区教育局", "410102"),
        row("云麓县教育局", "410212"),
        row("荥阳市教育局", "410121"),
        row("高新区社会事业局", "410177", kind="zone"),
        row("云麓小学", "410177", kind="school", parent="高新区社会事业局"),
    ]
    kept = take_in("units", people.system, city.bureau, rows)
    assert outcomes(kept) == ["new"] * 7
    assert [[why.id.split(".")[1] for why in row.cautions] for row in imports.planned(kept)] == [
        [], ["region_unknown", "region_meant"], ["region_meant"], ["region_elsewhere"], ["region_ended"], [], [],
    ]  # fmt: skip
    page = login("system").get(f"/ledger/imports/{kept.pk}/").content.decode()
    assert "410105 河南省郑州市金水区" in page
    assert "410109 可能是笔误：410108 是河南省郑州市惠济区" in page
    assert "410121 是河南省郑州市荥阳县的，该区划已于1994年变更；现为：410182 河南省郑州市荥阳市" in page
    assert "不在上级单位所在的河南省郑州市之内" in page
    unit = Unit.objects.get(name="金水区教育局")
    assert "河南省郑州市金水区" in login("system").get(f"/units/{unit.pk}/").content.decode()


def test_an_import_may_be_dropped_and_its_file_stays(city, people, login):
    browser = login("officer")
    file = SimpleUploadedFile("责任清单.csv", "单位,岗位,姓名\n市一中,联络员A,秦朗\n".encode("gb18030"))
    answer = browser.post("/ledger/duties/import/", {"file": file, "whose": ""})
    kept = Import.objects.get()
    assert answer["Location"] == f"/ledger/imports/{kept.pk}/"
    assert browser.post(f"/ledger/imports/{kept.pk}/drop/").status_code == 302
    assert browser.post(f"/ledger/imports/{kept.pk}/confirm/", {"correct_only": "0"}).status_code == 302
    assert (Duty.objects.count(), Import.objects.get().state) == (0, "dropped")
    assert imports.original(kept).decode("gb18030").startswith("单位,岗位")
    assert "秦朗".encode() not in bytes(Import.objects.get().rows)


def test_a_file_that_is_none_says_why_on_the_page(people, login):
    file = SimpleUploadedFile("清单.xlsx", b"PK\x03\x04 broken")
    page = login("officer").post("/ledger/duties/import/", {"file": file, "whose": ""}).content.decode()
    assert "清单.xlsx: 无法读取" in page


def test_the_form_follows_the_rules_of_the_file(city, people, login):
    browser = login("officer")
    given = {
        "unit": city.first_school.pk, "number": "ZC-1", "name": "服务器", "category": "server", "place": "机房",
        "department": "信息中心", "person_name": "秦朗", "mac": "00-1F-E2-12-91-E3", "person_phone": "138 0000 1234",
    }  # fmt: skip
    assert "必填项为空" in browser.post("/ledger/assets/add/", given).content.decode()
    assert browser.post("/ledger/assets/add/", given | {"use": "research"}).status_code == 302
    asset = Asset.objects.get()
    assert (asset.mac, asset.person_phone, asset.on_behalf) == ("00:1f:e2:12:91:e3", "13800001234", True)
    change = {**given, "use": "teaching", "place": "", "person_phone": "138****1234"}
    assert "这个字段是必填项" in browser.post(f"/ledger/assets/{asset.pk}/change/", change).content.decode()
    assert browser.post(f"/ledger/assets/{asset.pk}/change/", change | {"place": "库房"}).status_code == 302
    asset.refresh_from_db()
    assert (asset.place, asset.use, asset.person_phone) == ("库房", "teaching", "13800001234")
    record = Record.objects.filter(action="ledger.entry_change").get()
    assert (record.before, record.after["place"]) == ({"use": "research", "place": "机房"}, "库房")
    assert "台账中已有这一条" in browser.post("/ledger/assets/add/", given | {"use": "research"}).content.decode()


def test_what_telemetry_saw_and_no_ledger_names_is_listed(city, people, make_lead):
    make_lead(1)
    make_lead(2)
    Asset.objects.create(unit=city.first_school, number="ZC-1", name="已登记", mac="02:00:5e:10:00:01")
    assert Sighting.objects.count() == 2
    unknown = queries.entries(BOOKS["seen"], people.officer, show="unknown", now=NOW)
    assert [row.mac for row in unknown] == ["02:00:5e:10:00:02"]
    [line] = queries.lines(BOOKS["seen"], list(unknown), NOW)
    assert line.marks == (("amber", "台账未登记"),)
    assert actions.note_sighting(unit=city.riverside, at=NOW, ip="nonsense") is None


def test_a_sighting_is_known_by_its_mac_or_where_one_side_has_none_by_its_address(city, people):
    known = {"unit": city.first_school, "name": "已登记"}
    Asset.objects.create(number="1", mac="02:00:5e:10:00:01", ip="10.1.0.1", **known)
    Asset.objects.create(number="2", ip="10.1.0.2", **known)
    for ip, mac in (
        ("10.1.0.1", ""), ("10.1.0.2", ""), ("10.1.0.2", "02:00:5e:10:00:02"), ("10.9.9.9", "02:00:5e:10:00:01"),
        ("10.1.0.1", "02:00:5e:10:00:03"), ("10.1.0.3", ""), ("", "02:00:5e:10:00:04"),
    ):  # fmt: skip
        actions.note_sighting(unit=city.first_school, at=NOW, ip=ip, mac=mac)
    actions.note_sighting(unit=city.riverside, at=NOW, ip="10.1.0.2")
    unknown = queries.entries(BOOKS["seen"], people.officer, show="unknown", now=NOW)
    # Another MAC address at a registered one is another device, and so is the same address at another school.
    assert {(row.unit, row.ip, row.mac) for row in unknown} == {
        (city.first_school, "10.1.0.1", "02:00:5e:10:00:03"), (city.first_school, "10.1.0.3", ""),
        (city.first_school, "", "02:00:5e:10:00:04"), (city.riverside, "10.1.0.2", ""),
    }  # fmt: skip


def test_gaps_are_counted_and_mended(city, people):
    counts = {gap.key: gap.count for gap in queries.gaps(people.officer, None, NOW)}
    assert (counts["no_contact"], counts["no_range"]) == (3, 3)
    take_in("duties", people.officer, city.linjiang, [duty()])
    line = Line.objects.create(unit=city.first_school, number="L1", carrier="telecom", contract_to=date(2026, 4, 1))
    UnitRange.objects.create(unit=city.first_school, cidr="10.1.0.0/16", purpose="office", valid_from=NOW)
    counts = {gap.key: gap.count for gap in queries.gaps(people.officer, None, NOW)}
    assert (counts["no_contact"], counts["no_range"], counts["no_line"], counts["expiring"]) == (2, 2, 1, 1)
    UnitRange.objects.update(line=line)
    actions.check_entries(BOOKS["ranges"], by=people.officer, unit=city.linjiang, now=NOW)
    counts = {gap.key: gap.count for gap in queries.gaps(people.officer, None, NOW)}
    assert {"no_line", "unchecked_ranges"} & counts.keys() == set()


@pytest.mark.parametrize(
    ("code", "days", "row"),
    [
        ("logs", "keep_days", {"unit": "市一中", "type": "nat", "device": "出口防火墙"}),
        ("lines", "nat_log_days", {
            "unit": "市一中", "number": "L1", "carrier": "telecom", "own_egress": True, "person_name": "秦朗",
        }),
    ],
)  # fmt: skip
def test_logs_kept_less_than_184_days_are_warned_of_wherever_they_are_entered(city, people, code, days, row):
    """Six natural months have up to 184 days; the row is taken in all the same."""
    kept = take_in(code, people.officer, city.linjiang, [row | {days: 184}])
    assert (outcomes(kept), reasons(kept)) == (["new"], [])
    assert not [gap for gap in queries.gaps(people.officer, None, NOW) if "kept_short" in gap.key]
    kept = take_in(code, people.officer, city.linjiang, [row | {days: 183}])
    assert (outcomes(kept), reasons(kept)) == (["changed"], ["kept_short"])
    [gap] = [gap for gap in queries.gaps(people.officer, None, NOW) if "kept_short" in gap.key]
    assert (gap.count, gap.tone) == (1, "red")
    rows = list(queries.entries(BOOKS[code], people.officer, show=gap.show, now=NOW))
    [line] = queries.lines(BOOKS[code], rows, NOW)
    assert any("184" in words for tone, words in line.marks if tone == "red")


def test_of_a_line_that_is_given_up_nobody_asks_for_logs(city, people):
    line = Line.objects.create(unit=city.first_school, number="L1", carrier="telecom", nat="pat", nat_log_days=183)
    assert [gap.key for gap in queries.gaps(people.officer, None, NOW) if gap.book == "lines"] == ["nat_kept_short"]
    Line.objects.filter(pk=line.pk).update(ended_on=NOW.date())
    assert [gap.key for gap in queries.gaps(people.officer, None, NOW) if gap.book == "lines"] == []
    line.refresh_from_db()
    [row] = queries.lines(BOOKS["lines"], [line], NOW)
    assert [tone for tone, _ in row.marks] == ["grey"]


EXIT = {"unit": "市一中", "number": "L1", "carrier": "telecom", "own_egress": True, "person_name": "秦朗"}


@pytest.mark.parametrize("nat", ["pat", "carrier"])
def test_an_exit_that_hides_many_and_does_not_say_how_long_its_log_is_kept_is_warned_of(city, people, nat):
    kept = take_in("lines", people.officer, city.linjiang, [EXIT | {"nat": nat}])
    assert (outcomes(kept), reasons(kept)) == (["new"], ["nat_keep_unsaid"])
    [gap] = [gap for gap in queries.gaps(people.officer, None, NOW) if gap.book == "lines"]
    assert (gap.key, gap.count, gap.tone) == ("nat_keep_unsaid", 1, "red")
    rows = list(queries.entries(BOOKS["lines"], people.officer, show=gap.show, now=NOW))
    [line] = queries.lines(BOOKS["lines"], rows, NOW)
    assert ("red", "未登记NAT日志保存天数（应不少于 184 天）") in line.marks
    # A row that says nothing of the translation leaves what stood there, and so it is still unsaid.
    kept = take_in("lines", people.officer, city.linjiang, [EXIT | {"campus": "本部"}])
    assert reasons(kept) == ["nat_keep_unsaid"]
    kept = take_in("lines", people.officer, city.linjiang, [EXIT | {"nat_log_days": 184}])
    assert (outcomes(kept), reasons(kept)) == (["changed"], [])
    assert not [gap for gap in queries.gaps(people.officer, None, NOW) if gap.book == "lines"]
    kept = take_in("lines", people.officer, city.linjiang, [EXIT | {"campus": "东校区"}])
    assert reasons(kept) == [], "a blank cell of a later file takes nothing back"


@pytest.mark.parametrize(
    "other",
    [
        {"nat": "none"}, {"nat": "static"}, {}, {"nat": "carrier", "carrier": "home"},
        {"nat": "pat", "own_egress": False, "upstream": "临江区"}, {"nat": "pat", "ended_on": date(2026, 3, 1)},
    ],
)  # fmt: skip
def test_nobody_is_asked_for_the_log_of_an_exit_that_hides_nobody_or_is_not_his(city, people, other):
    kept = take_in("lines", people.officer, city.linjiang, [EXIT | other])
    assert (outcomes(kept), reasons(kept)) == (["new"], [])
    assert not [gap for gap in queries.gaps(people.officer, None, NOW) if gap.book == "lines"]
    [line] = queries.lines(BOOKS["lines"], list(Line.objects.all()), NOW)
    assert [tone for tone, _ in line.marks if tone == "red"] == []


def test_a_log_source_that_does_not_say_how_long_it_keeps_is_warned_of_like_one_that_keeps_too_short(city, people):
    row = {"unit": "市一中", "type": "nat", "device": "出口防火墙", "offset": 0}
    kept = take_in("logs", people.officer, city.linjiang, [row])
    assert (outcomes(kept), reasons(kept)) == (["new"], ["keep_unsaid"])
    [gap] = [gap for gap in queries.gaps(people.officer, None, NOW) if gap.book == "logs"]
    assert (gap.key, gap.count, gap.tone) == ("keep_unsaid", 1, "red")
    rows = list(queries.entries(BOOKS["logs"], people.officer, show=gap.show, now=NOW))
    [line] = queries.lines(BOOKS["logs"], rows, NOW)
    assert ("red", "未登记保存天数（应不少于 184 天）") in line.marks
    kept = take_in("logs", people.officer, city.linjiang, [row | {"keep_days": 184}])
    assert (outcomes(kept), reasons(kept)) == (["changed"], [])
    assert not [gap for gap in queries.gaps(people.officer, None, NOW) if gap.book == "logs"]
    # A blank cell of a later file takes nothing back, and so warns of nothing.
    kept = take_in("logs", people.officer, city.linjiang, [row | {"zone": "Asia/Shanghai"}])
    assert (outcomes(kept), reasons(kept)) == (["changed"], [])


def test_contacts_are_confirmed_each_quarter(city, people):
    """Q12: the directory of contacts A and B; who left, and other posts, are not asked about."""
    Duty.objects.create(unit=city.first_school, post="contact_a", name="张磊")
    Duty.objects.create(unit=city.first_school, post="contact_b", name="苏河", until=date(2026, 1, 31))
    Duty.objects.create(unit=city.first_school, post="first", name="何文")
    lacking = {gap.key: gap for gap in queries.gaps(people.officer, None, NOW)}["unchecked_contacts"]
    rows = queries.entries(BOOKS["duties"], people.officer, show=lacking.show, now=NOW)
    assert (lacking.count, [row.name for row in rows]) == (1, ["张磊"])
    actions.check_entries(BOOKS["duties"], by=people.officer, unit=city.linjiang, now=NOW)
    for later, asked in ((timedelta(days=92), False), (timedelta(days=93), True)):
        keys = {gap.key for gap in queries.gaps(people.officer, None, NOW + later)}
        assert ("unchecked_contacts" in keys) is asked


@pytest.mark.parametrize("most", [0, 30_000])
@pytest.mark.parametrize(
    "text",
    [
        "ZC-2024-0117", "0117", "zc-2024", "10.21.4.37", "10.21.", "02:00:5e:10:00:01", "02-00-5E-10", "jf-07", "JF-07",
        "t117", "秦朗", "秦", "第一中学",
    ],
)  # fmt: skip
def test_a_device_is_found_by_what_people_know_of_it(city, people, login, monkeypatch, most, text):
    monkeypatch.setattr(queries, "_MOST_READ", most)
    Asset.objects.create(
        unit=city.first_school, number="ZC-2024-0117", name="机房教师机", ip="10.21.4.37", mac="02:00:5e:10:00:01",
        hostname="JF-07", login="t117", person_name="秦朗", place="实验楼 302",
    )  # fmt: skip
    for unit, number in ((city.riverside, "ZC-1"), (city.yunlu_school, "ZC-2024-0117")):
        Asset.objects.create(unit=unit, number=number, name="投影仪", ip="192.168.9.9", person_name="周敏")
    found = queries.entries(BOOKS["assets"], people.officer, search=text, now=NOW)
    assert [asset.unit for asset in found] == [city.first_school]
    assert found.count() == 1


def test_a_search_of_too_many_devices_says_what_it_does_not_look_into(city, people, login, monkeypatch):
    for number in range(2):
        Asset.objects.create(unit=city.first_school, number=f"ZC-{number}", name="教师机", place="实验楼")
    browser = login("officer")
    assert "要按设备名称或位置查找" not in browser.get("/ledger/assets/?q=实验楼").content.decode()
    assert queries.entries(BOOKS["assets"], people.officer, search="实验楼", now=NOW).count() == 2
    monkeypatch.setattr(queries, "_MOST_READ", 1)
    page = browser.get("/ledger/assets/?q=实验楼").content.decode()
    assert "要按设备名称或位置查找" in page
    assert "ZC-0" not in page
    assert "要按设备名称或位置查找" not in browser.get("/ledger/assets/").content.decode()


@pytest.mark.parametrize("most", [0, 30_000])
@pytest.mark.parametrize(
    ("text", "names"),
    [("朗", ["秦朗"]), ("秦", ["秦朗"]), ("A·B", ["a·b"]), ("T01", ["秦朗", "周敏"]), ("第一中学", ["秦朗", "a·b"])],
)
def test_a_person_is_found_by_name_number_and_unit(city, people, monkeypatch, most, text, names):
    monkeypatch.setattr(queries, "_MOST_READ", most)
    for unit, number, name in (
        (city.first_school, "T01", "秦朗"), (city.first_school, "U02", "a·b"), (city.riverside, "T012", "周敏"),
        (city.yunlu_school, "T01", "秦朗"),
    ):  # fmt: skip
        Staff.objects.create(unit=unit, number=number, name=name, department="总务处")
    found = queries.entries(BOOKS["staff"], people.officer, search=text, now=NOW)
    assert [person.name for person in found] == names, "and nobody of another district"


def test_a_search_of_too_many_people_says_what_it_does_not_look_into(city, people, login, monkeypatch):
    for number in range(3):
        Staff.objects.create(unit=city.first_school, number=f"T{number}", name="秦朗", department="总务处")
    browser = login("officer")
    assert "要按部门查找" not in browser.get("/ledger/staff/?q=总务").content.decode()
    monkeypatch.setattr(queries, "_MOST_READ", 1)
    page = browser.get("/ledger/staff/?q=总务").content.decode()
    assert "要按部门查找" in page
    assert "秦朗" not in page
    assert "只列出前" not in page
    monkeypatch.setattr(queries, "_MOST_FOUND", 2)
    assert "每一项只列出前 2 条" in browser.get("/ledger/staff/?q=秦朗").content.decode()


def test_who_sees_every_unit_sees_the_same_list_as_unit_by_unit(city, people):
    root = org.create_person(by=None, unit=city.bureau, username="ke.xin", name="柯欣", password="Qing-Shan-2026")
    org.grant_post(root, role=Role.OFFICER, unit=city.bureau, by=None)
    for unit in (city.first_school, city.yunlu_school):
        Asset.objects.create(unit=unit, number=f"ZC-{unit.pk}", name="教师机")
    assert queries.entries(BOOKS["assets"], root, now=NOW).count() == 2
    assert queries.entries(BOOKS["assets"], root, city.yunlu, now=NOW).get().unit == city.yunlu_school
    assert queries.entries(BOOKS["assets"], people.officer, now=NOW).get().unit == city.first_school
    # A second tree beside the city's: what lies there is not his.
    other = org.create_unit(by=None, kind="city", name="云岭市教育局")
    Asset.objects.create(unit=other, number="ZC-9", name="教师机")
    assert queries.entries(BOOKS["assets"], root, now=NOW).count() == 2


@pytest.mark.parametrize("count", [1, 50, 51, 130])
def test_every_entry_stands_on_one_page_of_a_list(city, people, login, count):
    for number in range(count):
        unit = (city.first_school, city.riverside)[number % 2]
        Asset.objects.create(unit=unit, number=f"ZC-{number // 2:03}", name="教师机", place=f"第{number}室")
    browser, places = login("officer"), []
    for page in range(1, (count + 49) // 50 + 1):
        text = browser.get(f"/ledger/assets/?page={page}").content.decode()
        places += re.findall(r"第(\d+)室", text)
    assert places == [str(number) for number in range(count)]


def test_every_device_that_nobody_answers_for_stands_on_a_page_of_their_list(city, people, login):
    for number in range(130):
        unit = (city.first_school, city.riverside)[number % 2]
        Asset.objects.create(unit=unit, number=f"ZC-{number // 2:03}", name="教师机", place=f"第{number}室")
    Asset.objects.create(unit=city.riverside, number="ZC-A", name="教师机", place="第900室", person_name="秦朗")
    Asset.objects.create(unit=city.riverside, number="ZC-B", name="教师机", place="第901室", status="gone")
    Asset.objects.create(unit=city.yunlu_school, number="ZC-C", name="教师机", place="第902室")
    places = []
    for page in (1, 2, 3):
        text = login("officer").get(f"/ledger/ownerless/?page={page}").content.decode()
        places += re.findall(r"第(\d+)室", text)
        assert "共 130 条" in text
    assert sorted(map(int, places)) == list(range(130))


def test_a_figure_beyond_counting_is_said_as_a_bound(city, people, login, monkeypatch):
    monkeypatch.setattr(queries, "_MOST_COUNTED", 2)
    for number in range(4):
        Asset.objects.create(unit=city.first_school, number=f"ZC-{number}", name="教师机")
    figures = {gap.key: gap.figure for gap in queries.gaps(people.officer, None, NOW)}
    assert figures["ownerless"] == "2+"
    Asset.objects.filter(number__in=("ZC-0", "ZC-1")).update(person_name="秦朗")
    figures = {gap.key: gap.figure for gap in queries.gaps(people.officer, None, NOW)}
    assert figures["ownerless"] == "2"
    assert "<strong>2+</strong>" in login("officer").get("/ledger/").content.decode()


def test_the_overview_takes_few_queries(city, people, login, django_assert_max_num_queries):
    browser = login("officer")
    with django_assert_max_num_queries(30):
        assert browser.get("/ledger/").status_code == 200


def test_no_cell_of_a_listing_is_lost(city, people):
    """Every column of every book can be shown and read back."""
    for book in BOOKS.values():
        for column in book.table.columns:
            assert shown(column, None) == ""


@pytest.mark.parametrize(("until", "mark"), [("2026-03-31", "已停用"), ("2026-04-01", "在用"), (None, "在用")])
def test_a_range_is_marked_as_ended_when_its_time_is_over_and_not_before(city, until, mark):
    """The last day that somebody fills in is still the unit's; a day to come is no end yet."""
    book = BOOKS["ranges"]
    ends = book.stored("valid_to", date.fromisoformat(until)) if until else None
    claim = UnitRange.objects.create(
        unit=city.first_school, cidr="203.0.113.0/28", purpose="egress", valid_to=ends,
        valid_from=datetime(2026, 1, 1, tzinfo=DISPLAY_ZONE),
    )  # fmt: skip
    (line,) = queries.lines(book, [claim], datetime(2026, 4, 1, 9, tzinfo=DISPLAY_ZONE))
    assert [text for _, text in line.marks] == [mark]
    assert line.ended is (mark == "已停用")
