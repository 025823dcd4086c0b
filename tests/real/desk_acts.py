"""What a test lets a process of its own do to a desk: `python -m tests.real.desk_acts NAME [ARGUMENT…]`.

A process of its own, because the settings are read once. It answers with one JSON value a line. Those that others
must wait for say "ready" first and go on when they are given a line.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from minewarden.desk.start import prepare

NOW = datetime.now(UTC)
WORDS = {"zh": "使用人：“我不知情”\\", "n": 3, "part": 0.1, "big": 2**60, "none": None, "at": NOW}


def say(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def wait() -> None:
    say("ready")
    sys.stdin.readline()


def person(username: str) -> Any:
    from minewarden.desk.org.models import Person

    return Person.objects.get(username=username)


def the_case() -> Any:
    """The case that the example left under way at the school."""
    from minewarden.desk.cases.models import Case

    return Case.objects.order_by("pk")[0]


def walk() -> None:
    """A second case of the school, from lead to close; answers with its states, pages' codes, the log's verdict."""
    from minewarden.desk.audit.verify import verify
    from minewarden.desk.cases import actions, decisions, escalation, leads
    from minewarden.desk.cases.models import Lead
    from minewarden.desk.notify import deliver
    from minewarden.desk.reports.actions import save_draft, submit
    from minewarden.desk.reports.export import Head

    officer, approver, above = (person(name) for name in ("chenyiming", "shenzhiyuan", "zhoulan"))
    minutes = iter(range(1000))

    def act() -> dict[str, Any]:
        return {"by": officer, "now": NOW + timedelta(minutes=next(minutes))}

    lead = Lead.objects.filter(status="open").order_by("pk")[0]
    case = leads.open_case(lead, **act() | {"by": above}, unit=officer.unit, reason="同批设备")
    states = [case.state]
    # The worker's own look, as far as it gets without an outlet.
    escalation.look(NOW + timedelta(hours=49))
    deliver.run("walk", NOW)
    for step in (actions.sign_for, actions.start):
        states.append(step(case, **act()).state)
    for candidate in case.candidates.all()[:1]:
        actions.choose_candidate(case, candidate, **act(), reason="现场核对")
    device = {"device_mac": "02:00:5e:10:00:01", "device_place": "实验楼 305"}
    locked = actions.lock(case, **act(), device=device, responsible_name="秦朗", responsible_post="管理员")
    states.append(locked.state)
    actions.record_measure(case, **act(), kind="isolate", done_at=NOW, note="拔网线")
    asked = decisions.propose(locked, **act(), kind="nature", value="passive", reason="弱口令，使用人不知情")
    decisions.agree(asked, **act() | {"by": approver})
    case.refresh_from_db()
    states += [case.state, case.nature]
    save_draft(case, **act(), sections={"basic": "弱口令。"}, head=Head(addressee="云川市教育局"))
    submit(case, **act())
    states.append(actions.approve_report(case, **act() | {"by": approver}).state)
    for last in (actions.receive, actions.close):
        states.append(last(case, **act() | {"by": above}).state)
    say({"states": states, "pages": _pages(), "whole": verify().whole})


def _pages() -> dict[str, int]:
    """Lists, and the pages that lists lead to, as people see them: address and code."""
    from django.test import Client
    from django.urls import reverse

    from minewarden.desk.cases.models import Case, Lead

    lists = ("home", "cases:cases", "cases:leads", "blocks:board", "ledger:home", "notify:inbox")
    cases = [case.pk for case in Case.objects.all()]
    business = [reverse(name) for name in lists]
    business += [reverse("cases:lead", args=[lead.pk]) for lead in Lead.objects.all()]
    business += [reverse(name, args=[case]) for case in cases for name in ("cases:case", "reports:report")]
    seen = {
        "zhoulan": [*business, *(f"{reverse(name)}?q=a%27%25_%5C&page=2" for name in lists)],
        "auditor": [reverse("audit:log"), reverse("audit:log") + "?q=%25_&action=case.&since=2026-01-01"],
        "sysadmin": [reverse("org:tree"), reverse("org:people"), reverse("org:people") + "?q=%25_&role=officer"],
    }
    codes = {}
    for username, places in seen.items():
        browser = Client(raise_request_exception=False, SERVER_NAME="localhost")
        browser.force_login(person(username), "django.contrib.auth.backends.ModelBackend")
        codes |= {place: browser.get(place).status_code for place in places}
    return codes


def records(who: str, count: str) -> None:
    """Write records, each in a transaction of its own, as quickly as they go."""
    from minewarden.desk.audit.record import record

    wait()
    for number in range(int(count)):
        record("case.note", by=None, actor=who, after=WORDS | {"number": number})
    say("done")


def approve() -> None:
    """Approve the report of the case under way as the second approver."""
    from minewarden.desk.cases import actions
    from minewarden.vocab.errors import TransitionError

    wait()
    try:
        actions.approve_report(the_case(), by=person("fangcheng"), now=NOW)
    except TransitionError:
        say("too late")
    else:
        say("approved")


def approve_and_hold() -> None:
    """Submit the report of the case under way and name a second approver; approve it, and commit when told to."""
    from django.db import transaction

    from minewarden.desk.cases import actions, decisions
    from minewarden.desk.org.actions import create_person, grant_post

    officer, approver = person("chenyiming"), person("shenzhiyuan")
    decisions.agree(the_case().decisions.get(outcome="pending"), by=approver, now=NOW)
    actions.submit_report(the_case(), by=officer, now=NOW)
    second = create_person(by=None, unit=approver.unit, username="fangcheng", name="方程", password="Qing-Shan-2026")
    grant_post(second, role="approver", unit=approver.unit, by=None)
    wait()
    with transaction.atomic():
        actions.approve_report(the_case(), by=approver, now=NOW)
        wait()
    say("approved")


def hold_case() -> None:
    """Hold the case under way, and when told to go on write a record, as every act on a case does."""
    from django.db import transaction

    from minewarden.desk.audit.record import record
    from minewarden.desk.cases.history import held

    with transaction.atomic():
        held(the_case())
        wait()
        record("case.note", by=None, actor="holder")
    say("done")


def take(file: str) -> None:
    """Take findings in."""
    from minewarden.desk.cases.intake import import_findings

    wait()
    taken = import_findings(Path(file), now=NOW)
    say({"new": len(taken.new), "changed": len(taken.changed), "same": len(taken.same)})


ACTS: dict[str, Callable[..., None]] = {
    act.__name__: act for act in (walk, records, approve, approve_and_hold, hold_case, take)
}

if __name__ == "__main__":
    prepare()
    ACTS[sys.argv[1]](*sys.argv[2:])
