"""Who may open which page of warnings. The warning is 临江区's."""

from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.alerts import actions
from tests.desk.rules.rule import Rule

DUTY = "officer approver leader"


def prepare(world: SimpleNamespace) -> None:
    """Add a warning that waits for the second person."""
    world.alert = actions.ask(
        by=world.people.officer, now=timezone.now(), unit=world.city.linjiang, title="提醒", text="请关机",
        ways=["inbox"], audience="accounts", kinds=[], per_minute=60, cap=0, reason="假期",
    )  # fmt: skip


RULES = {
    "alerts:home": Rule(f"{DUTY} stranger"),
    "alerts:ask": Rule("officer stranger"),
    "alerts:alert": Rule(DUTY, lambda w: {"alert_id": w.alert.pk}),
    "alerts:act": Rule(
        "officer approver", lambda w: {"alert_id": w.alert.pk, "verb": "refuse"}, method="post",
        data={"note": "过长" * 200}, status=422,
    ),
}  # fmt: skip
