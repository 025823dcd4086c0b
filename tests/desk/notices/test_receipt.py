"""T_recv: by the account, by a telephone call, or by the signing; written once, and the notice's own shorter limit."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.cases.models import Case
from minewarden.desk.ledger.models import Shift
from minewarden.desk.notices import actions, arrivals
from minewarden.desk.notices.lifecycle import State, Verb, possible, step
from minewarden.desk.notices.models import Assignment
from minewarden.desk.notify import actions as actions_of_outlets
from minewarden.desk.notify import deliver
from minewarden.desk.notify.models import Message
from minewarden.desk.org.models import Person, Post, Role
from minewarden.vocab.errors import TransitionError
from tests.channels.gateway import Gateway, gateway
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
    told = Message.objects.get(key=f"notice.pending.{quiet.pk}")
    assert "请电话告知" in told.text
    assert [copy.person.name for copy in told.copies.all()] == ["王磊", "赵敏"]
    own = Message.objects.get(key=f"notice.dispatch.{quiet.pk}")
    assert "收到本消息即开始计时" in own.text
    assert not own.copies.exists()
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


@pytest.fixture
def gate() -> Iterator[Gateway]:
    with gateway() as made:
        yield made


def on_call(desk: Any, there: Gateway) -> None:
    """江畔小学 has somebody on duty with a telephone, and the city an SMS gateway."""
    at_noon = {"by": desk.people.system, "now": at("2026-03-13 12:00"), "urgent_only": False}
    settings = {"url": there.url, "fields": "mobile={to}\ncontent={text}\nextend={key}"}
    actions_of_outlets.add_outlet(**at_noon, unit=desk.bureau, kind="sms", name="短信", settings=settings)
    Shift.objects.create(unit=desk.riverside, day=at("2026-03-13 12:00").date(), name="岑婉", phone="13800001234")


def test_a_channel_that_reached_the_unit_is_its_receipt(desk: Any, take: Any, confirm: Any, gate: Gateway) -> None:
    claim(desk.riverside, "203.0.113.0/28")
    on_call(desk, gate)
    quiet = confirm(take(xlsx(ROWS), WHEN))["江畔小学"]
    assert quiet.state == "pending"
    assert arrivals.look(at("2026-03-13 17:31")) == 0, "nothing was sent yet"
    assert deliver.run("w", at("2026-03-13 17:32")) == 1
    (body,) = gate.bodies
    assert b"203.0.113" not in body
    assert arrivals.look(at("2026-03-13 17:40")) == 1
    quiet.refresh_from_db()
    assert (quiet.state, quiet.receipt, quiet.received_at) == ("delivered", "channel", at("2026-03-13 17:32"))
    assert quiet.due48 == at("2026-03-15 17:32")
    assert Case.objects.get().received_at == at("2026-03-13 17:32")
    assert arrivals.look(at("2026-03-13 17:41")) == 0


@pytest.mark.parametrize("way", ["sign", "tell"])
def test_whoever_signs_or_calls_later_does_not_move_what_a_channel_reported(
    desk: Any, take: Any, confirm: Any, gate: Gateway, way: str
) -> None:
    claim(desk.riverside, "203.0.113.0/28")
    on_call(desk, gate)
    quiet = confirm(take(xlsx(ROWS), WHEN))["江畔小学"]
    deliver.run("w", at("2026-03-13 17:32"))
    now = at("2026-03-13 18:10")
    if way == "sign":
        told = actions.sign(quiet, by=desk.district, now=now)
    else:
        told = actions.tell(quiet, by=desk.district, now=now, called_at=at("2026-03-13 18:05"), note="值班室")
    assert (told.receipt, told.received_at) == ("channel", at("2026-03-13 17:32"))


def test_an_earlier_call_counts_before_the_channel(desk: Any, take: Any, confirm: Any, gate: Gateway) -> None:
    claim(desk.riverside, "203.0.113.0/28")
    on_call(desk, gate)
    quiet = confirm(take(xlsx(ROWS), WHEN))["江畔小学"]
    deliver.run("w", at("2026-03-13 17:50"))
    told = actions.tell(
        quiet, by=desk.district, now=at("2026-03-13 17:55"), called_at=at("2026-03-13 17:40"), note="值班室"
    )
    assert (told.receipt, told.received_at) == ("call", at("2026-03-13 17:40"))


def test_who_is_told_above_is_no_receipt_of_the_unit(desk: Any, take: Any, confirm: Any, gate: Gateway) -> None:
    """The district's officers have telephones; nobody at the school has: its clock does not run."""
    claim(desk.riverside, "203.0.113.0/28")
    on_call(desk, gate)
    Shift.objects.all().delete()
    for person in (desk.people.officer, desk.people.second_officer):
        person.phone = "13800005678"
        person.save()
    quiet = confirm(take(xlsx(ROWS), WHEN))["江畔小学"]
    assert deliver.run("w", at("2026-03-13 17:32")) == 2
    assert arrivals.look(at("2026-03-13 17:40")) == 0
    quiet.refresh_from_db()
    assert quiet.received_at is None


def test_what_was_known_before_the_delivery_counts_and_both_times_stay(
    desk: Any, take: Any, confirm: Any, login: Any, recorded: Any
) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    assignment = confirm(take(xlsx(ROWS), WHEN))["市一中"]
    browser = login(desk.district)
    recorded()
    form = {"told_at": "2026-03-13T16:50", "note": "公安支队电话告知值班室"}
    answer = browser.post(f"/assignments/{assignment.pk}/earlier/", form)
    assert answer.status_code == 302
    assert recorded() == ["notice.tell-earlier", "case.earlier-receipt"]
    assignment.refresh_from_db()
    assert (assignment.received_at, assignment.due48) == (at(WHEN), at("2026-03-15 17:30"))
    assert (assignment.find_clock.received, assignment.find_clock.due) == (
        at("2026-03-13 16:50"),
        at("2026-03-15 16:50"),
    )
    case = Case.objects.get()
    assert (case.receipt, case.received_at, case.due72) == (
        at("2026-03-13 16:50"),
        at(WHEN),
        at("2026-03-16 16:50"),
    )
    page = browser.get(f"/assignments/{assignment.pk}/").content.decode()
    assert "2026年3月13日（星期五）16:50" in page
    assert "2026年3月13日（星期五）17:30" in page
    assert "公安支队电话告知值班室" in page
    with pytest.raises(TransitionError):
        actions.tell_earlier(
            assignment, by=desk.district, now=at("2026-03-14 08:00"), told_at=at("2026-03-13 17:00"), note="x"
        )
    with pytest.raises(PermissionDenied):
        actions.tell_earlier(
            assignment, by=desk.second, now=at("2026-03-14 08:00"), told_at=at("2026-03-13 16:00"), note="x"
        )


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


def test_whoever_was_reached_by_nobody_for_a_day_is_asked_about_again(
    desk: Any, take: Any, confirm: Any, login: Any
) -> None:
    """No clock of theirs runs that would press. Once for a notice, to those who sent it; a call ends it."""
    claim(desk.riverside, "203.0.113.0/28")
    claim(desk.second_school, "203.0.113.16/28")
    Post.objects.filter(unit=desk.second_school).update(revoked_at=at(WHEN))
    given = confirm(take(xlsx([*ROWS, ["203.0.113.20", "2026-03-12 21:14"]]), WHEN))
    assert {row.state for row in given.values()} == {"pending"}
    about = Message.objects.filter(key__startswith="notice.unreached.")
    for when, count in (("2026-03-14 17:30", 0), ("2026-03-14 17:31", 1), ("2026-03-16 09:00", 1)):
        arrivals.look(at(when))
        assert about.count() == count, when
    (told,) = about
    assert {copy.person for copy in told.copies.all()} == {desk.zhou, desk.city_approver}
    assert "仍有 2 个单位没有送达" in told.text
    assert "203.0.113" not in told.text
    assert login(desk.zhou).get(told.link).status_code == 200


def test_about_whoever_was_called_nobody_is_asked_again(desk: Any, quiet: Assignment) -> None:
    called = {"now": at("2026-03-13 18:00"), "called_at": at("2026-03-13 17:45"), "note": "值班室"}
    actions.tell(quiet, by=desk.district, **called)
    arrivals.look(at("2026-03-17 09:00"))
    assert not Message.objects.filter(key__startswith="notice.unreached.").exists()


@pytest.mark.parametrize("lost", ["closed", "approver"])
def test_an_account_that_is_closed_or_does_not_handle_receives_nothing(
    desk: Any, take: Any, confirm: Any, lost: str
) -> None:
    claim(desk.second_school, "203.0.113.0/28")
    if lost == "closed":
        Person.objects.filter(pk=desk.second.pk).update(is_active=False)
    else:
        desk.second.posts.update(role=Role.APPROVER)
    assert confirm(take(xlsx(ROWS), WHEN))["市二中"].received_at is None


def test_a_receipt_is_noted_by_those_charged_with_it_and_for_no_time_to_come(
    desk: Any, quiet: Assignment, take: Any, confirm: Any
) -> None:
    now = at("2026-03-13 18:10")
    with pytest.raises(TransitionError):
        actions.tell(quiet, by=desk.district, now=now, called_at=at("2026-03-13 18:11"), note="值班室")
    with pytest.raises(PermissionDenied):
        actions.sign(quiet, by=desk.second, now=now)
    claim(desk.first_school, "198.51.100.0/28")
    other = confirm(take(xlsx([ROWS[0], ["198.51.100.1", "2026-03-12 21:14"]]), WHEN))["市一中"]
    for told_at, note in ((at(WHEN), "值班室"), (at("2026-03-13 17:00"), " ")):
        with pytest.raises(TransitionError):
            actions.tell_earlier(other, by=desk.district, now=now, told_at=told_at, note=note)
