"""Practice, nasty scenario N3: the exit's clock is 192 s fast, the DHCP server's 45 s slow, and the notice is +-60 s.

True time of the activity: 2026-03-12 21:14:37. The exit's log gives port 40213 to 10.12.8.66 until 21:15:02 and to
10.12.9.14 from 21:16:10 to 21:25:00 by its own clock; the DHCP server moves 10.12.9.14 from one device to another at
21:14:00 by its own.
"""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.declared import Declared
from minewarden.telemetry.ingest import IngestReport, ingest
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.readers.dhcp import KeaLeaseReader
from minewarden.telemetry.readers.nat import H3cNatReader, NatCsvReader
from minewarden.trace.chain import Question, trace
from minewarden.trace.directory import LakeDirectory
from minewarden.vocab.attribution import Attribution, Certainty
from minewarden.vocab.errors import InputError, ZoneNeeded
from minewarden.vocab.words import render

CITY = ZoneInfo("Asia/Shanghai")
LOGS = Path(__file__).parent / "logs"
READERS = {reader.form: reader for reader in (KeaLeaseReader(), H3cNatReader(), NatCsvReader())}
MAC_A, MAC_B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
NAT_CLOCK = '[[source]]\nmatch = "nat-*"\nzone = "Asia/Shanghai"\noffset = "+192s"\n'
DHCP_CLOCK = '[[source]]\nmatch = "kea-*"\noffset = "-45s"\n'
ZONE_ONLY = '[[source]]\nmatch = "nat-*"\nzone = "Asia/Shanghai"\n'


class Silent:
    def started(self, name: str, bytes_total: int) -> None: ...
    def advanced(self, bytes_done: int) -> None: ...
    def finished(self, record: SourceRecord) -> None: ...
    def problem(self, error: InputError) -> None: ...
    def note(self, note: InputError) -> None: ...


def clock(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-12 {text}").replace(tzinfo=CITY)


def read(paths: list[Path], declared: str, folder: Path) -> tuple[Lake, IngestReport]:
    (folder / "sources.toml").write_text(declared, encoding="utf-8")
    lake = Lake(folder / "lake")
    report = ingest(paths, lake, declared=Declared.load(folder / "sources.toml"), watch=Silent(), readers=READERS)
    return lake, report


def notice(lake: Lake, ip: str = "203.0.113.10", port: int = 40213, at: str = "21:14:37") -> Attribution:
    question = Question(ip, port, clock(at), tolerance=timedelta(seconds=60))
    return trace(lake, [question], LakeDirectory(lake))[0]


def test_a_registered_offset_of_the_exit_gives_the_one_right_address(tmp_path: Path) -> None:
    lake, report = read([LOGS / "nat-exit.log"], NAT_CLOCK, tmp_path)
    assert report.problems == []
    answer = notice(lake)
    [one] = answer.candidates
    assert (one.internal_ip, one.certainty) == ("10.12.9.14", Certainty.UNIQUE)
    assert (one.hops[0].valid_from, one.hops[0].valid_until) == (clock("21:12:58"), clock("21:21:48"))
    assert [row.row for row in one.hops[0].rows] == [3, 4]
    assert answer.warnings == ()


@pytest.mark.parametrize(
    ("at", "addresses"),
    [
        # The exit's clock may be 2 s off: the mapping of 10.12.9.14 is sure from 21:12:56 on.
        ("21:13:56", [("10.12.9.14", Certainty.UNIQUE)]),
        ("21:13:55", [("10.12.9.14", Certainty.LIKELY)]),
        # That of 10.12.8.66 ended at 21:11:50, which the window may touch until 21:11:52.
        ("21:12:53", [("10.12.9.14", Certainty.POSSIBLE)]),
        ("21:12:52", [("10.12.9.14", Certainty.POSSIBLE), ("10.12.8.66", Certainty.POSSIBLE)]),
        ("21:11:56", [("10.12.8.66", Certainty.POSSIBLE), ("10.12.9.14", Certainty.POSSIBLE)]),
        ("21:11:55", [("10.12.8.66", Certainty.POSSIBLE)]),
        ("21:11:52", [("10.12.8.66", Certainty.LIKELY)]),
        ("21:10:52", [("10.12.8.66", Certainty.UNIQUE)]),
    ],
)
def test_a_to_the_second(tmp_path: Path, at: str, addresses: list[tuple[str, Certainty]]) -> None:
    lake, _ = read([LOGS / "nat-exit.log"], NAT_CLOCK, tmp_path)
    assert [(c.internal_ip, c.certainty) for c in notice(lake, at=at).candidates] == addresses


def test_b_change_of_lease_inside_the_window_names_both_devices(tmp_path: Path) -> None:
    lake, report = read([LOGS], NAT_CLOCK + DHCP_CLOCK, tmp_path)
    assert report.problems == []
    answer = notice(lake)
    assert [(c.internal_ip, c.mac, c.certainty) for c in answer.candidates] == [
        ("10.12.9.14", MAC_A, Certainty.LIKELY),
        ("10.12.9.14", MAC_B, Certainty.POSSIBLE),
    ]
    first, second = (candidate.hops[1] for candidate in answer.candidates)
    assert (first.valid_until, second.valid_from) == (clock("21:14:45"), clock("21:14:45"))
    assert "不唯一" in " ".join(render(warning, "zh") for warning in answer.warnings)


LIKELY, POSSIBLE, UNIQUE = Certainty.LIKELY, Certainty.POSSIBLE, Certainty.UNIQUE


def test_b_to_the_second(tmp_path: Path) -> None:
    """The lease changes at 21:14:45 of true time, the window is +-60 s, the server's clock known to +-2 s. Only from
    21:15:48 on, when nothing of the window reaches back to the first device, is the second one the only one."""
    lake, _ = read([LOGS], NAT_CLOCK + DHCP_CLOCK, tmp_path)
    seen = {at: [(c.mac, c.certainty) for c in notice(lake, at=at).candidates] for at in (
        "21:13:42", "21:13:43", "21:14:42", "21:14:43", "21:14:45", "21:14:46", "21:14:48", "21:15:47", "21:15:48",
    )}  # fmt: skip
    assert seen == {
        # The exit's mapping begins within this window, which alone makes it less than certain.
        "21:13:42": [(MAC_A, LIKELY)],
        "21:13:43": [(MAC_A, LIKELY), (MAC_B, POSSIBLE)],
        "21:14:42": [(MAC_A, LIKELY), (MAC_B, POSSIBLE)],
        "21:14:43": [(MAC_A, LIKELY), (MAC_B, LIKELY)],
        "21:14:45": [(MAC_A, LIKELY), (MAC_B, LIKELY)],
        "21:14:46": [(MAC_B, LIKELY), (MAC_A, LIKELY)],
        "21:14:48": [(MAC_B, LIKELY), (MAC_A, POSSIBLE)],
        "21:15:47": [(MAC_B, LIKELY), (MAC_A, POSSIBLE)],
        "21:15:48": [(MAC_B, UNIQUE)],
    }


def test_c_unregistered_clock_of_the_exit_names_both_addresses(tmp_path: Path) -> None:
    lake, report = read([LOGS / "nat-exit.log"], ZONE_ONLY, tmp_path)
    assert report.problems == []
    answer = notice(lake)
    assert {(c.internal_ip, c.certainty) for c in answer.candidates} == {
        ("10.12.8.66", Certainty.POSSIBLE),
        ("10.12.9.14", Certainty.POSSIBLE),
    }
    assert any("时间偏差未登记，结果不唯一" in render(warning, "zh") for warning in answer.warnings)


@pytest.mark.parametrize(
    ("at", "addresses"),
    [
        # Such a clock may be five minutes off: 10.12.9.14 from 21:16:10 on, less 300 s and the window's 60 s.
        ("21:10:09", {"10.12.8.66"}),
        ("21:10:10", {"10.12.8.66", "10.12.9.14"}),
        # 10.12.8.66 until 21:15:02, and 360 s more; 10.12.9.14 until 21:25:00, likewise.
        ("21:21:02", {"10.12.8.66", "10.12.9.14"}),
        ("21:21:03", {"10.12.9.14"}),
        ("21:31:00", {"10.12.9.14"}),
        ("21:31:01", set()),
    ],
)
def test_c_to_the_second_and_never_sure(tmp_path: Path, at: str, addresses: set[str]) -> None:
    lake, _ = read([LOGS / "nat-exit.log"], ZONE_ONLY, tmp_path)
    answer = notice(lake, at=at)
    assert {one.internal_ip for one in answer.candidates} == addresses
    assert {one.certainty for one in answer.candidates} <= {POSSIBLE}
    said = [render(warning, "zh") for warning in answer.warnings]
    assert any("时间偏差未登记，结果不唯一" in text for text in said) is bool(addresses)


def test_d_log_without_a_zone_asks_for_it(tmp_path: Path) -> None:
    lake, report = read([LOGS / "nat-exit.log"], "", tmp_path)
    [problem] = report.problems
    assert isinstance(problem, ZoneNeeded)
    assert "时区" in render(problem.message, "zh")
    assert lake.tables() == frozenset()


def test_d_utc_read_as_local_time_is_caught(tmp_path: Path) -> None:
    log = tmp_path / "nat-utc.csv"
    log.write_text(
        "time,end,inside_ip,outside_ip,outside_port\n"
        "2026-03-12 13:12:58,2026-03-12 13:21:48,10.12.9.14,203.0.113.10,40213\n",
        encoding="utf-8",
    )
    lake, report = read([log], NAT_CLOCK.replace("+192s", "0s"), tmp_path)
    assert report.problems == []
    answer = notice(lake)
    assert answer.candidates == ()
    said = " ".join(render(warning, "zh") for warning in answer.warnings)
    assert "可能时区有误" in said
    assert "-8" in said


def test_d_a_whole_day_of_utc_read_as_local_time_is_caught_by_its_nights(tmp_path: Path) -> None:
    """Such a log covers the window, and eight hours off somebody else had the port: one answer, and the wrong one. A
    school is busy from 8:00 to 18:00; read so, it is busy from midnight to 10:00."""
    rows = ["time,end,inside_ip,outside_ip,outside_port"]
    for minute in range(24 * 60):
        if minute < 10 * 60 or minute % 10 == 0:
            begun = f"2026-03-12 {minute // 60:02}:{minute % 60:02}"
            rows.append(f"{begun}:00,{begun}:30,10.12.7.{minute % 200},203.0.113.10,{1024 + minute}")
    rows.append("2026-03-12 13:12:58,2026-03-12 13:21:48,10.12.9.14,203.0.113.10,40213")
    rows.append("2026-03-12 21:10:00,2026-03-12 21:20:00,10.12.8.66,203.0.113.10,40213")
    log = tmp_path / "nat-utc.csv"
    log.write_text("\n".join([*rows, ""]), encoding="utf-8")
    found = {}
    for zone in ("Asia/Shanghai", "UTC"):
        folder = tmp_path / zone
        folder.mkdir(parents=True)
        declared = NAT_CLOCK.replace("+192s", "0s").replace("Asia/Shanghai", zone)
        answer = notice(read([log], declared, folder)[0])
        found[zone] = [one.internal_ip for one in answer.candidates], [render(w, "zh") for w in answer.warnings]
    wrong, right = found["Asia/Shanghai"], found["UTC"]
    assert wrong[0] == ["10.12.8.66"]
    assert len(wrong[1]) == 1
    assert "记录在夜间" in wrong[1][0]
    assert "可能时区有误" in wrong[1][0]
    assert right == (["10.12.9.14"], [])
