"""What the operating system refuses is said in the reader's language, by its number and in one place."""

import errno
import os
import pickle
import re
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

import minewarden
from minewarden.cli.main import main
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.system import NO_NAME, reason_of
from minewarden.vocab.words import render, table

SOURCES = Path(minewarden.__file__).parent


def failure(act: Callable[[], object]) -> OSError:
    with pytest.raises(OSError) as caught:  # whichever the system raises
        act()
    return caught.value


def said(error: BaseException, where: str = "") -> tuple[str, str]:
    sentence = message("cli.system", place="", reason=reason_of(error, where=where))
    return render(sentence, "zh"), render(sentence, "en")


def test_each_number_has_its_words_and_the_english_ones_are_the_systems_own() -> None:
    words = table("system")
    assert len(words) > 30
    for key, entry in words.items():
        if key != NO_NAME:
            assert entry["en"] == os.strerror(getattr(errno, key.upper())), key
        assert not re.search("[a-zA-Z]", entry["zh"]), key


@pytest.mark.parametrize(
    ("act", "zh", "en"),
    [
        (lambda: Path("/nowhere/at/all").read_bytes(), "没有这个文件或目录", "No such file or directory"),
        (lambda: Path("/").read_bytes(), "这是目录，不是文件", "Is a directory"),
        (lambda: Path("/etc/passwd/x").read_bytes(), "路径中有一级不是目录", "Not a directory"),
        (lambda: os.write(os.open("/dev/full", os.O_WRONLY), b"x"), "磁盘空间不足", "No space left on device"),
        (lambda: Path("/").mkdir(), "文件已存在", "File exists"),
        (lambda: os.open("a" * 300, os.O_RDONLY), "文件名太长", "File name too long"),
    ],
)  # fmt: skip
def test_what_really_fails_is_told_in_both_languages(act: Callable[[], object], zh: str, en: str) -> None:
    told = said(failure(act))
    assert (zh in told[0], en in told[1]) == (True, True), told
    assert en not in told[0]
    assert said(failure(act), where="/data")[0].count(f"/data: {zh}") == 1


@pytest.mark.parametrize(
    ("error", "zh"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "没有权限"),
        (FileNotFoundError("a"), "没有这个文件或目录"),
        (TimeoutError("timed out"), "等待超时"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "域名或主机名解析不到"),
        # A number of TLS that is also one of the system: the error says what it is itself.
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "WRONG_VERSION_NUMBER"),
        (OSError(12345, "Something new"), "Something new"),
        (ValueError("secret"), "ValueError"),
    ],
)
def test_by_kind_where_there_is_no_number_and_as_it_is_where_there_are_no_words(error: Exception, zh: str) -> None:
    assert zh in said(error)[0]
    assert "secret" not in said(error)[0]


def test_a_reason_keeps_its_words_between_processes_and_is_plain_text_for_all_else() -> None:
    reason = reason_of(FileNotFoundError(errno.ENOENT, "No such file or directory"), where="/a")
    assert reason == "/a: No such file or directory"
    error = InputError("a.csv", 0, message("cli.system", place="", reason=pickle.loads(pickle.dumps(reason))))
    assert "/a: 没有这个文件或目录" in error.said("zh")
    assert "/a: No such file or directory" in error.said("en")


def test_nothing_else_puts_the_systems_own_text_into_a_sentence() -> None:
    users = {str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.py")
             if re.search(r"(?<!os)\.strerror|\"strerror\"", path.read_text(encoding="utf-8"))}  # fmt: skip
    assert users == {"vocab/system.py"}


def test_the_command_line_speaks_chinese_of_a_file_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "none.jsonl"
    code = main(["block", "compile", "--from", str(missing), "--to", "rpz", "--out", str(tmp_path / "out")])
    told = capsys.readouterr().err
    assert code != 0
    assert "没有这个文件或目录" in told
    assert "No such file" not in told
