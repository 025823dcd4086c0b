"""A notice of thousands of lines is handed out by the worker, a piece at a time; nothing is lost, nothing doubled."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.cases.models import Case
from minewarden.desk.notices import actions, handing, intake, opening, queries
from minewarden.desk.notices.models import Assignment, Handing, Line, Received, Share
from minewarden.desk.org.models import Post
from minewarden.vocab.errors import TransitionError
from tests.desk.notices.conftest import at, claim, person
from tests.intake.made import xlsx

WHEN = "2026-03-13 17:30"
LATER = at("2026-03-13 17:31")


@pytest.fixture
def large(desk: Any, take: Any, confirm: Any, monkeypatch: pytest.MonkeyPatch) -> Received:
    """60 lines of 市一中, 60 of 市二中 of which each address stands twice, 5 of nobody; a page may hand out 20."""
    monkeypatch.setattr(opening, "AT_ONCE", 20)
    monkeypatch.setattr(intake, "AT_ONCE", 20)
    monkeypatch.setattr(handing, "ADDRESSES", 7)
    monkeypatch.setattr(handing, "UNITS", 1)
    claim(desk.first_school, "203.0.113.0/25")
    claim(desk.second_school, "203.0.113.128/25")
    places = [f"203.0.113.{n}" for n in range(1, 61)] + [f"203.0.113.{128 + n // 2}" for n in range(2, 62)]
    places += [f"192.0.2.{n}" for n in range(1, 6)]
    rows = [["IP", "时间"], *([place, "2026-03-12 21:14"] for place in places)]
    received = take(xlsx(rows), WHEN)
    assert confirm(received) == {}
    return received


def pieces(most: int = 10_000) -> int:
    done = 0
    while done < most and handing._piece(LATER):
        done += 1
    return done


def test_nothing_is_opened_while_the_page_waits_and_all_of_it_by_the_worker(
    desk: Any, large: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine with other work may need more than one turn of the worker, which is not what is asked here.
    monkeypatch.setattr(handing, "BUDGET", 600.0)
    job = Handing.objects.get()
    assert (job.lines, job.done, Case.objects.count(), Assignment.objects.count()) == (120, 0, 0, 0)
    assert handing.go_on(LATER) > 10
    job.refresh_from_db()
    assert (job.done, job.ended_at) == (120, LATER)
    assert Counter(case.unit.label for case in Case.objects.select_related("unit")) == {"市一中": 60, "市二中": 30}
    assert not Share.objects.filter(case=None).exists()
    assert [row.received_at for row in Assignment.objects.all()] == [LATER, LATER]
    assert Line.objects.filter(received=large, state="waiting").count() == 5, "what is nobody's stays with the office"
    assert handing.go_on(LATER) == 0


def test_units_are_told_before_the_first_case_is_opened(desk: Any, large: Received) -> None:
    assert pieces(2) == 2
    assert Assignment.objects.exclude(received_at=None).count() == 2
    assert not Case.objects.exists()
    assert Handing.objects.get().done == 0


def test_an_address_never_becomes_two_cases_however_the_pieces_fall(desk: Any, large: Received) -> None:
    pieces()
    counted = Counter(str(case.host) for case in Case.objects.all())
    assert set(counted.values()) == {1}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_breaks_off_in_the_middle_is_done_once(
    desk: Any, large: Received, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """A worker ends in the middle of a piece: what the piece did is undone with it, and the next one does it again."""

    class Killed(BaseException):
        pass

    chance, real = random.Random(seed), opening.open_for_notice
    countdown = {"left": 0}

    def dies(**given: Any) -> Any:
        countdown["left"] -= 1
        if countdown["left"] == 0:
            raise Killed
        return real(**given)

    monkeypatch.setattr(opening, "open_for_notice", dies)
    for _ in range(8):
        countdown["left"] = chance.randint(1, 15)
        try:
            pieces()
        except Killed:
            continue
    countdown["left"] = 10**9
    pieces()
    assert Case.objects.count() == 90
    assert not Share.objects.filter(case=None).exists()
    assert Share.objects.count() == Line.objects.filter(state="sent").count() == 120
    assert Handing.objects.get().ended_at is not None


def test_what_happens_meanwhile_is_kept(desk: Any, large: Received) -> None:
    """Lines are withdrawn and one unit signs before the worker has come to its cases."""
    pieces(3)
    first = Assignment.objects.get(unit=desk.first_school)
    opened = set(Case.objects.values_list("pk", flat=True))
    assert len(opened) == 7
    actions.sign(first, by=desk.first, now=LATER)
    withdrawn = list(Line.objects.filter(received=large).order_by("-position")[5:15])
    actions.withdraw(large, by=desk.zhou, now=LATER, reason="来文更正", lines=withdrawn)
    with pytest.raises(TransitionError) as refused:
        actions.give_back(first, by=desk.first, now=LATER, reason="不是我们的")
    assert "等后台完成" in refused.value.said("zh")
    pieces()
    mine = Case.objects.filter(unit=desk.first_school)
    assert {case.state for case in mine} == {"signed"}
    assert mine.count() == 60
    assert Case.objects.filter(unit=desk.second_school).count() == 25
    assert Line.objects.filter(state="withdrawn").count() == 10
    actions.give_back(first, by=desk.first, now=LATER, reason="不是我们的")


def test_whoever_lost_his_post_stops_it_and_somebody_else_goes_on(desk: Any, large: Received, login: Any) -> None:
    pieces(1)
    other = person("ke.xin", "柯欣", desk.bureau)
    Post.objects.filter(person=desk.zhou).update(revoked_at=timezone.now())
    pieces()
    job = Handing.objects.get()
    assert job.ended_at is None
    assert "周宁 已不再负责" in job.error["zh"]
    browser = login(other)
    page = browser.get(f"/notices/{large.pk}/").content.decode()
    assert "周宁 已不再负责" in page
    assert "接着分派" in page
    assert browser.post(f"/notices/{large.pk}/resume/").status_code == 302
    pieces()
    assert Case.objects.count() == 90
    assert Case.objects.order_by("-pk")[0].opened_by == other


def test_the_page_says_how_far_it_is_and_when_nothing_moves(desk: Any, large: Received, login: Any) -> None:
    pieces(4)
    now = at("2026-03-13 17:32")
    found = queries.document(large, {}, now)
    assert found.job is not None
    assert (found.job.done, found.job.lines, found.job.stalled) == (14, 120, False)
    assert queries.document(large, {}, LATER + timedelta(minutes=3)).job.stalled
    assert found.returned_count == 5, "lines that the worker has not come to are not asked about"
    page = login(desk.zhou).get(f"/notices/{large.pk}/").content.decode()
    assert "已完成 14 / 120 条" in page
    assert 'http-equiv="refresh"' in page
    pieces()
    done = login(desk.zhou).get(f"/notices/{large.pk}/").content.decode()
    assert "正在分派" not in done
    assert 'http-equiv="refresh"' not in done


def test_a_unit_that_receives_much_at_once_waits_for_the_worker_too(
    desk: Any, take: Any, confirm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody there has an account: the call is its receipt, and opens more cases than a page can wait for."""
    claim(desk.riverside, "203.0.113.0/25")
    rows = [["IP", "时间"], *([f"203.0.113.{n}", "2026-03-12 21:14"] for n in range(1, 31))]
    quiet = confirm(take(xlsx(rows), WHEN))["江畔小学"]
    monkeypatch.setattr(opening, "AT_ONCE", 20)
    actions.tell(quiet, by=desk.district, now=LATER, called_at=LATER, note="值班室")
    assert not Case.objects.exists()
    pieces()
    assert Case.objects.count() == 30
    assert {case.received_at for case in Case.objects.all()} == {LATER}


def test_of_many_units_those_not_reached_stand_first(
    desk: Any, take: Any, confirm: Any, monkeypatch: pytest.MonkeyPatch, login: Any
) -> None:
    monkeypatch.setattr(queries, "HOPS", 2)
    for number, unit in enumerate((desk.first_school, desk.second_school, desk.riverside)):
        claim(unit, f"203.0.113.{16 * number}/28")
    rows = [["IP", "时间"], *([f"203.0.113.{16 * n + 1}", "2026-03-12 21:14"] for n in range(3))]
    received = take(xlsx(rows), WHEN)
    actions.sign(confirm(received)["市一中"], by=desk.first, now=LATER)
    found = queries.document(received, {}, LATER)
    assert [hop.assignment.unit.label for hop in found.hops] == ["江畔小学", "市二中"]
    assert (found.units, found.undelivered, found.unsigned) == (3, 1, 2)
    assert "共 3 个单位" in login(desk.zhou).get(f"/notices/{received.pk}/").content.decode()
