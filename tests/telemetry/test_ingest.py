"""Taking files in: what is recognised, what is refused and how it is said, and that one file never stops another."""

import gzip
import json
import os
import random
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from minewarden.telemetry.declared import Declared
from minewarden.telemetry.ingest import IngestReport, ingest
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.reader import Batch, Head, Note, Reject, Source
from minewarden.telemetry.readers.netflow import NfdumpCsvReader
from minewarden.telemetry.readers.suricata_eve import EveReader
from minewarden.telemetry.readers.zeek import ZeekReader
from minewarden.telemetry.streams import Limits
from minewarden.vocab.errors import InputError, ZoneNeeded
from minewarden.vocab.message import message

READERS = {"zeek": ZeekReader(), "eve": EveReader(), "nfdump": NfdumpCsvReader()}
HEADER = b"#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"
ROW = b"1772409600.5\t10.0.0.1\t1\t192.0.2.1\t2\ttcp\tSF\n"


class Onlooker:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done = 0
        self.records: list[SourceRecord] = []
        self.problems: list[InputError] = []
        self.notes: list[InputError] = []

    def started(self, name: str, bytes_total: int) -> None:
        self.begun.append(name)

    def advanced(self, bytes_done: int) -> None:
        self.done = bytes_done

    def finished(self, record: SourceRecord) -> None:
        self.records.append(record)

    def problem(self, error: InputError) -> None:
        assert error.said("zh")
        assert error.said("en").startswith(error.file)
        self.problems.append(error)

    def note(self, note: InputError) -> None:
        assert note.said("zh")
        assert note.said("en").startswith(note.file)
        self.notes.append(note)


Take = Callable[..., IngestReport]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def take(lake: Lake) -> Take:
    def call(*paths: Path, **options: object) -> IngestReport:
        onlooker = Onlooker()
        given = {"declared": Declared(), "readers": READERS} | options
        report = ingest(paths, lake, watch=onlooker, **given)  # type: ignore[arg-type]
        assert [record.name for record in onlooker.records] == onlooker.begun
        assert onlooker.problems == report.problems
        assert onlooker.notes == report.notes
        return report

    return call


def reasons(report: IngestReport) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for error in report.problems:
        found.setdefault(Path(error.file).name, []).append(error.message.id)
    return found


def rows(lake: Lake, table: str = "conn") -> int:
    with lake.connect() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def test_a_folder_of_samples(take: Take, lake: Lake, samples: Path) -> None:
    report = take(samples, declared=Declared(default_zone=None))
    forms = {Path(record.name).name: record.form for record in report.sources}
    assert forms["zeek-conn.log"] == "zeek"
    assert forms["eve.json"] == "suricata_eve"
    assert any(isinstance(error, ZoneNeeded) and "nfdump" in error.file for error in report.problems)
    assert [error.message.id for error in report.notes if "other" in error.file] == ["zeek.not_used"]
    record = next(record for record in lake.sources() if record.name.endswith("zeek-conn.log"))
    assert record.rows == {"conn": 4}
    assert record.bytes == (samples / "zeek-conn.log").stat().st_size
    assert len(record.sha256) == 64


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        zstandard.compress,
        lambda data: gzip.compress(zstandard.compress(data)),
        lambda data: gzip.compress(data[:60]) + gzip.compress(data[60:]) + bytes(512),
        lambda data: zstandard.compress(data[:60]) + zstandard.compress(data[60:]),
    ],
    ids=["gzip", "zstd", "nested", "members", "frames"],
)
def test_packed(take: Take, lake: Lake, logs: Path, pack: Callable[[bytes], bytes]) -> None:
    (logs / "conn").write_bytes(pack(HEADER + ROW * 1000))
    report = take(logs)
    assert reasons(report) == {}
    assert rows(lake) == 1000


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_truncated_archive_gives_what_it_holds(
    take: Take, lake: Lake, logs: Path, pack: Callable[[bytes], bytes]
) -> None:
    noise = random.Random(3)
    lines = [ROW.replace(b"\t1\t", b"\t%d\t" % noise.randrange(60000)) for _ in range(60000)]
    whole = pack(HEADER + b"".join(lines))
    (logs / "a.log").write_bytes(whole[: len(whole) * 3 // 4])
    (logs / "b.log").write_bytes(HEADER + ROW)
    report = take(logs)
    assert "ingest.truncated" in reasons(report)["a.log"]
    assert 30000 < rows(lake) < 60000
    assert len(report.sources) == 2


def test_a_damaged_archive(take: Take, lake: Lake, logs: Path) -> None:
    good = gzip.compress(HEADER + ROW)
    (logs / "tail.gz").write_bytes(good + b"junk")
    (logs / "crc.gz").write_bytes(good[:-8] + b"\xff" * 8)
    (logs / "body.zst").write_bytes(zstandard.compress(HEADER + ROW)[:6] + b"\xff" * 50)
    found = reasons(take(logs))
    assert found == {"tail.gz": ["ingest.trailing"], "crc.gz": ["ingest.damaged"], "body.zst": ["ingest.damaged"]}
    assert rows(lake) == 1


def bomb(size: int) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = ROW * 20000
    return squeeze.compress(HEADER) + b"".join(squeeze.compress(chunk) for _ in range(size)) + squeeze.flush()


def test_a_bomb_is_stopped(take: Take, lake: Lake, logs: Path) -> None:
    (logs / "bomb.gz").write_bytes(bomb(20))
    report = take(logs, limits=Limits(ratio=50, free=1024 * 1024))
    assert reasons(report)["bomb.gz"][0] == "ingest.bomb"
    assert 0 < rows(lake) < 400_000
    assert report.problems[0].said("en").count("unpack it yourself")


def test_an_archive_past_the_bound_is_stopped(take: Take, lake: Lake, logs: Path) -> None:
    (logs / "large.gz").write_bytes(bomb(5))
    report = take(logs, limits=Limits(ratio=10**6, total=2 * 1024 * 1024))
    assert "ingest.too_large" in reasons(report)["large.gz"]
    assert 0 < rows(lake) < 100_000


def test_what_is_no_log(take: Take, logs: Path) -> None:
    (logs / "empty").write_bytes(b"")
    (logs / "noise").write_bytes(random.Random(1).randbytes(5000))
    (logs / "letter.txt").write_text("您好\n这不是日志\n", encoding="utf-8")
    (logs / "logs.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    (logs / "deep").write_bytes(gzip.compress(gzip.compress(gzip.compress(HEADER + ROW))))
    (logs / "nothing.gz").write_bytes(gzip.compress(b""))
    assert reasons(take(logs)) == {
        "empty": ["ingest.empty"],
        "noise": ["ingest.binary"],
        "letter.txt": ["ingest.unknown"],
        "logs.zip": ["ingest.packed"],
        "deep": ["ingest.packed_deep"],
        "nothing.gz": ["ingest.empty"],
    }


def test_ten_gigabytes_of_nothing_are_refused_at_once(take: Take, logs: Path) -> None:
    with (logs / "sparse").open("wb") as file:
        file.truncate(10 * 1024**3)
    begun = time.monotonic()
    assert reasons(take(logs)) == {"sparse": ["ingest.zeros"]}
    assert time.monotonic() - begun < 1


def test_what_is_no_file(take: Take, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(logs / "pipe")
    (logs / "loop").symlink_to(logs)
    (logs / "self").symlink_to(logs / "self")
    (logs / "gone").symlink_to(logs / "nothing")
    monkeypatch.chdir(logs)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        (logs / "z.log").write_bytes(HEADER + ROW)
        report = take(logs, Path("/dev/null"))
    assert reasons(report) == {
        "pipe": ["ingest.special"],
        "socket": ["ingest.special"],
        "loop": ["ingest.folder_again"],
        "self": ["ingest.link_loop"],
        "gone": ["ingest.gone"],
        "null": ["ingest.special"],
    }
    assert [record.rows for record in report.sources] == [{"conn": 1}]


def test_a_folder_and_a_file_without_rights(take: Take, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (logs / "closed").mkdir()
    (logs / "secret.log").write_bytes(HEADER + ROW)
    (logs / "z.log").write_bytes(HEADER + ROW * 2)
    scan, opened = os.scandir, Path.open

    def scandir(path: Path) -> Iterator[os.DirEntry[str]]:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    def open_path(path: Path, *args: object, **options: object) -> object:
        if path.name == "secret.log":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)  # type: ignore[call-overload]

    # A test may run as root, to whom nothing is closed.
    monkeypatch.setattr("minewarden.telemetry.walk.os.scandir", scandir)
    monkeypatch.setattr(Path, "open", open_path)
    report = take(logs)
    assert reasons(report) == {"closed": ["ingest.no_rights"], "secret.log": ["ingest.no_rights"]}
    assert len(report.sources) == 1


def test_the_same_content_is_read_once(take: Take, lake: Lake, logs: Path) -> None:
    (logs / "a.log").write_bytes(HEADER + ROW)
    (logs / "b.log").write_bytes(HEADER + ROW)
    (logs / "c.log").write_bytes(HEADER + ROW.replace(b".5", b".6"))
    report = take(logs)
    assert [error.message.id for error in report.notes] == ["ingest.same_file"]
    assert report.problems == []
    assert rows(lake) == 2
    assert take(logs).sources == []
    assert [record.origin for record in lake.sources()] == [1, 2]


def test_rejects_are_counted_told_once_and_written_out(take: Take, logs: Path, tmp_path: Path) -> None:
    bad = ROW.replace(b"10.0.0.1", b"10.0.0.999")
    (logs / "a.log").write_bytes(HEADER + ROW * 20 + bad * 3 + b"torn\n" + b"\xff\xfe\n" + ROW)
    out = tmp_path / "rejects.jsonl"
    report = take(logs, keep_rejects=out)
    assert report.rejects == 5
    assert [(error.line, error.message.id) for error in report.problems] == [
        (26, "input.undecodable"),
        (25, "input.columns"),
        (22, "input.field_unreadable"),
    ]
    assert "3 lines" in report.problems[2].said("en")
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {(line["line"], line.get("text")) for line in written} == {
        (22, bad.decode().strip()),
        (23, bad.decode().strip()),
        (24, bad.decode().strip()),
        (25, "torn"),
        (26, None),
    }
    assert all(line["reason"]["zh"] and line["file"].endswith("a.log") for line in written)


def test_a_file_that_does_not_go_on_as_it_begins_is_left(take: Take, lake: Lake, logs: Path) -> None:
    (logs / "a.log").write_bytes(HEADER + ROW + b"junk\n" * 150_000)
    report = take(logs)
    assert report.problems[0].message.id == "ingest.mostly_refused"
    assert report.rejects == 100_000
    assert rows(lake) == 1


def test_a_reader_that_breaks_its_promise_stops_its_file_only(take: Take, lake: Lake, logs: Path) -> None:
    class Broken:
        form = "broken"

        def recognises(self, head: Head) -> bool:
            return head.raw.startswith(b"broken")

        def read(self, source: Source) -> Iterator[Batch | Reject]:
            raise ValueError("no such thing")
            yield

    (logs / "a.log").write_bytes(b"broken\n")
    (logs / "b.log").write_bytes(HEADER + ROW)
    report = take(logs, readers={"broken": Broken(), **READERS})
    assert reasons(report) == {"a.log": ["ingest.failed"]}
    assert rows(lake) == 1


def test_a_note_is_told_once_per_file_and_is_no_failure(take: Take, lake: Lake, logs: Path) -> None:
    class Talkative:
        form = "talkative"

        def recognises(self, head: Head) -> bool:
            return head.raw.startswith(b"#fields")

        def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
            for item in ZeekReader().read(source):
                yield Note(message("tracelog.year_taken", latest="2026-03-12"))
                yield item
                yield Note(message("tracelog.year_taken", latest="2026-03-13"))

    (logs / "a.log").write_bytes(HEADER + ROW)
    (logs / "b.log").write_bytes(HEADER + ROW * 2)
    report = take(logs, readers={"talkative": Talkative()})
    assert [(Path(note.file).name, note.message.params["latest"]) for note in report.notes] == [
        ("a.log", "2026-03-12"),
        ("b.log", "2026-03-12"),
    ]
    assert (report.rejects, report.problems, rows(lake)) == (0, [], 3)


def test_what_is_passed_over_is_told_in_one_note_per_file(take: Take, logs: Path) -> None:
    event = b'{"timestamp":"2026-03-02T08:00:00.000000+0000","event_type":"%s"}\n'
    kinds = [b"stats", b"fileinfo", b"stats", *(b"made-up-%d" % number for number in range(100)), b"x" * 4000]
    (logs / "eve.json").write_bytes(b"".join(event % kind for kind in kinds))
    (note,) = take(logs).notes
    assert note.message.params["count"] == 104
    told = str(note.message.params["kinds"]).split(", ")
    assert {"stats: 2", "fileinfo: 1", "*: 39"} <= set(told)
    assert len(told) == 65


def test_a_declared_clock_reaches_the_reader(take: Take, lake: Lake, logs: Path, samples: Path) -> None:
    declared = logs / "sources.toml"
    declared.write_text('[[source]]\nmatch = "nf*.csv"\nzone = "Asia/Shanghai"\noffset = "+60s"\n', encoding="utf-8")
    (logs / "nf.csv").write_bytes((samples / "nfdump.csv").read_bytes())
    report = take(logs, declared=Declared.load(declared))
    assert report.problems == []
    assert report.sources[0].first_us == 1772409600_000000 - 60_000000
    assert (report.sources[0].zone, report.sources[0].offset_s) == ("Asia/Shanghai", 60.0)
