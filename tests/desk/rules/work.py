"""Who may open which page of the work: leads, cases, blocks, reports.

The objects belong to 临江区, whose officer, approver and leader see them; `stranger` is the neighbouring district's
officer, for whom they do not exist. Who may do what within a case is held by tests/desk/cases.
"""

import json
from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.blocks import actions as blocks
from minewarden.desk.blocks.models import BigChange
from minewarden.desk.cases import files, leads, outages
from minewarden.desk.cases.intake import take_findings
from minewarden.desk.cases.models import Lead
from tests.desk.made import finding
from tests.desk.rules.rule import Rule

DUTY = "officer approver leader"


def prepare(world: SimpleNamespace) -> None:
    """Add two leads, a case of one of them, and a block to the world."""
    now, officer, unit = timezone.now(), world.people.officer, world.city.linjiang
    lines = [json.dumps(finding(number), ensure_ascii=False) for number in (1, 2)]
    made = take_findings(lines, by=officer, now=now, unit=unit).new
    world.lead, other = (Lead.objects.get(pk=pk) for pk in made)
    world.case = leads.open_case(other, by=officer, now=now, unit=unit, reason="内网地址属本单位")
    world.file = files.add_file(world.case, by=officer, now=now, name="进程截图.png", content=b"png")
    world.day = outages.set_day(by=world.people.system, now=now, day=now.date(), works=False, name="国庆节")
    world.block = blocks.propose(
        by=officer, now=now, unit=unit, case=world.case, target="name", value="pool.example.net", port=0,
        basis="plan-boundary", reason="矿池", expires_at=now + timedelta(days=30),
    )  # fmt: skip
    world.release = blocks.release(by=officer, now=now, unit=unit)
    world.change = BigChange.objects.create(
        unit=unit,
        scope="network",
        rules_sha256="0" * 64,
        added=600,
        removed=0,
        asked_by=officer,
        asked_at=now,
        reason="x",
    )


def lead(world: SimpleNamespace) -> dict[str, int]:
    return {"lead_id": world.lead.pk}


def case(world: SimpleNamespace) -> dict[str, int]:
    return {"case_id": world.case.pk}


RULES = {
    "cases:leads": Rule(f"{DUTY} stranger"),
    "cases:lead": Rule(DUTY, lead),
    "cases:open": Rule("officer", lead, method="post", status=422),
    "cases:dismiss": Rule("officer", lead, method="post", status=422),
    "cases:take-up": Rule("officer", lead, method="post", status=302),
    "cases:cases": Rule(f"{DUTY} stranger"),
    "cases:case": Rule(DUTY, case),
    "cases:act": Rule(
        DUTY, lambda w: case(w) | {"verb": "unmask"}, method="post", data={"unmask-reason": "核对"}, status=302
    ),
    "cases:file": Rule(DUTY, lambda w: case(w) | {"file_id": w.file.pk}),
    "cases:honours": Rule("approver leader"),
    "cases:calendar": Rule(f"{DUTY} stranger system"),
    "cases:fill-year": Rule("system", method="post", data={"year": "2026"}, status=302),
    "cases:remove-day": Rule("system", lambda w: {"day_id": w.day.pk}, method="post", status=302),
    "cases:outages": Rule("officer approver stranger system audit"),
    "cases:import": Rule("officer stranger"),
    "cases:notice": Rule("officer stranger"),
    "cases:notices-named": Rule(f"{DUTY} stranger"),
    "blocks:board": Rule(f"{DUTY} stranger"),
    "blocks:propose": Rule("officer", case),
    "blocks:order": Rule(DUTY, lambda w: {"block_id": w.block.pk}),
    "blocks:plan": Rule(f"{DUTY} stranger"),
    "blocks:decide-change": Rule(
        "approver",
        lambda w: {"change_id": w.change.pk, "verb": "refuse"},
        method="post",
        data={"note": "不符"},
        status=302,
    ),
    "blocks:explained": Rule(f"{DUTY} stranger"),
    "blocks:release": Rule(DUTY, lambda w: {"release_id": w.release.pk}),
    "blocks:release-file": Rule("officer approver", lambda w: {"release_id": w.release.pk, "form": "orders"}),
    "blocks:act": Rule(
        "officer approver",
        lambda w: {"block_id": w.block.pk, "verb": "lift"},
        method="post",
        data={"note": "过长" * 2000},  # a form that is not accepted, so that the gate alone is tried
        status=422,
    ),
    "blocks:download": Rule("officer approver stranger", lambda w: {"form": "edl"}),
    "tracing:trace": Rule("officer", case),
    "tracing:take": Rule("", case, method="post"),  # nobody without an answer that was made for him
    "reports:report": Rule(DUTY, case),
    "reports:edit": Rule("officer", case),
    "reports:submit": Rule("officer", case, method="post", status=302),
    "reports:approve": Rule("approver", case, method="post", status=302),
    "reports:send-back": Rule("approver", case, method="post", status=422),
    "reports:port-letter": Rule("", lambda w: case(w) | {"received_id": 0, "form": "pdf"}),
    "reports:feedback": Rule(DUTY, lambda w: case(w) | {"received_id": 0, "form": "pdf"}),
    "reports:stamped": Rule("officer", case, method="post", status=422),
    "reports:download": Rule(DUTY, lambda w: case(w) | {"form": "docx"}),
}
