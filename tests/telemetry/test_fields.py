"""The fields of a block of records: converted by column, refused by line."""

import pyarrow as pa
import pytest

from minewarden.telemetry.fields import Fields, Text
from minewarden.telemetry.lines import Block
from minewarden.telemetry.reader import Batch, Reject
from minewarden.vocab.errors import ZoneNeeded
from minewarden.vocab.message import message
from tests.telemetry.conftest import source_of

US = 1_000_000


def fields(zone: str | None = None, **columns: list[object]) -> Fields:
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    data = b"".join(b"line %d\n" % number for number in range(1, len(table) + 1))
    return Fields(source_of(data, zone), table, pa.arange(1, len(table) + 1), Text(Block(1, data)))


def split(items: list[Batch | Reject]) -> tuple[list[int], list[tuple[int, str, object]]]:
    rows = [n for item in items if isinstance(item, Batch) for n in item.rows.column("row").to_pylist()]
    rejects = [(r.line, r.reason.id, r.reason.params.get("column")) for r in items if isinstance(r, Reject)]
    return rows, rejects


def dns(some: Fields) -> list[Batch | Reject]:
    columns = {"ts": some.seconds("ts"), "src": some.address("src"), "query": some.name("query", required=True)}
    return list(some.rows("dns", columns))


def test_good_records_are_rows_and_the_others_rejects_with_their_first_fault() -> None:
    some = fields(
        ts=["1.5", "x", "2", None, "3"],
        src=["10.0.0.1", "10.0.0.999", "bad", "10.0.0.4", "2001:DB8::1"],
        query=["a.example", "b", "c", "d", None],
    )
    items = dns(some)
    assert split(items) == (
        [1],
        [
            (2, "input.field_unreadable", "ts"),
            (3, "input.field_unreadable", "src"),
            (4, "input.field_missing", "ts"),
            (5, "input.field_missing", "query"),
        ],
    )
    assert next(r.raw for r in items if isinstance(r, Reject)) == b"line 2"


def test_a_text_of_no_end_is_shown_in_part_only() -> None:
    (reject,) = dns(fields(ts=["y" * 5000], src=["10.0.0.1"], query=["a"]))
    assert isinstance(reject, Reject)
    assert len(str(reject.reason.params["value"])) == 80


def test_faults_of_all_records_do_not_touch_those_that_were_left_out() -> None:
    some = fields(ts=["1", "x"], src=["10.0.0.1", "y"], query=["a", "b"])
    assert split(dns(some.where(pa.array([True, False])))) == ([1], [])


@pytest.mark.parametrize(
    ("held", "value"),
    [("80", 80), ("0", 0), ("65535", 65535), (None, None)],
)
def test_ports(held: str | None, value: int | None) -> None:
    some = fields(port=pa.array([held], pa.string()))
    assert some.port("port").to_pylist() == [value]
    assert split(list(some.rows("lease", {}))) == ([1], [])


@pytest.mark.parametrize("held", ["65536", "-1", "http", "80.0", " 80", "٨٠", "9" * 30])
def test_what_is_no_port_refuses_its_record(held: str) -> None:
    some = fields(port=[held, "80"])
    some.port("port")
    assert split(list(some.rows("lease", {})))[1] == [(1, "input.field_unreadable", "port")]


def test_times_with_a_zone_need_none_and_times_without_ask() -> None:
    both = ["2026-03-12T08:00:00Z", "2026-03-12T16:00:00+08:00"]
    assert len(set(fields(at=both).instants("at").to_pylist())) == 1
    local = ["2026-03-12T08:00:00Z", "2026-03-12T16:00:00"]
    with pytest.raises(ZoneNeeded) as asked:
        fields(at=local).instants("at")
    assert asked.value.line == 2
    assert len(set(fields("Asia/Shanghai", at=local).instants("at").to_pylist())) == 1


def test_a_length_of_time_may_be_missing_and_may_not_run_backwards() -> None:
    some = fields(lasts=["1.5", None, "-3"])
    assert some.span("lasts").to_pylist() == [1.5 * US, None, None]
    assert [line for line, *_ in split(list(some.rows("lease", {})))[1]] == [3]


def test_a_column_within_a_column() -> None:
    some = fields(outer=[{"inner": "x"}, None])
    assert some.texts("outer.inner").to_pylist() == ["x", None]
    assert some.texts("outer.other").to_pylist() == [None, None]
    assert some.texts("no.such").to_pylist() == [None, None]


def test_all_refused_for_one_reason() -> None:
    rejects = list(fields(a=["1", "2"]).refused(message("input.not_json")))
    assert [(r.line, r.raw) for r in rejects] == [(1, b"line 1"), (2, b"line 2")]


@pytest.mark.parametrize(
    ("data", "begins", "ends"),
    [(b"{a}\n{b}\n", 2, 2), (b"\n{a}\n", 1, 1), (b"a}\n{b\n", 1, 1), (b"\n\n", 0, 0), (b"x\n", 0, 0)],
)
def test_what_is_told_of_all_lines_at_once(data: bytes, begins: int, ends: int) -> None:
    text = Text(Block(1, data))
    assert (text.begin_with(b"{"), text.end_with(b"}")) == (begins, ends)
    assert len(text) == data.count(b"\n")
