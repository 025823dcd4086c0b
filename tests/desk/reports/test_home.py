"""我的待办: what waits for whom, the most urgent first; counts open the lists behind them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.blocks import actions as blocks
from minewarden.desk.cases import actions, decisions, tasks
from minewarden.desk.cases.models import Recurrence
from minewarden.desk.cases.queries import case_list
from minewarden.desk.ledger.models import Asset
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Person, Post
from minewarden.desk.reports import todo as todo_page
from minewarden.desk.reports.todo import Exceptional, todo
from tests.desk.made import NOW


def waits(person, now=NOW):
    person.__dict__.pop("_active_posts", None)
    return [(item.what, item.case.lead.host) for item in todo(person, None, now).waiting]


def test_each_step_waits_for_the_one_whose_turn_it_is(make_case, staff):
    case = make_case()
    assert waits(staff.handler) == [("sign", "10.12.8.1")]
    assert waits(staff.principal) == []
    assert waits(staff.superior) == [], "the school has an officer of its own"
    actions.sign_for(case, by=staff.handler, now=NOW)
    assert waits(staff.handler) == [("start", "10.12.8.1")]


def test_a_report_waits_for_the_approver_and_then_for_the_superior(make_case, staff):
    case = make_case("submit")
    assert waits(staff.principal) == [("approve", "10.12.8.1")]
    assert waits(staff.handler) == []
    actions.approve_report(case, by=staff.principal, now=NOW)
    assert waits(staff.principal) == []
    assert waits(staff.superior) == [("receive", "10.12.8.1")]


def test_what_a_school_hands_up_waits_for_the_nearest_above_that_has_anybody(make_case, staff, city):
    make_case("approve")
    later, away = NOW + timedelta(hours=96), make_case("sign", number=2)
    decisions.ask_extension(away, by=staff.handler, now=NOW, which="report", until=later, reason="外出")
    facts = {"unit": city.bureau, "password": "Qing-Shan-2026", "must_change": False}
    above = org.create_person(by=None, username="bureau.gu", name="顾青", **facts)
    org.grant_post(above, role="officer", unit=city.bureau, by=None)
    asked = [("extension", "10.12.8.2"), ("receive", "10.12.8.1")]
    assert sorted(waits(staff.superior)) == asked
    assert waits(above) == []
    Post.objects.filter(unit=city.linjiang).update(revoked_at=NOW)
    assert waits(staff.superior) == []
    assert sorted(waits(above)) == asked


def test_a_proposal_waits_for_the_second_person_only(make_case, staff):
    case = make_case("lock")
    decisions.propose(case, by=staff.handler, now=NOW, kind="nature", value="passive", reason="弱口令")
    assert ("confirm_nature", "10.12.8.1") in waits(staff.principal)
    assert ("confirm_nature", "10.12.8.1") not in waits(staff.handler)


@pytest.mark.parametrize(
    ("upto", "judged", "what", "word"),
    [
        ("lock", False, "handle", "登记处置、研判性质"),
        ("lock", True, "measures", "登记处置措施"),
        ("measure", False, "judge", "研判性质、填写并提交报告"),
        ("measure", True, "report", "填写并提交报告"),
    ],
)
def test_what_is_done_is_not_asked_for_any_more(make_case, staff, login, upto, judged, what, word):
    case = make_case(upto)
    if judged:
        asked = decisions.propose(case, by=staff.handler, now=NOW, kind="nature", value="passive", reason="弱口令")
        decisions.agree(asked, by=staff.principal, now=NOW)
    assert waits(staff.handler) == [(what, "10.12.8.1")]
    assert f"<strong>{word}</strong>" in login(staff.handler).get("/").content.decode()


def test_the_most_urgent_stands_first(make_case, staff):
    make_case(number=1, now=NOW)
    make_case(number=2, now=NOW - timedelta(hours=40))
    make_case(number=3, now=NOW - timedelta(hours=60))
    assert [host for _, host in waits(staff.handler)] == ["10.12.8.3", "10.12.8.2", "10.12.8.1"]


def test_open_cases_beyond_those_that_are_looked_at_are_led_to(make_case, staff, login, monkeypatch):
    for number in (1, 2):
        make_case(number=number)
    assert "未办结案件较多" not in login(staff.handler).get("/").content.decode()
    monkeypatch.setattr("minewarden.desk.reports.todo.LIMIT", 1)
    page = login(staff.handler).get("/").content.decode()
    assert f'href="{reverse("cases:cases")}"><span class="todo-what"><strong>未办结案件较多' in page


def test_a_unit_without_people_of_its_own_is_served_from_above(make_case, staff):
    make_case()
    for person in (staff.handler, staff.colleague):
        person.posts.all().update(revoked_at=NOW)
    assert waits(staff.superior) == [("sign", "10.12.8.1")]


def test_what_waited_for_accounts_that_are_closed_waits_above(make_case, staff):
    make_case()
    Person.objects.filter(pk__in=(staff.handler.pk, staff.colleague.pk)).update(is_active=False)
    assert waits(staff.superior) == [("sign", "10.12.8.1")]


def test_the_number_at_the_head_is_that_of_the_lines_below(make_case, make_lead, staff, login):
    make_lead(2)
    make_lead(3)
    page = login(staff.superior).get(reverse("home")).content.decode()
    told = re.search(r'<span class="count hot">(\d+)</span>.*?<ul class="todo">(.*?)</ul>', page, re.DOTALL)
    assert (int(told[1]), told[2].count("<li>")) == (1, 1), "the leads are one line"


def test_blocks_that_wait_are_one_line_of_that_number(make_case, staff, login, city):
    make_case("submit")
    until = timezone.now() + timedelta(days=30)
    for value in ("a.example.net", "b.example.net"):
        blocks.propose(
            by=staff.handler, now=timezone.now(), unit=city.first_school, case=None, expires_at=until, target="name",
            value=value, port=0, basis="plan-boundary", reason="矿池",
        )  # fmt: skip
    shown = todo(staff.principal, None, timezone.now())
    assert (len(shown.waiting), shown.blocks) == (1, 2)
    page = login(staff.principal).get(reverse("home")).content.decode()
    told = re.search(r'<span class="count hot">(\d+)</span>.*?<ul class="todo">(.*?)</ul>', page, re.DOTALL)
    assert int(told[1]) == told[2].count("<li>") == 2 + len(shown.items)


def test_exceptions_count_and_open_their_lists(make_case, staff, login):
    make_case(number=1, now=timezone.now() - timedelta(hours=50))
    make_case(number=2, now=timezone.now())
    page = login(staff.superior).get(reverse("home")).content.decode()
    assert "?view=overdue" in page
    listed = login(staff.superior).get(reverse("cases:cases") + "?view=overdue").content.decode()
    assert "10.12.8.1" in listed
    assert "10.12.8.2" not in listed


def test_a_case_that_others_follow_is_counted_once_and_one_that_is_not_ours_until_it_is_followed(make_case, staff):
    case, back = make_case(number=1), make_case("sign", number=2)
    actions.return_not_ours(back, by=staff.handler, now=NOW, reason="3月1日起非本单位")

    def told():
        views = case_list(staff.superior, {}, None, NOW).counts
        exceptions = {one.key: one.count for one in todo(staff.superior, None, NOW).exceptions}
        return views["open"], views["unsigned"], exceptions["unsigned"], views["not-ours"], exceptions["not-ours"]

    assert told() == (1, 1, 1, 1, 1)
    for number, before in ((3, case), (4, case), (5, back)):
        following = make_case(number=number)
        following.previous = before
        following.save()
    assert told() == (4, 4, 4, 0, 0)
    assert len(waits(staff.handler)) == 4


def test_what_came_back_and_what_is_nobodys_are_exceptions(city, make_case, staff, login):
    """The plan's exceptions are 超期、复发、无主; none of them is a ranking."""
    first, again = make_case("close", number=1), make_case("lock", number=2)
    Recurrence.objects.create(case=again, earlier=first, days=3, at=NOW)
    for number, name, status in (("1", "", "used"), ("2", "", "gone"), ("3", "秦朗", "used")):
        Asset.objects.create(unit=city.first_school, number=number, name="PC", person_name=name, status=status)
    Asset.objects.create(unit=city.yunlu_school, number="9", name="PC")
    counts = {row.key: (row.count, row.query) for row in todo(staff.superior, None, NOW).exceptions}
    assert counts["recurred"] == (1, "cases:cases?view=recurred")
    assert counts["nobodys"] == (1, "ledger:ownerless")
    listed = login(staff.superior).get(reverse("cases:cases") + "?view=recurred").content.decode()
    assert again.number in listed
    assert first.number not in listed
    page = login(staff.superior).get(reverse("home")).content.decode()
    assert f'href="{reverse("ledger:ownerless")}"' in page
    assert Exceptional("nobodys", 401, "ledger:ownerless", "amber", 400).figure == "400+"
    assert Exceptional("overdue", 401, "cases:cases?view=overdue", "red").figure == "401"


def test_a_school_is_told_which_devices_lack_a_required_cell(city, staff, login):
    whole = {"category": "server", "use": "teaching", "place": "机房", "department": "信息中心", "person_name": "秦朗"}
    Asset.objects.create(unit=city.first_school, number="1", name="PC", ip="10.1.0.1", **whole)
    assert not [item for item in todo(staff.handler, None, NOW).items if item.href.startswith("/statistics/")]
    Asset.objects.create(unit=city.first_school, number="2", name="PC", ip="10.1.0.2", **(whole | {"place": ""}))
    [item] = [item for item in todo(staff.handler, None, NOW).items if item.href.startswith("/statistics/")]
    assert item.detail == "市一中 · 1 台设备缺必填项"
    rows = login(staff.handler).get(item.href).content.decode()
    assert reverse("ledger:entry", args=["assets", Asset.objects.get(number="2").pk]) in rows
    assert not [item for item in todo(staff.superior, None, NOW).items if item.href.startswith("/statistics/")]


def test_the_page_shows_hours_left_and_the_absolute_time(make_case, staff, login):
    make_case(now=timezone.now() - timedelta(hours=5))
    page = login(staff.handler).get(reverse("home")).content.decode()
    assert "剩余 42 小时 59 分" in page
    assert "截止" in page


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("found", [False, True])
def test_what_the_rechecks_showed_waits_for_the_superior(make_case, staff, login, watched, found):
    case = make_case("close")
    if watched:
        case = actions.watch(case, by=staff.superior, now=NOW)

    def asked(who):
        return [what for what, _ in waits(who, NOW + timedelta(days=91))]

    rechecks = list(case.tasks.filter(kind__startswith="recheck").order_by("due_at"))
    assert len(rechecks) == 3
    for row in rechecks[:2]:
        tasks.do_task(row, by=staff.handler, now=row.due_at, result="clean", note="正常")
    assert asked(staff.superior) == []
    last, result = rechecks[2], "found" if found else "clean"
    tasks.do_task(last, by=staff.handler, now=last.due_at, result=result, note="见流量记录")
    assert asked(staff.superior) == ["settle_found" if found else "settle_stable"]
    assert asked(staff.superior_approver) == asked(staff.handler) == []
    told = "认定复发：回头看又发现“挖矿”" if found else "认定稳定：回头看已全部完成"
    assert told in login(staff.superior).get("/").content.decode()
    if watched:
        done = actions.declare_recurred if found else actions.declare_stable
        done(case, by=staff.superior, now=NOW + timedelta(days=91), reason="三次回头看")
        assert asked(staff.superior) == []


@pytest.mark.parametrize(("shown", "read"), [(2, 60), (20, 2)])
def test_of_many_that_are_to_be_settled_those_closed_first_stand_there_and_the_rest_is_named(
    make_case, staff, login, monkeypatch, shown, read
):
    monkeypatch.setattr(todo_page, "SETTLED", shown)
    monkeypatch.setattr(todo_page, "_SETTLED_READ", read)
    cases = [make_case("close", number=number) for number in range(1, 5)]
    for case in cases:
        for row in case.tasks.filter(kind__startswith="recheck"):
            tasks.do_task(row, by=staff.handler, now=row.due_at, result="clean", note="正常")
    browser = login(staff.superior)
    page = browser.get("/").content.decode()
    assert page.count("认定稳定：回头看已全部完成") == min(shown, read + 1)
    (address,) = re.findall(r'href="(/cases/[^"]*view=settle)"', page)
    listed = browser.get(address).content.decode()
    assert all(case.number in listed for case in cases)
    assert re.search(r"待认定\s*<span[^>]*>4<", listed)
    assert "待认定" not in browser.get("/cases/").content.decode()


def test_who_has_nothing_to_do_yet_is_led_to_where_everything_begins(staff, login):
    assert 'href="/notices/add/">登记通报</a>' in login(staff.superior).get("/").content.decode()
    assert "登记通报" not in login(staff.leader).get("/").content.decode().partition("<main")[2]


def test_its_queries_do_not_grow_with_its_rows(make_case, staff, login):
    def cost():
        client = login(staff.handler)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("home")).status_code == 200
        return len(caught)

    make_case(number=1)
    before = cost()
    for number in range(2, 14):
        make_case(number=number)
    assert cost() == before <= 30


@pytest.mark.parametrize("who", ["system", "security", "audit"])
def test_an_administrator_is_led_to_his_own_pages(people, login, who):
    answer = login(who).get(reverse("home"))
    assert answer.status_code == 302
    assert answer.url != reverse("home")


def test_of_very_many_decisions_and_tasks_it_says_that_more_follow(make_case, staff, login, monkeypatch):
    for number in (1, 2):
        case = make_case("sign", number=number)
        later = NOW + timedelta(hours=96)
        decisions.ask_extension(case, by=staff.handler, now=NOW, which="report", until=later, reason="外出")
    monkeypatch.setattr("minewarden.desk.reports.todo.ASKED", 2)
    told = "待决定事项和任务较多，未全部列出"
    assert told not in [item.what for item in todo(staff.superior, None, NOW).items]
    monkeypatch.setattr("minewarden.desk.reports.todo.ASKED", 1)
    assert [what for what, _ in waits(staff.superior)] == ["extension"]
    assert told in [item.what for item in todo(staff.superior, None, NOW).items]
    page = login(staff.superior).get(reverse("home")).content.decode()
    assert "办完这些，其余的接着显示" in page
