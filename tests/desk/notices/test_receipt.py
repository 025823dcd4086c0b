"""T_recv: by the account, by a telephone call, or by the signing; written once, and the notice's own shorter limit."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.cases.models import Case
from minewarden.desk.notices import actions
from minewarden.desk.notices.lifecycle import State, Verb, possible, step
from minewarden.desk.notices.models import Assignment
from minewarden.desk.notify.models import Message
from minewarden.vocab.errors import TransitionError
from tests.desk.notices.conftest import at, claim
from tests.intake.made import xlsx

ROWS = [["IP", "时间"], ["203.0.113.1", "2026-03-12 21:14"]]
WHEN = "2026-03-13 17:30"


@pytest.fixture
def quiet(desk: Any, take: Any, confirm: Any) -> Assignment:
    """江畔小学 has nobody with an account."""
    claim(desk.riverside, "203.0.113.0/28")
    return confirm(take(xlsx(ROWS), WHEN))["江畔小学"]


def test_without_an_account_no_clock_runs_and_no_case_is_open(quiet: Assignment) -> None:
    assert (quiet.state, quiet.received_at, quiet.due48) == ("pending", None, None)
    told = Message.objects.get()
    assert "请电话告知" in told.text
    assert [copy.person.name for copy in told.copies.all()] == ["王磊", "赵敏"]
    assert not Case.objects.exists()


def test_a_telephone_call_is_the_receipt(desk: Any, quiet: Assignment) -> None:
    told = actions.tell(
        quiet, by=desk.district, now=at("2026-03-13 18:10"), called_at=at("2026-03-13 18:05"), note="值班室"
    )
    assert (told.state, told.receipt) == ("delivered", "call")
    assert (told.received_at, told.due48, told.due72) == (
        at("2026-03-13 18:05"),
        at("2026-03-15 18:05"),
        at("2026-03-16 18:05"),
    )
    assert Case.objects.get().received_at == at("2026-03-13 18:05")


def test_a_call_lies_after_the_dispatch_and_is_noted_by_a_superior(desk: Any, quiet: Assignment) -> None:
    now = at("2026-03-13 18:10")
    with pytest.raises(TransitionError):
        actions.tell(quiet, by=desk.district, now=now, called_at=at("2026-03-13 17:00"), note="值班室")
    with pytest.raises(PermissionDenied):
        actions.tell(quiet, by=desk.second, now=now, called_at=now, note="值班室")


def test_the_signing_is_the_receipt_where_nobody_was_told(desk: Any, quiet: Assignment) -> None:
    signed = actions.sign(quiet, by=desk.district, now=at("2026-03-13 19:00"))
    assert (signed.state, signed.receipt, signed.received_at) == ("signed", "sign", at("2026-03-13 19:00"))
    assert Case.objects.get().state == "signed"


def test_signing_does_not_move_the_receipt(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    assignment = confirm(take(xlsx(ROWS), WHEN))["市一中"]
    signed = actions.sign(assignment, by=desk.first, now=at("2026-03-14 08:12"))
    assert (signed.received_at, signed.signed_at) == (at(WHEN), at("2026-03-14 08:12"))
    signed.received_at = at("2026-03-14 08:12")
    with pytest.raises(TypeError):
        signed.save()


def test_the_notices_own_shorter_limit_wins(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    received = take(xlsx([*ROWS, ["请在24小时内反馈核查情况"]]), WHEN)
    assert received.report_limit == at("2026-03-14 17:30")
    assignment = confirm(received)["市一中"]
    assert assignment.due48 == assignment.due72 == at("2026-03-14 17:30")


def test_nothing_is_handed_out_twice(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    received = take(xlsx(ROWS), WHEN)
    confirm(received)
    with pytest.raises(TransitionError):
        confirm(received)
    assert Assignment.objects.count() == 1


@given(st.lists(st.sampled_from(list(Verb)), max_size=6))
def test_no_way_leads_out_of_an_end(verbs: list[Verb]) -> None:
    state, ended = State.PENDING, False
    for verb in verbs:
        if verb in possible(state):
            assert not ended
            state = step(state, verb)
            ended = not possible(state)
        else:
            with pytest.raises(TransitionError):
                step(state, verb)


def test_hops_take_no_negative_time(desk: Any, take: Any, confirm: Any) -> None:
    from minewarden.desk.notices.queries import took

    claim(desk.first_school, "203.0.113.0/28")
    received = take(xlsx(ROWS), WHEN)
    assignment = confirm(received, now=at("2026-03-13 17:45"))["市一中"]
    assert took(assignment, received) == timedelta(minutes=15)
