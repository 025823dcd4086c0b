"""Who may open which page of assessments and statistics. They belong to 临江区."""

from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.assessments import actions
from minewarden.desk.assessments.actions import Head
from minewarden.desk.assessments.periods import week_of
from minewarden.desk.cases.models import Case, Referral
from tests.desk.rules.rule import Rule

DUTY = "officer approver leader"


def prepare(world: SimpleNamespace) -> None:
    """Hand in an assessment of the last week, and leave the running one alone."""
    now = timezone.now()
    world.past = week_of(timezone.localdate(now)).previous
    unit, by = world.city.linjiang, world.people.officer
    actions.save_draft(unit, world.past, by=by, now=now, sections={"judgement": "平稳。"}, head=Head())
    world.version = actions.submit(unit, world.past, by=by, now=now)
    case = Case.objects.create(
        unit=unit, origin="notified", state="handling", opened_at=now, opened_by=by, received_at=now, original48=now,
        original72=now, due48=now, due72=now,
    )  # fmt: skip
    world.referral = Referral.objects.create(case=case, office="carrier", name="云川电信", reason="内网", at=now, by=by)


def this(world: SimpleNamespace) -> dict[str, object]:
    return {"unit_id": world.city.linjiang.pk, "code": world.past.following.code}


def past(world: SimpleNamespace) -> dict[str, object]:
    return {"unit_id": world.city.linjiang.pk, "code": world.past.code}


def version(world: SimpleNamespace) -> dict[str, object]:
    return {"version_id": world.version.pk}


def written() -> dict[str, str]:
    return {"judgement": "平稳。"}


RULES = {
    "assessments:home": Rule(f"{DUTY} stranger"),
    "assessments:page": Rule(DUTY, past),
    "assessments:edit": Rule("officer", this, method="post", data=written(), status=302),
    "assessments:submit": Rule("officer", this, method="post", status=302),
    "assessments:zero": Rule("officer", this, method="post", status=302),
    "assessments:urge": Rule("officer", this, method="post", status=302),
    "assessments:correct": Rule("officer", past, method="post", data={"reason": "补录"}, status=422),
    "assessments:approve": Rule("approver", version, method="post", status=302),
    "assessments:send-back": Rule("approver", version, method="post", data={"reason": "再写"}, status=302),
    "assessments:download": Rule(DUTY, lambda w: version(w) | {"form": "xlsx"}),
    "assessments:statistics": Rule(f"{DUTY} stranger"),
    "assessments:sheet": Rule(f"{DUTY} stranger"),
    "assessments:archive": Rule("officer approver", lambda w: {"unit_id": w.city.linjiang.pk}, method="post"),
    "assessments:definitions": Rule(f"{DUTY} stranger"),
    "assessments:clear-zero": Rule(f"{DUTY} stranger"),
    "assessments:trend": Rule(f"{DUTY} stranger"),
    "assessments:papers": Rule(f"{DUTY} stranger"),
    "assessments:paper": Rule(DUTY, lambda w: {"sort": "referral", "row_id": w.referral.pk, "form": "docx"}),
    "assessments:behind": Rule(f"{DUTY} stranger", lambda w: {"key": "new"}),
}
