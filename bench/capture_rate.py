"""How fast captures are read, on one core and in how much memory, beside tshark and Suricata on the same file.

    python -m bench.capture_rate [--mib 1024] [--flows 1000000] [--longer-mib 4096] [--times 3] [--keep DIR]

Writes the section "Captures" of bench/RESULTS.md. The files are made here, from fixed numbers, and thrown away without
`--keep`: a mixed one, the worst case for a table of flows (capture_flows.py), and
a longer mixed one that only `scan` reads. Each reading runs in a process of its own.
"""

import argparse
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from bench import capture_flows
from bench.measure import median, on_one_core, run
from bench.results import machine, table, write_section
from bench.scan import SCAN
from bench.scan import _rules as compiled_rules

_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
_NOTIFY = (
    b'{"id":null,"method":"mining.notify","params":["%x","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000",'
    b'"01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff20","",[],"00000002","1c2ac4af",'
    b'"504e86b9",false]}\n'
)
_SUBMIT = b'{"params":["worker.%d","%x","00000001","504e86ed","b2957c02"],"id":%d,"method":"mining.submit"}\n'
_REQUEST = b"GET /file/%d HTTP/1.1\r\nHost: files%d.example.org\r\nUser-Agent: bench\r\n\r\n"
_RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"
_BULK = bytes(range(1, 256)) * 6


def _hello(number: int) -> bytes:
    name = b"www%d.example.org" % number
    sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    extensions = sni + bytes.fromhex(
        "000a00080006001d00170018000b00020100000d000a0008040308040401050100100005000302683200"
    )
    ciphers = bytes.fromhex("130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035")
    body = b"\x03\x03" + bytes(32) + b"\0" + struct.pack(">H", len(ciphers)) + ciphers + b"\x01\0"
    body += struct.pack(">H", len(extensions)) + extensions
    return b"\x16\x03\x01" + struct.pack(">H", len(body) + 4) + b"\x01\0" + struct.pack(">H", len(body)) + body


class _Flow:
    """A TCP flow between two ends, whose sequence numbers go on."""

    def __init__(self, number: int, port: int) -> None:
        client, server = 0x0A000000 + number % 0xFFFFF, 0xC6336400 + number % 250
        self._ends = (struct.pack(">I", client), struct.pack(">I", server))
        self._ports = (20_000 + number // 0xFFFFF + number % 40_000, port)
        self._seq = [1000 + number, 5000 + number]

    def packet(self, side: int, flags: int, payload: bytes = b"") -> bytes:
        ports = self._ports[side], self._ports[1 - side]
        tcp = struct.pack(">HHIIBBHHH", *ports, self._seq[side], self._seq[1 - side], 0x50, flags, 64_000, 0, 0)
        self._seq[side] += len(payload) + (flags & 2 > 0)
        return _ip(6, self._ends[side], self._ends[1 - side], tcp + payload)

    def open(self) -> list[bytes]:
        return [self.packet(0, 2), self.packet(1, 18), self.packet(0, 16)]


def _ip(proto: int, source: bytes, target: bytes, rest: bytes) -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(rest), 0, 0x4000, 64, proto, 0)
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + head + source + target + rest


def _dns(number: int) -> list[bytes]:
    label = b"host%d" % number
    question = bytes([len(label)]) + label + b"\x07example\x03org\0\0\1\0\1"
    client, server = struct.pack(">I", 0x0A000000 + number % 5000), b"\xc0\0\2\x35"
    port = 1024 + number % 60_000
    asked = struct.pack(">HHHHHH", number & 0xFFFF, 0x100, 1, 0, 0, 0) + question
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + struct.pack(">I", 0xC6336400 + number % 250)
    told = struct.pack(">HHHHHH", number & 0xFFFF, 0x8180, 1, 1, 0, 0) + question + answer
    return [
        _ip(17, client, server, struct.pack(">HHHH", port, 53, 8 + len(asked), 0) + asked),
        _ip(17, server, client, struct.pack(">HHHH", 53, port, 8 + len(told), 0) + told),
    ]


def _mixed() -> Iterator[bytes]:
    miners = [_Flow(900_000 + number, 3333) for number in range(20)]
    for miner in miners:
        yield from miner.open()
    number = 0
    while True:
        number += 1
        tls, web = _Flow(2 * number, 443), _Flow(2 * number + 1, 80)
        yield from tls.open()
        yield tls.packet(0, 24, _hello(number))
        yield from web.open()
        yield web.packet(0, 24, _REQUEST % (number, number % 50))
        yield web.packet(1, 24, _RESPONSE % (20 * len(_BULK)))
        for at in range(40):
            yield tls.packet(1, 16, b"\x17\x03\x03\x05\xd0" + _BULK[: 1448 - 5])
            if at % 2:
                yield web.packet(1, 16, _BULK)
                yield tls.packet(0, 16)
                yield web.packet(0, 16)
        for at in range(5):
            yield from _dns(5 * number + at)
        miner = miners[number % 20]
        yield miner.packet(1, 24, _NOTIFY % number)
        yield miner.packet(0, 24, _SUBMIT % (number % 20, number, number))
        yield miner.packet(1, 24, b'{"id":%d,"result":true,"error":null}\n' % number)


def generate(path: Path, size: int) -> int:
    """Write a mixed capture of about `size` bytes; returns how many packets it has."""
    packets, written = 0, len(_HEADER)
    with path.open("wb") as file:
        file.write(_HEADER)
        for frame in _mixed():
            second, part = divmod(packets * 40, 1_000_000)
            file.write(struct.pack("<IIII", 1_700_000_000 + second, part, len(frame), len(frame)) + frame)
            packets, written = packets + 1, written + 16 + len(frame)
            if written >= size:
                return packets
    return packets


_READER = """
import sys
from pathlib import Path
from minewarden.telemetry.reader import Head, Source
from minewarden.telemetry.readers.pcap import PcapReader
path = Path(sys.argv[1])
with path.open("rb") as stream:
    head = Head(stream.read(65536))
    stream.seek(0)
    for item in PcapReader().read(Source(1, path.name, path, head, stream)):
        pass
"""
_BARE_READ = "import sys\nf = open(sys.argv[1], 'rb')\nwhile f.read(1 << 20): pass\n"
_FIELDS = ("frame.number", "frame.time_epoch", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "dns.qry.name",
           "tls.handshake.extensions_server_name", "http.host", "tcp.payload")  # fmt: skip
LONG_S = 9
"""What takes longer is run once."""
_HEADS = (
    "work",
    "packets per CPU-second",
    "packets/s",
    "CPU s",
    "wall s",
    "peak MiB",
    "cores of other work",
    "CPU of `scan` is ... times less",
)


def _works(path: Path, folder: Path, *, tshark: bool) -> Iterator[tuple[str, list[str]]]:
    yield "`scan`, whole: read, kept in a lake, detected", [*SCAN, str(path)]
    yield "the reader alone", [sys.executable, "-c", _READER, str(path)]
    if tshark and shutil.which("tshark"):
        fields = [word for name in _FIELDS for word in ("-e", name)]
        yield "`tshark -T fields`", ["tshark", "-n", "-r", str(path), "-T", "fields", *fields]
    rules = compiled_rules(folder)
    if rules and shutil.which("suricata"):
        log = folder / "suricata"
        log.mkdir(exist_ok=True)
        single = ["suricata", "-S", str(rules), "-r", str(path), "-l", str(log), "-k", "none", "--runmode", "single"]
        yield "Suricata with the rules that `block compile` writes", single
    yield "bare read", [sys.executable, "-c", _BARE_READ, str(path)]


def _measured(path: Path, packets: int, works: Iterable[tuple[str, list[str]]], times: int) -> list[str]:
    rows, first = [], None
    for name, command in works:
        cost = run(on_one_core(command))
        if cost.wall_s < LONG_S:
            cost = median(on_one_core(command), times)
        first = first or cost
        rates = [f"{packets / seconds:,.0f}" for seconds in (cost.cpu_s, cost.wall_s)]
        ratio = f"{cost.cpu_s / first.cpu_s:.2f}"
        rows.append(
            (
                name,
                *rates,
                f"{cost.cpu_s:.2f}",
                f"{cost.wall_s:.2f}",
                f"{cost.peak_mib:.0f}",
                f"{cost.others:.1f}",
                ratio,
            )
        )
    return [f"{packets:,} packets, {path.stat().st_size >> 20} MiB", "", *table(_HEADS, rows), ""]


def _made(path: Path, write: Callable[[Path], int]) -> tuple[Path, int]:
    """A capture and how many packets it has; it is written only where it does not stand yet."""
    counted = path.with_suffix(".count")
    if not counted.exists():
        counted.write_text(str(write(path)))
    return path, int(counted.read_text())


def main() -> None:
    """Generate, read, compare, write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--mib", type=int, default=1024)
    asked.add_argument("--flows", type=int, default=1_000_000)
    asked.add_argument("--longer-mib", type=int, default=4096, help="0: without the longer one")
    asked.add_argument("--times", type=int, default=3)
    asked.add_argument("--tshark-flows", action="store_true", help="run tshark on the flows too")
    asked.add_argument("--keep", type=Path, help="folder for the captures, used again where they stand")
    asked.add_argument("--only-make", action="store_true", help="make the captures and end")
    options = asked.parse_args()
    made_by = f"python -m bench.capture_rate --mib {options.mib} --flows {options.flows} --longer-mib {options.longer_mib} --times {options.times}"
    lines = [f"Made by `{made_by}`; medians of whole processes, start-up included, each on one core; what takes more than "
             f"{LONG_S} s is run once. {machine()}.", ""]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as made:
        folder = options.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        mixed, packets = _made(folder / f"mixed-{options.mib}.pcap", lambda path: generate(path, options.mib << 20))
        flows, in_flows = _made(
            folder / f"flows-{options.flows}.pcap", lambda path: capture_flows.write(path, options.flows)
        )
        longer = folder / f"mixed-{options.longer_mib}.pcap"
        if options.longer_mib:
            _, in_longer = _made(longer, lambda path: generate(path, options.longer_mib << 20))
        if options.only_make:
            return
        lines += ["Mixed: bulk TLS, downloads over HTTP, DNS and some Stratum, every message of it parsed:", ""]
        lines += _measured(mixed, packets, _works(mixed, Path(made), tshark=True), options.times)
        if options.longer_mib:
            lines += ["The same, longer:", ""]
            lines += _measured(longer, in_longer, islice(_works(longer, Path(made), tshark=False), 1), options.times)
        lines += [f"Flows: {options.flows:,} connections, all open at the same time (`bench/capture_flows.py`):", ""]
        # A million open connections take tshark some gigabytes and minutes.
        lines += _measured(flows, in_flows, _works(flows, Path(made), tshark=options.tshark_flows), options.times)
    write_section("Captures", lines)


if __name__ == "__main__":
    main()
