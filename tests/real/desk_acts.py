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


def beside() -> None:
    """Notices, messages, ledgers, traces and blocks, each through the acts and pages that people use."""
    from minewarden.desk.audit.verify import verify

    told = {"notices": _notices(), "ledgers": _ledgers(), "trace": _trace(), "blocks": _blocks()}
    say(told | {"messages": _messages(), "whole": verify().whole})


def _browser(username: str) -> Any:
    from django.test import Client

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person(username), "django.contrib.auth.backends.ModelBackend")
    return browser


def _notices() -> dict[str, Any]:
    """A notice in, confirmed, signed for, known earlier, answered; a large one by the worker; one of no account."""
    from minewarden.desk.cases.models import Case
    from minewarden.desk.ledger import actions as ledger
    from minewarden.desk.notices import actions, arrivals, handing, intake, opening, queries
    from minewarden.desk.notices.models import Handing
    from minewarden.desk.org.actions import create_unit

    above = person("zhoulan")
    unit = the_case().unit
    quiet = create_unit(by=None, kind="school", name="云川市北渡小学", parent=unit.parent)
    for whose, cidr in ((unit, "198.18.0.0/28"), (quiet, "198.18.1.0/25")):
        since = NOW - timedelta(days=30)
        ledger.add_range(by=None, unit=whose, cidr=cidr, purpose="egress", valid_from=since)
    day = f"{NOW - timedelta(days=1):%Y-%m-%d} 10:00"
    rows = ["198.18.0.1:40213", *(f"198.18.1.{n}" for n in range(1, 31)), *(f"198.18.1.{n}" for n in range(1, 11))]

    def confirmed(places: list[str], now: datetime) -> Any:
        content = "\n".join(["IP,时间,矿池域名", *(f"{place},{day},pool.example.net" for place in places)]).encode()
        facts = {"by": above, "now": now, "received_at": now, "source": "省厅"}
        received = intake.take_in(office=above.unit, name="清单.csv", content=content, **facts)
        made = intake.confirm(received, **facts, number="1", find_limit=None, report_limit=None)
        return received, {row.unit_id: row for row in made}

    received, made = confirmed(rows[:3], NOW)
    [mine] = [row for pk, row in made.items() if pk != quiet.pk]
    signed = actions.sign(mine, by=person("chenyiming"), now=NOW)
    told = actions.tell_earlier(signed, by=above, now=NOW, told_at=NOW - timedelta(hours=2), note="电话告知值班室")
    case = Case.objects.get(shares__assignment=told)
    reached = arrivals.look(NOW)
    actions.tell(made[quiet.pk], by=above, now=NOW, called_at=NOW, note="值班室")
    actions.reply(received, by=above, now=NOW, note="邮件")
    opening.AT_ONCE = intake.AT_ONCE = 20
    large, _ = confirmed(rows[1:], NOW + timedelta(minutes=1))
    before = Case.objects.count()
    handing.go_on(NOW + timedelta(minutes=2))
    pending = large.assignments.get()
    actions.sign(pending, by=above, now=NOW + timedelta(minutes=3))
    handing.go_on(NOW + timedelta(minutes=4))
    browser = _browser("zhoulan")
    pages = [f"/notices/{large.pk}/", f"/notices/{received.pk}/", f"/assignments/{mine.pk}/", f"/cases/{case.pk}/"]
    pages += ["/notices/", "/assignments/", f"/notices/{large.pk}/answer/", "/notices/export/", "/notices/?q=a%27%25_"]
    return {
        "earlier": [case.receipt == NOW - timedelta(hours=2), case.received_at == NOW, told.find_clock is not None],
        "reached": reached,
        "opened": Case.objects.count() - before,
        "left": Handing.objects.get(received=large).without_case().count(),
        "ended": Handing.objects.get(received=large).ended_at is not None,
        "lines": queries.statistics([large]).lines,
        "pages": {page: browser.get(page).status_code for page in pages},
    }


def _ledgers() -> dict[str, Any]:
    """An import of people and of devices, its preview, its rejects, its second time; searches by index and by cell."""
    from minewarden.desk.ledger import imports, queries
    from minewarden.desk.ledger.books import BOOKS
    from minewarden.desk.ledger.models import Staff
    from minewarden.documents.sheet_write import listing

    above, unit = person("zhoulan"), the_case().unit
    rows = [{"unit": unit.name, "number": f"T{n:03}", "name": f"秦朗{n}", "kind": "teacher"} for n in range(60)]
    rows.append({"unit": "不存在的学校", "number": "T999", "name": "无处", "kind": "teacher"})

    def handed_in() -> dict[str, int]:
        book = BOOKS["staff"]
        facts = {"name": "a.xlsx", "content": listing(book.table, rows), "now": NOW}
        kept = imports.receive(book, by=above, unit=above.unit, **facts)
        counts = dict(kept.counts)
        imports.confirm(kept, by=above, now=NOW, correct_only=True)
        return {key: int(counts[key]) for key in ("new", "same", "error")}

    first, again = handed_in(), handed_in()
    found = {}
    for most in (30_000, 0):
        queries._MOST_READ = most
        for text in ("朗7", "T05", unit.name[:4], "a'%_"):
            rows_ = queries.entries(BOOKS["staff"], above, search=text, now=NOW)
            found[f"{text} {most}"] = rows_.count()
        queries.entries(BOOKS["assets"], above, search="JF-07", now=NOW).count()
    browser = _browser("zhoulan")
    pages = [f"/ledger/{code}/" for code in BOOKS if code != "units"] + ["/ledger/", "/ledger/conflicts/"]
    pages += ["/ledger/ownerless/", "/ledger/staff/?q=秦朗&page=2", "/ledger/assets/?show=unchecked&page=9"]
    return {
        "first": first,
        "again": again,
        "staff": Staff.objects.filter(name__startswith="秦朗").count(),
        "found": found,
        "pages": {page: browser.get(page).status_code for page in pages},
    }


def _trace() -> dict[str, Any]:
    """Logs uploaded to a case of the notice, and the candidate taken in."""
    import re

    from django.core.files.uploadedfile import SimpleUploadedFile

    from minewarden.desk.cases.models import Case
    from tests.desk.tracing.test_trace_in_a_case import LEASES, NAT, SOURCES

    case = Case.objects.filter(state="signed", lead=None).order_by("pk")[0]
    browser = _browser("zhoulan")
    logs = {"nat.csv": NAT, "kea-leases.csv": LEASES, "sources.toml": SOURCES}
    given = {
        "public": "203.0.113.10:40213", "at": "2026-03-12T21:14:37", "to": "198.51.100.77:3333", "tolerance": "60",
        "zone": "Asia/Shanghai", "logs": [SimpleUploadedFile(name, text.encode()) for name, text in logs.items()],
    }  # fmt: skip
    page = browser.post(f"/cases/{case.pk}/trace/", given).content.decode()
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    taken = browser.post(f"/cases/{case.pk}/trace/take/", {"sealed": sealed[1] if sealed else ""})
    return {"taken": taken.status_code, "candidates": [row.mac for row in case.candidates.all()]}


def _blocks() -> dict[str, Any]:
    """Proposed, approved by another, released, lifted; with the pages of the board."""
    from minewarden.desk.blocks import actions, queries

    case, officer, approver, now = the_case(), person("chenyiming"), person("shenzhiyuan"), datetime.now(UTC)
    facts = {"target": "name", "port": 0, "basis": "plan-boundary", "reason": "矿池", "case": case, "unit": case.unit}
    facts |= {"value": "pool.example.net", "expires_at": now + timedelta(days=30)}
    block = actions.agree(actions.propose(by=officer, now=now, **facts), by=approver, now=now)
    released = actions.release(by=officer, now=now, unit=case.unit)
    lifted = actions.lift(block, by=officer, now=now + timedelta(minutes=1), reason="误封")
    plan = queries.plan_page(officer, case.unit, now + timedelta(minutes=2))
    browser = _browser("chenyiming")
    return {
        "rules": len(released.rules),
        "plan": [line.sign for line in plan.lines],
        "lifted": lifted is not None,
        "board": browser.get("/blocks/").status_code,
    }


def _messages() -> dict[str, Any]:
    """An outlet to a gateway on loopback, everything that waits sent through it, and read in the desk."""
    from minewarden.desk.notify import actions, deliver, outbox
    from minewarden.desk.notify.models import Copy, Delivery
    from tests.channels.gateway import gateway

    admin, unit, now = person("sysadmin"), the_case().unit, datetime.now(UTC)
    with gateway() as there:
        for kind in ("webhook", "wecom"):
            facts = {"unit": unit, "kind": kind, "name": kind, "settings": {"url": f"{there.url}/{kind}"}}
            actions.add_outlet(by=admin, now=now, **facts)
        people = outbox.people_of(unit, "officer")
        outbox.post("test.pg", unit=unit, to=people, word="desk_notify.trial", now=now, urgent=True, name="甲")
        outbox.post("test.pg", unit=unit, to=people, word="desk_notify.trial", now=now, urgent=True, name="甲")
        sent = deliver.run("pg", now)
        paths = sorted(there.paths)
    copy = Copy.objects.filter(message__key="test.pg", person__in=people)[0]
    actions.read(copy, by=copy.person, now=now)
    states = Delivery.objects.filter(message__key="test.pg").values_list("state", flat=True)
    browser = _browser("chenyiming")
    return {
        "sent": sent,
        "paths": paths,
        "states": sorted(states),
        "told": outbox.told_at("test.pg") is not None,
        "inbox": browser.get("/messages/").status_code,
    }


def campaign() -> None:
    """Everything that the campaign asks of people; answers with how each act ends, pages' codes, the log's verdict."""
    from minewarden.desk.audit.verify import verify
    from tests.real.campaign_acts import acts_of_the_campaign, pages_of_the_campaign

    told = acts_of_the_campaign(NOW)
    say(told | {"pages": pages_of_the_campaign(), "whole": verify().whole})


def shelves() -> None:
    """The library and the blocks, from a report to a receipt, and all their pages."""
    from tests.real.shelves import walk

    say(walk())


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


def devices() -> None:
    """Devices written in every way, one after the other; how often the kept counts were not those that are there."""
    from random import Random

    from minewarden.desk.org.models import Unit
    from tests.desk.ledger.device_acts import counted, kept, write

    units, wrong = list(Unit.objects.order_by("pk")[:3]), 0
    for seed in range(60):
        write(Random(seed), units)
        wrong += kept() != counted()
    say({"wrong": wrong, "kept": sum(counts[0] for counts in kept().values())})


def conditions() -> None:
    """Conditions of cases by chance; how often several were told otherwise than each alone, or how long one took."""
    from random import Random

    from minewarden.desk.org.models import Person, Unit
    from tests.desk.assessments.condition_acts import alone, case, condition, lengths, together

    chance, school, opener = Random(7), Unit.objects.order_by("-path")[0], Person.objects.order_by("pk")[0]
    for _ in range(40):
        case(chance, school, opener, NOW)
    wrong = met = 0
    for _ in range(60):
        several = [condition(chance, NOW) for _ in range(12)]
        found = together(several)
        wrong += found != alone(several)
        met += sum(map(len, found))
    wrong += sum(told != reckoned for told, reckoned in lengths())
    say({"wrong": wrong, "met": met})


def rolls() -> None:
    """Rolls written in every way, one after the other; how often the kept counts were not those of who is there."""
    from random import Random

    from minewarden.desk.org.models import Unit
    from tests.desk.pledges.roll_acts import counted, kept, write

    units, wrong = list(Unit.objects.order_by("pk")[:3]), 0
    for seed in range(60):
        write(Random(seed), units)
        wrong += kept() != counted()
    say({"wrong": wrong, "kept": kept().total()})


def lookups() -> None:
    """What is looked up changed in every way, one after the other; how often the desk told others."""
    from random import Random

    from minewarden.desk.org.models import Unit
    from tests.desk.registers.lookup_acts import counted, told, write

    districts, wrong, seen = list(Unit.objects.filter(kind="district").order_by("pk")[:2]), 0, 0
    school = Unit.objects.filter(parent=districts[0]).order_by("pk")[0]
    for seed in range(120):
        write(Random(seed), [*districts, school], districts)
        known = told()
        wrong += known != counted()
        seen += sum(sum(counts.values()) for counts in known.values())
    say({"wrong": wrong, "seen": seen})


def setting(name: str) -> None:
    """A setting of the server as it stands on the desk's connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        say(cursor.fetchone()[0])


def look_up() -> None:
    """Whether the desk tells what is there, before the worker's look and after it; how many notes are left."""
    from minewarden.desk.registers import counts
    from minewarden.desk.registers.models import Changed
    from tests.desk.registers.lookup_acts import counted, told

    before = told() == counted()
    counts.look(NOW)
    say({"before": before, "after": told() == counted(), "noted": Changed.objects.count()})


def take(file: str) -> None:
    """Take findings in."""
    from minewarden.desk.cases.intake import import_findings

    wait()
    taken = import_findings(Path(file), now=NOW)
    say({"new": len(taken.new), "changed": len(taken.changed), "same": len(taken.same)})


ACTS: dict[str, Callable[..., None]] = {
    act.__name__: act
    for act in (
        walk,
        beside,
        shelves,
        campaign,
        records,
        approve,
        approve_and_hold,
        hold_case,
        devices,
        conditions,
        rolls,
        lookups,
        look_up,
        setting,
        take,
    )
}

if __name__ == "__main__":
    prepare()
    ACTS[sys.argv[1]](*sys.argv[2:])
