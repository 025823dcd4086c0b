"""How often a unit assesses, day by day: every week while a campaign is pressed, afterwards as the bureau says.

Source: the plan, 五（一）: 专项整治期间，要每周至少研判一次. Meant is the time of 部署动员 and 集中攻坚; how often is
assessed in 常态化防控 it leaves open: every month here, unless the bureau set otherwise (`assessment_monthly`). Where
nobody started a campaign and nobody set anything, the week of the plan holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from minewarden.desk.assessments.periods import Kind, Period, at, month_of, week_of
from minewarden.desk.campaigns.models import Campaign, Version
from minewarden.desk.org.models import Unit
from minewarden.desk.org.parameters import SETTINGS, set_for
from minewarden.vocab.words import DISPLAY_ZONE

_KEY = "assessment_monthly"
_FURTHEST = 400
"""Days that are looked back at most for periods that were owed."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """pressed: the days, both included, on which a campaign is in a phase of weekly assessment. known: the day from
    which on a campaign was known. said: what bureaus set, as (depth of the bureau, since, monthly)."""

    pressed: tuple[tuple[date, date], ...] = ()
    known: date | None = None
    said: tuple[tuple[int, date, bool], ...] = ()

    def on(self, day: date) -> Kind:
        """How often is assessed on a day."""
        if any(first <= day <= last for first, last in self.pressed):
            return Kind.WEEK
        # The nearest bureau's word holds, and of that the latest.
        said = max((one for one in self.said if one[1] <= day), default=None)
        if said is None and (self.known is None or day < self.known):
            return Kind.WEEK
        monthly = said[2] if said is not None else bool(int(SETTINGS[_KEY].default))
        return Kind.MONTH if monthly else Kind.WEEK

    def running(self, now: datetime) -> Period:
        """The period that runs at a time."""
        return at(self.on(now.astimezone(DISPLAY_ZONE).date()), now)

    def owed(self, now: datetime, count: int, *, since: date) -> list[Period]:
        """The running period, and before it, the newest first, the last `count` that were to be handed in: a week or a
        month where so often was assessed on the day of handing in, and the unit was there, that is from `since` on."""
        running = self.running(now)
        found, today = [running], now.astimezone(DISPLAY_ZONE).date()
        furthest = max(since, today - timedelta(days=_FURTHEST))
        week, month = week_of(today), month_of(today)
        while len(found) <= count:
            period = max(week, month, key=lambda one: one.last_day)
            if period.last_day < furthest:
                break
            if period.last_day < running.last_day and self.on(period.last_day) is period.kind:
                found.append(period)
            week, month = (week.previous, month) if period is week else (week, month.previous)
        return found


def rhythm_of(unit: Unit, now: datetime) -> Rhythm:
    """How often a unit assesses: by the campaigns of itself and all above it, and by what bureaus set."""
    above = [*unit.ancestor_ids(), unit.pk]
    said = tuple((depth, row.since, row.value == "1") for depth, row in set_for(unit) if row.key == _KEY)
    latest = Version.objects.filter(campaign=OuterRef("campaign")).order_by("-number").values("pk")[:1]
    holding = Version.objects.filter(pk=Subquery(latest), campaign__unit__in=above, campaign__started_at__lte=now)
    versions = holding.exclude(campaign__state=Campaign.State.DRAFT).select_related("campaign")
    found = [(row.campaign, row) for row in versions.order_by("-campaign__made_at", "-campaign")]
    begun = [timezone.localdate(campaign.started_at) for campaign, _ in found]
    pressed = [span for campaign, version in found for span in _pressed(campaign, version)]
    return Rhythm(tuple(pressed), min(begun, default=None), said)


def _pressed(campaign: Campaign, version: Version) -> Sequence[tuple[date, date]]:
    started = timezone.localdate(campaign.started_at)
    ended = timezone.localdate(campaign.ended_at) if campaign.ended_at is not None else date.max
    found = []
    phases = version.plan.phases
    for place, phase in enumerate(phases):
        if not phase.weekly:
            continue
        first = max(started, phase.begins or started)
        following = phases[place + 1].begins if place + 1 < len(phases) else None
        # Days between two phases belong to the one that ended.
        last = following - timedelta(days=1) if following is not None else phase.ends or date.max
        found.append((first, min(last, ended)))
    return [span for span in found if span[0] <= span[1]]
