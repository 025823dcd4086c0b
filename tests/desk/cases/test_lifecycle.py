"""The table of states: what it allows, what it must never allow, whatever the order of the verbs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.cases.lifecycle import ENDED, TRANSITIONS, Duty, State, Verb, possible, step
from minewarden.vocab.errors import TransitionError


def walk(verbs: list[Verb]) -> list[State]:
    """The states passed through; a verb that the table refuses leaves the state as it is."""
    passed = [State.DELIVERED]
    for verb in verbs:
        try:
            passed.append(step(passed[-1], verb).target)
        except TransitionError:
            continue
    return passed


def test_no_pair_of_state_and_verb_stands_twice() -> None:
    keys = [(row.source, row.verb) for row in TRANSITIONS]
    assert len(keys) == len(set(keys))


def test_every_state_can_be_reached_and_every_verb_is_used() -> None:
    reached = {State.DELIVERED}
    while True:
        further = reached | {row.target for row in TRANSITIONS if row.source in reached}
        if further == reached:
            break
        reached = further
    assert reached == set(State)
    assert {row.verb for row in TRANSITIONS} == set(Verb)


def test_every_open_state_leads_to_an_end() -> None:
    ending = set(ENDED)
    while True:
        further = ending | {row.source for row in TRANSITIONS if row.target in ending}
        if further == ending:
            break
        ending = further
    assert ending == set(State)


def test_a_case_cannot_be_locked_before_it_was_signed_for() -> None:
    with pytest.raises(TransitionError):
        step(State.DELIVERED, Verb.LOCK)


def test_the_refusal_is_said_in_words() -> None:
    with pytest.raises(TransitionError) as refusal:
        step(State.CLOSED, Verb.LOCK)
    assert "刷新" in refusal.value.said("zh")
    assert refusal.value.said("en")


def test_the_straight_road() -> None:
    verbs = [Verb.SIGN, Verb.START, Verb.LOCK, Verb.RECORD_MEASURES, Verb.SUBMIT_REPORT, Verb.APPROVE_REPORT]
    verbs += [Verb.RECEIVE, Verb.CLOSE, Verb.WATCH, Verb.DECLARE_STABLE]
    assert walk(verbs)[-1] is State.STABLE
    assert len(walk(verbs)) == len(verbs) + 1


def test_who_may_approve_is_never_who_handles() -> None:
    for row in TRANSITIONS:
        if row.verb in {Verb.APPROVE_REPORT, Verb.SEND_BACK_REPORT, Verb.CONFIRM_FALSE_ALARM}:
            assert row.duty is Duty.APPROVE
        if row.verb in {Verb.RECEIVE, Verb.RETURN, Verb.CLOSE, Verb.CONFIRM_UNLOCATABLE}:
            assert row.duty is Duty.SUPERVISE


@given(st.lists(st.sampled_from(list(Verb)), max_size=40))
def test_nothing_is_reported_without_a_conclusion_and_a_review(verbs: list[Verb]) -> None:
    passed = walk(verbs)
    if State.REPORTED in passed:
        before = passed[: passed.index(State.REPORTED)]
        assert before[-1] is State.REVIEW
        assert {State.LOCKED, State.UNLOCATABLE, State.FALSE_ALARM} & set(before)
    if State.CLOSED in passed:
        assert State.RECEIVED in passed[: passed.index(State.CLOSED)]


@given(st.sampled_from(list(State)), st.sampled_from(list(Verb)))
def test_a_step_answers_from_the_table_or_refuses(state: State, verb: Verb) -> None:
    allowed = {row.verb: row for row in possible(state)}
    if verb in allowed:
        assert step(state, verb) == allowed[verb]
    else:
        with pytest.raises(TransitionError):
            step(state, verb)
