"""Who gets in: campaigns, tasks, filings, needs, help, forms."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from minewarden.desk.campaigns import actions, attachments, filing, gates, support
from minewarden.desk.campaigns.models import Filing, Task
from minewarden.desk.campaigns.questions import Question
from minewarden.desk.org import actions as org_actions
from minewarden.desk.org.models import Role
from tests.desk.rules.rule import Rule

_DUTY = "officer approver leader"
_SEES_ALL = "officer approver leader stranger"
_TEXT = (files("minewarden.desk.campaigns") / "shipped/education-2022.toml").read_text(encoding="utf-8")


def prepare(world: SimpleNamespace) -> None:
    """A campaign of 临江区 with a frozen phase, and one of everything that its school files and asks."""
    now = datetime.now(UTC)
    today = timezone.localdate(now)
    city, people = world.city, world.people
    days = {
        "mobilise": (None, today + timedelta(days=5)),
        "assault": (today + timedelta(days=6), today + timedelta(days=20)),
        "normal": (today + timedelta(days=21), None),
    }
    campaign = actions.draft(
        by=people.officer, now=now, unit=city.linjiang, text=_TEXT, name="x", title="专项行动", number="", dates=days
    )
    actions.start(campaign, by=people.approver, now=now)
    world.campaign = campaign
    world.draft = actions.draft(
        by=people.officer, now=now, unit=city.linjiang, text=_TEXT, name="x", title="另一个", number="", dates=days
    )
    world.gate = gates.freeze(campaign, campaign.plan.phases[0], now)
    task = Task.objects.get(campaign=campaign, unit=city.first_school, code="plan")
    world.task = task
    world.attachment = attachments.attach(task, by=people.officer, now=now, name="a.txt", content=b"a")
    until = task.due_at + timedelta(days=1)
    world.postponement = actions.ask_time(task, by=people.school_officer, now=now, until=until, reason="理由")
    texts = {"title": "方案", "day": date.today().isoformat(), "measures": "排查"}
    world.filing = filing.write(
        None, by=people.school_officer, now=now, kind="plan", unit=city.first_school, campaign=campaign, texts=texts
    )
    assert isinstance(world.filing, Filing)
    world.need = support.ask_need(
        by=people.school_officer, now=now, unit=city.first_school, kind="device", title="防火墙", reason="没有"
    )
    world.member = support.add_member(by=people.officer, now=now, unit=city.linjiang, name="孙悦", skills="取证")
    world.help = support.ask_help(
        by=people.school_officer, now=now, unit=city.first_school, topic="trace", text="查不到"
    )
    world.form = support.make_form(
        by=people.officer, now=now, unit=city.linjiang, title="大屏摸底", why="省厅要数", minutes=3, kinds=["school"],
        questions=[Question("q0", {"zh": "电子大屏块数"}, "number")], due=now + timedelta(days=5),
    )  # fmt: skip
    head = org_actions.create_person(
        by=None, unit=city.linjiang, username="rule.head", name="周宁", password="Qing-Shan-2026", must_change=False
    )
    org_actions.grant_post(head, role=Role.LEADER, unit=city.linjiang, by=None)


def _of(name: str, **more: Any) -> Callable[[SimpleNamespace], Mapping[str, Any]]:
    return lambda world: {f"{name}_id": getattr(world, name).pk, **more}


def _plain(**given: Any) -> Callable[[SimpleNamespace], Mapping[str, Any]]:
    return lambda world: given


RULES: dict[str, Rule] = {
    "campaigns:board": Rule(_SEES_ALL),
    "campaigns:mine": Rule(_SEES_ALL),
    "campaigns:tasks": Rule(_SEES_ALL),
    "campaigns:task": Rule(_DUTY, _of("task")),
    "campaigns:task-act": Rule("officer approver", _of("task", verb="urge"), "post", status=302),
    "campaigns:decide": Rule(
        "officer approver", _of("postponement", answer="refuse"), "post", {"note": "不行"}, status=302
    ),
    "campaigns:new": Rule("officer stranger"),
    "campaigns:shipped": Rule(_SEES_ALL),
    "campaigns:campaign": Rule(_DUTY, _of("campaign")),
    "campaigns:template": Rule(_DUTY, _of("campaign")),
    "campaigns:revise": Rule("officer approver", lambda world: {"campaign_id": world.draft.pk}),
    "campaigns:postpone": Rule("officer approver", _of("campaign", phase="assault"), "post", status=422),
    "campaigns:campaign-act": Rule("approver", _of("campaign", verb="end"), "post", status=302),
    "campaigns:gate": Rule(_DUTY, _of("gate")),
    "campaigns:gate-sheet": Rule(_DUTY, _of("gate")),
    "campaigns:attachment": Rule(_DUTY, _of("attachment")),
    "campaigns:duty_list": Rule(_SEES_ALL),
    "campaigns:quiz": Rule(_SEES_ALL),
    "campaigns:filings_home": Rule(_SEES_ALL, status=302),
    "campaigns:meetings": Rule(_SEES_ALL, status=302),
    "campaigns:filings": Rule(_SEES_ALL, _plain(kind="meeting")),
    "campaigns:filings-sheet": Rule(_SEES_ALL, _plain(kind="meeting")),
    "campaigns:file": Rule("officer stranger", _plain(kind="meeting")),
    "campaigns:filing": Rule(_DUTY, _of("filing")),
    "campaigns:filing-change": Rule("officer", _of("filing")),
    "campaigns:filing-attach": Rule("officer", _of("filing"), "post", status=302),
    "campaigns:filing-tasks": Rule("officer", _of("filing"), "post", status=302),
    "campaigns:filing-act": Rule("officer approver", _of("filing", verb="accept"), "post", status=302),
    "campaigns:paper": Rule(_DUTY, _of("filing", form="docx")),
    "campaigns:needs": Rule(_SEES_ALL),
    "campaigns:need-act": Rule("officer approver", _of("need", verb="fund"), "post", status=302),
    "campaigns:helps": Rule(_SEES_ALL),
    "campaigns:help": Rule(_DUTY, _of("help")),
    "campaigns:help-act": Rule("officer approver", _of("help", verb="assign"), "post", status=422),
    "campaigns:team": Rule(_SEES_ALL),
    "campaigns:drop-member": Rule("officer", _of("member"), "post", status=302),
    "campaigns:forms": Rule(_SEES_ALL),
    "campaigns:make-form": Rule("officer stranger"),
    "campaigns:form": Rule(_DUTY, _of("form")),
    "campaigns:change-form": Rule("officer", _of("form")),
    "campaigns:form-sheet": Rule(_DUTY, _of("form")),
    "campaigns:form-act": Rule("officer", _of("form", verb="send"), "post", status=302),
}
