"""Orders: two people, a ground and a citation, or it is none."""

from pathlib import Path
from typing import Any

import pytest

from minewarden.enforce.orders import read_orders
from minewarden.vocab.errors import InputError
from tests.enforce.made_orders import POOL, order, write_orders


def test_an_order_is_a_rule_that_cites_its_case(tmp_path: Path) -> None:
    orders = read_orders(write_orders(tmp_path / "o.json", order()))
    rule = orders.rules[0]
    assert (rule.value, orders.unfit) == (POOL, ())
    assert "419901-2026-3" in rule.reason
    assert "治理办法" in rule.basis


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"approved_by": "甲"}, "same person"),
        ({"approved_by": " "}, "(approved_by)"),
        ({"basis": None}, "(basis)"),
        ({"cites": ""}, "(cites:"),
        ({"value": 7}, "(value)"),
        ({"expires_at": "2026-12-24T00:00:00"}, "with its zone"),
        ({"expires_at": "soon"}, "with its zone"),
        ({"target": "everything"}, "kind of target"),
        ({"port": "33x"}, "whole number"),
    ],
)
def test_what_lacks_something_is_given_back_and_the_rest_counts(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    orders = read_orders(write_orders(tmp_path / "o.json", order() | change, order("other.example.net"), "nonsense"))
    assert [rule.value for rule in orders.rules] == ["other.example.net"]
    assert [one.place for one in orders.unfit] == [1, 3]
    from minewarden.vocab.words import render

    assert said in render(orders.unfit[0].reason, "en")


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"schema": "x"}', "{", '{"schema":"minewarden/block-orders/1"}', "[" * 9999]
)
def test_another_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "o.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"o\.json"):
        read_orders(path)
    with pytest.raises(InputError):
        read_orders(tmp_path / "absent")


def test_an_override_carries_both_signatures(tmp_path: Path) -> None:
    signed = [{"by": "乙", "reason": "已核实"}, {"by": "丙", "reason": "同意"}]
    orders = read_orders(
        write_orders(tmp_path / "o.json", order(overrides=signed), order("b.example.net", overrides=[signed[0]]))
    )
    assert [one.holds for one in orders.overrides.values()] == [True, False]
