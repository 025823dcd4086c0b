"""A real watch, killed at random points while logs grow, rotate, are copied and packed: every row is there once."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.telemetry.lake import Lake

pytestmark = pytest.mark.real

POOL = "xmr-eu1.nanopool.org"
ZEEK = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\trcode_name\tanswers\n"
)
RUNS = 6


class Sensors:
    """Writes rows whose names are all different: a Zeek log that is renamed and packed, an EVE log that is copied and
    truncated. Lines are written in two halves now and then, as a buffer that is flushed in mid-line does."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._zeek, self._eve, self._chance = folder / "dns.log", folder / "eve.json", chance
        self.names: list[str] = []
        self.turned = 0
        self._zeek.write_text(ZEEK)
        self._eve.touch()

    def write(self, count: int) -> None:
        zeek = "".join(self._zeek_line(self._name("z")) for _ in range(count))
        eve = "".join(self._eve_line(self._name("e")) for _ in range(count))
        for path, text in ((self._zeek, zeek), (self._eve, eve)):
            place = self._chance.randrange(len(text))
            for half in (text[:place], text[place:]):
                with path.open("a") as file:
                    file.write(half)
                time.sleep(0.003)

    def turn(self) -> None:
        """Rotate both logs."""
        self.turned += 1
        archived = self._zeek.with_name(f"dns.{self.turned:03d}.log")
        self._zeek.rename(archived)
        self._zeek.write_text(ZEEK)
        copy = self._eve.with_name(f"eve.json.{self.turned:03d}")
        shutil.copyfile(self._eve, copy)
        os.truncate(self._eve, 0)
        packed = archived.with_name(archived.name + ".gz")
        with gzip.open(packed.with_suffix(".part"), "wb") as file:
            file.write(archived.read_bytes() + b"#close\t2026-11-24-00-00-00\n")
        packed.with_suffix(".part").rename(packed)
        archived.unlink()

    def _name(self, kind: str) -> str:
        self.names.append(f"{kind}{len(self.names)}.example")
        return self.names[-1]

    def _zeek_line(self, name: str) -> str:
        return (
            f"{time.time():.6f}\tC1\t10.0.0.{len(self.names) % 200}\t5000\t10.0.0.250\t53\tudp\t{name}\tA\tNOERROR\t-\n"
        )

    def _eve_line(self, name: str) -> str:
        event = {
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
            "event_type": "dns",
            "src_ip": "10.0.1.9",
            "src_port": 5000,
            "dest_ip": "10.0.0.250",
            "dest_port": 53,
            "proto": "UDP",
            "dns": {"type": "query", "rrname": POOL if len(self.names) % 500 == 0 else name, "rrtype": "A"},
        }
        if event["dns"]["rrname"] == POOL:
            self.names[-1] = POOL
        return json.dumps(event) + "\n"


def started(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "minewarden",
        "patrol",
        "watch",
        str(folder / "logs"),
        "--lake",
        str(folder / "lake"),
    ]
    command += ["--out", str(folder / "findings.jsonl"), "--every", "50ms", "--settle", "1s", *more]
    with (folder / "said").open("ab") as said:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)


def wait_for_start(folder: Path, times: int, sensors: Sensors) -> None:
    """Write on until the watch says that it has begun."""
    until = time.monotonic() + 20
    while (folder / "said").read_text().count("开始值守") < times:
        assert time.monotonic() < until, (folder / "said").read_text()[-2000:]
        sensors.write(10)
        time.sleep(0.02)


def rows(lake: Path) -> Counter[str]:
    with Lake(lake).connect() as connection:
        return Counter(row[0] for row in connection.execute("SELECT query FROM dns").fetchall())


def test_killed_at_random_points_it_reads_every_row_once(tmp_path: Path) -> None:
    chance = random.Random(20261124)
    (tmp_path / "logs").mkdir()
    sensors = Sensors(tmp_path / "logs", chance)
    progress: list[int] = []
    for number in range(RUNS):
        process = started(tmp_path)
        wait_for_start(tmp_path, number + 1, sensors)
        until = time.monotonic() + chance.uniform(0.0, 0.6)
        while time.monotonic() < until:
            sensors.write(40)
        process.send_signal(signal.SIGKILL)
        process.wait()
        progress.append(sum(rows(tmp_path / "lake").values()))
        if number % 3 == 1:
            sensors.turn()
    assert len(set(progress)) > RUNS // 2, "most of the killed runs should have got somewhere"
    time.sleep(1.2)
    for _ in range(2):
        process = started(tmp_path, "--once")
        assert process.wait(30) == 0, (tmp_path / "said").read_text()[-2000:]
    found, written = rows(tmp_path / "lake"), Counter(sensors.names)
    assert sum(found.values()) == sum(written.values())
    assert found == written
    stated = [json.loads(line) for line in (tmp_path / "findings.jsonl").read_text().splitlines()]
    assert [line["schema"] for line in stated] == ["minewarden/finding/1"] * len(stated)
    assert len({line["id"] for line in stated}) == 1
    assert len(stated) <= 3


def test_asked_to_stop_it_stops_at_once_and_goes_on_later(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    sensors = Sensors(tmp_path / "logs", random.Random(1))
    for number, signal_number in enumerate((signal.SIGTERM, signal.SIGINT), 1):
        process = started(tmp_path)
        wait_for_start(tmp_path, number, sensors)
        process.send_signal(signal_number)
        assert process.wait(10) == 0
    assert started(tmp_path, "--once").wait(30) == 0
    assert rows(tmp_path / "lake") == Counter(sensors.names)
    assert b"Traceback" not in (tmp_path / "said").read_bytes()
