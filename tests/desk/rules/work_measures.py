"""Who may open which page of the nine measures and of energy. The records belong to 临江区 and its case."""

from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.measures import actions
from minewarden.desk.measures.codes import SIGNS
from tests.desk.rules.rule import Rule

DUTY = "officer approver leader"


def prepare(world: SimpleNamespace) -> None:
    """Add a letter to a carrier with a document, a restricted record, and a review."""
    now, people, unit = timezone.now(), world.people, world.city.linjiang
    given = {"now": now, "unit": unit, "authority": "示例通信公司云川分公司", "basis": "若干措施之九", "text": "请阻止"}
    world.entry = actions.note(by=people.officer, kind="carrier", subject="线路", office="carrier", **given)
    world.paper = actions.add_file(world.entry, by=people.officer, now=now, name="a.pdf", content=b"%PDF")
    world.locked = actions.note(by=people.approver, kind="accountability", subject="某人", office="discipline", **given)
    world.review = actions.review(
        by=people.officer, now=now, unit=unit, name="算力中心", number="", partner="", kilowatts=None,
        answers=dict.fromkeys(SIGNS, "no"), verdict="clear", reason="教学用",
    )  # fmt: skip


def entry(world: SimpleNamespace) -> dict[str, int]:
    return {"entry_id": world.entry.pk}


RULES = {
    "measures:home": Rule(f"{DUTY} stranger"),
    "measures:note": Rule("officer approver stranger"),
    "measures:entry": Rule(DUTY, entry),
    "measures:act": Rule("officer approver", lambda w: entry(w) | {"verb": "send"}, method="post", status=422),
    "measures:unlock": Rule(
        "approver", lambda w: {"entry_id": w.locked.pk}, method="post", data={"reason": "核对"}, status=302
    ),
    "measures:add-file": Rule("officer approver", entry, method="post", status=302),
    "measures:file": Rule(DUTY, lambda w: entry(w) | {"file_id": w.paper.pk}),
    "measures:letter": Rule("officer approver", lambda w: entry(w) | {"form": "letter-pdf"}),
    "measures:reviews": Rule(f"{DUTY} stranger"),
    "measures:add-review": Rule("officer stranger"),
    "measures:review": Rule(DUTY, lambda w: {"review_id": w.review.pk}),
    "measures:opinion": Rule(DUTY, lambda w: {"review_id": w.review.pk, "form": "docx"}),
    "measures:honours": Rule("approver leader"),
    "measures:energy": Rule(f"{DUTY} stranger"),
    "measures:energy-workbook": Rule(f"{DUTY} stranger"),
    "measures:case-energy": Rule("officer", lambda w: {"case_id": w.case.pk}),
    "measures:figures": Rule(f"{DUTY} stranger system"),
}
