"""The plan: a difference that people can read, bound to what it saw."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.enforce.apply import apply_plan
from minewarden.enforce.book import Book
from minewarden.enforce.lift import lift
from minewarden.enforce.orders import read_orders
from minewarden.enforce.plan import Plan, digest, make_plan, plan_for, read_plan, stale, write_plan
from minewarden.enforce.publisher import PublishError
from minewarden.vocab.blockrule import BlockRule, Site, Target
from minewarden.vocab.errors import InputError
from tests.enforce.made_orders import POOL, Fickle, order, write_orders
from tests.enforce.rules import NOW, SOON


def planned(folder: Path, *rows: object, now=NOW, device: Fickle | None = None) -> Plan:
    orders = read_orders(write_orders(folder / "o.json", *rows))
    devices = {"lists": device or Fickle("lists", folder / "lists")}
    return make_plan(orders, devices, Book(folder / "book"), site=Site(), now=now)


def test_nothing_is_touched(tmp_path: Path) -> None:
    plan = planned(tmp_path, order())
    assert [rule.value for rule in plan.devices[0].added] == [POOL]
    assert not (tmp_path / "lists").exists()
    assert not (tmp_path / "book").exists()


def test_each_change_says_why(tmp_path: Path) -> None:
    ends = (NOW + timedelta(hours=1)).isoformat()
    first = planned(tmp_path, order("a.example.net"), order("b.example.net", expires_at=ends), order("c.example.net"))
    apply_plan(first, {"lists": Fickle("lists", tmp_path / "lists")}, Book(tmp_path / "book"), by="甲", now=NOW)
    change = planned(tmp_path, order("c.example.net", basis="新依据"), now=NOW + timedelta(hours=2)).devices[0]
    assert {one.rule.value: one.why for one in change.removed} == {
        "a.example.net": "withdrawn", "b.example.net": "expired"}  # fmt: skip
    assert [rule.value for rule in change.renewed] == ["c.example.net"]
    assert (change.missing, change.extra) == ((), ())


def test_drift_stands_in_the_plan(tmp_path: Path) -> None:
    device = Fickle("lists", tmp_path / "lists")
    apply_plan(planned(tmp_path, order()), {"lists": device}, Book(tmp_path / "book"), by="甲", now=NOW)
    (tmp_path / "lists" / "domains.txt").write_text("school.example.org\n")
    change = planned(tmp_path, order()).devices[0]
    assert change.missing == (f"domains.txt: {POOL}",)
    assert change.extra == ("domains.txt: school.example.org",)
    assert change.moves


def test_a_device_that_is_down_stands_in_the_plan(tmp_path: Path) -> None:
    device = Fickle("lists", tmp_path / "lists")
    device.dead = True
    assert "no route" in planned(tmp_path, order(), device=device).devices[0].down


def test_it_survives_the_disk_and_no_change_to_it(tmp_path: Path) -> None:
    plan = planned(tmp_path, order(), order("8.8.8.8", target="ip"), order() | {"basis": ""})
    assert len(plan.refused) == len(plan.unfit) == 1
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan
    body = json.loads((tmp_path / "plan.json").read_text())
    body["rules"][0]["value"] = "school.example.org"
    (tmp_path / "plan.json").write_text(json.dumps(body))
    with pytest.raises(InputError, match="changed"):
        read_plan(tmp_path / "plan.json")
    for text in ("", "{}", "[]", '{"id": 1}'):
        (tmp_path / "plan.json").write_text(text)
        with pytest.raises(InputError):
            read_plan(tmp_path / "plan.json")


def test_it_grows_old(tmp_path: Path) -> None:
    plan = planned(tmp_path, order())
    assert stale(plan, NOW) is None
    assert stale(plan, NOW + timedelta(days=2)) is not None
    assert stale(plan, NOW - timedelta(hours=1)) is not None
    soon = planned(tmp_path, order(expires_at=(NOW + timedelta(hours=1)).isoformat()))
    assert stale(soon, NOW + timedelta(hours=2)) is not None


def test_a_large_change_is_said_to_be_one(tmp_path: Path) -> None:
    assert not planned(tmp_path, *(order(f"p{n}.example.net") for n in range(500))).oversized
    many = planned(tmp_path, *(order(f"p{n}.example.net") for n in range(501)))
    assert (many.oversized, many.size) == (True, 501)


def test_most_of_a_list_gone_is_a_large_change_and_what_is_over_is_not(tmp_path: Path) -> None:
    book, device = Book(tmp_path / "book"), {"lists": Fickle("lists", tmp_path / "lists")}
    rules = [BlockRule(Target.NAME, f"p{n}.example.net", SOON, "r") for n in range(20)]
    apply_plan(plan_for(rules, device, book, now=NOW), device, book, by="甲", now=NOW)
    assert not plan_for(rules[6:], device, book, now=NOW).oversized
    assert plan_for(rules[7:], device, book, now=NOW).oversized
    assert not plan_for([], device, book, now=SOON).oversized


def test_the_hash_knows_no_order() -> None:
    assert digest(frozenset({"a", "b"})) == digest(frozenset({"b", "a"})) != digest(frozenset({"ab"}))


def test_a_lifted_rule_stays_away_however_its_order_spells_it(tmp_path: Path) -> None:
    book, device = Book(tmp_path / "book"), Fickle("lists", tmp_path / "lists")
    loud = order(POOL.upper())
    apply_plan(planned(tmp_path, loud), {"lists": device}, book, by="甲", now=NOW)
    later = NOW + timedelta(hours=1)
    lift(lambda rule: True, {"lists": device}, book, by="甲", reason="误封", now=later)
    assert planned(tmp_path, loud, now=later).rules == ()
    again = order(POOL.upper(), approved_at=(later + timedelta(minutes=1)).isoformat())
    assert len(planned(tmp_path, again, now=later + timedelta(minutes=2)).rules) == 1


class Sessions(Fickle):
    """A device of which sessions are ended: what it holds are none of the rules' own lines."""

    kind = "radius"


def test_sessions_come_last_and_are_named_in_the_plan(tmp_path: Path) -> None:
    devices = {"access": Sessions("access", tmp_path / "a"), "lists": Fickle("lists", tmp_path / "lists")}
    orders = read_orders(write_orders(tmp_path / "o.json", order()))
    plan = make_plan(orders, devices, Book(tmp_path / "book"), site=Site(), now=NOW)
    assert [change.device for change in plan.devices] == ["lists", "access"]
    assert (plan.devices[0].comes, plan.devices[1].comes) == ((), (f"domains.txt: {POOL}",))
    write_plan(plan, tmp_path / "p.json")
    assert read_plan(tmp_path / "p.json") == plan
    devices["lists"].breaks = True
    with pytest.raises(PublishError):
        apply_plan(plan, devices, Book(tmp_path / "book"), by="甲", now=NOW)
    assert not (tmp_path / "a").exists(), "nobody was cut off for a device that failed"
