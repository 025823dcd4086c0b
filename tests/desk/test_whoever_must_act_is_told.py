"""Nothing waits for a person who was not told: each step of each life tells whose turn it is, or why it is nobody's.

A new verb, or a new thing that one person asks for and another decides, fails here until it says which of the two.
"""

import importlib
import pkgutil
from datetime import date, datetime, timedelta
from enum import StrEnum

import pytest
from django.apps import apps

from minewarden import desk
from minewarden.desk.alerts import actions as alerts
from minewarden.desk.blocks import actions as blocks
from minewarden.desk.campaigns import actions as campaigns
from minewarden.desk.campaigns import filing, support
from minewarden.desk.campaigns.lifecycle import FilingVerb, HelpVerb, NeedVerb, TaskVerb
from minewarden.desk.campaigns.models import Need, Postponement
from minewarden.desk.cases import lifecycle as cases
from minewarden.desk.cases.asked import Asked
from minewarden.desk.cases.models import Task as CaseTask
from minewarden.desk.cases.orders_table import OrderVerb
from minewarden.desk.cases.reminders import look as look_at_tasks
from minewarden.desk.cases.told import TOLD
from minewarden.desk.ledger.models import Duty
from minewarden.desk.library import lifecycle as library
from minewarden.desk.measures import actions as measures
from minewarden.desk.measures import lifecycle as measures_life
from minewarden.desk.measures.codes import SIGNS
from minewarden.desk.measures.models import Entry
from minewarden.desk.measures.reminders import look as look_at_answers
from minewarden.desk.notices import lifecycle as notices
from minewarden.desk.notify.models import Copy, Message
from minewarden.desk.notify.reminders import look as look_at_accounts
from minewarden.desk.org import actions as org
from minewarden.desk.pledges import actions as pledges
from minewarden.desk.pledges.models import Signer
from minewarden.desk.reports.stamps import look as look_at_scans
from minewarden.desk.selfchecks import actions as checks
from minewarden.desk.selfchecks import lifecycle as checks_life
from minewarden.desk.selfchecks.access import link_of
from minewarden.desk.selfchecks.models import Fix
from minewarden.desk.worker import LOOKS
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.campaigns.conftest import BEGIN, bureau
from tests.desk.conftest import PASSWORD
from tests.desk.made import NOW, make_case, make_lead, staff
from tests.desk.selfchecks.made import seen

__all__ = ["bureau", "make_case", "make_lead", "staff"]

CASES = "test_whose_turn_it_is"
"""Told by the table of the cases, each of whose lines that test walks."""
NOTICES, LIBRARY, CAMPAIGNS = "notices", "library", "campaigns"
"""Told in the tests of these."""
OWN, OVER, ASIDE = "who does it goes on himself", "nothing is left to do", "it stands on the page of whoever looks"
NOBODYS = (OWN, OVER, ASIDE)

V, R, L, M, N, S = cases.Verb, OrderVerb, library.Verb, measures_life.Verb, notices.Verb, checks_life.Verb
WHOSE: dict[type[StrEnum], dict[str, tuple[StrEnum, ...]]] = {
    V: {
        CASES: (
            V.CONFIRM_UNLOCATABLE, V.CONFIRM_FALSE_ALARM, V.RETURN_NOT_OURS, V.WITHDRAW, V.SUBMIT_REPORT,
            V.SEND_BACK_REPORT, V.APPROVE_REPORT, V.RETURN,
        ),
        OWN: (V.SIGN, V.START, V.LOCK, V.RECORD_MEASURES, V.RECEIVE, V.MERGE),
        OVER: (V.CLOSE, V.DECLARE_STABLE, V.DECLARE_RECURRED),
        # The re-checks that follow are told when they are due.
        "task": (V.WATCH,),
    },
    R: {CASES: (R.DECLINE, R.ORDER, R.APPROVE, R.ASK_BACK, R.KEEP, R.RESTORE), OVER: (R.EXECUTE,)},
    L: {LIBRARY: (L.RELAY, L.REVIEW, L.SETTLE, L.AGREE, L.REFUSE, L.RETURN, L.AMEND), OVER: (L.WITHDRAW,)},
    M: {"answer overdue": (M.SEND,), ASIDE: (M.ANSWER, M.DECIDE, M.OBJECT), OVER: (M.CLOSE, M.DROP)},
    N: {OWN: (N.TELL, N.SIGN), NOTICES: (N.RETURN, N.RELAY, N.WITHDRAW)},
    S: {"mended": (S.MEND,), "not mended": (S.RETURN,), OVER: (S.ACCEPT,), ASIDE: (S.POSTPONE,)},
    TaskVerb: {
        CAMPAIGNS: (TaskVerb.RETURN, TaskVerb.RESTORE, TaskVerb.MOVE), "filing back": (TaskVerb.REOPEN,),
        OVER: (TaskVerb.ANSWER, TaskVerb.WITHDRAW),
    },
    FilingVerb: {
        OWN: (FilingVerb.CHANGE,), CAMPAIGNS: (FilingVerb.SUBMIT,), "filing back": (FilingVerb.RETURN,),
        "filing taken": (FilingVerb.ACCEPT,), OVER: (FilingVerb.END,),
    },
    NeedVerb: {
        "need funded": (NeedVerb.FUND,), "need refused": (NeedVerb.REFUSE,), OWN: (NeedVerb.BUY,),
        OVER: (NeedVerb.INSTALL,),
    },
    HelpVerb: {
        CAMPAIGNS: (HelpVerb.ASSIGN,), "visited": (HelpVerb.VISIT,), OVER: (HelpVerb.CLOSE, HelpVerb.WITHDRAW),
    },
}  # fmt: skip
"""Of each life: by what its steps are told, or why nobody waits after them."""
ASKED: dict[str, tuple[str, str]] = {
    "cases.Decision": (CASES, CASES),
    "cases.Extension": (CASES, CASES),
    "cases.Backfill": (CASES, CASES),
    "measures.Review": ("review", "review decided"),
    "library.Publication": (LIBRARY, LIBRARY),
    "assessments.Version": ("assessments", "assessments"),
    "blocks.Block": ("block", "block decided"),
    "blocks.BigChange": ("blocks", "blocks"),
    "alerts.Alert": ("alert", "alert decided"),
    "campaigns.Postponement": ("more time", "more time decided"),
}
"""What one person asks for and another decides: the acts below that show who is told of the one and of the other."""


def verbs():
    """The verbs of every life, wherever they are written."""
    for module in pkgutil.walk_packages(desk.__path__, "minewarden.desk."):
        if ".migrations" in module.name or module.name.endswith(("settings", "asgi", "wsgi")):
            continue
        for name, kind in vars(importlib.import_module(module.name)).items():
            if name.endswith("Verb") and isinstance(kind, type) and kind.__module__ == module.name:
                yield kind


def test_each_verb_of_each_life_tells_somebody_or_says_why_not():
    lives = set(verbs())
    assert lives == set(WHOSE)
    for life in lives:
        assert sorted(verb for verbs in WHOSE[life].values() for verb in verbs) == sorted(life), life
    elsewhere = {CASES, NOTICES, LIBRARY, CAMPAIGNS, *NOBODYS}
    assert {whose for of in WHOSE.values() for whose in of} - elsewhere <= set(ACTS)


def test_each_thing_that_is_asked_for_is_told_to_whoever_decides_and_the_answer_to_whoever_asked():
    models = {f"{m._meta.app_label}.{m.__name__}" for m in apps.get_models() if issubclass(m, Asked)}
    # Without the common parent all the same: an outcome that is pending, and somebody who decided.
    fields = {m: {field.name for field in m._meta.get_fields()} for m in apps.get_models()}
    like = {m for m, names in fields.items() if {"outcome", "asked_by", "decided_by"} <= names}
    models |= {f"{m._meta.app_label}.{m.__name__}" for m in like}
    assert models == set(ASKED)
    elsewhere = {CASES, LIBRARY, "assessments", "blocks"}
    assert {name for pair in ASKED.values() for name in pair} - elsewhere <= set(ACTS)


def test_the_table_of_the_cases_says_the_same():
    names = {V: "{}", R: "order-{}"}
    told = {whose: {names[life].format(verb) for life in names for verb in WHOSE[life].get(whose, ())}
            for whose in (CASES, *NOBODYS)}  # fmt: skip
    assert told[CASES] <= set(TOLD)
    assert not (told[OWN] | told[OVER]) & set(TOLD)


@pytest.fixture
def world(city, people, staff, bureau):
    """The invented city with the people of a school and of the bureau, in one place."""
    staff.city, staff.people, staff.bureau = city, people, bureau
    return staff


def ask_block(w):
    given = {"target": "name", "value": "pool.example.net", "port": 0, "basis": "plan-boundary", "reason": "矿池"}
    until = NOW + timedelta(days=30)
    return blocks.propose(by=w.handler, now=NOW, unit=w.city.first_school, case=None, expires_at=until, **given)


def block(w):
    return f"block.{ask_block(w).pk}", ["何青"]


def block_alone(w):
    """He handles and approves: somebody else has to, at the office above."""
    given = {"target": "name", "value": "pool.example.net", "port": 0, "basis": "plan-boundary", "reason": "矿池"}
    made = blocks.propose(by=w.bureau.head, now=NOW, unit=w.city.kindergarten, case=None,
                          expires_at=NOW + timedelta(days=30), **given)  # fmt: skip
    return f"block.{made.pk}", ["李芳"]


def block_decided(w):
    asked = ask_block(w)
    blocks.refuse(asked, by=w.principal, now=NOW, note="误判")
    return f"block.{asked.pk}.refused", ["张伟"]


def entry(w, **given):
    facts = {"kind": "carrier", "unit": w.city.first_school, "subject": "专线", "office": "carrier",
             "authority": "示例通信公司", "basis": "《若干措施》九", "text": "线路上有与矿池的通信。"}  # fmt: skip
    return measures.note(by=w.handler, now=NOW, **facts | given)


def draft(w):
    return f"measure.{entry(w).pk}", ["何青"]


def overdue(w):
    today = date(2026, 3, 13)
    sent = measures.send(entry(w), by=w.principal, now=NOW, number="3号", sent_on=today, answer_due=today)
    monday = datetime(2026, 3, 16, 9, 0, tzinfo=DISPLAY_ZONE)
    assert [look_at_answers(at) for at in (NOW, monday - timedelta(days=1), monday, monday)] == [0, 0, 1, 0]
    assert look_at_answers in LOOKS
    return f"measure.{sent.pk}.late.2026-03-13", ["吴涛", "张伟"]


def overdue_restricted(w):
    """A restricted record is in the hands of approvers: those who handle are not told that there is one."""
    today = date(2026, 3, 13)
    sent = measures.send(entry(w), by=w.principal, now=NOW, number="3号", sent_on=today, answer_due=today)
    Entry.objects.filter(pk=sent.pk).update(restricted=True)
    assert look_at_answers(datetime(2026, 3, 16, 9, 0, tzinfo=DISPLAY_ZONE)) == 1
    return f"measure.{sent.pk}.late.2026-03-13", ["何青"]


def ask_review(w):
    return measures.review(
        by=w.handler, now=NOW, unit=w.city.first_school, name="算力中心", number="", partner="", kilowatts=40,
        answers=dict.fromkeys(SIGNS, "no"), verdict="clear", reason="现场看过",
    )  # fmt: skip


def review(w):
    return f"measure.review.{ask_review(w).pk}", ["何青"]


def review_decided(w):
    asked = ask_review(w)
    measures.decide_review(asked, by=w.principal, now=NOW, allow=True)
    return f"measure.review.{asked.pk}.decided", ["张伟"]


def ask_alert(w):
    return alerts.ask(
        by=w.people.officer, now=NOW, unit=w.city.linjiang, title="假期提醒", text="请关闭不用的电脑。", ways=["inbox"],
        audience="contacts", kinds=[], per_minute=60, cap=10, reason="假期",
    )  # fmt: skip


def alert(w):
    return f"alert-asked.{ask_alert(w).pk}", ["李芳"]


def alert_decided(w):
    asked = ask_alert(w)
    alerts.refuse(asked, by=w.people.approver, now=NOW, note="措辞不妥")
    return f"alert-decided.{asked.pk}", ["王磊"]


def mended(w, **back):
    checks.hand_in_sheet(
        by=w.handler, now=NOW, unit=w.city.first_school, kind="lab", place="实验楼 305", inspector="秦朗",
        seen=seen("lab", passwords="两台电脑没有口令"), page="p",
    )  # fmt: skip
    fix = checks.mend(Fix.objects.get(), by=w.handler, now=NOW, note="已设口令")
    if not back:
        return f"fix.{fix.pk}.mend.", ["何青", "吴涛"]
    checks.send_back(fix, by=w.principal, now=NOW, note="还有一台")
    return f"fix.{fix.pk}.return.", ["吴涛", "张伟"]


def not_mended(w):
    return mended(w, back=True)


def found_by_link(w):
    _, token = checks.make_link(
        by=w.handler, now=NOW, unit=w.city.first_school, purpose="sheet", label="甲", days=7, kind="lab", place="305"
    )
    sheet = checks.hand_in_sheet(
        by=None, now=NOW, unit=w.city.first_school, kind="lab", place="305", inspector="秦朗", page="p",
        seen=seen("lab", passwords="两台电脑没有口令"), link=link_of(token),
    )  # fmt: skip
    return f"check.sheet.{sheet.pk}", ["吴涛", "张伟"]


def more_time(w, **decided):
    meeting = filing.write(
        None, by=w.handler, now=BEGIN, kind="meeting", unit=w.city.first_school, campaign=None,
        texts={"title": "动员会", "day": "2026-03-30", "host": "何青", "attendees": "教职工", "contents": "部署"},
    )  # fmt: skip
    (task,) = filing.make_tasks(
        meeting, by=w.handler, now=BEGIN,
        measures=[filing.Measure("清点机房", w.city.first_school, BEGIN + timedelta(days=3))],
    )  # fmt: skip
    asked = campaigns.ask_time(task, by=w.handler, now=BEGIN, until=BEGIN + timedelta(days=9), reason="外出培训")
    if not decided:
        return f"campaign.time.{asked.pk}", ["王磊", "赵敏"]
    campaigns.decide_time(asked, by=w.superior, now=BEGIN, allow=True)
    assert Postponement.objects.get().outcome == "agreed"
    return f"campaign.time.{asked.pk}.decided", ["吴涛", "张伟"]


def more_time_decided(w):
    return more_time(w, decided=True)


def duty_list(w):
    Duty.objects.create(unit=w.city.first_school, post="first", name="何青")
    made = filing.make_duty_list(
        by=w.handler, now=BEGIN, unit=w.city.first_school, campaign=None, day=date(2026, 3, 30)
    )
    return f"filing.{made.pk}.sign", ["何青"]


def plan(w):
    made = filing.write(
        None, by=w.handler, now=BEGIN, kind="plan", unit=w.city.first_school, campaign=None,
        texts={"title": "整治工作方案", "day": "2026-03-30", "measures": "排查机房"},
    )  # fmt: skip
    return filing.submit(made, by=w.handler, now=BEGIN)


def filing_taken(w):
    made = filing.accept(plan(w), by=w.superior, now=BEGIN)
    return f"filing.{made.pk}.accepted", ["吴涛", "张伟"]


def filing_back(w):
    made = filing.send_back(plan(w), by=w.superior, now=BEGIN, note="缺少时限")
    return f"filing.{made.pk}.returned.", ["吴涛", "张伟"]


def need(w, verb=""):
    made = support.ask_need(
        by=w.handler, now=BEGIN, unit=w.city.first_school, kind="device", title="防火墙", reason="无"
    )
    if not verb:
        return f"need.{made.pk}", ["王磊", "赵敏"]
    support.move_need(made, by=w.superior, now=BEGIN, verb=verb, note="2026 年专项")
    return f"need.{made.pk}.{verb}", ["吴涛", "张伟"]


def visited(w, by="superior"):
    member = support.add_member(by=w.superior, now=BEGIN, unit=w.city.linjiang, name="孙工", skills="网络")
    row = support.ask_help(by=w.handler, now=BEGIN, unit=w.city.first_school, topic="trace", text="查不到")
    row = support.assign(row, by=w.superior, now=BEGIN, member=member)
    support.note_visit(row, by=getattr(w, by), now=BEGIN, member=member, way="site", at=BEGIN, did="已查明")
    return f"help.{row.pk}.visit.", ["吴涛", "张伟"] if by == "superior" else ["吴涛"]


def excuse(w):
    signer = Signer.objects.create(
        unit=w.city.first_school,
        number="T1",
        name="秦朗",
        group="信息中心",
        category="staff",
        due_from=date(2026, 3, 1),
    )
    for _ in range(2):
        pledges.note_reason([signer], by=w.handler, now=NOW, reason="leave")
    return f"pledges.{w.city.first_school.pk}.excuse.2026-03-13", ["何青"]


def case_task(w):
    row = w.make_case("close")
    due = datetime(2026, 3, 20, 18, 0, tzinfo=DISPLAY_ZONE)
    CaseTask.objects.filter(case=row).delete()
    task = CaseTask.objects.create(case=row, kind="recheck-7", made_at=NOW, due_at=due)
    before = [look_at_tasks(due - timedelta(hours=hours)) for hours in (25, 9, 8)]
    assert before == [0, 1, 0], "not two days before, once within a day, and not again"
    return f"case.task.{task.pk}", ["吴涛", "张伟"]


def stamped(w):
    org.set_parameter(by=w.people.system, now=NOW, unit=w.city.bureau, key="stamped_days", value="5",
                      since=NOW.date(), reason="要纸质件")  # fmt: skip
    row = w.make_case("approve")
    assert [look_at_scans(NOW), look_at_scans(NOW)] == [1, 0]
    assert look_at_scans in LOOKS
    return f"report.stamped.{row.pk}.", ["吴涛", "张伟"]


def account(w):
    made = org.create_person(
        by=w.people.keeper, unit=w.city.riverside, username="lin.he", name="林和", password=PASSWORD
    )
    later = made.created_at + timedelta(minutes=1)
    assert [look_at_accounts(later), look_at_accounts(later)] == [1, 0]
    assert look_at_accounts in LOOKS
    return "account.posts.", ["罗毅"]


ACTS = {
    "account": account, "block": block, "block alone": block_alone, "block decided": block_decided,
    "draft": draft, "answer overdue": overdue, "answer overdue, restricted": overdue_restricted,
    "review": review, "review decided": review_decided,
    "alert": alert, "alert decided": alert_decided,
    "mended": mended, "not mended": not_mended, "found by link": found_by_link,
    "more time": more_time, "more time decided": more_time_decided, "duty list": duty_list,
    "filing taken": filing_taken, "filing back": filing_back,
    "need": need, "need funded": lambda w: need(w, "fund"), "need refused": lambda w: need(w, "refuse"),
    "visited": visited, "visited, as the unit wrote": lambda w: visited(w, "handler"), "excuse": excuse,
    "task": case_task, "stamped": stamped,
}  # fmt: skip
"""What people do, to the key of the message that it leaves and whom that reaches."""


@pytest.mark.parametrize("act", sorted(ACTS))
def test_whoever_must_act_is_told_and_nobody_else(world, make_case, act):
    world.make_case = make_case
    key, names = ACTS[act](world)
    exact = Message.objects.filter(key=key) if not key.endswith(".") else Message.objects.filter(key__startswith=key)
    (message,) = exact
    assert sorted(Copy.objects.filter(message=message).values_list("person__name", flat=True)) == names
    assert message.link.startswith("/")
    assert not [word for word in ("pool.example.net", "秦朗", "203.0.113") if word in message.text]


def test_where_nobody_has_to_act_nobody_is_told(world, make_case):
    """A refusal to sign is no excuse that somebody allows; what the unit buys itself it knows; a re-check that was due
    more than a week ago stands on the page and is no news."""
    school = world.city.first_school
    signer = Signer.objects.create(
        unit=school, number="T1", name="秦朗", group="信息中心", category="staff", due_from=date(2026, 3, 1)
    )
    pledges.note_reason([signer], by=world.handler, now=NOW, reason="refused")
    assert not Message.objects.filter(key__startswith="pledges.").exists()

    need(world, "fund")
    support.move_need(Need.objects.get(), by=world.handler, now=BEGIN, verb="buy")
    told = Message.objects.filter(key__startswith="need.").order_by("pk").values_list("key", flat=True)
    assert [key.rpartition(".")[2] for key in told] == [str(Need.objects.get().pk), "fund"]

    row = make_case("close")
    CaseTask.objects.filter(case=row).delete()
    due = datetime(2026, 3, 20, 10, 0, tzinfo=DISPLAY_ZONE)
    task = CaseTask.objects.create(case=row, kind="recheck-7", made_at=NOW, due_at=due)
    look_at_tasks(due + timedelta(days=7))
    assert not Message.objects.filter(key=f"case.task.{task.pk}").exists()
    look_at_tasks(due + timedelta(days=6, hours=23))
    assert Message.objects.filter(key=f"case.task.{task.pk}").exists()
