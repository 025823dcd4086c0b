"""Who may open which page of the self-checks.

The sheet, the fix, the report and the links belong to 临江区; `stranger` is the neighbouring district's officer.
"""

from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.selfchecks import actions, intake
from minewarden.desk.selfchecks.models import Fix, FixFile
from tests.desk.rules.rule import EVERYONE, Rule
from tests.desk.selfchecks.made import report_bytes, seen

DUTY = "officer approver leader"


def prepare(world: SimpleNamespace) -> None:
    """Add a sheet with one problem, a report that belongs to the case, and a link of each kind."""
    now, officer, unit = timezone.now(), world.people.officer, world.city.linjiang
    given = {"by": officer, "now": now, "unit": unit, "kind": "room", "place": "信息中心机房", "inspector": "王磊"}
    world.sheet = actions.hand_in_sheet(**given, seen=seen("room", passwords="弱口令"), page="p-1")
    world.fix = Fix.objects.get(answer__sheet=world.sheet)
    actions.mend(world.fix, by=officer, now=now, note="已换", files=[("after.jpg", b"picture")])
    world.fix_file = FixFile.objects.get(step__fix=world.fix)
    actions.send_back(world.fix, by=world.people.approver, now=now, note="还有一台")
    world.host_report = intake.take(report_bytes(), now=now, by=officer, unit=unit, name="a.json").report
    world.joined = intake.join(world.case, world.host_report, by=officer, now=now)
    link = {"by": officer, "now": now, "unit": unit, "label": "机房", "days": 30}
    world.reports_link, _ = actions.make_link(**link, purpose="reports")
    _, world.token = actions.make_link(**link, purpose="sheet", kind="room", place="信息中心机房")


RULES = {
    "selfchecks:home": Rule(f"{DUTY} stranger"),
    "selfchecks:fill": Rule("officer stranger"),
    "selfchecks:by-link": Rule(EVERYONE, lambda w: {"token": w.token}, anonymous=200),
    "selfchecks:sheet": Rule(DUTY, lambda w: {"sheet_id": w.sheet.pk}),
    "selfchecks:paper": Rule(DUTY, lambda w: {"sheet_id": w.sheet.pk, "form": "pdf"}),
    "selfchecks:workbook": Rule(f"{DUTY} stranger"),
    "selfchecks:fixes": Rule(f"{DUTY} stranger"),
    "selfchecks:fix": Rule(DUTY, lambda w: {"fix_id": w.fix.pk}),
    "selfchecks:fix-file": Rule(DUTY, lambda w: {"fix_id": w.fix.pk, "file_id": w.fix_file.pk}),
    "selfchecks:act": Rule(
        "officer approver", lambda w: {"fix_id": w.fix.pk, "verb": "mend"}, method="post", status=422
    ),
    "selfchecks:reports": Rule(f"{DUTY} stranger"),
    "selfchecks:report": Rule(DUTY, lambda w: {"report_id": w.host_report.pk}),
    "selfchecks:rejects": Rule("officer stranger"),
    "selfchecks:take": Rule(EVERYONE, method="post", status=401, anonymous=401),
    "selfchecks:links": Rule("officer stranger"),
    "selfchecks:revoke": Rule("officer", lambda w: {"link_id": w.reports_link.pk}, method="post", status=302),
    "selfchecks:join": Rule("", lambda w: {"case_id": w.case.pk}, method="post"),  # nobody without naming a report
    "selfchecks:part": Rule("officer", lambda w: {"joined_id": w.joined.pk}, method="post", status=302),
}
