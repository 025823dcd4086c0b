"""What a record is worth, and the sentences that say why."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intel.record import Type, Verified
from minewarden.intel.worth import lifetime, score_of, voice_half_life, worth
from minewarden.vocab.indicator import Role
from minewarden.vocab.words import render
from tests.intel.lists import NOW, record, voice


@pytest.mark.parametrize(
    ("kind", "role", "verified", "half", "life"),
    [
        (Type.HOST, Role.POOL_ENDPOINT, Verified.REVIEW, 365, 730),
        (Type.HOST, Role.POOL_ENDPOINT, Verified.NONE, 120, 365),
        (Type.IP_PORT, Role.POOL_ENDPOINT, Verified.HANDSHAKE, 60, 180),
        (Type.IP_PORT, Role.POOL_ENDPOINT, Verified.NONE, 7, 30),
        (Type.IP, Role.POOL_ENDPOINT, Verified.NONE, 7, 30),
        (Type.DOMAIN, Role.MALWARE_C2, Verified.NONE, 90, 365),
        (Type.HOST, Role.JS_MINER, Verified.NONE, 180, 365),
        (Type.SHA256, Role.MALWARE_C2, Verified.NONE, None, 1825),
        (Type.JA4, Role.POOL_ENDPOINT, Verified.NONE, 90, 365),
    ],
)  # fmt: skip
def test_half_lives_and_ends_by_kind(kind: Type, role: Role, verified: Verified, half: int | None, life: int) -> None:
    said = voice("maltrail", verified=verified)
    found = voice_half_life(record("v", kind, role), said)
    assert (None if found is None else found.days) == half
    assert lifetime(kind, role, verified).days == life


def test_it_halves_and_says_so() -> None:
    one = replace(record(), voices=(voice("maltrail", seen=NOW - timedelta(days=120)), voice("et", seen=NOW)))
    judged = worth(one, NOW)
    assert judged.score == pytest.approx(100 * (1 - (1 - 0.55 / 2) * (1 - 0.7)))
    said = " ".join(render(reason, "en") for reason in judged.reasons)
    assert "2 independent families" in said
    assert "halves every 120 days" in said


def test_copies_of_one_list_count_once() -> None:
    copies = tuple(replace(voice("maltrail"), source=f"copy{n}") for n in range(9))
    assert worth(replace(record(), voices=copies), NOW).score == pytest.approx(55)


def test_caps_of_role_flag_and_fingerprint() -> None:
    loud = (voice("catalogue", verified=Verified.REVIEW), voice("et"), voice("probe"))
    assert worth(replace(record(role=Role.P2P_SEED), voices=loud), NOW).score == 40
    assert worth(replace(record(flags=("cdn",)), voices=loud), NOW).score == 15
    assert worth(replace(record("a" * 32, Type.JA3), voices=loud), NOW).score == 10
    assert worth(replace(record(flags=("homograph",)), voices=loud), NOW).score > 90


def test_sightings_raise_it_and_false_alarms_halve_it() -> None:
    alone = record(family="anudeep")
    seen = replace(alone, sightings=2, last_sighting=NOW)
    assert worth(alone, NOW).score < 15
    assert worth(seen, NOW).score > 95
    assert worth(replace(seen, false_positives=2), NOW).score == pytest.approx(worth(seen, NOW).score / 4)
    assert worth(replace(seen, false_positives=1), NOW).reasons[-1].id == "worth.false_positives"


def test_what_is_over_or_revoked_is_worth_nothing() -> None:
    assert worth(record(valid_until=NOW), NOW).score == 0
    assert worth(record(revoked=NOW), NOW).reasons[0].id == "worth.revoked"


def test_the_score_alone_is_that_of_the_worth() -> None:
    seen = replace(record(family="anudeep"), sightings=2, last_sighting=NOW, false_positives=1)
    later = NOW + timedelta(days=1)
    alive = (record(), seen, record(flags=("cdn",)), record("a" * 32, Type.JA3), record(revoked=later))
    over = (record(valid_until=NOW), record(revoked=NOW), record(valid_until=NOW, revoked=later))
    assert all(score_of(one, NOW) == worth(one, NOW).score > 0 for one in alive)
    assert all(score_of(one, NOW) == worth(one, NOW).score == 0 for one in over)


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_it_never_grows_by_itself(one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    held = replace(record(), voices=(voice("et"), voice("blp")))
    assert worth(held, NOW + timedelta(days=later)).score <= worth(held, NOW + timedelta(days=earlier)).score <= 100
