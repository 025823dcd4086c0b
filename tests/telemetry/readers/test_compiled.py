"""Logs read by compiled functions give the same rows and the same rejects as without them, whole and damaged."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minewarden.plugins import READERS
from minewarden.telemetry import cells_kernel, delimited_kernel, jsonlines_kernel, lines
from minewarden.telemetry.head import head_of
from minewarden.vocab.errors import InputError
from tests.telemetry.conftest import read_all, source_of

SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix in (".log", ".json", ".csv"))
NOISE = (
    *(b"\0", b"\r", b"\r\n", b"\n\n", b'"', b"\\", b"\\u0041", b"\\/", b"\\x41", b",", b"{", b"}", b"[", b"]", b":"),
    *(b".", b"e5", b"0", b"00", b"9" * 30, b"-1", b"null", b"true", b" ", b"\t", "汉".encode(), b"\xff", b"#", b"A"),
    *(b"::", b"-"),
)


def told(data: bytes, monkeypatch: pytest.MonkeyPatch, compile_after: int) -> Any:
    form = next((one for one, reader in READERS.load_all().items() if reader().recognises(head_of(data))), None)
    if form is None:
        return None
    monkeypatch.setattr(lines, "COMPILE_AFTER", compile_after)
    try:
        rows, rejects = read_all(READERS.load(form)(), data, zone="Asia/Shanghai")
    except InputError as error:
        return error.message
    return rows, [(one.line, one.reason, one.raw) for one in rejects]


@pytest.mark.parametrize("name", NAMES)
def test_every_sample(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (SAMPLES / name).read_bytes()
    assert told(data, monkeypatch, -1) == told(data, monkeypatch, 1 << 60)


@pytest.mark.parametrize("name", ["zeek-conn.log", "zeek-dns.log", "zeek-ssl.log", "zeek-json.log", "eve.json"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 40))
def test_damaged_samples(name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    data = (SAMPLES / name).read_bytes() * dice.randrange(1, 3)
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(data) + 1)
        data = data[:at] + dice.choice(NOISE) + data[at + dice.randrange(5) :]
    assert told(data, monkeypatch, -1) == told(data, monkeypatch, 1 << 60)


def test_the_samples_are_read_by_what_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    for kernel in (delimited_kernel, jsonlines_kernel):
        plain = kernel.parsed

        def noted(*given: Any, kernel: Any = kernel, plain: Any = plain) -> Any:
            found = plain(*given)
            read.append(f"{kernel.__name__.rsplit('.', 1)[1]} {found is not None}")
            return found

        monkeypatch.setattr(kernel, "parsed", noted)
    monkeypatch.setattr(cells_kernel, "plain_addresses", lambda column: read.append("addresses") or False)
    for name in ("zeek-conn.log", "eve.json"):
        told((SAMPLES / name).read_bytes(), monkeypatch, -1)
    assert {"delimited_kernel True", "jsonlines_kernel True", "addresses"} <= set(read)


def test_blocks_are_late_only_behind_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "COMPILE_AFTER", 10)
    found = [block.late for block in lines.blocks(source_of(b"1234\n" * 8), 10) if isinstance(block, lines.Block)]
    assert found == [False, False, True, True]
