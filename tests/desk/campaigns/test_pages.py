"""The pages of campaigns: one page for a unit, exceptions first for its superior, nothing asked that a ledger knows."""

from typing import Any

import pytest
from django.urls import reverse

from minewarden.desk.campaigns import actions, rounds
from minewarden.desk.campaigns.models import Campaign, Task
from minewarden.desk.ledger.models import Asset, Duty
from tests.desk.campaigns.conftest import DATES, TEMPLATE, beijing
from tests.desk.made import typed_again


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Any:
    from django.utils import timezone

    def to(text: str) -> Any:
        moment = beijing(text)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return to


def test_the_month_of_a_kindergarten_is_one_page_with_one_tap(make_campaign, city, bureau, login, turn):
    make_campaign()
    Task.objects.all().delete()
    now = turn("2026-05-04 08:30")
    Duty.objects.create(unit=city.kindergarten, post="contact_a", name="李娜")
    Asset.objects.create(unit=city.kindergarten, number="1", name="办公电脑", person_name="李娜")
    rounds.look(now)
    Task.objects.exclude(code="month").delete()
    browser = login(bureau.head)
    page = browser.get(reverse("campaigns:mine")).content.decode()
    assert "1 分钟" in page
    # What the ledger knows is shown; the page asks one thing.
    assert "李娜" in page
    task = Task.objects.get(unit=city.kindergarten, code="month")
    asked = [line for line in page.split("<") if line.startswith("input") and f"t{task.pk}-" in line]
    assert {line.split('name="')[1].split('"')[0] for line in asked} == {f"t{task.pk}-same", f"t{task.pk}-version"}
    answer = browser.post(
        reverse("campaigns:task", args=[task.pk]),
        {f"t{task.pk}-same": "same", f"t{task.pk}-version": "1", "next": reverse("campaigns:mine")},
        follow=True,
    )
    task.refresh_from_db()
    assert (task.state, task.answer) == ("done", {"contact": "李娜", "devices": 1, "lines": 0, "same": "same"})
    assert "现在没有要办的事" in answer.content.decode()

    # The next month offers what was said in this one.
    rounds.look(turn("2026-06-02 08:30"))
    page = login(bureau.head).get(reverse("campaigns:mine")).content.decode()
    assert "checked" in page


def test_a_unit_with_more_tasks_than_its_page_asks_is_told_how_many(make_campaign, city, login, turn, monkeypatch):
    make_campaign()
    turn("2026-04-02 09:00")
    count = Task.objects.filter(unit=city.first_school).count()
    assert count > 2
    monkeypatch.setattr("minewarden.desk.campaigns.queries._CARDS", 2)
    monkeypatch.setattr("minewarden.desk.campaigns.queries._LATEST", 1)
    page = login("school_officer").get(reverse("campaigns:mine")).content.decode()
    assert page.count('id="task-') == 2
    assert f"（共 {count} 个，先列出 2 个，处理后列出其余）" in page
    chosen = Task.objects.filter(unit=city.first_school)
    chosen.update(state="done", done_at=beijing("2026-04-02 09:00"))
    page = login("school_officer").get(reverse("campaigns:mine")).content.decode()
    assert f"{count}" in page.partition("done-list")[2].partition("</summary>")[0], "all that were done are counted"
    assert f'href="{reverse("campaigns:tasks")}?unit={city.first_school.pk}&show=done"' in page


def test_the_home_page_leads_to_the_tasks(make_campaign, login, turn, people):
    make_campaign()
    turn("2026-04-02 09:00")
    page = login("school_officer").get("/").content.decode()
    assert "整治“挖矿”专项行动" in page
    assert reverse("campaigns:mine") in page


def test_the_board_shows_exceptions_first_and_only_what_one_may_see(make_campaign, city, login, people, turn, file_it):
    campaign = make_campaign()
    turn("2026-04-09 09:00")
    for kind in ("plan", "meeting"):
        file_it(kind, city.riverside, campaign, people.officer)
    page = login("officer").get(reverse("campaigns:board")).content.decode()
    assert "云麓中学" not in page
    assert "未报工作方案" in page
    shown = login("officer").get(reverse("campaigns:board") + "?show=plan").content.decode()
    assert f'?unit={city.first_school.pk}"' in shown
    assert f'mine/?unit={city.riverside.pk}"' not in shown


def test_a_unit_of_another_is_not_opened(make_campaign, city, login):
    make_campaign()
    address = reverse("campaigns:mine") + f"?unit={city.first_school.pk}"
    assert login("school_officer").get(address).status_code == 200
    assert login("stranger").get(address).status_code == 404


def test_a_wrong_template_is_shown_with_all_its_faults(bureau, login):
    text = TEMPLATE.replace('code = "plan"', 'code = "Plan 1"', 1).replace(
        'kinds = ["school", "kindergarten"]', "kinds = []"
    )
    page = login(bureau.officer).post(
        reverse("campaigns:new"), {"title": "x", "text": text, "unit": bureau.officer.unit_id}
    )
    assert page.status_code == 422
    shown = page.content.decode()
    assert "模板有 2 处错误" in shown
    assert "task[1].code" in shown
    assert "task[14].kinds" in shown
    assert not Campaign.objects.exists()


def test_a_campaign_is_set_up_started_and_changed_on_its_pages(bureau, city, login, turn, people):
    turn("2026-04-01 09:00")
    days = {
        f"{code}__{name}": day.isoformat()
        for code, span in DATES.items()
        for name, day in zip(("begins", "ends"), span, strict=True)
        if day
    }
    given = {"title": "整治专项行动", "unit": city.bureau.pk, "text": TEMPLATE, "number": "", **days}
    login(bureau.officer).post(reverse("campaigns:new"), given)
    campaign = Campaign.objects.get()
    assert campaign.plan.phase("assault").ends == DATES["assault"][1]
    login(bureau.approver).post(reverse("campaigns:campaign-act", args=[campaign.pk, "start"]))
    assert Task.objects.filter(campaign=campaign).exists()
    later = given | {"assault__ends": "2026-04-28", "normal__begins": "2026-04-29", "reason": "省厅顺延"}
    login(bureau.approver).post(reverse("campaigns:revise", args=[campaign.pk]), later)
    page = login("officer").get(reverse("campaigns:campaign", args=[campaign.pk])).content.decode()
    assert "2026-04-25 → " in page or "2026-04-11 至 2026-04-25 → 2026-04-11 至 2026-04-28" in page
    assert "省厅顺延" in page
    got = login("officer").get(reverse("campaigns:template", args=[campaign.pk]))
    assert got.content.decode() == TEMPLATE


def test_an_answer_to_what_has_just_changed_is_kept_and_said_to_be(make_campaign, city, bureau, people, login, turn):
    campaign = make_campaign()
    now = turn("2026-04-12 09:00")
    rounds.look(now)
    task = Task.objects.get(unit=city.first_school, code="terminals")
    more = '[[task.question]]\nkey = "count"\ntitle = "终端数"\nkind = "number"\n\n[[task]]\ncode = "education"'
    text = TEMPLATE.replace('[[task]]\ncode = "education"', more)
    actions.revise(campaign, by=bureau.approver, now=now, text=text, name="x", dates=DATES, reason="补充")
    sent = {f"t{task.pk}-antivirus": "yes", f"t{task.pk}-real_name": "portal", f"t{task.pk}-count": "30"}
    browser = login("school_officer")
    page = browser.post(
        reverse("campaigns:task", args=[task.pk]), sent | {f"t{task.pk}-version": "1"}, follow=True
    ).content.decode()
    assert "您填的内容已保留" in page
    assert "增加一项：终端数" in page
    browser.post(reverse("campaigns:task", args=[task.pk]), sent | {f"t{task.pk}-version": "2"})
    task.refresh_from_db()
    assert (task.state, task.answer) == ("done", {"antivirus": True, "real_name": "portal", "count": 30})


def test_more_time_is_asked_and_given_on_the_pages(make_campaign, city, login, turn, people):
    make_campaign()
    turn("2026-04-02 09:00")
    task = Task.objects.get(unit=city.first_school, code="plan")
    ask = {"ask-until": "2026-04-15T18:00", "ask-reason": "校长外出"}
    login("school_officer").post(reverse("campaigns:task-act", args=[task.pk, "ask-time"]), ask)
    page = login("officer").get(reverse("campaigns:board")).content.decode()
    assert "校长外出" in page
    asked = task.postponements.get()
    login("officer").post(reverse("campaigns:decide", args=[asked.pk, "allow"]), {"note": ""})
    task.refresh_from_db()
    assert task.due_at == beijing("2026-04-15 18:00")


def test_midnight_is_said_as_people_say_it(make_campaign, city, login, turn, people):
    make_campaign()
    turn("2026-04-02 09:00")
    page = login("school_officer").get(reverse("campaigns:mine")).content.decode()
    assert "2026年4月10日24:00 前完成" in page


def test_days_of_the_template_are_moved_ahead_as_a_whole():
    from datetime import date

    from minewarden.desk.campaigns.template import read

    plan, _ = read(TEMPLATE, "x")
    assert plan is not None
    ahead = plan.ahead(date(2026, 3, 1))
    assert [phase.ends for phase in ahead.phases] == [date(2026, 3, 15), date(2026, 3, 30), None]
    assert ahead.phases[2].begins == date(2026, 3, 31)
    assert plan.ahead(date(2022, 4, 1)) == plan


def test_only_one_entry_of_the_menu_is_where_one_is(make_campaign, login, people):
    page = login("officer").get(reverse("campaigns:needs")).content.decode()
    menu = page[page.index('<nav class="menu"') : page.index("</nav>", page.index('<nav class="menu"'))]
    assert menu.count('aria-current="page"') == 1


def test_a_frozen_gate_opens_as_page_and_sheet(make_campaign, city, login, turn, people):
    make_campaign()
    rounds.look(turn("2026-04-11 00:01"))
    gate = Campaign.objects.get().gates.get()
    page = login("officer").get(reverse("campaigns:gate", args=[gate.pk])).content.decode()
    assert gate.sha256 in page
    assert "与冻结时一致" in page
    assert "云麓中学" not in page
    assert login("officer").get(reverse("campaigns:gate-sheet", args=[gate.pk])).status_code == 200


def test_figures_for_the_weekly_assessment(make_campaign, city, people, file_it):
    from minewarden.desk.campaigns.queries import progress

    assert progress(city.linjiang, beijing("2026-03-30 00:00"), beijing("2026-04-06 00:00")) is None
    campaign = make_campaign()
    file_it("meeting", city.first_school, campaign, people.school_officer)
    file_it("activity", city.first_school, campaign, people.school_officer)
    week = progress(city.linjiang, beijing("2026-03-30 00:00"), beijing("2026-04-06 00:00"))
    assert (week.meetings, week.activities, week.tasks_done, week.tasks_overdue) == (1, 1, 1, 0)
    # Four units of 临江区: five tasks each, of which the kindergarten has four; one is done.
    assert week.tasks_open == 5 * 4 - 1 - 1
    after = progress(city.linjiang, beijing("2026-04-06 00:00"), beijing("2026-04-13 00:00"))
    assert (after.meetings, after.tasks_done, after.tasks_overdue) == (0, 0, week.tasks_open)


def test_pages_cost_as_many_queries_for_many_units_as_for_few(make_campaign, city, login, turn, people):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from minewarden.desk.org import actions as org_actions

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as taken:
            assert login("officer").get(address).status_code == 200
        return len(taken)

    make_campaign()
    rounds.look(turn("2026-04-12 09:00"))
    pages = [
        reverse(f"campaigns:{name}", args=args)
        for name, args in (("board", []), ("tasks", []), ("needs", []), ("filings", ["plan"]), ("forms", []))
    ]
    few = {page: cost(page) for page in pages}
    for number in range(20):
        org_actions.create_unit(by=None, kind="school", name=f"临江第{number}小学", parent=city.linjiang)
    rounds.look(turn("2026-04-13 09:00"))
    assert Task.objects.filter(unit__parent=city.linjiang).count() > 250
    assert {page: cost(page) for page in pages} == few


def test_the_draft_of_the_week_begins_with_what_campaigns_know(make_campaign, city, people, login, turn, file_it):
    campaign = make_campaign()
    turn("2026-04-03 16:00")
    file_it("meeting", city.first_school, campaign, people.school_officer)
    page = login("officer").get(f"/assessments/{city.linjiang.pk}/2026-W14/").content.decode()
    assert "本期登记会议1次" in page


def test_a_campaign_is_not_ended_for_a_reason_that_is_too_long_and_what_was_typed_is_kept(make_campaign, bureau, login):
    campaign, long = make_campaign(), "长" * 2001
    end = reverse("campaigns:campaign-act", args=[campaign.pk, "end"])
    typed_again(login(bureau.approver).post(end, {"note": long}), long, 2000)
    campaign.refresh_from_db()
    assert campaign.state == "running"
