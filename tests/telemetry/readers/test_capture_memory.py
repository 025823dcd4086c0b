"""Memory grows with what is open at the same time, not with the length of a capture."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from bench.capture_flows import _ACK, _FILE_HEADER, _PSH, _SYN, _records
from minewarden.telemetry.packets.layers import FIN

MARGIN_MIB = 24
"""What a capture four times as long may take more: less than what its connections would, were all of them kept."""

_STEP_US = 8_000
_AT_ONCE = 4_096
_REQUEST = b"GET /file HTTP/1.1\r\nHost: files.example.org\r\n\r\n"
_OPAQUE = bytes(range(128, 188))

_READER = """
import sys
from pathlib import Path
from minewarden.telemetry.reader import Batch, Head, Source
from minewarden.telemetry.readers.pcap import PcapReader
path, rows = Path(sys.argv[1]), {"conn": 0, "http": 0}
with path.open("rb") as stream:
    head = Head(stream.read(65536))
    stream.seek(0)
    for item in PcapReader().read(Source(1, path.name, path, head, stream)):
        rows[item.table] += len(item.rows)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(status["VmHWM"].split()[0], rows["conn"], rows["http"])
"""


def written(path: Path, connections: int) -> Path:
    """Connections that begin one after the other, say something and end; a sixteenth of them asks a web server."""
    with path.open("wb") as file:
        file.write(_FILE_HEADER)
        for begin in range(0, connections, _AT_ONCE):
            which = np.arange(begin, min(connections, begin + _AT_ONCE))
            us = 1_700_000_000_000_000 + which * _STEP_US
            for side, flags, seq in ((0, _SYN, 1000), (1, _SYN | _ACK, 5000), (0, _ACK, 1001)):
                file.write(_records(which, side, flags, seq, b"", us))
            asks = which % 16 == 0
            file.write(_records(which[asks], 0, _PSH | _ACK, 1001, _REQUEST, us[asks]))
            file.write(_records(which[~asks], 0, _PSH | _ACK, 1001, _OPAQUE, us[~asks]))
            for side, seq in ((0, 1001 + len(_REQUEST)), (1, 5001)):
                file.write(_records(which, side, FIN | _ACK, seq, b"", us))
    return path


def peak_mib(path: Path, connections: int) -> float:
    """What reading it takes, in a process of its own."""
    told = subprocess.run([sys.executable, "-c", _READER, path], capture_output=True, text=True, check=True).stdout
    peak_kib, conn, http = map(int, told.split())
    assert conn == connections
    assert http == -(-connections // 16)
    return peak_kib / 1024


def test_a_capture_four_times_as_long_takes_no_more_than_a_margin(tmp_path: Path) -> None:
    short, long = 100_000, 400_000
    peaks = [peak_mib(written(tmp_path / f"{many}.pcap", many), many) for many in (short, long)]
    assert peaks[1] - peaks[0] < MARGIN_MIB
