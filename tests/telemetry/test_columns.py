"""Rows from columns and one by one: spelling, clock, and what a table refuses."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.columns import RowBuilder, addresses, all_alike, batch, name, names
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.net import canonical_ip
from tests.telemetry.conftest import source_of


def test_missing_columns_are_null_and_rows_are_numbered() -> None:
    source = source_of(b"x", offset="+2s")
    columns = {"ts": pa.array([5_000_000, 6_000_000]), "ip": pa.array(["a", "b"]), "mac": pa.array(["c", "d"])}
    made = batch("lease", columns, source=source, rows=range(7, 9))
    assert made.rows.schema.equals(TABLES["lease"])
    assert made.rows.to_pylist()[1] == {
        "ts": 4_000_000,
        "until": None,
        "ip": "b",
        "mac": "d",
        "hostname": None,
        "state": None,
        "origin": 1,
        "row": 8,
    }
    with pytest.raises(KeyError):
        batch("lease", {"vendor": None}, source=source, rows=range(1, 2))


@given(
    st.lists(st.sampled_from(("conn", "dns", "dnsd", "", "云", None)), max_size=5), st.integers(1, 4), st.integers(0, 2)
)
def test_texts_are_all_alike_or_not(some: list[str | None], times: int, left_out: int) -> None:
    texts = (some * times)[left_out:]
    made = pa.array(some * times, pa.string()).slice(left_out)
    assert all_alike(made) == (len(set(texts)) == 1 and texts[0] is not None)


def test_addresses_in_one_spelling() -> None:
    texts = ["10.0.0.1", "::ffff:10.0.0.1", "2001:DB8:0::1", "fe80::1%eth0", "10.0.0.256", "010.0.0.1", "", None]
    assert addresses(pa.array(texts)).to_pylist() == [
        "10.0.0.1", "10.0.0.1", "2001:db8::1", "fe80::1", None, None, None, None,
    ]  # fmt: skip


@given(st.lists(st.one_of(st.ip_addresses().map(str), st.text(max_size=15))))
def test_addresses_agree_with_the_vocabulary(texts: list[str]) -> None:
    def one(text: str) -> str | None:
        try:
            return canonical_ip(text)
        except ValueError:
            return None

    assert addresses(pa.array(texts, pa.string())).to_pylist() == [one(text) for text in texts]


@given(st.lists(st.one_of(st.from_regex(r"[A-Za-z0-9_.\-]{1,20}", fullmatch=True), st.text(max_size=15))))
def test_names_agree_one_by_one(texts: list[str]) -> None:
    assert names(pa.array(texts, pa.string())).to_pylist() == [name(text) for text in texts]


def test_names_that_are_none_stay_themselves() -> None:
    assert [name(text) for text in ("A.B.", ".", "", "a b", "bücher.example", "_x._tcp.A")] == [
        "a.b", ".", ".", "a b", "xn--bcher-kva.example", "_x._tcp.a",
    ]  # fmt: skip


def test_rows_one_by_one_come_in_batches() -> None:
    rows = RowBuilder(source_of(b"x"), size=2)
    given_back = [rows.add("dns", line, ts=line, src="10.0.0.1", query="a", answers=["b"]) for line in (1, 2, 3)]
    assert [len(batches) for batches in given_back] == [0, 1, 0]
    assert [made.rows.column("row").to_pylist() for made in rows.finish()] == [[3]]
    assert list(rows.finish()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"ts": None},
        {"ts": -1},
        {"ts": 10**18},
        {"ts": True},
        {"ts": 1.5},
        {"src": b"x"},
        {"query": "\ud800"},
        {"answers": ["\ud800"]},
    ],
)
def test_a_row_that_does_not_fit_is_refused_and_leaves_nothing(wrong: dict[str, object]) -> None:
    rows = RowBuilder(source_of(b"x"))
    with pytest.raises(
        ValueError, match=next(iter(wrong)) if "answers" not in wrong and "query" not in wrong else None
    ):
        rows.add("dns", 1, **({"ts": 1, "src": "10.0.0.1", "query": "a"} | wrong))
    assert list(rows.finish()) == []
