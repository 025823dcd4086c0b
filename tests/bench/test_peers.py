"""Peers are judged fairly: published rules do what their authors say, and alerts count for the right capture."""

import json
from pathlib import Path

import numpy as np
import pytest

from bench.peers import World, _eve, suricata_rules
from bench.published_rules import Biflow, arrivals, decrypto, minehunter

BLOCKS = np.arange(0.0, 7200, 120)


def test_minehunter_scores_a_job_right_after_each_block_highly() -> None:
    assert minehunter(BLOCKS + 1.0, BLOCKS) > 0.95


def test_minehunter_scores_silence_lowest_and_late_packets_low() -> None:
    assert minehunter(np.array([7300.0]), BLOCKS) == -1.0
    assert minehunter(BLOCKS + 100.0, BLOCKS) < 0.1


def test_minehunter_leaves_out_blocks_that_follow_within_ten_seconds() -> None:
    doubled = np.sort(np.concatenate((BLOCKS, BLOCKS + 3)))
    assert minehunter(BLOCKS + 1.0, doubled) == pytest.approx(minehunter(BLOCKS + 1.0, BLOCKS))


def biflow(head: bytes = b"", sni: str = "") -> Biflow:
    one = Biflow("10.0.0.1", "192.0.2.1", 443, sni)
    one.count = {True: 20, False: 20}
    one.head[True] = head
    return one


@pytest.mark.parametrize(
    ("one", "chance", "alert"),
    [
        (biflow(b'{"id":1,"method": "mining.subscribe"}'), 0.0, True),
        (biflow(), 0.995, True),
        (biflow(), 0.98, False),
        (biflow(sni="btc.pool.example.net"), 0.01, True),
        (biflow(sni="pool.example.net"), 0.04, True),
        (biflow(sni="pool.example.net"), 0.02, False),
        (biflow(sni="www.example.net"), 1.0, False),
    ],
)
def test_decryptos_meta_rule(one: Biflow, chance: float, *, alert: bool) -> None:
    assert decrypto(one, lambda _: chance) is alert


def test_decrypto_passes_over_short_flows() -> None:
    one = biflow(b'{"method":"x"}')
    one.count[False] = 7
    assert not decrypto(one, lambda _: 1.0)


def test_arrivals_are_read_by_coin(tmp_path: Path) -> None:
    path = tmp_path / "blocks.csv"
    path.write_text("coin,height,arrival\nBTC,,2000\nXMR,,500\nBTC,,1000\n")
    assert {coin: times.tolist() for coin, times in arrivals(path).items()} == {"BTC": [1.0, 2.0], "XMR": [0.5]}


def test_an_alert_of_a_pair_that_mines_counts_for_its_own_capture(tmp_path: Path) -> None:
    world = World(tmp_path, tmp_path, {"g": frozenset({("a.pcap", ("10.0.0.1", "192.0.2.1", 3333))})}, {})
    rows = [
        {"src_ip": "192.0.2.1", "src_port": 3333, "dest_ip": "10.0.0.1", "dest_port": 40000, "pcap_filename": "b.pcap"},
        {"src_ip": "10.0.0.9", "src_port": 1, "dest_ip": "192.0.2.9", "dest_port": 2, "pcap_filename": "/x/c.pcap"},
    ]
    (tmp_path / "eve.json").write_text("\n".join(json.dumps({"event_type": "alert", **row}) for row in rows))
    found = _eve(tmp_path, world)()
    assert set(found) == {"a.pcap", "c.pcap"}
    assert ("10.0.0.1", "192.0.2.1", 3333) in found["a.pcap"]


def test_suricata_gets_stratum_names_and_the_hello(tmp_path: Path) -> None:
    few, many = (path.read_text(encoding="utf-8") for path in suricata_rules(tmp_path))
    assert "mining\\.(notify" in few
    assert few in many
    assert many.count("dotprefix") > 100
    assert "ja3.hash" in many
