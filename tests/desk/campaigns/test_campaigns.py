"""A campaign on its way: tasks come down, are answered out of ledgers, postponed, changed under way, merged."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from minewarden.desk.audit.models import Record
from minewarden.desk.campaigns import actions, rounds
from minewarden.desk.campaigns.models import Campaign, Task, Version
from minewarden.desk.cases.fixed import FixedError
from minewarden.desk.kit import figures
from minewarden.desk.kit.figures import Figure
from minewarden.desk.ledger.models import Asset, Duty
from minewarden.desk.notify.models import Copy
from minewarden.desk.org import actions as org_actions
from minewarden.desk.org.models import Unit
from minewarden.vocab.errors import TransitionError
from tests.desk.campaigns.conftest import BEGIN, DATES, TEMPLATE, beijing


def task_of(campaign: Campaign, unit: Unit, code: str) -> Task:
    return Task.objects.select_related("unit", "campaign").get(campaign=campaign, unit=unit, code=code)


def test_nothing_is_asked_before_it_is_started(make_campaign):
    make_campaign(start=False)
    assert not Task.objects.exists()


def test_a_campaign_is_started_by_the_approver_only(make_campaign, bureau, people):
    campaign = make_campaign(start=False)
    with pytest.raises(PermissionDenied):
        actions.start(campaign, by=bureau.officer, now=BEGIN)
    with pytest.raises(PermissionDenied):
        actions.start(campaign, by=people.approver, now=BEGIN)


def test_every_unit_gets_what_its_kind_is_asked(make_campaign, city):
    campaign = make_campaign()
    of_school = set(Task.objects.filter(unit=city.first_school).values_list("code", flat=True))
    of_kindergarten = set(Task.objects.filter(unit=city.kindergarten).values_list("code", flat=True))
    assert of_school == {"plan", "meeting", "contacts", "duty-list", "pledges"}
    assert of_kindergarten == of_school - {"duty-list"}
    # Seven units, of which the kindergarten has one task fewer.
    assert Task.objects.count() == 5 * 7 - 1
    assert task_of(campaign, city.first_school, "plan").due_at == beijing("2026-04-11 00:00")


def test_starting_tells_whoever_answers_for_a_unit(make_campaign, people):
    make_campaign()
    assert Copy.objects.filter(person=people.school_officer, message__key__endswith=".start").exists()
    assert not Copy.objects.filter(person=people.nobody).exists()


def test_the_next_phase_brings_its_tasks_on_its_first_day_and_once(make_campaign, city):
    campaign = make_campaign()
    rounds.look(beijing("2026-04-10 23:59"))
    assert not Task.objects.filter(phase="assault").exists()
    rounds.look(beijing("2026-04-11 00:01"))
    count = Task.objects.filter(phase="assault").count()
    assert count == 8 * 7 - 3
    rounds.look(beijing("2026-04-11 00:02"))
    assert Task.objects.filter(phase="assault").count() == count
    assert Record.objects.filter(action="campaign.cascade", object_id=str(campaign.pk)).exists()


def test_a_unit_that_was_founded_later_gets_its_tasks_the_next_day(make_campaign, city):
    campaign = make_campaign()
    fresh = org_actions.create_unit(
        by=None, kind="school", name="云川市新城小学", parent=city.yunlu, valid_from=BEGIN.date()
    )
    rounds.look(BEGIN + timedelta(minutes=5))
    assert not Task.objects.filter(unit=fresh).exists()
    rounds.look(BEGIN + timedelta(days=1))
    assert set(Task.objects.filter(unit=fresh, campaign=campaign).values_list("code", flat=True)) >= {"plan", "meeting"}


def test_what_a_ledger_knows_is_not_asked_but_kept_with_the_answer(make_campaign, city, people):
    campaign = make_campaign()
    rounds.look(beijing("2026-04-12 09:00"))
    Asset.objects.create(unit=city.first_school, number="ZC-1", name="服务器", person_name="秦朗", performance="high")
    Asset.objects.create(unit=city.first_school, number="ZC-2", name="旧主机")
    task = task_of(campaign, city.first_school, "assets")
    # A number that somebody sends for what the ledger knows does not count.
    done = actions.answer(task, by=people.school_officer, now=BEGIN, texts={"devices": "999", "complete": "yes"})
    assert done.answer == {"devices": 2, "high": 1, "ownerless": 1, "complete": True}
    assert (done.state, done.on_behalf) == ("done", False)


def test_a_district_may_answer_for_a_small_school_and_the_trail_says_so(make_campaign, city, people):
    campaign = make_campaign()
    rounds.look(beijing("2026-04-12 09:00"))
    task = task_of(campaign, city.kindergarten, "terminals")
    done = actions.answer(task, by=people.officer, now=BEGIN, texts={"antivirus": "是", "real_name": "暂无"})
    assert done.on_behalf
    assert done.answer == {"antivirus": True, "real_name": "none"}
    with pytest.raises(PermissionDenied):
        actions.answer(task, by=people.stranger, now=BEGIN, texts={"antivirus": "是", "real_name": "暂无"})


def test_a_wrong_answer_names_the_question(make_campaign, city, people):
    campaign = make_campaign()
    rounds.look(beijing("2026-04-12 09:00"))
    task = task_of(campaign, city.first_school, "boundary")
    with pytest.raises(TransitionError) as refused:
        actions.answer(task, by=people.school_officer, now=BEGIN, texts={"exit": "不知道"})
    assert "出口由谁防护" in refused.value.said("zh")
    assert task_of(campaign, city.first_school, "boundary").state == "open"


def test_what_has_to_be_filed_cannot_be_called_done(make_campaign, city, people, file_it):
    campaign = make_campaign()
    with pytest.raises(TransitionError):
        actions.answer(task_of(campaign, city.first_school, "plan"), by=people.school_officer, now=BEGIN, texts={})
    file_it("plan", city.first_school, campaign, people.school_officer)
    assert task_of(campaign, city.first_school, "plan").state == "done"


def test_a_figure_closes_its_task_and_cannot_be_talked_into_it(make_campaign, city, people):
    figures.offer("ledger.contacts", lambda units, now: dict.fromkeys(units, Figure(3, 4)))
    campaign = make_campaign()
    task = task_of(campaign, city.first_school, "contacts")
    with pytest.raises(TransitionError):
        actions.answer(task, by=people.school_officer, now=BEGIN, texts={})
    figures.offer("ledger.contacts", lambda units, now: dict.fromkeys(units, Figure(4, 4)))
    rounds.look(BEGIN + timedelta(days=1))
    assert task_of(campaign, city.first_school, "contacts").state == "done"


def test_contacts_are_counted_in_the_ledger(make_campaign, city):
    from minewarden.desk.campaigns.known import contacts

    for post in ("first", "direct", "contact_a"):
        Duty.objects.create(unit=city.first_school, post=post, name="何青")
    Duty.objects.create(unit=city.first_school, post="contact_b", name="吴涛", until=BEGIN.date() - timedelta(days=1))
    assert contacts([city.first_school.pk], BEGIN) == {city.first_school.pk: Figure(3, 4)}


def test_the_superior_has_an_answer_amended(make_campaign, city, people):
    campaign = make_campaign()
    rounds.look(beijing("2026-04-12 09:00"))
    task = task_of(campaign, city.first_school, "terminals")
    texts = {"antivirus": "yes", "real_name": "none"}
    actions.answer(task, by=people.school_officer, now=BEGIN, texts=texts)
    with pytest.raises(PermissionDenied):
        actions.send_back(task, by=people.school_officer, now=BEGIN, note="再查")
    actions.send_back(task, by=people.officer, now=BEGIN, note="实验室没有装")
    task.refresh_from_db()
    assert (task.state, task.returned_note, task.answer) == (
        "returned",
        "实验室没有装",
        {"antivirus": True, "real_name": "none"},
    )
    actions.answer(task, by=people.school_officer, now=BEGIN, texts=texts | {"real_name": "portal"})
    task.refresh_from_db()
    assert (task.state, task.returned_note) == ("done", "")


def test_more_time_is_asked_by_the_unit_and_given_by_the_superior(make_campaign, city, people, bureau):
    campaign = make_campaign()
    task = task_of(campaign, city.first_school, "plan")
    until = beijing("2026-04-15 18:00")
    asked = actions.ask_time(task, by=people.school_officer, now=BEGIN, until=until, reason="校长外出培训")
    assert task_of(campaign, city.first_school, "plan").due_at == task.due_at
    with pytest.raises(TransitionError):
        actions.ask_time(task, by=people.school_officer, now=BEGIN, until=until, reason="再问一次")
    with pytest.raises(PermissionDenied):
        actions.decide_time(asked, by=people.school_officer, now=BEGIN, allow=True)
    actions.decide_time(asked, by=people.officer, now=BEGIN, allow=True)
    fresh = task_of(campaign, city.first_school, "plan")
    assert (fresh.due_at, fresh.original_due_at) == (until, task.due_at)
    # Two who decide at once: the second finds it decided.
    with pytest.raises(TransitionError):
        actions.decide_time(asked, by=people.second_officer, now=BEGIN, allow=False, note="不行")


@pytest.mark.parametrize("until", ["2026-03-30 18:00", "2026-04-05 00:00"])
def test_time_that_lies_behind_or_gives_nothing_is_refused(make_campaign, city, people, until):
    task = task_of(make_campaign(), city.first_school, "plan")
    with pytest.raises(TransitionError):
        actions.ask_time(task, by=people.school_officer, now=BEGIN, until=beijing(until), reason="理由")


def test_a_campaign_whose_days_are_over_is_not_set_up(city, bureau):
    with pytest.raises(TransitionError):
        actions.draft(
            by=bureau.officer, now=beijing("2026-04-11 09:00"), unit=city.bureau, text=TEMPLATE, name="x", title="x",
            number="", dates=DATES,
        )  # fmt: skip


QUESTION = """
[[task.question]]
key = "idle"
title = { zh = "闲置未关机的设备数", en = "Idle devices left on" }
kind = "number"
"""
WITH_QUESTION = TEMPLATE.replace('\n[[task]]\ncode = "lines"', QUESTION + '\n[[task]]\ncode = "lines"')


def test_a_campaign_changed_while_units_answer_keeps_the_answers_and_says_what_changed(
    make_campaign, city, people, bureau
):
    campaign = make_campaign()
    rounds.look(beijing("2026-04-12 09:00"))
    now = beijing("2026-04-12 10:00")
    done = actions.answer(
        task_of(campaign, city.first_school, "assets"), by=people.school_officer, now=now, texts={"complete": "yes"}
    )
    other = task_of(campaign, city.first_school, "terminals")
    actions.answer(other, by=people.school_officer, now=now, texts={"antivirus": "yes", "real_name": "portal"})
    actions.revise(
        campaign, by=bureau.approver, now=now, text=WITH_QUESTION, name="x", dates=DATES, reason="省厅要求统计闲置设备"
    )
    done.refresh_from_db()
    other.refresh_from_db()
    assert (done.state, done.answer["complete"]) == ("open", True)
    assert [change["what"] for change in done.changed] == ["question-added"]
    assert (other.state, other.changed) == ("done", [])

    # Somebody who had the page open sends what the old page asked: it is kept, and not handed up.
    page = task_of(campaign, city.riverside, "assets")
    kept = actions.answer(page, by=people.officer, now=now, texts={"complete": "no"}, version=1)
    assert (kept.state, kept.answer["complete"]) == ("open", False)
    assert [change["key"] for change in kept.changed] == ["idle"]
    again = actions.answer(page, by=people.officer, now=now, texts={"complete": "no", "idle": "4"}, version=2)
    assert (again.state, again.answered_version, again.changed) == ("done", 2, [])


def test_what_a_version_drops_is_withdrawn_and_comes_back_with_it(make_campaign, city, bureau, people):
    campaign = make_campaign()
    cut = (
        TEMPLATE[: TEMPLATE.index('[[task]]\ncode = "meeting"')]
        + TEMPLATE[TEMPLATE.index('[[task]]\ncode = "contacts"') :]
    )
    actions.revise(campaign, by=bureau.approver, now=BEGIN, text=cut, name="x", dates=DATES, reason="合并会议")
    assert task_of(campaign, city.first_school, "meeting").state == "withdrawn"
    actions.revise(campaign, by=bureau.approver, now=BEGIN, text=TEMPLATE, name="x", dates=DATES, reason="恢复")
    assert task_of(campaign, city.first_school, "meeting").state == "open"


def test_new_days_move_the_due_times_but_not_those_that_were_given(make_campaign, city, bureau, people):
    campaign = make_campaign()
    given = beijing("2026-04-20 18:00")
    asked = actions.ask_time(
        task_of(campaign, city.riverside, "plan"), by=people.officer, now=BEGIN, until=given, reason="理由"
    )
    actions.decide_time(asked, by=people.second_officer, now=BEGIN, allow=True)
    later = DATES | {"mobilise": (None, DATES["assault"][0] - timedelta(days=2))}
    actions.revise(campaign, by=bureau.approver, now=BEGIN, text=TEMPLATE, name="x", dates=later, reason="提前")
    assert task_of(campaign, city.first_school, "plan").due_at == beijing("2026-04-10 00:00")
    assert task_of(campaign, city.riverside, "plan").due_at == given


def test_a_version_that_changes_nothing_is_not_made_and_none_is_rewritten(make_campaign, bureau):
    campaign = make_campaign()
    with pytest.raises(TransitionError):
        actions.revise(campaign, by=bureau.approver, now=BEGIN, text=TEMPLATE, name="x", dates=DATES, reason="无")
    version = Version.objects.get()
    version.text = "x"
    with pytest.raises(FixedError):
        version.save()


def test_a_unit_merged_in_mid_campaign_hands_over_what_it_left_open_with_its_answers(
    make_campaign, city, people, bureau, file_it
):
    campaign = make_campaign()
    rounds.look(beijing("2026-04-12 09:00"))
    now = beijing("2026-04-12 10:00")
    file_it("meeting", city.riverside, campaign, people.officer)
    kept = task_of(campaign, city.riverside, "self-check")
    Task.objects.filter(pk=kept.pk).update(answer={"rooms": 2})
    only_here = task_of(campaign, city.riverside, "boundary")
    Task.objects.filter(campaign=campaign, unit=city.first_school, code="boundary").delete()
    org_actions.close_unit(city.riverside, by=None, until=now.date(), successor=city.first_school)
    rounds.look(beijing("2026-04-13 00:05"))

    kept.refresh_from_db()
    assert (kept.state, kept.answer) == ("moved", {"rooms": 2})
    assert kept.moved_to == task_of(campaign, city.first_school, "self-check")
    only_here.refresh_from_db()
    assert only_here.moved_to == task_of(campaign, city.first_school, "boundary")
    assert only_here.moved_to is not None
    assert only_here.moved_to.state == "open"
    # What was done stays the work of the unit that did it.
    assert task_of(campaign, city.riverside, "meeting").state == "done"
    assert not Task.objects.filter(unit=city.riverside, state__in=("open", "returned")).exists()


def test_a_unit_that_nobody_took_in_owes_nothing_any_more(make_campaign, city):
    campaign = make_campaign()
    org_actions.close_unit(city.riverside, by=None, until=BEGIN.date())
    rounds.look(BEGIN + timedelta(days=1))
    assert task_of(campaign, city.riverside, "plan").state == "withdrawn"


def test_each_month_brings_one_small_task_and_no_second(make_campaign, city, bureau):
    campaign = make_campaign()
    for day in ("2026-04-26 08:00", "2026-05-01 08:00", "2026-05-02 08:00", "2026-06-01 08:00"):
        rounds.look(beijing(day))
    months = Task.objects.filter(campaign=campaign, unit=city.kindergarten, code="month").order_by("period")
    assert [(task.period, task.due_at) for task in months] == [
        ("2026-04", beijing("2026-05-01 00:00")),
        ("2026-05", beijing("2026-06-01 00:00")),
        ("2026-06", beijing("2026-07-01 00:00")),
    ]
    assert campaign.plan.task("month").minutes <= 3


def test_one_letter_a_day_says_what_is_due_soon(make_campaign, people):
    make_campaign()
    for at in ("2026-04-08 08:00", "2026-04-09 10:00", "2026-04-09 15:00", "2026-04-11 10:00"):
        rounds.look(beijing(at))
    letters = Copy.objects.filter(person=people.school_officer, message__key__startswith="campaign.soon.")
    assert [copy.message.params["count"] for copy in letters.select_related("message")] == [5]


def test_a_task_is_asked_again_no_more_than_twice_a_day(make_campaign, city, people):
    task = task_of(make_campaign(), city.first_school, "plan")
    for _ in range(2):
        actions.urge(task, by=people.officer, now=BEGIN)
    with pytest.raises(TransitionError):
        actions.urge(task, by=people.officer, now=BEGIN)


def test_an_ended_campaign_asks_nothing(make_campaign, city, bureau, people):
    campaign = make_campaign()
    actions.end(campaign, by=bureau.approver, now=BEGIN, reason="省里调整部署")
    assert set(Task.objects.values_list("state", flat=True)) == {"withdrawn"}
    rounds.look(BEGIN + timedelta(days=20))
    assert not Task.objects.filter(phase="assault").exists()


def test_the_tasks_of_a_whole_city_are_handed_out_by_the_worker_and_once(make_campaign, monkeypatch):
    monkeypatch.setattr(actions, "INLINE", 3)
    make_campaign()
    assert not Task.objects.exists()
    rounds.look(BEGIN + timedelta(seconds=20))
    assert Task.objects.count() == 5 * 7 - 1


def test_what_another_app_counts_is_shown_and_not_asked(make_campaign, city, people):
    figures.offer("selfchecks.places", lambda units, now: dict.fromkeys(units, Figure(12)))
    figures.offer("selfchecks.open", lambda units, now: {})
    campaign = make_campaign()
    rounds.look(beijing("2026-04-12 09:00"))
    task = task_of(campaign, city.first_school, "self-check")
    done = actions.answer(task, by=people.school_officer, now=BEGIN, texts={"whole": "yes"})
    assert done.answer == {"rooms": 12, "open": 0, "whole": True}
