"""What a case concludes moves the score of what it talked to, once, and the city may say otherwise."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.cases import actions as cases
from minewarden.desk.cases import decisions
from minewarden.desk.cases.models import Case
from minewarden.desk.library import followup
from minewarden.desk.library.bridge import library
from minewarden.desk.library.models import Feedback
from minewarden.desk.notify.models import Message
from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from minewarden.intel.worth import worth

pytestmark = pytest.mark.django_db
NAME = "xmr.f2pool.com"


@pytest.fixture
def score(office: Any) -> Any:
    """score() -> what the name is worth now."""
    held = library()
    now = timezone.now()
    held.load(CATALOGUE, listing(now), now)

    def of() -> float:
        record = held.get(NAME)
        assert record is not None
        return worth(record, timezone.now()).score

    return of


@pytest.fixture
def alarm(make_case: Any, staff: Any) -> Any:
    """alarm("shared-address") -> a case that two people of the school concluded as a false alarm for that reason."""

    def make(reason: str, number: int = 1) -> Case:
        now = timezone.now()
        case = make_case("start", now=now, number=number, server_name=NAME, server=None)
        asked = decisions.propose(case, by=staff.handler, now=now, kind="false-alarm", value=reason, reason="核实")
        decisions.agree(asked, by=staff.principal, now=now)
        return Case.objects.get(pk=case.pk)

    return make


def test_confirmed_mining_raises_the_score_once(score: Any, make_case: Any) -> None:
    before = score()
    case = make_case("lock", now=timezone.now(), server_name=NAME, server=None)
    assert followup.look(timezone.now()) == 1
    after = score()
    assert after > before
    assert followup.look(timezone.now()) == 0, "a case says a thing once"
    (word,) = library().words(Feedback.objects.get().hits[0]["id"])
    assert (word.unit, word.kind, word.why) == (case.unit.name, "seen", case.number)


def test_a_false_alarm_lowers_the_score(score: Any, alarm: Any) -> None:
    before = score()
    alarm("shared-address")
    followup.look(timezone.now())
    assert score() == pytest.approx(before / 2)


@pytest.mark.parametrize("reason", ["security-product", "resolver", "wrong-time"])
def test_what_lies_with_the_unit_says_nothing_against_the_indicator(
    score: Any, alarm: Any, office: Any, reason: str, recorded: Any
) -> None:
    before = score()
    alarm(reason)
    followup.look(timezone.now())
    assert score() == pytest.approx(before)
    row = Feedback.objects.get()
    assert (row.counts, row.reason) == (False, reason)
    recorded()
    followup.decide(row, by=office.reviewer, now=timezone.now(), counts=True, note="该校反复如此")
    assert score() == pytest.approx(before / 2)
    assert recorded() == ["library.weigh", "library.feedback"]
    followup.decide(row, by=office.reviewer, now=timezone.now(), counts=False, note="复核后不计")
    assert score() == pytest.approx(before)


def test_two_cases_of_one_unit_are_one_voice_against_and_each_can_be_taken_back(
    score: Any, alarm: Any, office: Any
) -> None:
    before = score()
    alarm("other")
    alarm("research", number=2)
    followup.look(timezone.now())
    assert score() == pytest.approx(before / 2), "each unit halves it once"
    first, second = Feedback.objects.all()
    followup.decide(first, by=office.reviewer, now=timezone.now(), counts=False, note="不计")
    assert score() == pytest.approx(before / 2)
    followup.decide(second, by=office.reviewer, now=timezone.now(), counts=False, note="不计")
    assert score() == pytest.approx(before)


def test_a_case_that_was_concluded_before_its_pool_was_known_speaks_when_it_is(
    office: Any, make_case: Any, accept: Any
) -> None:
    now = timezone.now()
    make_case("lock", now=now)
    followup.look(now)
    row = Feedback.objects.get()
    assert (row.hits, row.said_at) == ([], None)
    accept(now=timezone.now(), found_at=now - timedelta(days=1))
    row.refresh_from_db()
    assert [hit["value"] for hit in row.hits] == ["pool.example.net"]
    record = library().get("pool.example.net")
    assert record is not None
    assert record.sightings == 1


def test_an_open_case_says_nothing(score: Any, make_case: Any, staff: Any) -> None:
    case = make_case("start", now=timezone.now(), server_name=NAME, server=None)
    assert followup.look(timezone.now()) == 0
    cases.return_not_ours(case, by=staff.handler, now=timezone.now(), reason="不是我校")
    assert followup.look(timezone.now()) == 0


def test_a_report_that_lies_for_a_day_is_told_of_once(office: Any, submit: Any) -> None:
    now = timezone.now()
    made = submit(relayed=False, now=now, found_at=now)
    followup.look_at_waiting(now + timedelta(hours=23))
    assert not Message.objects.filter(key=f"library.late.{made.pk}").exists()
    for hours in (25, 26):
        followup.look_at_waiting(now + timedelta(hours=hours))
    told = Message.objects.get(key=f"library.late.{made.pk}")
    assert set(told.copies.values_list("person__username", flat=True)) >= {"wang.lei", "zhou.ning"}
