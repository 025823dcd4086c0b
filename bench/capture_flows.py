"""Writes a capture of very many connections, all open at the same time: the worst case for a table of flows.

    python bench/capture_flows.py FILE [--flows 1000000] [--answers 2]

Every connection opens (three packets), then one half says a TLS client hello, a thousandth subscribes to a mining pool
and the others say something opaque; then the servers say something opaque. Packets of one kind follow each other
for all connections, so that two packets of the same one are as far apart as they can be.
"""

import argparse
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
_START_S = 1_700_000_000
_AT_ONCE = 65_536
_SYN, _ACK, _PSH = 2, 16, 8
_TEXT = b'{"id":1,"method":"mining.subscribe","params":["miner/1.0"]}\n'
_OPAQUE = bytes(range(128, 188))
_ANSWER = b"\x17\x03\x03\x00\x37" + bytes(range(128, 183))

Numbers = NDArray[np.int64]


def _hello() -> bytes:
    name = b"service.example.org"
    sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    body = b"\x03\x03" + bytes(32) + b"\0\0\x04\x13\x01\x13\x02\x01\0" + struct.pack(">H", len(sni)) + sni
    message = b"\x01\0" + struct.pack(">H", len(body)) + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def _records(flows: Numbers, side: int, flags: int, seq: int, payload: bytes, us: Numbers) -> bytes:
    """One packet of each flow, with its record header."""
    size = 54 + len(payload)
    rows = np.zeros((len(flows), 16 + size), np.uint8)

    def put(at: int, kind: str, values: Numbers | int) -> None:
        width = np.dtype(kind).itemsize
        rows[:, at : at + width] = np.broadcast_to(values, flows.shape).astype(kind)[:, None].view(np.uint8)

    put(0, "<u4", us // 1_000_000)
    put(4, "<u4", us % 1_000_000)
    put(8, "<u4", size)
    put(12, "<u4", size)
    put(28, ">u2", 0x0800)
    put(30, ">u2", 0x4500)
    put(32, ">u2", 40 + len(payload))
    put(38, ">u2", 0x4006)
    # 10.0.0.0/12 talks to 198.51.100.0/24; neighbours differ in their ports too.
    ends = (0x0A000000 + flows % 0xFFFFF, 20_000 + flows % 40_000), (0xC6336400 + flows % 250, 443 + flows % 7)
    (source, sport), (target, dport) = ends[side], ends[1 - side]
    put(42, ">u4", source)
    put(46, ">u4", target)
    put(50, ">u2", sport)
    put(52, ">u2", dport)
    put(54, ">u4", seq)
    put(62, ">u2", 0x5000 | flags)
    rows[:, 70:] = np.frombuffer(payload, np.uint8)
    return rows.tobytes()


def _beginnings(flows: Numbers, us: Numbers) -> bytes:
    """The first words of each client."""
    told = np.where(flows % 1000 == 7, 0, np.where(flows % 2 == 0, 1, 2))
    return b"".join(
        _records(flows[told == kind], 0, _PSH | _ACK, 1001, payload, us[told == kind])
        for kind, payload in enumerate((_TEXT, _hello(), _OPAQUE))
    )


def write(path: Path, flows: int, answers: int = 2, step_us: int = 2) -> int:
    """Write the capture; returns how many packets it has. `step_us`: from one packet to the next."""
    packets = 0
    with path.open("wb") as file:
        file.write(_FILE_HEADER)
        for phase in range(4 + answers):
            for begin in range(0, flows, _AT_ONCE):
                which = np.arange(begin, min(flows, begin + _AT_ONCE))
                us = _START_S * 1_000_000 + (packets + np.arange(len(which))) * step_us
                if phase < 3:
                    flags = (_SYN, _SYN | _ACK, _ACK)[phase]
                    file.write(_records(which, phase % 2, flags, 1000 + (phase == 2), b"", us))
                elif phase == 3:
                    file.write(_beginnings(which, us))
                else:
                    file.write(_records(which, 1, _PSH | _ACK, 1001 + (phase - 4) * len(_ANSWER), _ANSWER, us))
                packets += len(which)
    return packets


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--answers", type=int, default=2)
    args = parser.parse_args()
    print(f"{write(args.path, args.flows, args.answers):,} packets, {args.path.stat().st_size >> 20} MiB")


if __name__ == "__main__":
    main()
