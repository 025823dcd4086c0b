"""A source that falls silent is named once, and again when it speaks; losses that a sensor admits are passed on."""

import json
from datetime import timedelta
from pathlib import Path

from minewarden.patrol.watch_pulse import Drops
from minewarden.vocab.words import render
from tests.patrol.watching import HEADER, Stand

MINUTE = timedelta(minutes=1)


def stats(seen: int, lost: int) -> bytes:
    event = {"event_type": "stats", "stats": {"capture": {"kernel_packets": seen, "kernel_drops": lost}}}
    return json.dumps(event).encode() + b"\n"


def test_silence_is_said_once_and_its_end_too(tmp_path: Path) -> None:
    with Stand(tmp_path, detects=False, silent=30 * MINUTE) as stand:
        stand.append("dns.log", HEADER + stand.lines(1))
        stand.round(whole=False)
        for _ in range(3):
            stand.round(20 * MINUTE, whole=False)
        stand.again()
        stand.round(20 * MINUTE, whole=False)
        assert stand.said() == ["watch.silent"]
        sentence = render(stand.told.problems[0].message, "zh")
        assert "已静默 40 分钟" in sentence
        assert "zeek: dns" in sentence
        stand.append("dns.log", stand.lines(1))
        stand.round(whole=False)
        assert stand.said() == ["watch.silent", "watch.speaks_again"]


def test_suricatas_counters_are_compared_with_those_before() -> None:
    drops = Drops()
    assert drops.heard("x/eve.json", "suricata_eve", b"", stats(1000, 900)) == []
    assert drops.heard("x/eve.json", "suricata_eve", b"", stats(1900, 1000))[0].message.params == {"percent": "10.0"}
    assert drops.heard("x/eve.json", "suricata_eve", b"", stats(2900, 1000)) == []
    assert drops.heard("x/eve.json", "suricata_eve", b"", stats(10, 0)) == [], "the sensor began anew"
    assert drops.heard("x/eve.json", "suricata_eve", b"", b'{"event_type":"stats","stats":7}\n') == []


def test_zeeks_loss_log_is_heard_and_gives_no_rows(tmp_path: Path) -> None:
    head = "#separator \\x09\n#unset_field\t-\n#path\tcapture_loss\n"
    head += "#fields\tts\tts_delta\tpeer\tgaps\tacks\tpercent_lost\n"
    with Stand(tmp_path, detects=False) as stand:
        stand.append("capture_loss.log", head + "1764000000.0\t900\tzeek\t1\t900\t0.1\n")
        stand.round(whole=False)
        stand.append("capture_loss.log", "1764000900.0\t900\tzeek\t90\t900\t12.5\n")
        assert stand.round(whole=False).rows == 0
        assert [error.message.params["percent"] for error in stand.told.problems] == ["12.5"]


def test_a_ledger_that_nobody_changes_is_not_silent(tmp_path: Path) -> None:
    with Stand(tmp_path, detects=False, silent=30 * MINUTE) as stand:
        stand.append("assets.csv", "资产编号,IP,MAC\nA1,10.0.0.1,02:00:00:00:00:01\n")
        assert stand.round(MINUTE, whole=False).rows == 1
        stand.round(100 * MINUTE, whole=False)
        assert stand.said() == []


def test_a_clock_that_is_set_makes_nobody_silent(tmp_path: Path) -> None:
    with Stand(tmp_path, detects=False, silent=30 * MINUTE) as stand:
        stand.append("dns.log", HEADER + stand.lines(1))
        stand.round(whole=False)
        stand.leapt = timedelta(days=400)
        stand.round(whole=False)
        assert stand.said() == ["watch.clock_ahead"]
