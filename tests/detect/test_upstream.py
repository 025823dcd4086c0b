"""What is known of a proxy's upstream is carried to its clients, and to nobody else."""

from dataclasses import replace
from typing import Any

import pytest

from minewarden.detect.upstream import backed
from minewarden.vocab.finding import Grade, Sighting
from minewarden.vocab.words import render
from tests.detect.test_weigh import evidence

CLIENT, PROXY, POOL = "10.1.2.3", "10.1.0.9", "192.0.2.1"
GATHERED = Sighting(CLIENT, PROXY, 3333, evidence("proxy", 2), beyond=(POOL, 443))
LISTED = Sighting(PROXY, POOL, 443, evidence("intel-flow", 10))


def carried(*sightings: Sighting) -> list[Any]:
    groups: dict[tuple[str, str, int], list[Sighting]] = {}
    for sighting in sightings:
        groups.setdefault((sighting.host, sighting.server, sighting.port), []).append(sighting)
    return list(backed(groups))


def test_a_listed_upstream_is_a_reason_for_the_client() -> None:
    [(place, sighting)] = carried(GATHERED, LISTED)
    assert place == (CLIENT, PROXY, 3333)
    assert (sighting.evidence.family, sighting.evidence.grade) == ("upstream", Grade.CONNECTED)
    text = render(sighting.evidence.text, "zh")
    assert "10.1.0.9:3333" in text
    assert "192.0.2.1:443" in text


@pytest.mark.parametrize(
    "known",
    [
        replace(LISTED, evidence=evidence("intel-flow", 3)),
        replace(LISTED, evidence=evidence("proxy", 6)),
        replace(LISTED, evidence=evidence("shape", 6)),
        replace(LISTED, port=3333),
        replace(LISTED, host="10.1.0.8"),
    ],
    ids=["too little", "its own reason", "a rank only", "another port", "another host"],
)
def test_nothing_else_is_carried(known: Sighting) -> None:
    assert carried(GATHERED, known) == []


def test_a_client_of_another_service_gains_nothing() -> None:
    assert carried(replace(GATHERED, beyond=None), LISTED) == []


def test_the_coin_that_was_parsed_is_the_clients_too() -> None:
    parsed = Sighting(PROXY, POOL, 443, evidence("protocol", 20, Grade.WORK), coins=frozenset({"XMR"}))
    [(_, sighting)] = carried(GATHERED, parsed, replace(LISTED, coins=frozenset({"BTC", "XMR"})))
    assert sighting.coins == {"XMR"}
