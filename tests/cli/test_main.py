"""The top of the command line: its language, its exit codes, and that it never ends in a traceback."""

import argparse
import signal
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from minewarden import __version__
from minewarden.cli.main import COMMANDS, main, parser, spoken
from minewarden.vocab.errors import ConfigError, InputError, UsageError
from minewarden.vocab.message import message
from minewarden.vocab.words import Language

SENTENCE = message("ingest.empty")
PROGRAM = Path(sys.executable).with_name("minewarden")


@pytest.mark.parametrize(
    ("arguments", "variable", "language"),
    [
        ([], None, "zh"),
        ([], "en", "en"),
        ([], "fr", "zh"),
        (["scan", "--language", "en", "x"], None, "en"),
        (["--language=en"], "zh", "en"),
        (["--language", "zh"], "en", "zh"),
        (["--language"], None, "zh"),
        (["--language=tlh"], None, "zh"),
    ],
)
def test_the_language(
    arguments: list[str], variable: str | None, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINEWARDEN_LANGUAGE", raising=False)
    if variable is not None:
        monkeypatch.setenv("MINEWARDEN_LANGUAGE", variable)
    assert spoken(arguments) == language


@pytest.mark.parametrize(("language", "word"), [("zh", "扫描"), ("en", "scan captures")])
def test_the_overview_names_every_command(language: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--language", language, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert word in told
    assert all(name in told for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"minewarden {name}" in capsys.readouterr().out


def every(command: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A command and all below it."""
    yield command
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from every(below)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_stands_below_a_command_explains_itself(language: Language) -> None:
    # A sentence with a sign of per cent is taken for a pattern by argparse, and only when somebody asks.
    commands = list(every(parser(language)))
    assert len(commands) > 40
    assert all(command.prog in command.format_help() for command in commands)


@pytest.mark.parametrize(
    "arguments", [[], ["mine"], ["scan"], ["scan", "x", "--no-such-option"], ["--language", "tlh"]]
)
def test_wrong_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "minewarden" in capsys.readouterr().err


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == f"minewarden {__version__}"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError(SENTENCE), 2, "is empty"),
        (ConfigError(SENTENCE), 2, "is empty"),
        (InputError("a.log", 3, SENTENCE), 1, "a.log:3: is empty"),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=["usage", "config", "input", "interrupt"],
)
def test_what_a_command_raises_becomes_a_sentence_and_a_code(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(args: argparse.Namespace) -> int:
        raise error

    command = types.ModuleType("failing_command")
    command.add_parser = lambda commands: commands.add_parser("fail").set_defaults(run=fail)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "failing_command", command)
    monkeypatch.setitem(COMMANDS, "fail", "failing_command")
    assert main(["--language", "en", "fail"]) == code
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.strip()
    assert told.out == ""


@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_a_reader_of_the_output_that_goes_away_is_no_fault(logs: Path, form: str) -> None:
    arguments = [PROGRAM, "scan", logs, "--format", form]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        told = running.stderr.read().decode()
    assert running.returncode == 0
    assert "BrokenPipe" not in told
    assert "Traceback" not in told


def test_ctrl_c_ends_with_a_sentence(tmp_path: Path) -> None:
    # A large file of one kind of record keeps the program busy for a while; it is told to stop once it has begun.
    header = "#path\tdns\n#fields\tts\tid.orig_h\tid.resp_h\tquery\n"
    (tmp_path / "dns.log").write_text(header + "1773321277.5\t10.0.0.999\t10.0.0.53\ta.example\n" * 99_000 * 36)
    rejects = tmp_path / "rejects.jsonl"
    arguments = [PROGRAM, "--language", "en", "scan", tmp_path / "dns.log", "--rejects", rejects]
    running = subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background of a shell, the signal is ignored by whatever they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while running.poll() is None and not (rejects.exists() and rejects.stat().st_size):
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in told
    assert len(told.splitlines()) == 1
    assert out == ""


def test_scan_does_not_pay_for_the_console() -> None:
    program = "import sys; from minewarden.cli.main import parser; parser('zh', 'scan'); print('django' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "False"
