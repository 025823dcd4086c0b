"""The ledger: which entry a clue leads to."""

from typing import Any

from minewarden.trace.chain import Question, trace
from minewarden.trace.directory import Clues, Device, LakeDirectory
from minewarden.vocab.attribution import Certainty
from minewarden.vocab.finding import RowRef
from tests.trace.conftest import Log, MakeLake, at, us

A, B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
NOW = us("21:00:00")


def clue(**known: str) -> Clues:
    return Clues(NOW, NOW, **known)


def entry(asset: str, **more: Any) -> dict[str, Any]:
    return {"asset": asset, **more}


def keys(devices: list[Device]) -> list[tuple[str, str]]:
    return [(device.asset, device.key) for device in devices]


def test_the_strongest_clue_counts(make_lake: MakeLake) -> None:
    ledger = [
        entry("by-mac", mac=A),
        entry("by-name", hostname="lab-07"),
        entry("by-ip", ip="10.1.1.1"),
        entry("by-login", login="zhangz", mac=B),
        entry("by-port", switch_port="SW-1 GE1"),
    ]
    directory = LakeDirectory(make_lake(Log("a", {"asset": ledger})))
    everything = {"mac": A, "hostname": "LAB-07", "ip": "10.1.1.1", "login": "zhangz", "switch_port": "SW-1 GE1"}
    order = ["by-mac", "by-name", "by-ip", "by-login", "by-port"]
    clues = [clue(**dict(list(everything.items())[start:])) for start in range(5)]
    found = directory.devices(clues)
    assert [[device.asset for device in devices] for devices in found] == [[name] for name in order]
    assert found[0][0].row == RowRef("a", 1)


def test_an_entry_of_another_device_does_not_fit_by_address(make_lake: MakeLake) -> None:
    ledger = [entry("other", ip="10.1.1.1", hostname="lab", switch_port="SW-1 GE1", mac=B)]
    directory = LakeDirectory(make_lake(Log("a", {"asset": ledger})))
    with_mac = clue(mac=A, ip="10.1.1.1", hostname="lab", switch_port="SW-1 GE1")
    assert directory.devices([with_mac, clue(ip="10.1.1.1")]) == [[], directory.devices([clue(ip="10.1.1.1")])[0]]
    assert keys(directory.devices([clue(ip="10.1.1.1")])[0]) == [("other", "ip")]


def test_entries_count_while_they_are_valid(make_lake: MakeLake) -> None:
    ledger = [entry("old", ip="10.1.1.1", until=NOW - 1), entry("new", ip="10.1.1.1", ts=NOW)]
    directory = LakeDirectory(make_lake(Log("a", {"asset": ledger})))
    assert keys(directory.devices([clue(ip="10.1.1.1")])[0]) == [("new", "ip")]


def test_two_entries_stay_two_candidates(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("d", {"lease": [{"ts": us("20:00:00"), "ip": "10.1.1.1", "mac": A}]}),
        Log("a", {"asset": [entry("Z1", ip="10.1.1.1", person="张喆"), entry("Z2", ip="10.1.1.1", person="李䶮")]}),
    )
    [answer] = trace(lake, [Question("10.1.1.1", 0, at("21:00:00"))], LakeDirectory(lake))
    assert [(c.asset, c.person, c.certainty) for c in answer.candidates] == [
        ("Z1", "张喆", Certainty.LIKELY),
        ("Z2", "李䶮", Certainty.LIKELY),
    ]


def test_an_empty_ledger_knows_nothing(make_lake: MakeLake) -> None:
    directory = LakeDirectory(make_lake())
    assert directory.devices([clue(mac=A)]) == [[]]
    assert directory.resolvers(["10.1.1.1"]) == frozenset()
