"""Lifting: everywhere it can be reached, and no old order brings it back."""

from datetime import timedelta
from pathlib import Path

from minewarden.enforce.apply import apply_plan
from minewarden.enforce.book import Book
from minewarden.enforce.lift import lift, lift_expired
from minewarden.enforce.orders import read_orders
from minewarden.enforce.plan import make_plan
from minewarden.vocab.blockrule import Site
from tests.enforce.made_orders import POOL, Fickle, order, write_orders
from tests.enforce.rules import NOW

LATER = NOW + timedelta(hours=1)


def world(folder: Path) -> tuple[Book, dict[str, Fickle]]:
    book, devices = Book(folder / "book"), {name: Fickle(name, folder / name) for name in ("a", "b")}
    orders = read_orders(write_orders(folder / "o.json", order(), order("kept.example.net")))
    plan = make_plan(orders, devices, book, site=Site(), now=NOW)
    apply_plan(plan, devices, book, by="甲", now=NOW)
    return book, devices


def test_one_that_is_down_keeps_it_on_nobody_else(tmp_path: Path) -> None:
    book, devices = world(tmp_path)
    devices["a"].dead = True
    done = lift(lambda rule: rule.value == POOL, devices, book, by="丙", reason="误封", now=LATER)
    assert [rule.value for rule in done.rules] == [POOL]
    assert [one.device for one in done.receipts] == ["b"]
    assert [name for name, _ in done.failed] == ["a"]
    assert (tmp_path / "b" / "domains.txt").read_text() == "kept.example.net\n"
    devices["a"].dead = False
    assert [one.device for one in lift_expired(devices, book, by="丙", now=LATER).receipts] == []


def test_the_old_order_does_not_bring_it_back_and_a_new_one_does(tmp_path: Path) -> None:
    book, devices = world(tmp_path)
    lift(lambda rule: rule.value == POOL, devices, book, by="丙", reason="误封", now=LATER)

    def planned(*rows: object) -> list[str]:
        orders = read_orders(write_orders(tmp_path / "o.json", *rows))
        return [rule.value for rule in make_plan(orders, devices, book, site=Site(), now=LATER).rules]

    assert planned(order(), order("kept.example.net")) == ["kept.example.net"]
    again = order(approved_at=(LATER + timedelta(seconds=1)).isoformat())
    assert planned(again) == [POOL]


def test_what_is_over_goes_and_is_no_lift(tmp_path: Path) -> None:
    book, devices = world(tmp_path)
    done = lift_expired(devices, book, by="丙", now=NOW + timedelta(days=31))
    assert [(one.device, one.rules, one.items) for one in done.receipts] == [("a", 0, 0), ("b", 0, 0)]
    assert not book.lifts()
