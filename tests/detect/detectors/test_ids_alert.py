"""Alerts of another sensor: recognised by class, graded by what they are about, never a proof."""

from pathlib import Path
from typing import Any

import pytest

from minewarden.detect.detectors.ids_alert import IdsAlertDetector
from minewarden.detect.fuse import fuse
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.finding import Grade, RowRef, Sighting, State
from minewarden.vocab.words import both
from tests.detect.lake_rows import at, context_of

MINING = "Crypto Currency Mining Activity Detected"


def alert(signature: str, category: str | None = MINING, **more: Any) -> dict[str, Any]:
    return {
        "ts": at(0),
        "src": "10.1.2.3",
        "src_port": 40000,
        "dst": "198.51.100.7",
        "dst_port": 3333,
        "proto": "TCP",
        "signature_id": 1000001,
        "signature": signature,
        "category": category,
        **more,
    }


def seen(folder: Path, *rows: dict[str, Any]) -> list[Sighting]:
    return list(IdsAlertDetector().detect(context_of(folder, WatchSet(()), alert=list(rows))))


def test_an_alert_on_traffic_is_behaviour_at_most(tmp_path: Path) -> None:
    [sighting] = seen(tmp_path, *[alert("LOCAL Stratum login", ts=at(s)) for s in range(9)])
    assert sighting.evidence.grade is Grade.BEHAVED
    assert sighting.evidence.family == "sensor"
    assert (sighting.host, sighting.server, sighting.port, sighting.host_port) == (
        "10.1.2.3", "198.51.100.7", 3333, 40000,
    )  # fmt: skip
    assert sighting.evidence.rows == tuple(RowRef("alert.log", n) for n in range(1, 6))
    assert fuse([sighting])[0].state is not State.CONFIRMED
    for sentence in both(sighting.evidence.text).values():
        assert "1000001" in sentence
        assert "alert.log" in sentence
        assert "9" in sentence


def test_an_alert_about_a_name_is_a_look_up_of_that_name(tmp_path: Path) -> None:
    row = alert("LOCAL CoinMiner Domain in DNS Lookup (xmr .pool .example)", dst="10.0.0.53", dst_port=53)
    [sighting] = seen(tmp_path, row)
    assert sighting.evidence.grade is Grade.LOOKED_UP
    assert (sighting.server, sighting.port, sighting.server_name) == ("", 0, "xmr.pool.example")
    assert fuse([sighting])[0].state is State.SUSPECTED


@pytest.mark.parametrize(
    ("signature", "category"),
    [("anything", "coin-mining"), ("LOCAL COINMINER beacon", "Misc activity"), ("x", MINING.upper())],
)
def test_mining_is_told_by_class_or_by_the_rules_own_word(tmp_path: Path, signature: str, category: str) -> None:
    assert len(seen(tmp_path, alert(signature, category))) == 1


@pytest.mark.parametrize(
    ("signature", "category"),
    [
        ("LOCAL SSH scan", "Attempted Information Leak"),
        ("LOCAL data mining tool", "Misc activity"),
        ("LOCAL NTP stratum 1 reply", None),
        (None, None),
    ],
)
def test_other_alerts_are_left_alone(tmp_path: Path, signature: str, category: str | None) -> None:
    assert not seen(tmp_path, alert(signature, category))


def test_missing_fields_do_no_harm(tmp_path: Path) -> None:
    [sighting] = seen(tmp_path, {**alert("x"), **dict.fromkeys(("src_port", "dst_port", "signature", "signature_id"))})
    assert (sighting.port, sighting.host_port) == (0, 0)
    assert both(sighting.evidence.text)["en"]


def test_rules_and_servers_are_kept_apart_in_a_fixed_order(tmp_path: Path) -> None:
    rows = [alert("b", signature_id=2), alert("a", signature_id=1), alert("a", signature_id=1, dst="192.0.2.9")]
    sightings = seen(tmp_path, *rows)
    assert [(s.server, s.evidence.text.params["rule"]) for s in sightings] == [
        ("192.0.2.9", 1), ("198.51.100.7", 1), ("198.51.100.7", 2),
    ]  # fmt: skip
