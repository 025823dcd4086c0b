"""Practice, S4: a district hands in 180 schools' devices in one file, 9 412 rows, 300 of them wrong."""

import csv
import io
from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import RequestFactory
from python_calamine import CalamineWorkbook

from minewarden.desk.ledger import imports, queries
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.columns import ASSETS
from minewarden.desk.ledger.directory import Outcome as Known
from minewarden.desk.ledger.directory import attribute
from minewarden.desk.ledger.models import Asset, Import, UnitRange
from minewarden.desk.ledger.plans import Outcome
from minewarden.desk.org.actions import Refused
from minewarden.documents.sheet_cells import shown
from minewarden.documents.sheet_read import read_table
from minewarden.documents.sheet_write import listing
from minewarden.documents.watermark import Watermark
from tests.desk.conftest import city, data_folder, login, people
from tests.scenarios.s4_ledger_week.district import (
    OF_EACH,
    ROWS,
    SINCE,
    WRONG,
    Row,
    furnish,
    right_rows,
    spoiled_rows,
)

__all__ = ["city", "data_folder", "login", "people"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
FIRST_PAGE = RequestFactory().get("/")
TAKEN = Watermark("王磊", "wang.lei", NOW)


@pytest.fixture
def week(city: SimpleNamespace, people: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(
        unit=city.linjiang, by=people.officer, schools=furnish(city.linjiang), book=BOOKS["assets"], city=city
    )


def as_csv(rows: list[Row]) -> bytes:
    """As WPS saves it in its old encoding."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([ASSETS.titles("zh")[at] for at, column in enumerate(ASSETS.columns) if column.key in rows[0]])
    for row in rows:
        keys = [column for column in ASSETS.columns if column.key in row]
        writer.writerow([shown(column, row[column.key]) for column in keys])
    return out.getvalue().encode("gb18030")


def hand_in(week: SimpleNamespace, content: bytes, name: str = "临江区_信息资产台账_20260310.xlsx") -> Import:
    return imports.receive(week.book, by=week.by, unit=week.unit, name=name, content=content, now=NOW)


def test_a_week_of_the_ledger(week: SimpleNamespace) -> None:
    right = right_rows()
    spoiled, places = spoiled_rows(right)
    content = listing(ASSETS, spoiled)

    # Preview: each row, and nothing in the ledger before somebody confirms.
    kept = hand_in(week, content)
    assert imports.original(kept) == content
    rows = imports.planned(kept)
    assert Counter(row.outcome for row in rows) == {Outcome.NEW: 9112, Outcome.ERROR: 300}
    assert {row.line - 2 for row in rows if row.outcome is Outcome.ERROR} == places
    assert Counter(key for row in rows for key, _ in row.faults) == dict.fromkeys(WRONG, OF_EACH)
    assert (kept.counts["rows"], Asset.objects.count()) == (ROWS, 0)

    # All or nothing, or the right ones.
    with pytest.raises(Refused):
        imports.confirm(kept, by=week.by, now=NOW, correct_only=False)
    assert Asset.objects.count() == 0
    done = imports.confirm(kept, by=week.by, now=NOW, correct_only=True)
    assert (done.state, Asset.objects.count()) == (Import.State.DONE, 9112)
    assert Asset.objects.filter(on_behalf=True, entered_by=week.by).count() == 9112
    with pytest.raises(Refused):
        imports.confirm(kept, by=week.by, now=NOW, correct_only=True)

    # The rows without a person are in the list of the ownerless, though the ledger refused them.
    ownerless = queries.ownerless(week.by, FIRST_PAGE)
    assert (len(ownerless.rejected), ownerless.page.paginator.count) == (OF_EACH, 0)

    # The error workbook has the same rows with the reasons; it is what people correct.
    wrong = read_table(imports.error_book(done, TAKEN), "错误行.xlsx", ASSETS)
    assert len(wrong.rows) == 300
    given = {row["number"] + row["unit"]: row for row in spoiled}
    assert all(row.texts["name"] == given[row.texts["number"] + row.texts["unit"]]["name"] for row in wrong.rows)

    head, *lines = (
        CalamineWorkbook.from_object(io.BytesIO(imports.error_book(done, TAKEN))).get_sheet_by_index(0).to_python()
    )
    reasons = Counter(str(line[head.index("错误原因")]).partition("：")[0] for line in lines)
    named = ("MAC地址", "内网IP", "责任人", "责任人手机", "资产编号")
    assert reasons == dict.fromkeys((f"1. {name}" for name in named), OF_EACH), "each with its reason"

    # The corrected 300 make no duplicates; handing in everything again changes nothing.
    corrected = hand_in(week, listing(ASSETS, [right[at] for at in sorted(places)]))
    imports.confirm(corrected, by=week.by, now=NOW, correct_only=False)
    assert Asset.objects.count() == ROWS
    again = hand_in(week, as_csv(right), "临江区_信息资产台账.csv")
    assert (again.counts["same"], again.counts["new"], again.counts["changed"]) == (ROWS, 0, 0)
    assert queries.ownerless(week.by, FIRST_PAGE).rejected == ()


def test_two_schools_that_claim_one_range_block_automatic_attribution(week: SimpleNamespace, login: Any) -> None:
    first, second = week.schools[:2]
    for school in (first, second):
        UnitRange.objects.create(unit=school, cidr="203.0.113.0/28", purpose="egress", valid_from=SINCE)
    [(one, other)] = queries.conflicting(queries.conflicts(week.by))
    assert {one.unit, other.unit} == {first, second}
    page = login("officer").get("/ledger/conflicts/").content.decode()
    assert page.count("203.0.113.0/28") >= 2
    assert first.label in page
    assert second.label in page
    answer = attribute("203.0.113.5", NOW)
    assert (answer.outcome, answer.unit) == (Known.CONFLICT, None)
    UnitRange.objects.filter(unit=second, cidr="203.0.113.0/28").update(valid_to=NOW - timedelta(days=1))
    assert attribute("203.0.113.5", NOW).unit == first


def test_a_gpu_without_a_purpose_is_taken_and_marked(week: SimpleNamespace) -> None:
    rows = right_rows(3)
    for row in rows:
        row["use"] = row["performance"] = ""
    rows[0]["gpu"], rows[1]["category"] = "8×A100", "gpu"
    kept = hand_in(week, listing(ASSETS, rows))
    planned = imports.planned(kept)
    assert [row.outcome for row in planned] == [Outcome.NEW, Outcome.NEW, Outcome.ERROR]
    assert [why.id for row in planned for why in row.cautions] == ["ledger_rules.performance_to_check"] * 2
    imports.confirm(kept, by=week.by, now=NOW, correct_only=True)
    assert Asset.objects.filter(performance=Asset.Performance.TO_CHECK).count() == 2
    assert Asset.objects.get(gpu="8×A100").get_performance_display() == "待核"
