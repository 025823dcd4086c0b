"""What goes on by itself: phases that begin, gates that close, tasks that a figure fulfils, reminders."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from minewarden.desk.campaigns import actions, cascade, gates
from minewarden.desk.campaigns.lifecycle import OPEN_TASKS
from minewarden.desk.campaigns.models import Campaign, Task
from minewarden.desk.kit import figures
from minewarden.desk.notify import outbox
from minewarden.desk.notify.models import Message
from minewarden.desk.notify.quiet import at_work
from minewarden.desk.org.models import Role, Unit

SOON = timedelta(days=3)
_AT_ONCE = 200
_FIGURES_EVERY = timedelta(minutes=30)


def look(now: datetime) -> int:
    """Do what is due; asked again at once it does nothing. The number of gates, tasks and letters."""
    done = 0
    for campaign in Campaign.objects.filter(state=Campaign.State.RUNNING).select_related("unit"):
        for phase in gates.due_gates(campaign, now):
            done += _once(campaign, phase.code, now)
        if cascade.is_due(campaign, now):
            done += cascade.sweep(campaign, now) + fulfil(campaign, now)
        elif campaign.swept_at is not None and now - campaign.swept_at >= _FIGURES_EVERY:
            Campaign.objects.filter(pk=campaign.pk).update(swept_at=now)
            done += fulfil(campaign, now)
    return done + cascade.hand_over_others(now) + _remind(now)


def _once(campaign: Campaign, code: str, now: datetime) -> int:
    """Freeze a gate unless another worker just did."""
    with transaction.atomic():
        fresh = Campaign.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=campaign.pk)
        due = [phase for phase in gates.due_gates(fresh, now) if phase.code == code]
        for phase in due:
            gate = gates.freeze(fresh, phase, now)
            outbox.post(
                f"campaign.gate.{gate.pk}", unit=fresh.unit, to=outbox.people_of(fresh.unit, Role.OFFICER, Role.LEADER),
                word="desk_campaigns.tell_gate", now=now, link=f"/campaigns/gate/{gate.pk}/", title=fresh.title,
                phase=phase.title.get("zh", ""), open=len(gate.content["open"]),
            )  # fmt: skip
        return len(due)


def fulfil(campaign: Campaign, now: datetime) -> int:
    """Set done what a figure shows to be done; the number of tasks."""
    done = 0
    for task in campaign.plan.tasks:
        if not task.figure or not figures.offered(task.figure):
            continue
        rows = list(Task.objects.filter(campaign=campaign, code=task.code, state__in=OPEN_TASKS).select_related("unit"))
        found = figures.of_units(task.figure, [row.unit_id for row in rows], now) or {}
        for row in rows:
            figure = found.get(row.unit_id)
            if figure is not None and (figure.percent or 0) >= 100:
                row.campaign = campaign
                with transaction.atomic():
                    actions.close(row, None, now)
                done += 1
    return done


def _remind(now: datetime) -> int:
    """One letter a unit and day says how many tasks are due within three days: a digest and no storm."""
    if not at_work(now):
        return 0
    rows = Task.objects.filter(state__in=OPEN_TASKS, due_at__gt=now, due_at__lte=now + SOON, unit__valid_to=None)
    prefix = f"campaign.soon.{timezone.localdate(now):%Y%m%d}."
    told = set(Message.objects.filter(key__startswith=prefix).values_list("unit_id", flat=True))
    counts: dict[int, list[datetime]] = {}
    for number, due in rows.exclude(unit__in=told).order_by("unit_id", "due_at").values_list("unit_id", "due_at"):
        counts.setdefault(number, []).append(due)
    units = Unit.objects.filter(pk__in=list(counts)[:_AT_ONCE]).select_related("parent")
    for unit in units:
        outbox.post(
            f"{prefix}{unit.pk}", unit=unit, to=outbox.people_of(unit, Role.OFFICER), word="desk_campaigns.tell_soon",
            now=now, link="/campaigns/mine/", count=len(counts[unit.pk]), due=counts[unit.pk][0],
        )  # fmt: skip
    return len(units)
