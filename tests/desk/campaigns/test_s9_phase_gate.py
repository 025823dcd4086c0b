"""S9: two days before the gate the board names the units; the superior postpones one; at 24:00 the phase is frozen, and
what was not done carries over."""

from types import SimpleNamespace
from typing import Any

import pytest

from minewarden.desk.campaigns import actions, gates, rounds
from minewarden.desk.campaigns.checks import standings, units_of
from minewarden.desk.campaigns.models import Campaign, Gate, Task
from minewarden.desk.cases.fixed import FixedError
from minewarden.desk.cases.models import Case
from minewarden.desk.kit import figures
from minewarden.desk.kit.figures import Figure
from tests.desk.campaigns.conftest import beijing

TWO_DAYS_BEFORE = beijing("2026-04-24 00:00")
MIDNIGHT = beijing("2026-04-26 00:00")


@pytest.fixture
def april(make_campaign: Any, city: Any, bureau: Any, people: Any, file_it: Any, make_case: Any) -> SimpleNamespace:
    """24 April: of seven units three have filed their plan, five have met, one has an open passive case.

    At 市一中 98 of 100 have signed, and two more are excused."""
    signed = {city.first_school.pk: Figure(98, 100, excused=2)}
    figures.offer("pledges", lambda units, now: {unit: signed.get(unit, Figure(20, 20)) for unit in units})
    campaign: Campaign = make_campaign()
    units = [city.bureau, city.linjiang, city.yunlu, city.first_school, city.riverside, city.yunlu_school]
    for unit in units[:3]:
        file_it("plan", unit, campaign, bureau.officer)
    for unit in units[:5]:
        file_it("meeting", unit, campaign, bureau.officer)
    case = make_case("lock", now=beijing("2026-04-20 10:00"))
    Case.objects.filter(pk=case.pk).update(nature=Case.Nature.PASSIVE)
    # The worker has seen the first gate close and the second phase begin.
    for day in ("2026-04-11 00:01", "2026-04-24 00:00"):
        rounds.look(beijing(day))
    return SimpleNamespace(campaign=campaign, case=case)


def board(campaign: Campaign, now: Any) -> dict[str, dict[str, tuple[bool | None, int]]]:
    phase = campaign.plan.phase("assault")
    rows = standings(campaign, phase, units_of(campaign, now), now)
    return {row.unit.label: {r.check: (r.ok, r.count) for r in row.results} for row in rows}


def test_two_days_before_the_board_names_who_is_not_ready(april):
    shown = board(april.campaign, TWO_DAYS_BEFORE)
    assert len(shown) == 7
    failing = {check: sorted(u for u, row in shown.items() if row[check][0] is False) for check in shown["市一中"]}
    assert failing == {
        "active-cases": [],
        "passive-cases": ["市一中"],
        "plan": ["云麓中学", "小星星幼儿园", "市一中", "江畔小学"],
        "meeting": ["云麓中学", "小星星幼儿园"],
        "pledges": ["市一中"],
    }
    assert shown["市一中"]["passive-cases"] == (False, 1)
    assert shown["市一中"]["pledges"] == (False, 98)


def test_a_figure_that_nobody_offers_is_neither_passed_nor_failed(april, monkeypatch):
    monkeypatch.setattr(figures, "_OFFERED", {})
    assert {row["pledges"][0] for row in board(april.campaign, TWO_DAYS_BEFORE).values()} == {None}


def test_at_midnight_the_phase_is_frozen_and_what_is_open_carries_over(april, city, people, bureau, recorded):
    campaign = april.campaign
    until = beijing("2026-04-30 18:00")
    actions.postpone(
        campaign,
        city.riverside,
        by=people.officer,
        now=TWO_DAYS_BEFORE,
        phase="assault",
        until=until,
        reason="校舍维修停电",
    )
    rounds.look(beijing("2026-04-25 23:59"))
    assert not Gate.objects.filter(phase="assault").exists()
    rounds.look(MIDNIGHT)
    gate = Gate.objects.get(phase="assault")
    assert (gate.closes_at, gate.taken_at) == (MIDNIGHT, MIDNIGHT)
    rows = {row["name"]: row for row in gate.content["units"]}
    assert len(rows) == 7
    school = {r["check"]: (r["ok"], r["count"], r["of"], r["excused"]) for r in rows["云川市第一中学"]["results"]}
    assert school == {
        "active-cases": (True, 0, None, 0),
        "passive-cases": (False, 1, None, 0),
        "plan": (False, 0, None, 0),
        "meeting": (True, 1, None, 0),
        "pledges": (False, 98, 100, 2),
    }
    assert rows["云川市临江区江畔小学"]["postponed"] == until.isoformat()
    # Eight tasks at each of seven units, of which the kindergarten has five; none was done.
    assert len(gate.content["open"]) == 53
    left = Task.objects.filter(campaign=campaign, phase="assault")
    assert left.filter(carried=True, state="open").count() == 53
    assert set(left.filter(unit=city.riverside).values_list("due_at", flat=True)) == {until}
    assert set(left.values_list("original_due_at", flat=True)) == {MIDNIGHT}
    # The next phase has begun, and what is left of the last can still be done.
    assert Task.objects.filter(campaign=campaign, phase="normal", unit=city.kindergarten).exists()
    task = left.get(unit=city.first_school, code="terminals")
    actions.answer(task, by=people.school_officer, now=MIDNIGHT, texts={"antivirus": "yes", "real_name": "portal"})
    task.refresh_from_db()
    assert (task.state, task.carried) == ("done", True)


def test_what_is_frozen_does_not_move_with_what_happens_later(april, city, bureau, file_it):
    rounds.look(MIDNIGHT)
    gate = Gate.objects.get(phase="assault")
    Case.objects.filter(pk=april.case.pk).update(nature=Case.Nature.ACTIVE)
    file_it("plan", city.first_school, april.campaign, bureau.officer)
    rounds.look(beijing("2026-04-27 10:00"))
    again = Gate.objects.get(phase="assault")
    assert again.content == gate.content
    assert gates.holds(again)
    again.content["units"][0]["name"] = "改"
    assert not gates.holds(again)
    with pytest.raises(FixedError):
        again.save()


def test_a_gate_that_was_missed_says_when_it_was_taken(april):
    rounds.look(beijing("2026-04-26 07:30"))
    gate = Gate.objects.get(phase="assault")
    assert (gate.closes_at, gate.taken_at) == (MIDNIGHT, beijing("2026-04-26 07:30"))


def test_a_frozen_phase_keeps_its_days(april, bureau):
    from minewarden.vocab.errors import TransitionError
    from tests.desk.campaigns.conftest import DATES, TEMPLATE

    rounds.look(MIDNIGHT)
    later = DATES | {"mobilise": (None, beijing("2026-04-09 00:00").date())}
    with pytest.raises(TransitionError):
        actions.revise(
            april.campaign, by=bureau.approver, now=MIDNIGHT, text=TEMPLATE, name="x", dates=later, reason="改"
        )


def test_the_board_costs_as_many_queries_for_many_units_as_for_few(april, django_assert_max_num_queries):
    campaign = Campaign.objects.get()
    with django_assert_max_num_queries(12):
        board(campaign, TWO_DAYS_BEFORE)
