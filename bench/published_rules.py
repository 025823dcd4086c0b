"""What others published, written anew from their description, as programs that `bench/peers.py` runs beside our own.

    python -m bench.published_rules names FOLDER       lines against a list of names, as Maltrail's sensor matches trails
    python -m bench.published_rules strings FOLDER     tshark's display filter for texts of miners
    python -m bench.published_rules netflow FOLDER     nfpcapd and nfdump: long flows to ports that pools use
    python -m bench.published_rules decrypto FOLDER    DeCrypto (Plny, Hynek, Cejka 2022): texts, names, flow features
    python -m bench.published_rules minehunter FOLDER ARRIVALS    MineHunter (Zhang et al. 2021): score against blocks

Each reads every capture below FOLDER and prints one JSON line per alert: capture, client, server, port. MineHunter's score
is the function `minehunter`; it needs hours of one flow, and the times of blocks.

DeCrypto's trained forest is not ours to ship: a logistic regression on its twelve features stands in its place, trained on
played sessions that the comparison does not use. Everything else follows the description in the authors' module.
"""

import itertools
import json
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from minewarden.intel.catalogue import load
from minewarden.vocab.indicator import ALERTING, Kind

POOL_PORTS = (3333, 3334, 3335, 3336, 4444, 5555, 5556, 5588, 7777, 8888, 9000, 9999, 10128, 14433, 14444, 20128, 45700)
"""Ports that guides for schools tell to look for in flow records."""

TEXTS = ("mining.subscribe", "mining.authorize", "mining.submit", "mining.notify", "eth_submitLogin", "eth_getWork")
STRATUM = re.compile(rb'("(jsonrpc|method|worker)":\s?")|(params":|mining\.(set|not))')
COIN = re.compile(r"(^|[.-])(btc|eth|xmr|rvn)([.-]|$)")
POOL = re.compile(r"pool|mine|mining")
DECRYPTO_PACKETS = 8
DECRYPTO_WINDOW = 30

Alert = tuple[str, str, int]
Found = tuple[int, Alert]
"""The place of the capture, and who, with whom, at which port."""
PLACE = "frame.interface_id"


def merged(folder: Path, into: Path) -> tuple[Path, list[Path]]:
    """All captures one after the other in one file, so that tshark starts once: `frame.interface_id` is the place of each
    in the list."""
    whole, inputs, owners = into / "all.pcapng", captures(folder), []
    for capture in inputs:
        count = None
        if capture.read_bytes()[:4] == b"\n\r\r\n":  # pcapng, whatever its name says
            told = subprocess.run(["capinfos", "-I", str(capture)], capture_output=True, text=True, check=False).stdout
            count = re.search(r"Number of interfaces in file: (\d+)", told)
        owners += [capture] * (int(count[1]) if count else 1)
    command = ["mergecap", "-a", "-F", "pcapng", "-I", "none", "-w", str(whole), *map(str, inputs)]
    subprocess.run(command, check=True, capture_output=True)
    return whole, owners


def captures(folder: Path) -> list[Path]:
    """Every capture, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".pcap", ".pcapng"))


def fields(capture: Path, names: Sequence[str], wanted: str = "") -> Iterator[list[str]]:
    """One list of texts per packet, as tshark tells them."""
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=f"]
    for name in names:
        command += ["-e", name]
    if wanted:
        command += ["-Y", wanted]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            yield line.rstrip("\n").split("\t")


def first(*texts: str) -> str:
    """The first that says something: version 4 or version 6."""
    return next((text for text in texts if text), "")


# Maltrail-like ------------------------------------------------------------------------------------------------


def by_names(capture: Path, trails: Mapping[str, bool]) -> Iterator[Found]:
    """A name, or its parent where the trail is a domain, in a DNS query, an SNI or a Host line."""
    wanted = "(dns.flags.response == 0) or tls.handshake.extensions_server_name or http.host"
    names = ("ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.dstport", "udp.dstport")
    said = ("dns.qry.name", "tls.handshake.extensions_server_name", "http.host")
    for number, *row in fields(capture, (PLACE, *names, *said), wanted):
        src, dst, port = first(row[0], row[1]), first(row[2], row[3]), first(row[4], row[5])
        for text in row[6:]:
            name = text.lower().rstrip(".").partition(":")[0]
            labels = name.split(".")
            if any(trails.get(".".join(labels[n:])) is not None for n in range(len(labels))):
                yield int(number), (src, dst, int(port or 0))


def trails() -> dict[str, bool]:
    """Our own catalogue's names, so that the comparison is of the method and not of the list."""
    return {one.value: True for one in load() if one.kind in (Kind.HOST, Kind.DOMAIN) and one.role in ALERTING}


# tshark -------------------------------------------------------------------------------------------------------


def by_strings(capture: Path) -> Iterator[Found]:
    """What an engineer types into Wireshark: segments that contain a miner's words."""
    wanted = " or ".join(f'tcp contains "{text}"' for text in TEXTS)
    names = ("ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport")
    for number, *row in fields(capture, (PLACE, *names), wanted):
        yield int(number), (first(row[3], row[4]), first(row[0], row[1]), int(row[2] or 0))
        yield int(number), (first(row[0], row[1]), first(row[3], row[4]), int(row[5] or 0))


# nfdump -------------------------------------------------------------------------------------------------------


def by_netflow(capture: Path) -> Iterator[Alert]:
    """Flows to a pool's usual port."""
    ports = " ".join(str(port) for port in POOL_PORTS)
    with tempfile.TemporaryDirectory() as made:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["nfpcapd", "-r", str(capture), "-w", made], check=False, **quiet)  # type: ignore[call-overload]
        command = ["nfdump", "-R", made, "-o", "fmt:%sa|%da|%dp", "-q", "-N", f"proto tcp and dst port in [{ports}]"]
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    for line in told.splitlines():
        parts = [part.strip() for part in line.split("|")]
        if len(parts) == 3 and parts[2].isdigit():
            yield parts[0], parts[1], int(parts[2])


# DeCrypto -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Biflow:
    """What ipfixprobe exports of a connection: thirty packets and the first hundred bytes each way."""

    client: str
    server: str
    port: int
    sni: str = ""
    place: int = 0
    head: dict[bool, bytes] = field(default_factory=lambda: {True: b"", False: b""})
    packets: list[tuple[float, int, bool, bool]] = field(default_factory=list)
    count: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    total: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})


def biflows(capture: Path) -> list[Biflow]:
    """The TCP connections of a capture; the client is who sent the first packet that was seen."""
    names = (
        "tcp.stream",
        "frame.time_epoch",
        "ip.src",
        "ipv6.src",
        "tcp.srcport",
        "ip.dst",
        "ipv6.dst",
        "tcp.dstport",
        "ip.len",
        "tcp.len",
        "tcp.flags.push",
        "tcp.payload",
        "tls.handshake.extensions_server_name",
        PLACE,
    )
    found: dict[str, Biflow] = {}
    for row in fields(capture, names, "tcp"):
        src = first(row[2], row[3])
        one = found.setdefault(row[0], Biflow(src, first(row[5], row[6]), int(row[7] or 0), place=int(row[13] or 0)))
        up = src == one.client and row[7] == str(one.port)
        length = int(row[8] or row[9] or 0)
        one.count[up] += 1
        one.total[up] += length
        if row[11] and len(one.head[up]) < 100:
            one.head[up] = (one.head[up] + bytes.fromhex(row[11].replace(":", "")))[:100]
        if row[12]:
            one.sni = row[12].lower()
        if len(one.packets) < DECRYPTO_WINDOW:
            one.packets.append((float(row[1]), length, up, row[10] in ("1", "True")))
    return list(found.values())


def features(one: Biflow) -> NDArray[np.float64]:
    """The twelve features of the published forest."""
    at = [packet[0] for packet in one.packets]
    lengths = [packet[1] for packet in one.packets]
    gaps = [int(b - a) for a, b in itertools.pairwise(at)]
    count = max(1, len(one.packets))
    up = sum(packet[2] for packet in one.packets)
    return np.array(
        [
            math.log1p(one.total[True]),
            math.log1p(one.total[False]),
            math.log1p(one.count[True]),
            math.log1p(one.count[False]),
            up / count,
            1 - up / count,
            math.log1p(sum(gaps) / max(1, len(gaps))),
            math.log1p(at[-1] - at[0] if at else 0),
            math.log1p(sum(lengths) / count),
            sum(packet[3] for packet in one.packets) / count,
            math.log1p(min(lengths, default=0)),
            math.log1p(sum(lengths)),
        ]
    )


def decrypto(one: Biflow, chance: Callable[[Biflow], float]) -> bool:
    """The meta rule: a text is enough; without a name the forest must be sure; with one, Dempster's rule decides."""
    if min(one.count.values()) < DECRYPTO_PACKETS:
        return False
    if any(STRATUM.search(head) or _reply(head) for head in one.head.values()):
        return True
    p = chance(one)
    if not one.sni:
        return p > 0.99
    s = 0.5 * bool(COIN.search(one.sni)) + 0.5 * bool(POOL.search(one.sni))
    mass = p * s + (1 - p) * (1 - s)
    return mass > 0 and p * s / mass > 0.03


def _reply(head: bytes) -> bool:
    return all(word in head for word in (b'"id"', b'"result"', b'"error"'))


def trained() -> Callable[[Biflow], float]:
    """A logistic regression on played sessions: seeds, lengths and intervals are none of the comparison's."""
    from minewarden.simulator.dialogues import ENCRYPTED_MINING, HARMLESS, MINING
    from minewarden.simulator.pcapfile import write_capture
    from minewarden.simulator.session import Script, Session
    from minewarden.vocab.net import Endpoint

    chance = Random(77)
    rows, labels = [], []
    with tempfile.TemporaryDirectory() as made:
        for name in (*MINING, *ENCRYPTED_MINING, *HARMLESS):
            for turn in range(2):
                path = Path(made) / f"{name}-{turn}.pcap"
                script = Script(jobs=12 + turn, job_every_s=chance.choice((12.0, 25.0, 40.0)), shares=6 + turn)
                ends = Endpoint("10.200.0.1", 40000 + turn), Endpoint("192.0.2.200", 9443)
                when = datetime(2026, 3, 1, tzinfo=UTC)
                write_capture(path, [Session(name, *ends, when, script, seed=chance.randrange(10**6))])
                for one in biflows(path):
                    if min(one.count.values()) >= DECRYPTO_PACKETS:
                        rows.append(features(one))
                        labels.append(name not in HARMLESS)
    x, y = np.array(rows), np.array(labels, dtype=float)
    mean, spread = x.mean(0), x.std(0) + 1e-9
    weights = _fit((x - mean) / spread, y)

    def estimate(one: Biflow) -> float:
        z = weights[0] + ((features(one) - mean) / spread) @ weights[1:]
        return float(1 / (1 + np.exp(-z)))

    return estimate


def _fit(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Newton's method with a ridge, classes weighted alike."""
    design = np.c_[np.ones(len(x)), x]
    share = np.where(y == 1, 0.5 / max(1, y.sum()), 0.5 / max(1, (1 - y).sum())) * len(y)
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (share * (y - p)) - weights
        bend = (design.T * (share * p * (1 - p))) @ design + np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return weights


# MineHunter ---------------------------------------------------------------------------------------------------


def minehunter(packets_s: NDArray[np.float64], blocks_s: NDArray[np.float64]) -> float:
    """The global score of one direction of a pair of hosts: an alert above 0.6.

    packets_s: times of its packets above 66 bytes; blocks_s: arrivals; both in seconds and in order. Whole seconds, and
    blocks less than 10 s after the last are skipped, as published.
    """
    kept: list[int] = []
    for block in blocks_s.astype(int):
        if not kept or block - kept[-1] >= 10:
            kept.append(int(block))
    scores = []
    seconds = packets_s.astype(int)
    for begin, end in itertools.pairwise(kept):
        inside = seconds[np.searchsorted(seconds, begin) : np.searchsorted(seconds, end)]
        if not len(inside):
            scores.append(-1.0)
            continue
        length, late = end - begin, int(inside[0]) - begin
        scores.append(max(0.0, (length - late - 1) / length) ** len(inside) * (1 - late / length))
    return float(np.mean(scores)) if scores else 0.0


def by_minehunter(capture: Path, blocks: Mapping[str, NDArray[np.float64]]) -> Iterator[Found]:
    """Directions whose score over the whole capture is above 0.6 for some coin. Packets of 66 bytes and less are dropped."""
    flows: dict[tuple[int, str, str], list[float]] = {}
    ports: dict[tuple[int, str, str], tuple[int, int]] = {}
    names = ("ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "tcp.dstport", "frame.time_epoch", "frame.len")
    for number, *row in fields(capture, (PLACE, *names), "tcp and frame.len > 66"):
        ends = int(number), first(row[0], row[1]), first(row[2], row[3])
        flows.setdefault(ends, []).append(float(row[6]))
        ports.setdefault(ends, (int(row[4] or 0), int(row[5] or 0)))
    for (place, src, dst), at in flows.items():
        times = np.array(at)
        near = {coin: all_[(all_ > times[0]) & (all_ < times[-1])] for coin, all_ in blocks.items()}
        if any(len(some) > 1 and minehunter(times, some) > 0.6 for some in near.values()):
            source, target = ports[place, src, dst]
            yield place, (src, dst, target)
            yield place, (dst, src, source)


def arrivals(path: Path) -> dict[str, NDArray[np.float64]]:
    """Seconds of each coin's blocks."""
    found: dict[str, list[float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        coin, _, at = line.split(",")
        found.setdefault(coin, []).append(int(at) / 1000)
    return {coin: np.sort(np.array(times)) for coin, times in found.items()}


def main(rule: str, folder: Path, blocks: Path | None = None) -> None:
    """Read every capture and say the alerts, each once."""
    clocks = arrivals(blocks) if blocks and rule == "minehunter" else {}
    if rule == "netflow":
        for capture in captures(folder):
            said(capture, dict.fromkeys(by_netflow(capture)))
        return
    chance = trained() if rule == "decrypto" else None
    with tempfile.TemporaryDirectory() as made:
        whole, inputs = merged(folder, Path(made))
        found: dict[int, dict[Alert, None]] = {}
        for place, alert in _alerts(rule, whole, clocks, chance):
            found.setdefault(place, {})[alert] = None
    for place, alerts in sorted(found.items()):
        said(inputs[place], alerts)


def _alerts(
    rule: str, whole: Path, clocks: Mapping[str, NDArray[np.float64]], chance: Callable[[Biflow], float] | None
) -> Iterator[Found]:
    if rule == "names":
        yield from by_names(whole, trails())
    elif rule == "strings":
        yield from by_strings(whole)
    elif rule == "minehunter":
        yield from by_minehunter(whole, clocks)
    elif chance is not None:
        for one in biflows(whole):
            if decrypto(one, chance):
                yield one.place, (one.client, one.server, one.port)


def said(capture: Path, alerts: Mapping[Alert, None]) -> None:
    """One line for each."""
    for client, server, port in alerts:
        print(json.dumps({"capture": capture.name, "client": client, "server": server, "port": port}))


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:4]))
