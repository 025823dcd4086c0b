"""Whose an address was by ARP tables: inside the window, around it, undated, and in whose network."""

import pytest

from minewarden.trace.hop import Known, TraceSettings, set_clocks
from minewarden.trace.hops.arp import ArpHop
from minewarden.vocab.attribution import Certainty
from tests.trace.conftest import Log, MakeLake, us

A, B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
START, END = us("21:13:37"), us("21:15:37")
KNOWN = Known("10.1.1.1", START, END, us("21:14:37"), us("21:14:37"))


def entry(clock: str | None, mac: str) -> dict[str, object]:
    return {"ts": us(clock) if clock else None, "ip": "10.1.1.1", "mac": mac, "device": "GW"}


def find(make_lake: MakeLake, *logs: Log, known: Known = KNOWN) -> list[tuple[str, Certainty]]:
    lake = make_lake(*logs)
    with lake.connect() as connection:
        set_clocks(connection, lake.sources(), TraceSettings())
        return [(step.found, step.certainty) for step in ArpHop().find(connection, [known], TraceSettings())[0]]


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([("21:14:00", A)], [(A, Certainty.UNIQUE)]),
        ([("21:14:00", A), ("21:15:00", B)], [(A, Certainty.LIKELY), (B, Certainty.LIKELY)]),
        ([("21:00:00", A)], [(A, Certainty.POSSIBLE)]),
        ([("21:00:00", A), ("21:30:00", A)], [(A, Certainty.LIKELY)]),
        ([("21:00:00", A), ("21:30:00", B)], [(A, Certainty.POSSIBLE), (B, Certainty.POSSIBLE)]),
        ([("20:00:00", B), ("21:00:00", A)], [(A, Certainty.POSSIBLE)]),
        ([("12:00:00", A)], []),
        ([(None, A)], [(A, Certainty.POSSIBLE)]),
    ],
)
def test_how_sure_a_table_makes(make_lake: MakeLake, entries, found) -> None:  # type: ignore[no-untyped-def]
    assert find(make_lake, Log("arp.txt", {"arp": [entry(*one) for one in entries]})) == found


def test_a_clock_that_nobody_measured_makes_nothing_sure(make_lake: MakeLake) -> None:
    log = Log("arp.txt", {"arp": [entry("21:14:00", A)]}, offset=None)
    assert find(make_lake, log) == [(A, Certainty.POSSIBLE)]
