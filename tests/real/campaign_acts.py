"""What the campaign asks of people, done on the example's desk by the acts and pages that people use."""

from datetime import datetime, timedelta
from typing import Any


def acts_of_the_campaign(now: datetime) -> dict[str, Any]:
    """Pledges, self-checks, assessments, measures, warnings, the wall and a task; how each of them ends."""
    from minewarden.desk.org.models import Person

    people = {
        role: Person.objects.get(username=name)
        for role, name in {
            "teacher": "chenyiming", "head": "shenzhiyuan", "officer": "zhoulan", "approver": "linshu",
        }.items()
    }  # fmt: skip
    return {
        "pledges": _pledges(people, now),
        "selfchecks": _selfchecks(people, now),
        "assessments": _assessments(people, now),
        "measures": _measures(people, now),
        "alerts": _alerts(people, now),
        "tasks": _tasks(people, now),
        "wall": _wall(people, now),
    }


def _pledges(people: dict[str, Any], now: datetime) -> dict[str, Any]:
    from minewarden.desk.ledger.models import Staff
    from minewarden.desk.pledges import counts, roll, verify
    from minewarden.desk.pledges.models import Signer
    from tests.desk.pledges.made import signed

    school = people["teacher"].unit
    for number in range(3):
        Staff.objects.create(unit=school, number=f"T{number}", name=f"秦朗{number}", kind="teacher", phone="")
    roll.take_over(school, now=now)
    rows = list(Signer.objects.filter(unit=school, number__in=("T0", "T1")).order_by("number"))
    for place, row in enumerate(rows):
        signed(row, now, shift=place)
    figure = counts.figure([school.pk, people["officer"].unit_id], now)
    return {
        "signed": figure[school.pk].count,
        "city": figure[people["officer"].unit_id].count,
        "whole": verify.verify().whole,
    }


def _selfchecks(people: dict[str, Any], now: datetime) -> list[str]:
    from minewarden.desk.selfchecks import actions
    from minewarden.desk.selfchecks.models import Fix
    from tests.desk.selfchecks.made import seen

    teacher, kind = people["teacher"], "room"
    code = next(iter(seen(kind)))
    facts = {"unit": teacher.unit, "kind": kind, "place": "302机房", "inspector": "秦朗", "page": "1"}
    actions.hand_in_sheet(by=teacher, now=now, **facts, seen=seen(kind, **{code: "门禁失灵"}))
    fix = Fix.objects.get(unit=teacher.unit)
    states = [fix.state]
    states.append(actions.mend(fix, by=teacher, now=now, note="已换锁").state)
    return [*states, actions.accept(fix, by=people["head"], now=now).state]


def _assessments(people: dict[str, Any], now: datetime) -> dict[str, Any]:
    from minewarden.desk.assessments import actions, takeout
    from minewarden.desk.assessments.rhythm import rhythm_of
    from minewarden.documents.watermark import Watermark

    officer, bureau = people["officer"], people["officer"].unit
    mark = Watermark(officer.name, officer.username, now)
    period = rhythm_of(bureau, now).running(now)
    given = {"sections": {"judgement": "总体平稳。"}, "head": actions.Head()}
    actions.save_draft(bureau, period, by=officer, now=now, **given)
    version = actions.submit(bureau, period, by=officer, now=now)
    kept = sorted(row.form for row in actions.approve(version, by=people["approver"], now=now).kept.all())
    counts = version.content["figures"]["counts"]
    return {
        "kept": kept,
        "identity": counts["stock_end"] - counts["stock_start"] - counts["new"] + counts["closed"],
        "pledged": counts["pledged"],
        "archive": takeout.archive(people["teacher"].unit, officer, watermark=mark, now=now)[:2].decode(),
        "period": period.code,
    }


def _measures(people: dict[str, Any], now: datetime) -> str:
    from minewarden.desk.measures import actions

    told = {
        "subject": "请核查电价",
        "office": "reform",
        "authority": "市发改委",
        "basis": "若干措施三",
        "text": "请核查。",
    }
    entry = actions.note(by=people["officer"], now=now, unit=people["officer"].unit, kind="surcharge", **told)
    day = now.date() - timedelta(days=1)
    sent = actions.send(entry, by=people["approver"], now=now, number="1号", sent_on=day, answer_due=None)
    return str(actions.answer(sent, by=people["officer"], now=now, answered_on=day, text="已核查").state)


def _alerts(people: dict[str, Any], now: datetime) -> dict[str, Any]:
    from minewarden.desk.alerts import actions, deliver
    from minewarden.desk.notify.models import Copy

    # By day: warnings wait through the night.
    day = now.replace(hour=2) + timedelta(days=1)
    alert = actions.ask(
        by=people["officer"], now=day, unit=people["officer"].unit, title="假期提醒", text="请关闭不用的电脑。",
        ways=["inbox"], audience="accounts", kinds=[], per_minute=600, cap=1, reason="假期",
    )  # fmt: skip
    alert = actions.release(alert, by=people["approver"], now=day)
    told = deliver.look(day)
    alert.refresh_from_db()
    copies = Copy.objects.filter(message__key__startswith=f"alert.{alert.pk}.").count()
    return {"standing": alert.standing, "left": alert.planned_units - told, "copies": copies > 0}


def _tasks(people: dict[str, Any], now: datetime) -> dict[str, Any]:
    from minewarden.desk.campaigns import queries, rounds

    rounds.look(now)
    words = queries.progress_words(people["officer"].unit, now - timedelta(days=30), now + timedelta(days=1))
    return {"said": len(words.splitlines()), "again": rounds.look(now)}


def _wall(people: dict[str, Any], now: datetime) -> list[int]:
    from django.test import Client

    from minewarden.desk.screen import actions

    facts = {"name": "大厅", "expires_at": now + timedelta(days=1)}
    _, token = actions.make(people["officer"].unit, by=people["approver"], now=now, **facts)
    browser = Client(SERVER_NAME="localhost")
    return [browser.get(f"/wall/{token}/{place}").status_code for place in ("", "figures.json")]


def pages_of_the_campaign() -> dict[str, int]:
    """Every page of these apps that needs no number, and those of what was just made, by whoever may open them."""
    from django.test import Client
    from django.urls import get_resolver, reverse

    from minewarden.desk.alerts.models import Alert
    from minewarden.desk.assessments.models import Assessment
    from minewarden.desk.campaigns.models import Campaign, Filing, Task
    from minewarden.desk.measures.models import Entry
    from minewarden.desk.org.models import Person
    from minewarden.desk.pledges.models import Signer
    from minewarden.desk.selfchecks.models import Fix, Sheet

    spaces = ("campaigns", "pledges", "assessments", "screen", "selfchecks", "registers", "measures", "alerts")
    posted = {"pledges:publish", "selfchecks:take", "measures:note", "measures:add-review", "campaigns:shipped"}
    places = []
    for included in get_resolver().url_patterns:
        if getattr(included, "namespace", None) not in spaces:
            continue
        for pattern in included.url_patterns:
            name = f"{included.namespace}:{pattern.name}"
            if not pattern.pattern.converters and name not in posted:
                places.append(reverse(name))
    task, assessment = Task.objects.order_by("pk")[0], Assessment.objects.get()
    places += [
        reverse("campaigns:task", args=[task.pk]),
        reverse("campaigns:campaign", args=[Campaign.objects.get().pk]),
        reverse("campaigns:filing", args=[Filing.objects.order_by("pk")[0].pk]),
        *(reverse("campaigns:filings", args=[kind]) for kind in ("plan", "meeting", "activity", "rule")),
        *(
            reverse(f"pledges:{name}", args=[task.unit_id])
            for name in ("unit", "people", "statistics", "codes", "scans")
        ),
        reverse("pledges:person", args=[Signer.objects.order_by("pk")[0].pk]),
        reverse("assessments:page", args=[assessment.unit_id, assessment.code]),
        *(
            reverse("assessments:behind", args=[key])
            for key in ("new", "hosts", "exits", "assets_lacking", "dispatched")
        ),
        reverse("selfchecks:sheet", args=[Sheet.objects.get().pk]),
        reverse("selfchecks:fix", args=[Fix.objects.get().pk]),
        reverse("measures:entry", args=[Entry.objects.order_by("pk")[0].pk]),
        reverse("alerts:alert", args=[Alert.objects.order_by("pk")[0].pk]),
    ]
    codes: dict[str, int] = {}
    for username in ("zhoulan", "linshu", "chenyiming"):
        browser = Client(raise_request_exception=False, SERVER_NAME="localhost")
        browser.force_login(Person.objects.get(username=username), "django.contrib.auth.backends.ModelBackend")
        # What one may not open, another does; a page that breaks breaks for all.
        for place in places:
            if codes.get(place) not in (200, 302, 500):
                codes[place] = browser.get(place).status_code
    return codes
