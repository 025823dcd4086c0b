"""What the tests of the killed worker do to their desk.

python -m tests.real.outbox_acts post COUNT URL | states | notice LINES | handed | verify | warn SCHOOLS ROBOTS URL
    | pace ROUNDS URL | last
"""

import importlib
import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from minewarden.desk.start import migrate, prepare


def post(count: int, url: str) -> None:
    """A unit, an officer, a webhook and a robot, and so many messages for each of them."""
    from minewarden.desk.notify import actions, outbox
    from minewarden.desk.org import actions as org
    from minewarden.desk.org.models import Role

    now = datetime.now(UTC)
    unit = org.create_unit(by=None, kind="city", name="云川市教育局")
    people = []
    for role in (Role.SYSTEM, Role.OFFICER):
        made = org.create_person(
            by=None, unit=unit, username=role.value, name="何静", password="Qing-Shan-2026", must_change=False
        )
        org.grant_post(made, role=role, unit=unit, by=None)
        people.append(made)
    for kind in ("webhook", "wecom"):
        given = {"kind": kind, "name": kind, "settings": {"url": f"{url}/{kind}"}}
        actions.add_outlet(by=people[0], now=now, unit=unit, **given)
    for number in range(count):
        outbox.post(
            f"case.{number}", unit=unit, to=people[1:], word="desk_notify.trial", now=now, urgent=True,
            name=f"<{number}>",
        )  # fmt: skip


def states() -> list[tuple[str, str, str]]:
    """Outlet, text and state of every delivery."""
    from minewarden.desk.notify.models import Delivery

    rows = Delivery.objects.select_related("message", "outlet")
    return [(row.outlet.kind, row.message.text, row.state) for row in rows]


def notice(lines: int) -> None:
    """A bureau with three schools, and a confirmed notice of so many lines: each address stands twice."""
    from minewarden.desk.ledger import actions as ledger
    from minewarden.desk.notices import intake
    from minewarden.desk.org import actions as org
    from minewarden.desk.org.models import Role

    now = datetime.now(UTC)
    since = now - timedelta(days=30)
    bureau = org.create_unit(by=None, kind="city", name="云川市教育局")
    units = [org.create_unit(by=None, kind="school", name=f"第{n}中学", parent=bureau) for n in range(3)]
    people = {}
    for unit in (bureau, *units):
        made = org.create_person(
            by=None, unit=unit, username=f"u{unit.pk}", name="何静", password="Qing-Shan-2026", must_change=False
        )
        org.grant_post(made, role=Role.OFFICER, unit=unit, by=None)
        people[unit.pk] = made
    for number, unit in enumerate(units):
        ledger.add_range(by=None, unit=unit, cidr=f"198.18.{16 * number}.0/20", purpose="egress", valid_from=since)
    day = f"{now - timedelta(days=1):%Y-%m-%d} 10:00"
    places = [f"198.18.{16 * (n % 3) + n // 6 // 250}.{n // 6 % 250 + 1}" for n in range(lines)]
    content = "\n".join(["IP,时间", *(f"{place},{day}" for place in places)]).encode()
    facts = {"by": people[bureau.pk], "now": now, "received_at": now, "source": "省厅"}
    received = intake.take_in(office=bureau, name="清单.csv", content=content, **facts)
    made_ = intake.confirm(received, **facts, number="1", find_limit=None, report_limit=None)
    print(json.dumps({"at once": len(made_), "addresses": len(set(places))}))


def handed() -> dict[str, Any]:
    """How far the notice is: lines with their unit, cases, addresses that have two, whether it is done."""
    from django.db.models import Count

    from minewarden.desk.cases.models import Case
    from minewarden.desk.notices.models import Assignment, Handing, Share

    twice = Case.objects.order_by().values("host").annotate(n=Count("pk")).filter(n__gt=1).count()
    return {
        "shares": Share.objects.count(),
        "without": Share.objects.filter(case=None).count(),
        "cases": Case.objects.count(),
        "twice": twice,
        "units": Assignment.objects.count(),
        "ended": Handing.objects.filter(ended_at__isnull=False).exists(),
    }


MORNING = datetime(2026, 3, 16, 2, tzinfo=UTC)
"""Monday, ten in the morning in Beijing: warnings wait through the night, and a test may run at any hour."""


def warn(schools: int, robots: int, url: str) -> None:
    """A bureau warns itself and so many schools by SMS, some by a robot too; then workers as they are asked for.

    A line "worker" starts one, as a fork of this process, which is there at once, and answers with its number; "buried"
    waits until it is gone; "end" goes through with what is left and answers with how all of it stands.
    """
    from django.db import connections

    # Every fork has it then, instead of each importing it anew before it comes to work.
    importlib.import_module("minewarden.desk.worker")
    alert = _released(schools, robots, url)
    begun = time.monotonic()
    print(json.dumps(alert), flush=True)
    for line in sys.stdin:
        match line.strip():
            case "worker":
                connections.close_all()
                child = os.fork()
                if not child:
                    _work(begun, lambda: True)
                print(child, flush=True)
            case "buried":
                os.wait()
                print("gone", flush=True)
            case _:
                _work(begun, iter((True, True, False)).__next__)
                print(json.dumps(_warned(alert)), flush=True)
                return


def _work(begun: float, goes_on: Any) -> None:
    from minewarden.desk.worker import JOBS, LOOKS, Worker

    def wall() -> datetime:
        return MORNING + timedelta(seconds=time.monotonic() - begun)

    Worker(LOOKS, wall, JOBS).run(goes_on, pause=0.01)


def _released(schools: int, robots: int, url: str) -> int:
    from minewarden.desk.alerts import actions as alerts
    from minewarden.desk.ledger.models import Duty
    from minewarden.desk.notify import actions
    from minewarden.desk.org import actions as org
    from minewarden.desk.org.models import Role

    bureau = org.create_unit(by=None, kind="city", name="云川市教育局")
    units = [org.create_unit(by=None, kind="school", name=f"第{n}中学", parent=bureau) for n in range(schools)]
    people = {}
    for role in (Role.SYSTEM, Role.OFFICER, Role.APPROVER):
        people[role] = org.create_person(
            by=None, unit=bureau, username=role.value, name="何静", password="Qing-Shan-2026", must_change=False
        )
        org.grant_post(people[role], role=role, unit=bureau, by=None)
    Duty.objects.bulk_create(
        Duty(unit=unit, post="contact_a", name="秦朗", phone=f"1380000{unit.pk:04d}") for unit in (bureau, *units)
    )
    for kind, unit in (("sms", bureau), *(("wecom", one) for one in units[:robots])):
        given = {"kind": kind, "name": kind, "settings": {"url": f"{url}/{kind}/{unit.pk}"}}
        actions.add_outlet(by=people[Role.SYSTEM], now=MORNING, unit=unit, **given)
    alert = alerts.ask(
        by=people[Role.OFFICER], now=MORNING, unit=bureau, title="假期提醒", text="请关闭不用的电脑。",
        ways=["inbox", "sms", "wecom"], audience="contacts", kinds=[], per_minute=600, cap=100, reason="假期",
    )  # fmt: skip
    return int(alerts.release(alert, by=people[Role.APPROVER], now=MORNING).pk)


def _warned(number: int) -> dict[str, Any]:
    """How the warning stands: what was told, posted, sent and spent."""
    from minewarden.desk.alerts.models import Alert
    from minewarden.desk.audit.verify import verify
    from minewarden.desk.notify.models import Copy, Delivery, Message

    alert = Alert.objects.get(pk=number)
    rows = Delivery.objects.select_related("outlet")
    return {
        "standing": alert.standing,
        "told": alert.units.exclude(told_at=None).count(),
        "spent": alert.spent,
        "messages": Message.objects.filter(key__startswith=f"alert.{number}.").count(),
        "copies": Copy.objects.filter(message__key__startswith=f"alert.{number}.").count(),
        "deliveries": [[row.outlet.kind, row.called_phone or str(row.outlet.unit_id), row.state] for row in rows],
        "whole": verify().whole,
    }


def pace(rounds: int, url: str) -> list[int]:
    """Two workers at once, so many times, at a robot with room for one letter, which eight outlets lead to: how many
    letters went out each time."""
    from django.db import connections

    from minewarden.desk.notify import actions, outbox
    from minewarden.desk.notify.models import Delivery
    from minewarden.desk.org import actions as org
    from minewarden.desk.org.models import Role

    importlib.import_module("minewarden.desk.worker")
    unit = org.create_unit(by=None, kind="city", name="云川市教育局")
    person = org.create_person(
        by=None, unit=unit, username="system", name="何静", password="Qing-Shan-2026", must_change=False
    )
    org.grant_post(person, role=Role.SYSTEM, unit=unit, by=None)
    for number in range(8):
        given = {"kind": "wecom", "name": f"群{number}", "settings": {"url": url}}
        actions.add_outlet(by=person, now=datetime.now(UTC), unit=unit, **given)
    went = []
    for number in range(rounds):
        now = datetime.now(UTC)
        Delivery.objects.update(state="sent", started_at=now - timedelta(hours=1), settled_at=now)
        told = outbox.post(
            f"pace.{number}", unit=unit, to=[], word="desk_notify.trial", now=now, urgent=True, name="试"
        )
        rows = list(told.deliveries.order_by("pk"))
        # One of them sees half of these only, so that they begin with different outlets.
        later = [row.pk for row in (rows[:4], rows[4:])[number % 2]]
        told.deliveries.filter(pk__in=later).update(not_before=now + timedelta(seconds=5))
        Delivery.objects.bulk_create(
            Delivery(key=f"{number}.{n}", bundle=f"{number}.{n}", message=told, outlet=rows[0].outlet, state="sent",
                     not_before=now, started_at=now, settled_at=now)
            for n in range(19)
        )  # fmt: skip
        connections.close_all()
        (hold, start), (ready, standing) = os.pipe(), os.pipe()
        children = []
        for ahead in (0, 10):
            child = os.fork()
            if not child:
                os.close(start)
                _send_when_told(hold, standing, now + timedelta(seconds=ahead))
            children.append(child)
        for _ in children:
            os.read(ready, 1)
        for end in (hold, start, ready, standing):
            os.close(end)
        for child in children:
            os.waitpid(child, 0)
        went.append(told.deliveries.filter(state="sent").count() - 19)
    return went


def last() -> None:
    """After `pace`, an hour later: one letter waits, for the last of the outlets."""
    from minewarden.desk.notify import outbox
    from minewarden.desk.notify.models import Delivery, Outlet

    now = datetime.now(UTC)
    told = outbox.post(
        "last",
        unit=Outlet.objects.earliest("pk").unit,
        to=[],
        word="desk_notify.trial",
        now=now,
        urgent=True,
        name="试",
    )
    final = told.deliveries.order_by("-pk").first()
    past = now - timedelta(hours=1)
    Delivery.objects.exclude(pk=final.pk).update(state="sent", started_at=past, settled_at=past)


def _send_when_told(hold: int, standing: int, at: datetime) -> None:
    """One round of a worker in this process, which ends with it; the pipe is closed when all may begin."""
    from minewarden.desk.notify.models import Outlet
    from minewarden.desk.worker import Worker

    # What is connected, read and loaded once is so already: from here on both are equally far.
    assert all(outlet.robot for outlet in Outlet.objects.all())
    os.write(standing, b".")
    os.read(hold, 1)
    Worker((), lambda: at).round()
    os._exit(0)


if __name__ == "__main__":
    prepare()
    match sys.argv[1:]:
        case ["post", count, url]:
            migrate()
            post(int(count), url)
        case ["notice", count]:
            migrate()
            notice(int(count))
        case ["warn", schools, robots, url]:
            migrate()
            warn(int(schools), int(robots), url)
        case ["pace", rounds, url]:
            migrate()
            print(json.dumps(pace(int(rounds), url)))
        case ["last"]:
            last()
        case ["handed"]:
            print(json.dumps(handed()))
        case ["verify"]:
            from minewarden.desk.audit.verify import verify

            print(json.dumps(verify().whole))
        case _:
            print(json.dumps(states(), ensure_ascii=False))
