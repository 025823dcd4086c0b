"""Files of arrivals: every spelling that is read, and every reason for which one is refused."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.clock.arrivals_file import read_arrivals, spread_out
from minewarden.telemetry.arrivals import other_chain, said_of_other_chain
from minewarden.vocab.errors import InputError
from minewarden.vocab.words import render

FIRST = 1_764_000_000


def lines(seconds: list[float] | np.ndarray, form: str = "ms", begin: int = 100) -> str:
    def told(at: float) -> str:
        whole = FIRST + at
        return {
            "s": f"{int(whole)}",
            "ms": f"{int(whole * 1000)}",
            "us": f"{int(whole * 1_000_000)}",
            "decimal": f"{whole:.3f}",
            "rfc3339": datetime.fromtimestamp(whole, UTC).isoformat().replace("+00:00", "Z"),
        }[form]

    return "".join(f"{begin + i},{told(at)}\n" for i, at in enumerate(seconds))


def poisson(count: int, seed: int = 1, interval: float = 120) -> np.ndarray:
    return np.round(np.cumsum(np.random.default_rng(seed).exponential(interval, count)), 3)


def read(tmp_path: Path, text: str | bytes, coin: str = "XMR"):  # type: ignore[no-untyped-def]
    path = tmp_path / "blocks.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_arrivals(path, coin, kind="node")


def refused(tmp_path: Path, text: str | bytes, coin: str = "XMR") -> InputError:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text, coin)
    assert caught.value.file == "blocks.csv"
    for language in ("zh", "en"):
        render(caught.value.message, language)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("form", ["ms", "us", "decimal", "rfc3339"])
def test_spellings(form: str, tmp_path: Path) -> None:
    times = poisson(20)
    clock = read(tmp_path, "height,arrival\n# a note\n\n" + lines(times, form))
    assert np.abs(clock.arrivals_us / 1e6 - FIRST - times).max() < 0.0021
    assert clock.coin == "XMR"
    assert clock.kind == "node"


def test_whole_seconds_are_spread_within_their_second(tmp_path: Path) -> None:
    times = np.floor(poisson(400))
    clock = read(tmp_path, lines(times, "s"))
    inside = clock.arrivals_us / 1e6 - FIRST - times
    assert inside.min() >= -1, "two of one second may change places"
    assert inside.max() < 1
    assert inside.std() > 0.25
    assert (read(tmp_path, lines(times, "s")).arrivals_us == clock.arrivals_us).all()


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50))
def test_spreading_stays_within_the_resolution(seconds: list[int]) -> None:
    times = np.sort(np.array(seconds, np.int64)) * 1_000_000
    spread = spread_out(times, 1_000_000)
    assert ((spread >= times) & (spread < times + 1_000_000)).all()
    assert (spread_out(times, 1) == times).all()


def test_gzip_and_a_damaged_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(lines(poisson(500)).encode())
    assert len(read(tmp_path, packed).arrivals_us) == 500
    assert refused(tmp_path, packed[: len(packed) // 2]).message.id == "clock.damaged"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("5,1764000000\n6,soon\n", 2, "clock.time"),
        ("5,1764000000\n6\n", 2, "clock.columns"),
        ("5,1764000000\nsix,1764000010\n", 2, "clock.height"),
        ("5,1764000000\n6,1764000010000\n", 2, "clock.mixed_units"),
        ("5,2026-11-23T08:00:00\n", 1, "clock.no_zone"),
        ("height,block_time\n5,1764000000\n", 1, "clock.header_named"),
        ("5,1764000000\n6,1764000010\n", 0, "clock.too_few"),
        ("", 0, "clock.too_few"),
        ("5," + "9" * 5000, 1, "input.line_too_long"),
        ("5,\x00\n", 1, "clock.time"),
    ],
)
def test_a_wrong_line_is_named(text: str, line: int, reason: str, tmp_path: Path) -> None:
    error = refused(tmp_path, text)
    assert (error.line, error.message.id) == (line, reason)


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_arrivals(tmp_path / "absent.csv", "XMR")
    assert caught.value.message.id == "clock.unreadable"


def test_header_times_run_backwards(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    stamps = poisson(1000, interval=600) + rng.normal(0, 250, 1000)
    assert refused(tmp_path, lines(np.round(stamps + 5000), "s"), "BTC").message.id == "clock.backwards"


def test_header_times_gather_at_minutes(tmp_path: Path) -> None:
    times = np.floor(poisson(4000))
    some = np.random.default_rng(2).random(4000) < 0.02
    times[some] -= (times[some] + FIRST) % 60
    error = refused(tmp_path, lines(np.sort(times), "s"))
    assert error.message.id == "clock.minutes"
    assert "区块头" in error.said("zh")


def test_whole_minutes_are_refused(tmp_path: Path) -> None:
    times = np.floor(poisson(400) / 60) * 60 - FIRST % 60 + 60
    assert refused(tmp_path, lines(times, "s")).message.id == "clock.minutes"


def test_header_times_mixed_in_are_refused(tmp_path: Path) -> None:
    times = poisson(400)
    times[::3] = np.floor(times[::3])
    assert refused(tmp_path, lines(times, "ms")).message.id == "clock.half_whole"


def test_another_chains_file_is_refused_in_the_words_of_every_file_of_arrivals(tmp_path: Path) -> None:
    times = poisson(300, interval=600)
    told = refused(tmp_path, lines(times), "XMR").message
    other = other_chain("XMR", enumerate((times * 1_000_000).astype(int).tolist(), 1))
    assert other is not None
    assert told == said_of_other_chain("XMR", other)
    assert "BTC" in told.params["like"]


def test_a_height_seen_twice_is_a_new_tip_each_time(tmp_path: Path) -> None:
    text = lines(poisson(20)) + f"119,{(FIRST + 5000) * 1000 + 7}\n"
    assert len(read(tmp_path, text).arrivals_us) == 21


@given(raw=st.binary(max_size=300))
def test_no_bytes_make_it_stumble(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(raw)
    try:
        read_arrivals(path, "XMR")
    except InputError as error:
        error.said("zh")


def test_a_file_without_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minewarden.detect.clock.arrivals_file.MOST_ROWS", 50)
    assert refused(tmp_path, gzip.compress(b"#\n" * 100)).message.id == "clock.too_many"
