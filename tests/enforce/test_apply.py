"""All devices or none; what cannot be brought back is seen; what moved meanwhile is not overwritten."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.enforce.apply import apply_plan, recover, verify
from minewarden.enforce.book import Book
from minewarden.enforce.plan import plan_for
from minewarden.enforce.publisher import PublishError
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.errors import TransitionError
from tests.enforce.made_orders import POOL, Fickle
from tests.enforce.rules import NOW, SOON

RULE, OTHER = (BlockRule(Target.NAME, name, SOON, "案件 3") for name in (POOL, "other.example.net"))


class World:
    """Two devices and a book."""

    def __init__(self, folder: Path) -> None:
        self.book = Book(folder / "book")
        self.devices = {name: Fickle(name, folder / name) for name in ("a", "b")}

    def apply(self, *rules: BlockRule, size: int | None = None):
        plan = plan_for(rules, self.devices, self.book, now=NOW)
        return apply_plan(plan, self.devices, self.book, by="甲", now=NOW, size=size)

    def names(self, device: str) -> str | None:
        path = self.devices[device].folder / "domains.txt"
        return path.read_text() if path.exists() else None


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_each_device_is_confirmed(world: World) -> None:
    receipts = world.apply(RULE)
    assert [(one.device, one.state, one.rules) for one in receipts] == [("a", "confirmed", 1), ("b", "confirmed", 1)]
    assert world.names("a") == world.names("b") == f"{POOL}\n"
    assert [entry["act"] for entry in world.book.entries()] == ["begin", "begin", "done", "done"]
    assert world.apply(RULE) == ()


@pytest.mark.parametrize("fault", ["breaks", "lies"])
def test_one_that_fails_brings_all_back(world: World, fault: str) -> None:
    world.apply(RULE)
    setattr(world.devices["b"], fault, True)
    with pytest.raises(PublishError, match="device b"):
        world.apply(RULE, OTHER)
    assert world.names("a") == world.names("b") == f"{POOL}\n"
    assert world.book.unfinished() == []
    assert world.book.standing("a").rules == (RULE,)


def test_files_that_were_absent_are_absent_again(world: World) -> None:
    world.devices["b"].breaks = True
    with pytest.raises(PublishError):
        world.apply(RULE)
    assert world.names("a") is None


def test_what_cannot_be_brought_back_stays_open_until_it_is(world: World) -> None:
    world.apply(RULE)
    world.devices["b"].breaks = world.devices["b"].stuck = True
    with pytest.raises(PublishError):
        world.apply(RULE, OTHER)
    assert [one.device for one in world.book.unfinished()] == ["b"]
    with pytest.raises(TransitionError, match="cut off"):
        world.apply(RULE)
    world.devices["b"].breaks = world.devices["b"].stuck = False
    assert recover(world.devices, world.book, by="乙", now=NOW) == (("b", "rolled-back"),)
    assert world.names("b") == f"{POOL}\n"
    assert world.apply(OTHER)[1].state == "confirmed"


def test_a_power_cut_after_the_device_was_touched_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.apply(RULE)

    class PowerCut(BaseException):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerCut

    plan = plan_for([RULE, OTHER], world.devices, world.book, now=NOW)
    monkeypatch.setattr("minewarden.enforce.apply._bring_back", lambda *_: None)  # Nobody is there to do it.
    monkeypatch.setattr("minewarden.enforce.apply._compared", cut)
    with pytest.raises(PowerCut):
        apply_plan(plan, world.devices, world.book, by="甲", now=NOW)
    monkeypatch.undo()
    assert "other" in (world.names("a") or "")
    with pytest.raises(TransitionError, match="cut off"):
        world.apply(RULE)
    recover(world.devices, world.book, by="甲", now=NOW)
    assert world.names("a") == f"{POOL}\n"


def test_a_plan_that_was_overtaken_is_not_applied(world: World) -> None:
    late = plan_for([OTHER], world.devices, world.book, now=NOW)
    world.apply(RULE)
    with pytest.raises(TransitionError, match="something else"):
        apply_plan(late, world.devices, world.book, by="乙", now=NOW)


def test_a_device_that_moved_since_is_not_overwritten_unseen(world: World) -> None:
    world.apply(RULE)
    plan = plan_for([OTHER], world.devices, world.book, now=NOW)
    (world.devices["a"].folder / "ips.txt").write_text("198.51.100.1\n")
    with pytest.raises(TransitionError, match="has changed"):
        apply_plan(plan, world.devices, world.book, by="甲", now=NOW)
    assert world.names("a") == f"{POOL}\n"


def test_one_that_is_down_stops_it_before_any_is_touched(world: World) -> None:
    world.devices["b"].dead = True
    with pytest.raises(TransitionError, match="no route"):
        world.apply(RULE)
    assert world.names("a") is None


def test_a_large_change_wants_its_size_said(world: World) -> None:
    many = [BlockRule(Target.NAME, f"p{n}.example.net", SOON, "库 7") for n in range(600)]
    for size in (None, 599):
        with pytest.raises(TransitionError, match="--size 600"):
            world.apply(*many, size=size)
    assert world.apply(*many, size=600)[0].rules == 600


def test_a_check_tells_drift_what_is_over_and_who_is_down(world: World) -> None:
    world.apply(RULE)
    assert {one.state for one in verify(world.devices, world.book, by="甲", now=NOW)} == {"confirmed"}
    (world.devices["a"].folder / "domains.txt").write_text("")
    world.devices["b"].dead = True
    met = verify(world.devices, world.book, by="甲", now=NOW)
    assert [one.state for one in met] == ["drifted", "down"]
    assert met[0].missing == (f"domains.txt: {POOL}",)
    world.devices["b"].dead = False
    late = verify(world.devices, world.book, by="甲", now=SOON + timedelta(seconds=1))[1]
    assert (late.state, late.overdue) == ("drifted", (RULE,))
    kept = [entry["receipt"]["state"] for entry in world.book.entries() if entry["act"] == "receipt"]
    assert kept == ["confirmed", "confirmed", "drifted", "down", "drifted", "drifted"]
    assert json.dumps(late.row())
