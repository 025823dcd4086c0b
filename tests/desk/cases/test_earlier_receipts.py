"""Q1: a unit that learnt of it earlier by another channel. The earliest receipt counts; what the desk saw stays."""

from datetime import timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import decisions, leads, outages, receipts, side, tasks
from minewarden.desk.cases.clocks import Colour, Due, counted_from
from minewarden.desk.cases.fixed import FixedError
from minewarden.desk.cases.history import held
from minewarden.desk.cases.models import Case, EarlierReceipt
from minewarden.desk.cases.opening import Limits
from minewarden.vocab.errors import TransitionError
from tests.desk.made import NOW


def at(hours: float):
    return NOW + timedelta(hours=hours)


@pytest.fixture
def notice(staff, city):
    def enter(number, hours, *, entered, find=None, report=None, unit=None):
        return leads.enter_notice(
            by=staff.superior, now=at(entered), unit=unit or city.first_school, received_at=at(hours),
            source="市公安局", number=number, text="", limits=Limits(find, report),
        )  # fmt: skip

    return enter


def fresh(case):
    return Case.objects.get(pk=case.pk)


def test_an_earlier_notice_entered_later_moves_both_clocks_and_edits_nothing(make_case, notice, staff, login, recorded):
    case = make_case("start")
    recorded()
    leads.join_notice(case, notice("公函7号", -5, entered=3), by=staff.handler, now=at(3))
    assert recorded() == ["notice.enter", "case.join-notice", "case.earlier-receipt"]
    case = fresh(case)
    assert (case.received_at, case.original48, case.original72) == (at(0), at(48), at(72)), "what the desk saw stays"
    assert (case.receipt, case.due48, case.due72) == (at(-5), at(43), at(67))
    assert not case.find_clock.extended
    assert case.find_clock.used(at(3)) == timedelta(hours=8)
    row = EarlierReceipt.objects.get()
    assert (row.at, row.was, row.entered_at, row.by, row.way) == (at(-5), at(0), at(3), staff.handler, "notice")
    facts = Record.objects.get(action="case.earlier-receipt").after
    assert {"at", "was", "dues_were", "due48", "due72"} <= facts.keys()
    page = login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "2026年3月13日（星期五）12:30（补录），系统送达 2026年3月13日（星期五）17:30" in page
    assert "更早收到的通报" in page
    case.received_at = at(-5)
    with pytest.raises(FixedError):
        case.save()
    with pytest.raises(FixedError):
        EarlierReceipt.objects.all().delete()


def test_a_later_notice_or_the_superiors_own_earlier_one_moves_nothing(make_case, notice, staff, city):
    case = make_case("start")
    leads.join_notice(case, notice("乙", 2, entered=3), by=staff.handler, now=at(3))
    # The district had it earlier; the school did not.
    leads.join_notice(case, notice("丙", -9, entered=4, unit=city.linjiang), by=staff.superior, now=at(4))
    case = fresh(case)
    assert (case.told_at, case.due48, case.due72) == (None, at(48), at(72))
    assert not EarlierReceipt.objects.exists()


def test_of_several_the_earliest_counts_and_each_stands(make_case, notice, staff):
    case = make_case("start")
    tasks.record_call(case, by=staff.superior, now=at(1), called_at=at(-1), spoke_to="值班室", note="先行告知")
    leads.join_notice(case, notice("甲", -6, entered=2), by=staff.handler, now=at(2))
    tasks.record_call(case, by=staff.superior, now=at(3), called_at=at(-2), spoke_to="值班室", note="")
    case = fresh(case)
    assert (case.receipt, case.due48, case.due72) == (at(-6), at(42), at(66))
    assert [(row.way, row.at, row.was) for row in case.earlier_receipts.all()] == [
        ("call", at(-1), at(0)),
        ("notice", at(-6), at(-1)),
    ]


def test_the_shorter_limit_of_the_earlier_notice_comes_with_it(make_case, notice, staff):
    case = make_case("start")
    leads.join_notice(case, notice("甲", -6, entered=2, find=at(18)), by=staff.handler, now=at(2))
    case = fresh(case)
    assert (case.due48, case.due72) == (at(18), at(66))
    assert case.joined.get().clock("find").due == at(18)


def test_time_that_was_allowed_stays_allowed(make_case, notice, staff):
    case = make_case("start")
    asked = decisions.ask_extension(case, by=staff.handler, now=at(1), which="find", until=at(60), reason="假期")
    decisions.decide_extension(asked, by=staff.superior, now=at(2), allow=True)
    joined = leads.join_notice(case, notice("甲", -6, entered=3), by=staff.handler, now=at(3))
    case = fresh(case)
    assert (case.due48, case.find_clock.original, case.due72) == (at(60), at(42), at(66))
    assert case.find_clock.extended
    # What was allowed for the case before this notice was known was not allowed for its sender.
    assert case.joined.get(pk=joined.pk).clock("find").due == at(42)
    more = decisions.ask_extension(case, by=staff.handler, now=at(4), which="find", until=at(70), reason="再延")
    decisions.decide_extension(more, by=staff.superior, now=at(5), allow=True)
    assert case.joined.get(pk=joined.pk).clock("find").due == at(70), "the case's clock is this notice's by now"


def test_what_was_found_is_judged_by_the_receipt_that_counts(make_case, notice, staff):
    case = make_case("lock")
    leads.join_notice(case, notice("甲", -47, entered=1), by=staff.handler, now=at(1))
    assert fresh(case).find_clock.colour(at(2)) is Colour.KEPT
    leads.join_notice(case, notice("乙", -49, entered=2), by=staff.handler, now=at(2))
    clock = fresh(case).find_clock
    assert (clock.colour(at(2)), clock.used(at(2))) == (Colour.MISSED, timedelta(hours=49))


def test_what_nobody_waits_for_is_left_alone(make_case, notice, staff):
    case = make_case("close")
    leads.join_notice(case, notice("甲", -6, entered=2), by=staff.handler, now=at(2))
    assert (fresh(case).told_at, fresh(case).due48) == (None, at(48))


def test_the_stages_of_the_earlier_end_are_told_of(make_case, notice, staff):
    from minewarden.desk.cases import escalation

    case = make_case("start")
    assert escalation.look(at(30)) == 0
    leads.join_notice(case, notice("甲", -6, entered=30), by=staff.handler, now=at(30))
    assert escalation.look(at(30)) == 1
    assert case.escalations.get().due_at == at(42)


@given(
    hours=st.lists(st.integers(min_value=-200, max_value=-1), min_size=1, max_size=6),
    allowed=st.none() | st.integers(min_value=73, max_value=300),
)
def test_the_clocks_count_from_the_earliest_in_whatever_order_they_are_entered(hours, allowed):
    original = due = Due(at(48), at(72))
    if allowed is not None:
        due = Due(at(allowed), at(72))
    for hour in hours:
        before = due
        original, due = counted_from(at(hour), original, due)
        assert (due.find, due.report) <= (before.find, before.report), "no due time becomes later"
    first = min(hours)
    assert original == Due(at(first + 48), at(first + 72))
    assert due == Due(at(first + 48) if allowed is None else at(allowed), at(first + 72))


def test_merging_keeps_the_time_that_was_allowed_for_one_notice(make_case, notice, staff):
    first, second = make_case("start", number=1), make_case("start", number=2, now=at(3))
    one = leads.join_notice(second, notice("甲", 3, entered=4), by=staff.handler, now=at(4))
    leads.join_notice(second, notice("乙", 4, entered=4, find=at(20)), by=staff.handler, now=at(4))
    asked = decisions.ask_extension(
        second, by=staff.handler, now=at(5), which="find", until=at(70), reason="来文单位同意", joined=one
    )
    decisions.decide_extension(asked, by=staff.superior, now=at(6), allow=True, note="同意")
    stays = side.merge(first, second, by=staff.handler, now=at(7), reason="同一主机")
    assert stays.pk == first.pk
    clocks = {row.notice.number: row.clock("find") for row in stays.joined.select_related("notice")}
    assert (clocks["甲"].due, clocks["甲"].original) == (at(70), at(51))
    assert clocks["甲"].colour(at(60)) is Colour.SOON
    assert clocks["乙"].due == at(20)
    assert (stays.due48, stays.original48) == (at(48), at(48)), "the case's own clock has nothing of it"
    kept = stays.extensions.get()
    assert (kept.joined.notice.number, kept.decided_by, kept.decided_note) == ("甲", staff.superior, "同意")
    assert second.extensions.get().joined_id == one.pk, "where it was asked for it stands as it stood"
    assert Record.objects.get(action="case.take-in").after["extended"]


def test_merging_keeps_what_was_allowed_for_the_case_with_the_notice_that_drove_it(
    make_case, make_lead, notice, staff, city
):
    first = make_case("start", number=1)
    second = leads.open_case(
        make_lead(2),
        by=staff.superior,
        now=at(3),
        unit=city.first_school,
        notice=notice("甲", 3, entered=3),
        reason="x",
    )
    asked = decisions.ask_extension(second, by=staff.handler, now=at(4), which="report", until=at(100), reason="假期")
    decisions.decide_extension(asked, by=staff.superior, now=at(5), allow=True)
    stays = side.merge(first, second, by=staff.handler, now=at(7), reason="同一主机")
    row = stays.joined.get()
    assert (row.clock("report").due, row.clock("find").due) == (at(100), at(51))
    assert stays.due72 == at(72)


def test_what_was_asked_for_before_the_merging_can_still_be_allowed(make_case, notice, staff):
    first, second = make_case("start", number=1), make_case("start", number=2, now=at(3))
    joined = leads.join_notice(second, notice("甲", 3, entered=4), by=staff.handler, now=at(4))
    asked = decisions.ask_extension(
        second, by=staff.handler, now=at(5), which="find", until=at(70), reason="x", joined=joined
    )
    stays = side.merge(first, second, by=staff.handler, now=at(7), reason="同一主机")
    asked.refresh_from_db()
    decisions.decide_extension(asked, by=staff.superior, now=at(8), allow=True)
    assert stays.joined.get().clock("find").due == at(70)


def test_merging_keeps_the_move_for_an_outage(make_case, notice, staff, people):
    first, second = make_case("start", number=1), make_case("start", number=2, now=at(3))
    joined = leads.join_notice(second, notice("甲", 3, entered=4, find=at(6)), by=staff.handler, now=at(4))
    outage = outages.enter_outage(by=people.system, now=at(8), began_at=at(5), ended_at=at(8), note="停电")
    outages.shift(second, outage, by=staff.superior, now=at(9), which="find", reason="停电", joined=joined)
    stays = side.merge(first, second, by=staff.handler, now=at(10), reason="同一主机")
    assert stays.joined.get().clock("find").due == at(9)


def test_the_same_notice_in_both_keeps_what_was_allowed_in_either(make_case, notice, staff):
    first, second = make_case("start", number=1), make_case("start", number=2, now=at(3))
    same = notice("甲", 3, entered=4)
    leads.join_notice(first, same, by=staff.handler, now=at(4))
    joined = leads.join_notice(second, same, by=staff.handler, now=at(4))
    asked = decisions.ask_extension(
        second, by=staff.handler, now=at(5), which="find", until=at(70), reason="x", joined=joined
    )
    decisions.decide_extension(asked, by=staff.superior, now=at(6), allow=True)
    stays = side.merge(first, second, by=staff.handler, now=at(7), reason="同一主机")
    assert stays.joined.get().clock("find").due == at(70)


def test_a_receipt_that_is_not_earlier_is_no_row(make_case, staff):
    case = held(make_case("start"))
    given = {"by": staff.superior, "now": at(1), "way": "call", "reason": "x"}
    assert receipts.count_from(case, at(0), **given) is None
    assert receipts.count_from(case, at(-1), **given, due=Due(at(10), at(71))) is not None
    assert (case.due48, case.due72) == (at(10), at(71))


def test_a_call_in_the_future_is_refused(make_case, staff):
    with pytest.raises(TransitionError):
        tasks.record_call(make_case("start"), by=staff.superior, now=at(1), called_at=at(2), spoke_to="值班室", note="")
