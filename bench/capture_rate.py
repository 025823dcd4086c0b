"""How fast captures are read, and in how much memory, beside `tshark -T fields` on the same file.

    python bench/capture_rate.py [--mib 256] [--kind mixed|flows] [--no-tshark] [--keep FILE]

mixed: bulk TLS, downloads over HTTP, DNS and some Stratum; flows: a million short flows of a handshake and a hello each.
The file is made here, from fixed numbers, and thrown away. Each reading runs in a process of its own, so that its peak
memory is its own.
"""

import argparse
import json
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

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


def _flows() -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        flow = _Flow(number, 443)
        yield from flow.open()
        yield flow.packet(0, 24, _hello(number % 1000))
        yield flow.packet(1, 17)


def generate(path: Path, size: int, kind: str) -> int:
    """Write a capture of about `size` bytes; returns how many packets it has."""
    packets, written = 0, len(_HEADER)
    with path.open("wb") as file:
        file.write(_HEADER)
        for frame in _mixed() if kind == "mixed" else _flows():
            second, part = divmod(packets * 40, 1_000_000)
            file.write(struct.pack("<IIII", 1_700_000_000 + second, part, len(frame), len(frame)) + frame)
            packets, written = packets + 1, written + 16 + len(frame)
            if written >= size:
                return packets
    return packets


_OURS = """
import json, resource, sys, time
from pathlib import Path
from minewarden.telemetry.reader import Batch, Head, Source
from minewarden.telemetry.readers.pcap import PcapReader
path, reader, rows = Path(sys.argv[1]), PcapReader(), {}
with path.open("rb") as stream:
    head = Head(stream.read(65536))
    stream.seek(0)
    begun, cpu = time.perf_counter(), time.process_time()
    for item in reader.read(Source(1, path.name, path, head, stream)):
        if isinstance(item, Batch):
            rows[item.table] = rows.get(item.table, 0) + item.rows.num_rows
    print(json.dumps({"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "rows": rows,
        "packets": reader.tally.packets, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""
_FIELDS = ("frame.number", "frame.time_epoch", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "dns.qry.name",
           "tls.handshake.extensions_server_name", "http.host", "tcp.payload")  # fmt: skip


def _tshark(path: Path) -> dict[str, float]:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    fields = [word for name in _FIELDS for word in ("-e", name)]
    subprocess.run(["tshark", "-n", "-r", str(path), "-T", "fields", *fields], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": time.perf_counter() - begun, "cpu": cpu, "peak": after.ru_maxrss // 1024}


def main() -> None:
    """Generate, read, compare, print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--mib", type=int, default=256)
    asked.add_argument("--kind", choices=("mixed", "flows"), default="mixed")
    asked.add_argument("--no-tshark", action="store_true")
    asked.add_argument("--keep", type=Path)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "bench.pcap"
        packets = generate(path, options.mib << 20, options.kind)
        print(f"{options.kind}: {packets} packets, {path.stat().st_size >> 20} MiB")
        done = subprocess.run([sys.executable, "-c", _OURS, str(path)], capture_output=True, check=True)
        ours = json.loads(done.stdout)
        print(
            f"minewarden  {packets / ours['cpu']:>10.0f} packets/CPU-s  {ours['peak']:>5} MiB  {ours['seconds']:.1f} s  {ours['rows']}"
        )
        if not options.no_tshark:
            theirs = _tshark(path)
            print(
                f"tshark      {packets / theirs['cpu']:>10.0f} packets/CPU-s  {theirs['peak']:>5.0f} MiB  {theirs['seconds']:.1f} s"
            )
            print(f"ratio       {theirs['cpu'] / ours['cpu']:>10.1f}")


if __name__ == "__main__":
    main()
