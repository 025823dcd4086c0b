"""`minewarden block plan | apply | verify | lift | recover` as a person runs them, on folders."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.cli.main import main
from tests.enforce.made_orders import POOL, order, write_orders


class Desk:
    """A working directory with orders and one device."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "devices.toml").write_text('[device.lists]\nkind = "folder"\nform = "edl"\nfolder = "lists"\n')
        self.orders(order(now=datetime.now(UTC)))

    def orders(self, *rows: object) -> None:
        write_orders(self.folder / "o.json", *rows)

    def run(self, action: str, *more: str, language: str = "zh") -> int:
        given = ["--devices", str(self.folder / "devices.toml"), "--book", str(self.folder / "book"), "--by", "甲"]
        return main(["--language", language, "block", action, *more, *given])

    def plan(self, *more: str) -> int:
        return self.run("plan", "--orders", str(self.folder / "o.json"), "--out", str(self.folder / "p.json"), *more)

    def apply(self, *more: str) -> int:
        return self.run("apply", str(self.folder / "p.json"), *more)

    def names(self) -> str:
        return (self.folder / "lists" / "domains.txt").read_text()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_whole_life_of_a_block(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.plan() == 0
    out = capsys.readouterr().out
    assert f"+ {POOL}" in out
    assert "419901-2026-3" in out
    assert "治理办法" in out
    assert desk.apply("--receipts", str(desk.folder / "r.json")) == 0
    assert "已确认" in capsys.readouterr().out
    receipt = json.loads((desk.folder / "r.json").read_text())[0]
    assert (receipt["state"], receipt["by"], receipt["rules"]) == ("confirmed", "甲", 1)
    assert desk.run("verify") == 0
    assert desk.plan() == 0
    assert "无需变更" in capsys.readouterr().out
    assert desk.run("lift", POOL, "--reason", "误封") == 0
    assert desk.names() == ""
    assert desk.plan() == 0
    assert "无需变更" in capsys.readouterr().out, "an order that was lifted does not come back"


def test_what_is_refused_and_what_is_no_order_are_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    desk.orders(order("8.8.8.8", now, target="ip"), order("x.example.net", now, approved_by="甲"), order(now=now))
    assert desk.plan() == 1
    out = capsys.readouterr().out
    assert "未通过核对" in out
    assert "同一人" in out
    assert desk.apply() == 0
    assert desk.names() == f"{POOL}\n"


def test_drift_is_told_and_mended(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert (desk.plan(), desk.apply()) == (0, 0)
    (desk.folder / "lists" / "domains.txt").write_text("")
    assert desk.run("verify", language="en") == 1
    out = capsys.readouterr().out
    assert "drifted, 1 missing" in out
    assert f"! - domains.txt: {POOL}\n" in out
    (desk.folder / "lists" / "domains.txt").write_text(f"{POOL}\n" + "".join(f"p{n}.example\n" for n in range(12)))
    assert desk.run("verify") == 1
    out = capsys.readouterr().out
    assert "! + domains.txt: p1.example\n" in out
    assert "另有 2 项" in out
    assert (desk.plan(), desk.apply(), desk.run("verify")) == (0, 0, 0)


def test_a_large_change_wants_its_size(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    desk.orders(*(order(f"p{n}.example.net", now) for n in range(501)))
    assert (desk.plan(), desk.apply()) == (0, 1)
    assert "--size 501" in capsys.readouterr().err
    assert desk.apply("--size", "501") == 0


def test_an_apply_that_was_cut_off_is_told_and_brought_back(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert (desk.plan(), desk.apply()) == (0, 0)
    journal = desk.folder / "book" / "journal.jsonl"
    journal.write_text("".join(line for line in journal.read_text().splitlines(keepends=True) if '"begin"' in line))
    assert desk.run("verify") == 1
    assert "recover" in capsys.readouterr().err
    assert desk.run("recover") == 0
    assert not (desk.folder / "lists" / "domains.txt").exists()
    assert (desk.run("recover"), desk.plan(), desk.apply()) == (0, 0, 0)


@pytest.mark.parametrize("more", [[], [POOL], ["--reason", "x"], ["never.example.net", "--reason", "x"]])
def test_a_lift_names_what_and_why(desk: Desk, more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert (desk.plan(), desk.apply()) == (0, 0)
    assert desk.run("lift", *more) == 2
    assert desk.names() == f"{POOL}\n"
    assert desk.run("lift", "--expired") == 0
    assert "没有到期未撤的封堵" in capsys.readouterr().out
