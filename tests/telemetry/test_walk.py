"""Walking the paths that a person gave: each file once, in one order, whatever stands in the way."""

import errno
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from minewarden.telemetry.walk import Found, unreadable, walk


def seen(*paths: Path) -> list[str]:
    """Names of files, and reasons in the place of what is none."""
    return [
        item.path.name if isinstance(item, Found) else f"{Path(item.file).name}! {item.message.id}"
        for item in walk(paths)
    ]


def test_folders_are_sorted_and_paths_keep_the_order_given(tmp_path: Path) -> None:
    for name in ("b/2.log", "b/10.log", "a/x/1.log", "a/z.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert seen(tmp_path) == ["1.log", "z.log", "10.log", "2.log"]
    assert seen(tmp_path / "b", tmp_path / "a/z.log") == ["10.log", "2.log", "z.log"]


def test_declarations_beside_the_logs_are_no_logs_unless_they_are_asked_for(tmp_path: Path) -> None:
    for name in ("sources.toml", "watch.toml", "z.log"):
        (tmp_path / name).write_text("x")
    assert seen(tmp_path) == ["z.log"]
    assert seen(tmp_path / "watch.toml") == ["watch.toml"]


def test_a_folder_is_entered_once_by_whatever_way(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.log").write_text("x")
    (tmp_path / "in/up").symlink_to(tmp_path)
    (tmp_path / "other").symlink_to(tmp_path / "in")
    again = "ingest.folder_again"
    assert seen(tmp_path, tmp_path / "in") == ["a.log", f"up! {again}", f"other! {again}", f"in! {again}"]


def test_a_link_to_a_file_is_that_file_under_the_name_of_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("12345")
    link = tmp_path / "link.log"
    link.symlink_to(tmp_path / "real")
    (found,) = walk([link])
    assert isinstance(found, Found)
    assert (found.name, found.bytes) == (str(link), 5)


def test_what_cannot_be_entered_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("x")
    os.mkfifo(tmp_path / "b.pipe")
    (tmp_path / "c").symlink_to(tmp_path / "c")
    assert seen(tmp_path / "gone", tmp_path) == [
        "gone! ingest.gone",
        "a.log",
        "b.pipe! ingest.special",
        "c! ingest.link_loop",
    ]


def test_folders_nested_deeper_than_calls_may_be() -> None:
    # Not in a folder of pytest's: it clears those by calls, goes down too deep and fails in a later run.
    top = Path(tempfile.mkdtemp(prefix="minewarden-deep-"))
    here = os.open(top, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        assert list(walk([top])) == []
    finally:
        subprocess.run(["rm", "-rf", str(top)], check=True)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("东湖.log".encode(), "东湖.log"),
        ("东湖.log".encode("gb18030"), "东湖.log"),
        (b"a\xff\xfe.log", "a\\xff\\xfe.log"),
    ],
    ids=["utf-8", "gb18030", "neither"],
)
def test_a_name_of_any_bytes_becomes_a_text(tmp_path: Path, raw: bytes, name: str) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw))
    path.write_text("x")
    (found,) = walk([tmp_path])
    assert isinstance(found, Found)
    assert found.path.read_text() == "x"
    assert found.name == f"{tmp_path}/{name}"
    found.name.encode("utf-8")


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (PermissionError(13, "denied"), "ingest.no_rights"),
        (FileNotFoundError(2, "gone"), "ingest.gone"),
        (OSError(errno.ELOOP, "loop"), "ingest.link_loop"),
        (OSError(errno.EIO, "Input/output error"), "ingest.system"),
        (OSError(), "ingest.system"),
    ],
    ids=["rights", "gone", "loop", "disk", "bare"],
)
def test_the_system_is_put_into_words(error: OSError, key: str) -> None:
    told = unreadable("a.log", error)
    assert told.message.id == key
    assert told.said("zh").startswith("a.log: ")
    if error.strerror and key == "ingest.system":
        assert error.strerror in told.said("en")


def test_sparse_is_what_was_never_written(tmp_path: Path) -> None:
    with (tmp_path / "s").open("wb") as file:
        file.truncate(10**8)
    (tmp_path / "w").write_bytes(bytes(10**5))
    sparse, whole = walk([tmp_path])
    assert isinstance(sparse, Found)
    assert isinstance(whole, Found)
    assert (sparse.sparse, whole.sparse) == (True, False)
