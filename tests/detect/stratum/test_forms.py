"""The small readers: difficulty from bits and targets, forms of values, names of mining programs, hostile bodies."""

import math

import pytest

from minewarden.detect.stratum.cryptonote import difficulty_of
from minewarden.detect.stratum.mining import network_difficulty
from minewarden.detect.stratum.protocols import WORDS, most_special
from minewarden.detect.stratum.shapes import is_hex, is_miner, number_of, printable
from minewarden.detect.stratum.texts import MOST_BYTES, MOST_IN_BATCH, objects


def test_bits_mean_a_difficulty() -> None:
    assert network_difficulty(0x1D00FFFF) == 1.0
    assert network_difficulty(0x1B0404CB) == pytest.approx(16307.42, rel=1e-6), "the example of the developers' guide"
    assert network_difficulty(0) == network_difficulty(0xFF00FFFF) == network_difficulty(0x00000000) == 0.0


def test_targets_mean_a_difficulty() -> None:
    assert difficulty_of("711b0d00") == 2**32 // 0x000D1B71
    assert difficulty_of("ffffffffffff0000") == 2**64 // 0x0000FFFFFFFFFFFF
    assert difficulty_of("00000000") == difficulty_of("0xffffff") == difficulty_of("ff") == 0.0


@pytest.mark.parametrize(
    "agent", ["XMRig/6.22.2", "xmr-stak-cpu/1.3", "bfgminer/5.2.0", "T-Rex/0.26.8", "lolMiner 1.88"]
)
def test_mining_programs_name_themselves(agent) -> None:
    assert is_miner(agent)


@pytest.mark.parametrize("agent", [None, 7, "", "Mozilla/5.0", "SchoolApp/1", "trmnl/1", "my XMRig", "curl/8"])
def test_other_programs_do_not(agent) -> None:
    assert not is_miner(agent)


def test_forms() -> None:
    assert is_hex("0xab", 2)
    assert not is_hex("0xabc", 2)
    assert not is_hex("ag", 2)
    assert not is_hex(12, 2)
    assert not is_hex("ab\n", 2, 3)
    assert number_of("0x10") == 16.0
    assert number_of(True) == number_of(-1) == number_of(math.inf) == number_of(None) == number_of("zz") == 0.0
    assert printable("a\x1b[31mb\u202ec") == "a[31mbc"
    assert len(printable("x" * 9999)) == 160


def test_bodies() -> None:
    assert list(objects(b'{"a":1}')) == [{"a": 1}]
    assert list(objects(b'{"a":1}\n{"b":2}\n')) == [{"a": 1}, {"b": 2}]
    assert list(objects(b'[{"a":1},7,[{"b":2}]]')) == [{"a": 1}]
    assert list(objects(b"[" + b"{}," * 9999 + b"{}]")) == [{}] * MOST_IN_BATCH
    assert list(objects(b'{"a":"' + b"x" * MOST_BYTES + b'"}')) == []
    assert list(objects(b"{" * 50_000)) == list(objects(b"")) == list(objects(b"plain text")) == []


def test_the_most_special_claim_names_the_stream() -> None:
    assert most_special([]) == most_special(["", ""]) == "stratum-v1"
    assert most_special(["ethereumstratum-1", "kaspa", "stratum-v1"]) == "kaspa"
    assert all(WORDS.values())
