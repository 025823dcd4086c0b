"""The shipped catalogue against public lists of ordinary names: none of them may alert but the operators' own."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from minewarden.intel import catalogue
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.indicator import Kind
from minewarden.vocab.net import parents
from tests.real.needs import shared

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TOP_LISTS = ("cloudflare-top100k", "cisco_top20k", "tranco10k")
OTHERS = ("university_domains", "dynamic-dns", "public-dns-hostname", "second-level-tlds", "parking-domain")

# Names so popular that they stand in a list of ordinary names although they are in the catalogue with an alerting role.
POPULAR_ENDPOINTS: frozenset[str] = frozenset()


def names_of(listing: str) -> list[str]:
    document = json.loads(shared("intel", "allow", f"{listing}.json").read_text(encoding="utf-8"))
    return [str(name).strip().strip(".").lower() for name in document["list"]]


def alerting(names: list[str]) -> Iterator[str]:
    watchset = WatchSet.default()
    for name in names:
        for asked in (name, f"www.{name}", f"api.{name}"):
            match = watchset.match_name(asked, NOW)
            if match is not None and match.alerts:
                yield asked


@pytest.mark.parametrize("listing", [*TOP_LISTS, *OTHERS])
def test_no_ordinary_name_alerts(listing: str) -> None:
    assert set(alerting(names_of(listing))) - POPULAR_ENDPOINTS == set()


@pytest.mark.parametrize("listing", TOP_LISTS)
def test_the_popular_names_that_match_at_all_are_the_operators_own(listing: str) -> None:
    watchset = WatchSet.default()
    matched = {name for name in names_of(listing) if watchset.match_name(name, NOW) is not None}
    domains = {i.value for i in catalogue.load() if i.kind in (Kind.DOMAIN, Kind.HOST)}
    assert all(domains & set(parents(name)) for name in matched)
    assert len(matched) < 100


def test_nothing_below_a_dynamic_dns_root_is_watched() -> None:
    roots = set(names_of("dynamic-dns"))
    watched = {i.value for i in catalogue.load() if i.alerts and i.kind in (Kind.HOST, Kind.DOMAIN)}
    assert {value for value in watched if roots & set(parents(value))} == set()


@pytest.mark.parametrize("listing", ["dynamic-dns", "second-level-tlds", "university_domains"])
def test_no_domain_entry_is_a_name_that_strangers_share(listing: str) -> None:
    domains = {i.value for i in catalogue.load() if i.kind is Kind.DOMAIN}
    assert domains & set(names_of(listing)) == set()


def test_the_domains_seen_alive_are_all_known_with_some_role() -> None:
    """Of the pools, markets and apps that were popular in 2026, all but those that do not mine are in the catalogue."""
    lines = shared("intel", "modern_pools_seen_2026.txt").read_text(encoding="utf-8").splitlines()
    seen = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    watchset = WatchSet.default()
    unknown = {name for name in seen if watchset.match_name(name, NOW) is None}
    assert unknown == {"getgrass.io", "minepi.com"}
