"""Flow records of one connection as rows of `conn`, for the tests of what judges them."""

from random import Random
from typing import Any

from tests.detect.lake_rows import at

CLIENT, SERVER = ("10.20.3.17", 51514), ("203.0.113.20", 443)
Row = dict[str, Any]
Ends = tuple[tuple[str, int], tuple[str, int]]


def one_way(start_s: float, end_s: float, packets: int, size: int, up: bool, ends: Ends = (CLIENT, SERVER)) -> Row:
    """A record of one direction, as nfdump has it."""
    (src, src_port), (dst, dst_port) = ends if up else ends[::-1]
    return {
        "ts": at(start_s), "until": at(end_s), "src": src, "src_port": src_port, "dst": dst, "dst_port": dst_port,
        "proto": "tcp", "packets_up": packets, "bytes_up": size, "packets_down": 0, "bytes_down": 0,
    }  # fmt: skip


def miner(hours: float = 4.0, seed: int = 1, ends: Ends = (CLIENT, SERVER), every_s: float = 300.0) -> list[Row]:
    """A miner's records: a job of 400 bytes each 30 s and on each block, a share of 200 now and again."""
    rng = Random(seed)
    rows = []
    start = 0.0
    while start < hours * 3600:
        blocks = sum(rng.random() < 0.5 for _ in range(5))
        jobs, shares = round(every_s / 30) + blocks, sum(rng.random() < 0.5 for _ in range(12))
        end = start + every_s - 5
        rows.append(one_way(start, end, jobs + shares, (jobs + shares) * 52 + jobs * 422 + shares * 85, False, ends))
        rows.append(one_way(start, end, jobs + 2 * shares, (jobs + 2 * shares) * 52 + shares * 212, True, ends))
        start += every_s + rng.uniform(0, 20)
    return rows
