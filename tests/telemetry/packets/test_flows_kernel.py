"""The compiled table of flows holds the same as the one by columns, piece after piece."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets import flows_kernel
from minewarden.telemetry.packets.flows import COLUMNS, Columns, FlowTable, Grouped
from minewarden.telemetry.packets.flows_kernel import CompiledFlowTable
from minewarden.telemetry.packets.layers import Segments

_NOTHING = memoryview(b"")


def made(dice: np.random.Generator, count: int, first_row: int, ends: int) -> Segments:
    """A piece of invented packets between few ends, IPv4 and IPv6, with ports that are opened again."""
    who = dice.integers(0, ends, (2, count))
    wide = dice.random(count) < 0.3
    high = np.where(wide, 0x20010DB8 << 32, 0).astype(np.uint64)
    low = who.astype(np.uint64) + np.uint64(0xFFFF << 32)
    proto = np.where(dice.random(count) < 0.8, 6, 17)
    length = dice.integers(0, 3, count) * 500
    return Segments(
        _NOTHING,
        np.zeros(0, np.uint8),
        np.arange(first_row, first_row + count),
        dice.integers(0, 1000, count) + first_row * 10,
        proto,
        *(high, low[0], high, low[1]),
        *(dice.integers(1, 3, count), dice.integers(1, 3, count)),
        np.where(proto == 6, dice.choice([2, 18, 16, 24, 16, 1], count), 0),
        dice.integers(0, 3, count),
        length + 40,
        *(np.zeros(count, np.int64), length, length),
    )


def groups(found: Grouped, table: FlowTable) -> dict[int, Any]:
    """By key: the packets in their order, what was known, and the row of the table as it stands."""
    end = np.append(found.begin, len(found.order))
    return {
        int(key): (
            found.order[end[number] : end[number + 1]].tolist(),
            int(found.known[number]),
            [column[found.slot[number]].item() for column in table.columns.values()],
        )
        for number, key in enumerate(found.key)
    }


def rows(columns: Columns | None) -> Counter[tuple[Any, ...]]:
    return Counter(zip(*(columns[name].tolist() for name in COLUMNS), strict=True)) if columns else Counter()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 1 << 40), before=st.integers(0, 2), ends=st.sampled_from([2, 3, 40]))
def test_both_tables_hold_the_same(seed: int, before: int, ends: int) -> None:
    dice = np.random.default_rng(seed)
    pieces = [made(dice, int(dice.integers(1, 200)), 1 + 1000 * number, ends) for number in range(5)]
    plain, other = FlowTable(), FlowTable()
    other._salt = plain._salt
    for number, piece in enumerate(pieces):
        if number == before:
            other = CompiledFlowTable(other)
        expected, found = plain.update(piece), other.update(piece)
        assert groups(found, other) == groups(expected, plain)
        assert found.from_b.tolist() == expected.from_b.tolist()
        assert rows(other.take_closed()) == rows(plain.take_closed())
        assert len(other) == len(plain)
    given_out, wanted = list(other.close(7)), list(plain.close(7))
    assert [part["row"].tolist() for part in given_out] == [part["row"].tolist() for part in wanted]
    assert sum(map(rows, given_out), Counter()) == sum(map(rows, wanted), Counter())


@pytest.mark.parametrize("compiled", [False, True])
def test_a_full_table_gives_up_the_silent_and_loses_no_packet(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows_kernel, "_LEAST_INDEX", 16)
    dice = np.random.default_rng(5)
    table = FlowTable(200)
    packets = written = 0
    for number in range(30):
        if number == 3 and compiled:
            table = CompiledFlowTable(table)
        piece = made(dice, 150, 1 + 1000 * number, 60)
        table.update(piece)
        packets += len(piece)
        table.relieve()
        assert len(table) <= 200
        closed = table.take_closed()
        written += int((closed["packets_a"] + closed["packets_b"]).sum()) if closed else 0
    assert written > 0
    written += sum(int((part["packets_a"] + part["packets_b"]).sum()) for part in table.close(50))
    assert written == packets
