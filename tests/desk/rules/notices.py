"""Who may open which page of the notices. The document is 临江区's, handed to itself; `stranger` is a neighbour."""

from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.ledger import actions as ledger
from minewarden.desk.notices import intake
from tests.desk.rules.rule import Rule

DUTY = "officer approver leader"
TEXT = "IP,时间\n203.0.113.77,{day} 10:00\n192.0.2.1,{day} 10:00\n"


def prepare(world: SimpleNamespace) -> None:
    """Two documents, one confirmed, and the assignment of it."""
    now, officer, unit = timezone.now(), world.people.officer, world.city.linjiang
    start = now - timedelta(days=30)
    ledger.add_range(by=None, unit=unit, cidr="203.0.113.64/28", purpose="egress", valid_from=start)
    content = TEXT.format(day=f"{now - timedelta(days=1):%Y-%m-%d}").encode()
    facts = {"by": officer, "now": now, "office": unit, "name": "通报.csv", "received_at": now, "source": "省厅"}
    world.preview = intake.take_in(content=content, **facts)
    world.document = intake.take_in(content=content, **facts)
    head = {"source": "省厅", "number": "1", "received_at": now, "find_limit": None, "report_limit": None}
    (world.assignment,) = intake.confirm(world.document, by=officer, now=now, **head)
    world.case_of_notice = world.assignment.shares.get().case


def preview(world: SimpleNamespace) -> dict[str, int]:
    return {"received_id": world.preview.pk}


def document(world: SimpleNamespace) -> dict[str, int]:
    return {"received_id": world.document.pk}


def line(world: SimpleNamespace) -> dict[str, int]:
    return {"line_id": world.preview.lines.first().pk}


def assignment(world: SimpleNamespace) -> dict[str, int]:
    return {"assignment_id": world.assignment.pk}


RULES = {
    "notices:register": Rule(f"{DUTY} stranger"),
    "notices:export": Rule(f"{DUTY} stranger"),
    "notices:upload": Rule("officer stranger"),
    "notices:notice": Rule(DUTY, document),
    "notices:confirm": Rule("officer", preview, method="post", status=422),
    "notices:resume": Rule("officer", document, method="post", status=302),
    "notices:drop": Rule("officer", document, method="post", status=302),
    "notices:attribute": Rule("officer", document, method="post", status=302),
    "notices:by-hand": Rule("officer", preview, method="post", status=422),
    "notices:picture": Rule("", lambda w: preview(w) | {"page": 1}),
    "notices:original": Rule(DUTY, document),
    "notices:answer": Rule(DUTY, document),
    "notices:reply": Rule("officer", document, method="post", status=302),
    "notices:withdraw": Rule("officer", document, method="post", status=422),
    "notices:choose": Rule("officer", line),
    "notices:anew": Rule("officer", line),
    "notices:of-case": Rule(DUTY, lambda w: {"case_id": w.case_of_notice.pk}),
    "notices:tasks": Rule(f"{DUTY} stranger"),
    "notices:task": Rule(DUTY, assignment),
    "notices:act": Rule("officer", lambda w: assignment(w) | {"verb": "sign"}, method="post", status=302),
}
