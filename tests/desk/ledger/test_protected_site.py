"""What must not be blocked, asked for a few addresses only: the guard answers as if it had read the whole ledger."""

import ipaddress
import random
from datetime import timedelta

import pytest
from django.utils import timezone

from minewarden.desk.ledger import directory
from minewarden.desk.ledger.directory import protected_site
from minewarden.desk.ledger.models import UnitRange
from minewarden.enforce.guard import guard, networks_of
from minewarden.vocab.blockrule import BlockRule, Target

WHERE = ("198.51.100.{}", "203.0.113.{}", "2001:db8::{}")


def some_range(chance):
    base = ipaddress.ip_address(chance.choice(WHERE).format(chance.randrange(0, 200)))
    if chance.random() < 0.3:
        return f"{base}-{base + chance.randrange(1, 40)}"
    return str(ipaddress.ip_network((base, base.max_prefixlen - chance.randrange(0, 6)), strict=False))


def rule(kind, value, end):
    port = 3333 if kind is Target.IP_PORT else 0
    return BlockRule(target=kind, value=value, port=port, expires_at=end, reason="x", basis="x")


def some_rule(chance, end):
    base = ipaddress.ip_address(chance.choice(WHERE).format(chance.randrange(0, 255)))
    kind = chance.choice((Target.IP, Target.IP_PORT, Target.CIDR, Target.NAME))
    if kind is Target.NAME:
        return rule(kind, "pool.example.net", end)
    if kind is Target.CIDR:
        network = ipaddress.ip_network((base, base.max_prefixlen - chance.randrange(0, 5)), strict=False)
        return rule(kind, str(network), end)
    return rule(kind, str(base), end)


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_guard_says_the_same_of_a_part_of_the_ledger(city, monkeypatch, seed, many):
    if many:
        monkeypatch.setattr(directory, "_MANY", 3)
    chance, now = random.Random(seed), timezone.now()
    for _ in range(40):
        over = now - timedelta(days=1) if chance.random() < 0.2 else None
        UnitRange(unit=city.linjiang, cidr=some_range(chance), valid_from=now - timedelta(days=9), valid_to=over).save()
    rules = [some_rule(chance, now + timedelta(days=5)) for _ in range(60)]
    whole, part = protected_site(now), protected_site(now, networks_of(rules))
    assert guard(rules, part, now=now) == guard(rules, whole, now=now)
    assert set(part.own) <= set(whole.own)
    for one in rules:
        assert guard([one], protected_site(now, networks_of([one])), now=now) == guard([one], whole, now=now)


def test_names_alone_read_no_range(city, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert protected_site(timezone.now(), ()).own == ()
