"""Tables come in as files, and what is lacking is told in all and unit by unit down the tree."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minewarden.desk.ledger import imports
from minewarden.desk.ledger import queries as ledger
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import Asset
from minewarden.desk.registers import queries
from minewarden.desk.registers.books import GAPS, NARROWINGS
from minewarden.desk.registers.models import Terminal
from minewarden.documents.sheet_write import listing
from minewarden.vocab.words import table

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture
def take(city, people):
    def into(code, rows, by=None, unit=None):
        by, unit = by or people.officer, unit or city.linjiang
        content = rows if isinstance(rows, bytes) else listing(BOOKS[code].table, rows)
        kept = imports.receive(BOOKS[code], by=by, unit=unit, name="a.xlsx", content=content, now=NOW)
        return imports.confirm(kept, by=by, now=NOW, correct_only=True)

    return into


def reasons(kept):
    rows = imports.planned(kept)
    return [why.id.partition(".")[2] for row in rows for why in (*(w for _, w in row.faults), *row.cautions)]


def counts(people, city, top=None):
    return {gap.key: gap.count for gap in queries.overview(people.officer, None, top, NOW).gaps}


def test_an_export_of_a_console_is_taken_in_under_its_own_headings(take, city, people):
    rows = (
        "单位,计算机名,IP地址,MAC,杀毒软件,病毒库日期,最近扫描时间,威胁状态\n"
        "市一中,JX-01,10.12.8.1,00-1F-E2-12-91-E3,示例 12,2026-11-19,2026-11-18,未发现\n"
        "市一中,JX-02,10.12.8.2,001fe21291e4,示例 12,2026-08-01,2026-08-01,未处理\n"
        "市一中,JX-03,,,,,,\n"
        "市一中,JX-04,10.12.8.4,,示例 12,2027-01-01,2026-11-18,\n"
    ).encode()
    assert reasons(take("terminals", rows)) == ["rule_future"]
    assert [t.mac for t in Terminal.objects.all()] == ["00:1f:e2:12:91:e3", "00:1f:e2:12:91:e4", ""]
    found = counts(people, city)
    assert {key: found[key] for key in ("threat_open", "bare", "scan_old", "signatures_old", "not_in_ledger")} == {
        "threat_open": 1, "bare": 1, "scan_old": 1, "signatures_old": 1, "not_in_ledger": 3,
    }  # fmt: skip
    figure = queries.protected([city.first_school.pk, city.riverside.pk], NOW)
    assert {unit: (f.count, f.of) for unit, f in figure.items()} == {city.first_school.pk: (1, 3)}


def test_a_device_that_a_console_knows_lacks_no_anti_virus(take, city, people):
    given = {"unit": city.first_school, "category": "office"}
    Asset.objects.create(number="1", name="一", mac="00:1f:e2:12:91:e3", **given)
    Asset.objects.create(number="2", name="二", hostname="jx-02", **given)
    Asset.objects.create(number="3", name="三", antivirus="示例", **given)
    Asset.objects.create(number="4", name="四", unit=city.first_school, category="network")
    assert counts(people, city)["no_antivirus"] == 2
    take("terminals", [
        {"unit": "市一中", "hostname": "X", "mac": "00:1f:e2:12:91:e3", "antivirus": "示例", "scanned_on": TODAY},
    ])  # fmt: skip
    assert counts(people, city)["no_antivirus"] == 1
    assert "not_in_ledger" not in counts(people, city)


def test_access_that_is_not_by_real_name(take, city, people):
    row = {"unit": "市一中", "area": "教学楼", "medium": "wired", "method": "dot1x", "real_name": True}
    bad = take("admissions", [row, row | {"area": "操场", "method": "none"}])
    assert reasons(bad) == ["rule_real_name"]
    take("admissions", [row | {"area": "操场", "method": "none", "real_name": False}])
    found = counts(people, city)
    assert (found["not_real_name"], found["no_admission"]) == (1, 1)  # 江畔小学 has none


def test_the_three_tables_of_genuine_software_and_their_gaps(take, city, people):
    take("software-summary", [{"unit": "市一中", "year": 2026, "staff": 10, "computers": 3, "os_bought": 2}])
    source = {"os": "示例 V10", "os_source": "preinstalled", "user_name": "秦朗", "checked_on": TODAY}
    take("software-detail", [
        {"unit": "市一中", "computer": "1", **source},
        {"unit": "市一中", "computer": "2", **source, "office": "某办公", "office_source": "none"},
    ])  # fmt: skip
    licence = {"unit": "市一中", "name": "示例办公", "kind": "office", "source": "bought", "licence": "count"}
    kept = take("software-upkeep", [
        licence | {"number": "1", "licensed": 5, "installed": 7},
        licence | {"number": "2", "licensed": 5, "installed": 5, "valid_to": TODAY - timedelta(days=1)},
        licence | {"number": "3", "licensed": 5, "installed": 5, "valid_to": TODAY + timedelta(days=60)},
        licence | {"number": "4", "licence": "site", "installed": 900},
        licence | {"number": "5"},
        licence | {"number": "6", "licensed": 1, "installed": 2, "stopped_on": TODAY},
    ])  # fmt: skip
    assert sorted(reasons(kept)) == ["rule_licensed", "rule_over", "rule_over"]
    found = counts(people, city)
    wanted = {"unlicensed": 1, "over_installed": 1, "licence_over": 1, "licence_ends": 1, "mismatch": 1}
    assert {key: found[key] for key in wanted} == wanted
    assert found["no_summary"] == 1
    assert "detail_old" not in found


def test_each_figure_is_as_long_as_the_list_behind_it(take, city, people, login, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    take("terminals", [{"unit": "市一中", "hostname": f"H{n}", "threat": "open"} for n in range(3)])
    for gap in queries.overview(people.officer, None, None, NOW).gaps:
        rows = ledger.entries(BOOKS[gap.book], people.officer, show=gap.show, now=NOW)
        assert rows.count() == gap.count, gap.key
        assert login("officer").get(f"/ledger/{gap.book}/?show={gap.show}").status_code == 200
        assert login("officer").get(f"/ledger/{gap.book}/").status_code == 200


def test_a_superior_sees_units_one_level_at_a_time_and_nobody_sees_others(take, city, people):
    take("terminals", [{"unit": "市一中", "hostname": "A", "threat": "open"}])
    take("terminals", [{"unit": "江畔小学", "hostname": "B", "threat": "open"}])
    shown = queries.overview(people.officer, None, None, NOW)
    at = shown.keys.index("threat_open")
    assert {row.unit.label: row.counts[at] for row in shown.rows if row.counts[at]} == {"市一中": 1, "江畔小学": 1}
    assert "threat_open" not in {gap.key for gap in queries.overview(people.stranger, None, None, NOW).gaps}
    found = queries.gaps_of_units([city.first_school.pk], NOW)
    assert found[city.first_school.pk]["threat_open"] == 1


def test_every_gap_has_its_words():
    for key, _, code in GAPS:
        assert key in NARROWINGS
        assert code in BOOKS
        assert f"gap_{key}" in table("desk_ledger")
        assert f"short_{key}" in table("desk_registers")


def test_a_name_of_a_host_is_compared_letter_by_letter_and_a_blank_one_is_like_no_other(take, city, people):
    given = {"unit": city.first_school, "category": "office"}
    for number, named in enumerate(({"hostname": "jx_02"}, {"hostname": "jx%"}, {}, {"mac": "00:1f:e2:12:91:e3"})):
        Asset.objects.create(number=f"{number}", name="机", **given, **named)
    take("terminals", [
        {"unit": "市一中", "hostname": "JX-02", "antivirus": "示例", "scanned_on": TODAY},
        {"unit": "市一中", "hostname": "JX_02", "antivirus": "示例", "scanned_on": TODAY},
    ])  # fmt: skip
    found = counts(people, city)
    assert (found["no_antivirus"], found["not_in_ledger"]) == (3, 1)


def test_what_a_unit_reports_holds_for_those_above_it_and_not_for_those_beside(take, city, people):
    Asset.objects.create(number="1", name="机", unit=city.first_school, category="office", hostname="jx-1")
    take("terminals", [{"unit": "江畔小学", "hostname": "JX-1", "antivirus": "示例", "scanned_on": TODAY}])
    found = counts(people, city)
    assert (found["no_antivirus"], found["not_in_ledger"]) == (1, 1)
    Asset.objects.create(number="2", name="机", unit=city.linjiang, category="office", hostname="jx-1")
    assert counts(people, city)["no_antivirus"] == 1


def test_devices_are_looked_up_in_indexes_and_counted_by_the_database(take, city, people):
    take("terminals", [{"unit": "市一中", "hostname": "A", "antivirus": "示例", "scanned_on": TODAY}])
    with CaptureQueriesContext(connection) as before:
        counts(people, city)
    for n in range(40):
        Asset.objects.create(number=f"{n}", name="机", unit=city.first_school, category="office", hostname=f"h{n}")
        Terminal.objects.create(unit=city.riverside, hostname=f"t{n}")
    with CaptureQueriesContext(connection) as asked:
        found = counts(people, city)
    assert (found["no_antivirus"], found["not_in_ledger"]) == (40, 41)
    assert len(asked) == len(before) <= 25
    counted = [query["sql"] for query in asked if "ledger_asset" in query["sql"]]
    assert len(counted) == 2
    assert all("COUNT(" in sql and "GROUP BY" in sql for sql in counted)
    if connection.vendor == "sqlite":
        plans = [
            " ".join(row[3] for row in connection.cursor().execute(f"EXPLAIN QUERY PLAN {sql}")) for sql in counted
        ]
        assert "asset_by_antivirus" in plans[0]
        for plan, indexes in zip(
            plans, (("terminal_by_hostname",), ("asset_by_hostname", "asset_by_number")), strict=True
        ):
            assert all(index in plan for index in indexes)
            assert "SCAN" not in plan.partition("CORRELATED")[2]
