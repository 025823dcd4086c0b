"""Reads block arrivals from CSV: a height and a time per line, plain or gzip; refuses what is not arrivals.

Times may be whole seconds, milliseconds or microseconds since 1970, decimal seconds, or RFC 3339 with a zone; one
form throughout. Source of the checks: detection.md of the project's field notes, §6 (header times break the null).
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from minewarden.detect.clock.messages import Times
from minewarden.detect.clock.reference import BlockClock, Kind, keeps_phase
from minewarden.telemetry.arrivals import other_chain, said_of_other_chain
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

MOST_ROWS = 5_000_000
MOST_LINE = 4096
_HEADER_NAMES = re.compile(r"header|median|ntime|miner|^block_?time", re.IGNORECASE)
_WHOLE = re.compile(r"\d{9,16}", re.ASCII)
_DECIMAL = re.compile(r"(\d{9,10})\.(\d{1,9})", re.ASCII)


def read_arrivals(path: Path, coin: str, *, name: str = "", kind: Kind = "file") -> BlockClock:
    """Read a file of arrivals as the clock of one chain. `name`: what the user calls the file, for errors.

    Raises InputError, with the line, for what cannot be read; with line 0 where the file as a whole is refused: header
    times, another chain's interval, too few rows. Rows that come back (a height seen twice after a reorganisation)
    stay, since each was a new tip.
    """
    shown = name or path.name
    heights: list[int] = []
    times: list[int] = []
    forms: set[str] = set()
    for line, fields in _rows(path, shown):
        height, at, form = _row(fields, shown, line)
        forms.add(form)
        if len(forms) > 1:
            raise InputError(shown, line, message("clock.mixed_units", value=fields[-1][:40]))
        heights.append(height)
        times.append(at)
    if len(times) < 3:
        raise InputError(shown, 0, message("clock.too_few", rows=len(times)))
    chain, stamps = np.array(heights, np.int64), np.array(times, np.int64)
    _refuse_headers(chain, stamps, shown)
    _refuse_other_chain(heights, times, coin, shown)
    stamps = np.sort(stamps)
    return BlockClock(coin, np.sort(spread_out(stamps, _resolution(stamps))), shown, kind)


def spread_out(times: Times, resolution_us: int) -> Times:
    """Times cut to a resolution, put back at a place within it that looks random and is always the same.

    An arrival known to the second only would fall on the same phase as a timer that ticks in whole seconds. A uniform
    place within the second makes a Poisson process of a cut one again, whatever the flow does.
    """
    if resolution_us <= 1:
        return times
    # splitmix64 of time and rank: two arrivals within one second get two places.
    rank = np.arange(len(times)) - np.searchsorted(times, times, "left")
    with np.errstate(over="ignore"):
        z = times.astype(np.uint64) * np.uint64(64) + rank.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return times + (z % np.uint64(resolution_us)).astype(np.int64)


def _rows(path: Path, shown: str) -> Iterator[tuple[int, list[str]]]:
    line = 0
    try:
        with path.open("rb") as probe:
            packed = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            while raw := stream.readline(MOST_LINE + 1):
                line += 1
                if line > MOST_ROWS:
                    raise InputError(shown, line, message("clock.too_many", most=MOST_ROWS))
                if len(raw) > MOST_LINE:
                    raise InputError(shown, line, message("input.line_too_long", bytes=len(raw), limit=MOST_LINE))
                text = raw.decode("utf-8", "replace").lstrip("\ufeff").strip()
                fields = [field.strip().strip('"') for field in re.split(r"[,;\t]", text)]
                if not text or text.startswith("#"):
                    continue
                if line == 1 and not fields[0].isdecimal():
                    _refuse_named(fields, shown)
                    continue
                yield line, fields
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(shown, line, message("clock.damaged")) from error
    except OSError as error:
        raise InputError(shown, 0, message("clock.unreadable", reason=reason_of(error))) from error


def _row(fields: list[str], shown: str, line: int) -> tuple[int, int, str]:
    if len(fields) != 2:
        raise InputError(shown, line, message("clock.columns", found=len(fields)))
    if not re.fullmatch(r"\d{1,12}", fields[0], re.ASCII):
        raise InputError(shown, line, message("clock.height", value=fields[0][:40]))
    return int(fields[0]), *_time(fields[1], shown, line)


def _time(text: str, shown: str, line: int) -> tuple[int, str]:
    """Microseconds, and the form that was read."""
    if _WHOLE.fullmatch(text):
        for digits, form, scale in ((11, "s", 1_000_000), (14, "ms", 1000), (17, "us", 1)):
            if len(text) < digits:
                return int(text) * scale, form
    if match := _DECIMAL.fullmatch(text):
        return int(match[1]) * 1_000_000 + int(match[2].ljust(6, "0")[:6]), "decimal"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(shown, line, message("clock.time", value=text[:40])) from None
    if instant.tzinfo is None:
        raise InputError(shown, line, message("clock.no_zone", value=text[:40]))
    return to_us(instant), "rfc3339"


def _refuse_named(fields: list[str], shown: str) -> None:
    named = next((field for field in fields[1:] if _HEADER_NAMES.search(field)), None)
    if named is not None:
        raise InputError(shown, 1, message("clock.header_named", column=named[:40]))


def _refuse_headers(heights: Times, stamps: Times, shown: str) -> None:
    """Header times run backwards from one height to the next, or gather at round times."""
    order = np.lexsort((stamps, heights))
    chain, at = np.unique(heights[order], return_index=True)
    first = stamps[order][at]
    backwards = int(((np.diff(first) < 0) & (np.diff(chain) == 1)).sum())
    if backwards > max(2, len(first) // 1000):
        raise InputError(shown, 0, message("clock.backwards", count=backwards, rows=len(first)))
    count = len(stamps)
    on_minute, even = int((stamps // 1_000_000 % 60 == 0).sum()), count / 60
    crowded = on_minute > 1.2 * even and on_minute - even > 4.5 * np.sqrt(even) and on_minute >= 5
    if crowded or keeps_phase(stamps, (60.0,)):
        raise InputError(shown, 0, message("clock.minutes", count=on_minute, rows=count, expected=round(even)))
    whole = float((stamps % 1_000_000 == 0).mean())
    if count >= 50 and 0.05 < whole < 1:
        raise InputError(shown, 0, message("clock.half_whole", percent=round(100 * whole)))


def _refuse_other_chain(heights: list[int], times: list[int], coin: str, shown: str) -> None:
    other = other_chain(coin, zip(heights, times, strict=True))
    if other is not None:
        raise InputError(shown, 0, said_of_other_chain(coin, other))


def _resolution(stamps: Times) -> int:
    return next(unit for unit in (1_000_000, 1000, 1) if not (stamps % unit).any())
