"""Whatever is given to `scan`: it says which file is wrong and what to do, reads the rest, and never breaks."""

import gzip
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

GOOD = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\trcode_name\tanswers\n"
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tstring\tstring\tvector[string]\n"
    "1773321277.000000\tC1\t10.1.2.3\t40000\t10.0.0.53\t53\tudp\tpool.supportxmr.com\tA\tNOERROR\t-\n"
)


def scan(*arguments: object, limit_mib: int = 4096) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("minewarden")

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit_mib * 2**20, limit_mib * 2**20))

    return subprocess.run(
        [program, "--language", "en", "scan", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=bounded,
    )


def wrong(folder: Path) -> dict[str, Path]:
    """Files that cannot be read, or not wholly."""
    made = {
        "empty.pcap": b"",
        "header-only.pcap": bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")[:20],
        "random.bin": bytes(range(256)) * 64,
        "prose.txt": "这只是一封信，不是日志。\n".encode() * 20,
        "cut.gz": gzip.compress(GOOD.encode() * 400)[:200],
    }
    for name, data in made.items():
        (folder / name).write_bytes(data)
    with (folder / "sparse.log").open("wb") as sparse:
        sparse.truncate(10 * 2**30)
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["empty.pcap", "header-only.pcap", "random.bin", "prose.txt", "cut.gz", "sparse.log"])
def test_an_unreadable_file_is_named_and_the_rest_is_read(name: str, tmp_path: Path) -> None:
    bad = wrong(tmp_path)[name]
    good = tmp_path / "good" / "dns.log"
    good.parent.mkdir()
    good.write_text(GOOD)
    begun = time.monotonic()
    ended = scan(bad, good, "--format", "jsonl")
    assert ended.returncode == 1
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr
    assert '"pool.supportxmr.com"' in ended.stdout
    assert time.monotonic() - begun < 60


def test_a_whole_folder_of_wrong_files_ends_with_one(tmp_path: Path) -> None:
    names = wrong(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path)
    ended = scan(tmp_path)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert all(name in ended.stderr for name in names)


def test_a_bomb_is_stopped(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb.log.gz", "wb", compresslevel=9) as bomb:
        bomb.write(GOOD.encode())
        line = GOOD.splitlines()[-1].encode() + b"\n"
        for _ in range(60):
            bomb.write(line * 40_000)
    ended = scan(tmp_path / "bomb.log.gz", "--format", "jsonl")
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 1
    assert "bomb.log.gz" in ended.stderr


def test_a_line_cut_in_the_middle_is_counted_and_kept(tmp_path: Path) -> None:
    log = tmp_path / "dns.log"
    log.write_text(GOOD + "1773321278.000000\tC2\t10.1.2.3\t400")
    rejects = tmp_path / "rejects.jsonl"
    ended = scan(log, "--format", "jsonl", "--rejects", rejects)
    assert ended.returncode == 1
    assert '"pool.supportxmr.com"' in ended.stdout
    assert "dns.log:9" in ended.stderr
    assert "dns.log" in rejects.read_text()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_recognised(encoding: str, tmp_path: Path) -> None:
    log = tmp_path / "dns.log"
    log.write_text(GOOD + "#close\t教学楼\n", encoding=encoding)
    ended = scan(log, "--format", "jsonl")
    assert '"pool.supportxmr.com"' in ended.stdout, ended.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_without_rights_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    ended = scan(tmp_path)
    closed.chmod(0o700)
    assert ended.returncode == 1
    assert "closed" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [["absent.pcap"], [".", "--zone", "Mars/Olympus"], [".", "--directory", "absent"], [".", "--state", "x"], []],
)
def test_wrong_usage_ends_with_two(arguments: list[str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [Path(sys.executable).with_name("minewarden"), "scan", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_standard_output_carries_findings_only(tmp_path: Path) -> None:
    log = tmp_path / "dns.log"
    log.write_text(GOOD)
    ended = scan(log, "--format", "jsonl")
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == 1
    assert "sources 1" in ended.stderr
