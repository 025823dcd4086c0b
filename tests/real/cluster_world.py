"""A lake in which every detector sees something, with the odd rows on which two engines could disagree."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa

from minewarden.detect.detector import Context
from minewarden.detect.detectors.tls_shape import OPENSSL_JA3
from minewarden.intel.watchset import AllowEntry, WatchSet
from minewarden.telemetry.lake import SourceRecord
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.indicator import Indicator, Kind, Role
from tests.detect.clock.processes import chain, jobs
from tests.detect.flow.records import Ends, miner, one_way
from tests.detect.lake_rows import NOON, at, context_of
from tests.detect.shapes import START_US, Said, rows_of

HOUR = 3600
POOL, POOL6, PLAIN_POOL = "198.51.100.7", "2001:db8::7", "198.51.100.9"
PROXY = "10.3.0.20"
Rows = list[dict[str, Any]]

WATCHED = WatchSet(
    [
        Indicator(Kind.HOST, "a.pool.example", Role.POOL_ENDPOINT, "op", valid_until=NOON + timedelta(hours=2)),
        Indicator(Kind.DOMAIN, "pool.example", Role.PROXY, "other", valid_from=NOON + timedelta(seconds=50)),
        Indicator(Kind.HOST, "two.example", Role.POOL_WEBSITE, "both", ports=(3333,)),
        Indicator(Kind.IP_PORT, f"{POOL}:3333", Role.POOL_ENDPOINT, "op"),
        Indicator(Kind.IP, POOL6, Role.POOL_ENDPOINT, "op"),
        Indicator(Kind.CIDR, "203.0.113.64/28", Role.POOL_ENDPOINT, "net"),
    ],
    [AllowEntry("c.pool.example", Kind.HOST, "the owner", NOON + timedelta(days=9), "a lesson")],
)

NAMES = (
    *("a.pool.example", "b.pool.example", "c.pool.example", "two.example", "www.example.com", "例子.example"),
    *("deep.down.b.pool.example", "pool.example", "notpool.example"),
)
ADDRESSES = (POOL, POOL6, PLAIN_POOL, "203.0.113.70", "203.0.113.200", "2001:db8::beef", "198.51.100.80")
PORTS = (None, 53, 443, 3333, 3334, 50001)


def world(folder: Path, seed: int = 7, rows: int = 3000) -> Context:
    """The lake; its random part has so many rows in each of the tables that are matched."""
    rng = Random(seed)
    blocks, numbers = chain(np.random.default_rng(3), 120, 3.0 * HOUR), np.random.default_rng(3)
    hidden = jobs(numbers, blocks, 3.0 * HOUR)
    conn = _flows(rng, rows) + _proxy() + _long_tls()
    made = context_of(
        folder,
        WATCHED,
        dns=_queries(rng, rows),
        tls=_hellos(rng, rows // 3) + _long_hello(),
        http=_requests(rng, rows // 6),
        conn=conn,
        alert=_alerts(rng, rows // 10),
        record=_shaped(rng) + _told(hidden),
        message=_openly(jobs(numbers, blocks, 3.0 * HOUR)),
        block=[{"ts": START_US + round(float(s) * 1e6), "coin": "XMR", "height": n} for n, s in enumerate(blocks)],
    )
    return _exported(made, rng)


def _exported(made: Context, rng: Random) -> Context:
    """The same lake with what a router tells of long connections: of each direction by itself, of some twice, as two
    routers do, and in no order; with a clock that jumps, records of an hour, and ends that only ports tell apart."""
    ends: list[Ends] = [((f"10.6.0.{n}", 40_000 + n), (f"203.0.113.{100 + n % 7}", 443)) for n in range(12)]
    ends += [
        (("10.6.1.1", 33_000), ("203.0.113.110", 50_000)), (("10.6.1.2", 50_000), ("203.0.113.110", 50_000)),
        (("2001:db8:6::1", 41_000), ("2001:db8:7::1", 8443)), (("10.6.1.1", 33_001), ("203.0.113.110", 50_000)),
    ]  # fmt: skip
    rows: Rows = []
    for number, pair in enumerate(ends):
        own = miner(4.0, seed=number, ends=pair, every_s=(300.0, 60.0, 1800.0)[number % 3])
        jump = rng.choice([0, 0, 86_400_000_000])
        late = [row | {"ts": row["ts"] + 500_000, "until": row["until"] + 500_000} for row in own if number % 4 == 1]
        rows += [*own[:-9], *({**row, "ts": row["ts"] + jump, "until": row["until"] + jump} for row in own[-9:]), *late]
        rows.append(one_way(9000, 9001, 10**12, 10**15, number % 2 == 0, pair))
    rows += [
        one_way(0, 30 * 24 * HOUR, 90_000, 9_000_000, up, (("10.6.2.1", 40_000), (POOL, 443))) for up in (True, False)
    ]
    rng.shuffle(rows)
    told = SourceRecord(99, "flows.csv", "nfdump_csv")
    whole = [{"origin": told.origin, "row": n, **row} for n, row in enumerate(rows, 1)]
    with made.lake.writer(told) as writer:
        for batch in pa.Table.from_pylist(whole, TABLES["conn"]).to_batches():
            writer.write("conn", batch)
    return replace(made, sources={**made.sources, told.origin: told.name})


def _host(rng: Random) -> str:
    return rng.choice(["10.1.2.3", "2001:db8:1::5", f"10.1.{rng.randrange(4)}.{rng.randrange(1, 30)}"])


def _queries(rng: Random, count: int) -> Rows:
    rows = []
    for _ in range(count):
        given = rng.choice([None, [], [rng.choice(ADDRESSES)], [rng.choice(NAMES), *rng.sample(ADDRESSES, 3)]])
        # Whole seconds: many rows of one moment, whose order nothing but the number of the row decides.
        row = {"ts": at(rng.randrange(2 * HOUR)), "src": _host(rng), "dst": rng.choice([None, "10.0.0.53", "10.1.2.3"])}
        rows.append(row | {"query": rng.choice(NAMES), "answers": given, "qtype": rng.choice([None, "A"])})
    return rows


def _ends(rng: Random) -> dict[str, Any]:
    ends = {"ts": at(rng.randrange(2 * HOUR)), "src": _host(rng), "dst": rng.choice(ADDRESSES)}
    return ends | {"src_port": rng.choice([None, 40000 + rng.randrange(9)]), "dst_port": rng.choice(PORTS)}


def _flows(rng: Random, count: int) -> Rows:
    rows = []
    for _ in range(count):
        row = _ends(rng)
        row["until"] = row["ts"] + rng.choice([0, 5_000_000, 400_000_000, 3 * HOUR * 1_000_000])
        counted = {"bytes_up": rng.choice([None, 100, 90_000]), "bytes_down": rng.choice([None, 0, 200_000])}
        rows.append(
            row | {"proto": rng.choice(["tcp", "TCP", "udp"]), "established": rng.choice([None, True, False])} | counted
        )
    return rows


def _hellos(rng: Random, count: int) -> Rows:
    subjects = (None, "CN=a.pool.example", "C=CN, O=x\\y, CN = B.pool.example ", "/O=x/CN=two.example", "O=nobody")
    rows = []
    for _ in range(count):
        own = {"sni": rng.choice([None, None, *NAMES]), "names": rng.choice([None, [], ["b.pool.example", None]])}
        told = {"alpn": rng.choice([None, "h2", "http/1.1", "ssh"]), "ja4": rng.choice([None, "t13i_x_y"])}
        rows.append(_ends(rng) | own | told | {"has_hello": rng.random() < 0.9, "subject": rng.choice(subjects)})
    return rows


def _requests(rng: Random, count: int) -> Rows:
    return [_ends(rng) | {"host": rng.choice([None, *NAMES]), "method": "GET"} for _ in range(count)]


def _alerts(rng: Random, count: int) -> Rows:
    said = (
        ("ET COINMINER pool login", "Crypto Currency Mining Activity Detected"),
        ("ET DNS Query to mining pool (a.pool.example)", " coin-mining "),
        ("XMRig seen", None), ("Stratum protocol", "misc"), (None, "coin-mining"), ("bitcoinminers", None), ("x", "y"),
    )  # fmt: skip
    rows = []
    for _ in range(count):
        signature, category = rng.choice(said)
        rows.append(
            _ends(rng) | {"signature_id": rng.choice([None, 2_000_001]), "signature": signature, "category": category}
        )
    return rows


def _proxy() -> Rows:
    def flow(src: str, dst: str, port: int, down: float, up: float) -> dict[str, Any]:
        row = {"ts": at(0), "until": at(6 * HOUR), "src": src, "src_port": 41000, "dst": dst, "dst_port": port}
        counted = {"bytes_down": int(down * 6 * HOUR), "bytes_up": int(up * 6 * HOUR)}
        return row | {"proto": "tcp", "established": True} | counted

    clients = [flow(f"10.3.1.{n}", PROXY, 3333, 22 + n / 7, 9) for n in range(1, 7)]
    return [*clients, flow(PROXY, PLAIN_POOL, 443, 25, 40), flow(PROXY, "203.0.113.201", 443, 25.5, 40)]


def _long_tls() -> Rows:
    row = {
        "ts": at(0),
        "until": at(2 * HOUR),
        "src": "10.4.0.1",
        "src_port": 42000,
        "dst": "203.0.113.30",
        "dst_port": 4443,
    }
    return [row | {"proto": "tcp", "established": True, "bytes_down": 90_000, "bytes_up": 60_000}]


def _long_hello() -> Rows:
    own = {"ts": at(1), "src": "10.4.0.1", "src_port": 42000, "dst": "203.0.113.30", "dst_port": 4443}
    return [own | {"has_hello": True, "ja3": OPENSSL_JA3[0]}]


def _shaped(rng: Random) -> Rows:
    """A miner's TLS connection, a pool's pace and an opening of Stratum V2."""
    begun: list[Said] = [(0.0, "C", 297), (0.1, "S", 1448), (0.1, "S", 21), (0.2, "C", 641), (0.3, "S", 158)]
    work: list[Said] = [(20.0 + 22 * n - (n > 4) * 11, "S", 406) for n in range(12)]
    pushed: list[Said] = [(0.0, "C", 260), *((0.5 + 30 * n - 13 * (n // 4), "S", 400) for n in range(40))]
    opened: list[Said] = [
        (0.0, "C", 64),
        (0.1, "S", 234),
        (0.2, "C", 140),
        (0.3, "S", 44),
        (0.4, "C", 90),
        (30.0, "S", 86),
    ]
    return [
        *rows_of([*begun, (0.35, "S", 518), *work], tls=True, server=("203.0.113.20", 443), stream=1_000_000),
        *rows_of(pushed, server=("203.0.113.21", 443), stream=1_100_000),
        *rows_of(opened, heads=(rng.randbytes(64), None), server=("203.0.113.22", 34254), stream=1_200_000),
    ]


def _told(times: np.ndarray) -> Rows:
    said: list[Said] = [(0.0, "C", 200), *((float(s), "S", 380) for s in times)]
    return rows_of(said, server=("203.0.113.1", 443), stream=10_000)


def _openly(times: np.ndarray) -> Rows:
    ends = {"sender": PLAIN_POOL, "sender_port": 3333, "receiver": "10.20.3.99", "receiver_port": 50_000, "stream": 1}
    rows = []
    for number, s in enumerate(times):
        params = [f"{number:04x}", f"{number:064x}", "00" * 40, "00" * 40, [], "20000000", "1a0ffff0", "65000000", True]
        body = json.dumps({"id": None, "method": "mining.notify", "params": params}).encode()
        rows.append(ends | {"ts": START_US + round(float(s) * 1e6), "carrier": "tcp", "body": body, "cut": False})
    return rows
