"""Conditions of cases by chance; which cases meet each, as one number tells it and as each is asked alone. How long
it took from one time of a case to another, as the database computes it and as it is reckoned here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from minewarden.desk.assessments.met import as_one, numbers
from minewarden.desk.cases.models import Case, Recurrence
from minewarden.desk.kit.told import Took, answers
from minewarden.desk.org.models import Person, Unit

_TIMES = ("received_at", "closed_at", "locked_at", "found")
_TEXTS = ("conclusion", "state", "nature", "device_name")
_SAID = ("", "true", "active", "undecided", "closed", "investigating", "主机")


def case(chance: Random, unit: Unit, opener: Person, now: datetime) -> Case:
    """A case with whatever times and texts."""

    def moment() -> datetime | None:
        return chance.choice((None, *(now + timedelta(hours=n) for n in range(5))))

    received = (moment() or now) + timedelta(seconds=chance.randrange(7200), milliseconds=chance.choice((0, 250, 750)))
    earlier = Case.objects.order_by("pk").last()
    find, report = received + timedelta(hours=2), received + timedelta(hours=3)
    return Case.objects.create(
        unit=unit, opened_by=opener, origin="notified", state=chance.choice(("closed", "investigating")),
        opened_at=received, received_at=received, original48=find, due48=find, original72=report, due72=report,
        closed_at=moment(), locked_at=moment(), concluded_at=moment(), found_claimed_at=moment(),
        conclusion=chance.choice(("", "true")), nature=chance.choice(("active", "undecided")),
        device_name=chance.choice(("", "主机")), previous=chance.choice((None, earlier)),
    )  # fmt: skip


def condition(chance: Random, now: datetime, depth: int = 3) -> Q:
    """Any condition of the sorts that figures ask, denied or not."""
    if depth and chance.random() < 0.6:
        parts = [condition(chance, now, depth - 1) for _ in range(chance.randrange(1, 4))]
        if chance.random() < 0.5:
            # Of one column, as most are: within a span, or nothing yet.
            name, at = chance.choice(_TIMES), [now + timedelta(hours=n) for n in range(-1, 6)]
            parts = [Q(**{f"{name}__{chance.choice(('gte', 'lt'))}": chance.choice(at)}) for _ in range(2)]
            parts += [Q(**{name: None})] * chance.randrange(2)
        whole = Q()
        for part in parts:
            whole = whole | part if chance.random() < 0.5 else whole & part
        return ~whole if chance.random() < 0.3 else whole
    match chance.randrange(6):
        case 0:
            return Q(**{chance.choice(_TEXTS): chance.choice(_SAID)})
        case 1:
            return Q(**{chance.choice(_TIMES): None})
        case 2:
            return Q(found__lte=F("due48"))
        case 3:
            return Q(closed_at__gt=Coalesce("locked_at", "received_at"), unit__path__startswith="1/")
        case 4:
            return Q(pk__in=Recurrence.objects.filter(at__lt=now).values("case"))
        case _:
            name, sort = chance.choice(_TIMES), chance.choice(("gte", "lt", "lte", "gt"))
            return Q(**{f"{name}__{sort}": now + timedelta(hours=chance.randrange(5))})


def together(conditions: Sequence[Q]) -> list[set[int]]:
    """The cases that meet each, told together."""
    words = numbers(conditions)
    rows = _cases().annotate(**words).values_list("pk", *words)
    told = {pk: as_one(several) for pk, *several in answers(rows)}
    return [{pk for pk, bits in told.items() if bits >> place & 1} for place in range(len(conditions))]


def alone(conditions: Sequence[Q]) -> list[set[int]]:
    """The same, each asked by itself."""
    return [set(_cases().filter(where).values_list("pk", flat=True)) for where in conditions]


def lengths() -> list[tuple[int | None, int | None]]:
    """From the receipt of each case to its end in whole seconds, told and reckoned."""
    rows = _cases().annotate(took=Took("received_at", "closed_at")).values_list("took", "received_at", "closed_at")
    return [(took, None if end is None else round((end - begin).total_seconds())) for took, begin, end in rows]


def _cases():  # type: ignore[no-untyped-def]
    return Case.objects.order_by().annotate(found=Coalesce("found_claimed_at", "concluded_at"))
