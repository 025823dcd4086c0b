"""What apps beside this one know, such as pledges: asked by name. Of what nobody knows, the figure says so.

They are asked for a unit and those directly below it, each with all that is below it; how a roll of pledges was a week
ago nobody kept, so for a time that is over such a figure has no source.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP

from django.db.models import Q

from minewarden.desk.assessments.figures import Gathered
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.figures import Figure, of_units
from minewarden.desk.measures.bridge import Energy, energy_of, figures_now, knowable, with_said
from minewarden.desk.org.models import Unit

OFFERED: Mapping[str, Mapping[str, Callable[[Figure], int]]] = {
    "pledges": {
        "pledged": lambda figure: figure.count,
        "pledges_due": lambda figure: figure.of or 0,
        "pledges_excused": lambda figure: figure.excused,
    },
}
"""The name of an offered figure -> our counts, and how each is read from it."""


def from_others(
    those: Sequence[Gathered], unit: Unit, *, now: datetime, children: Sequence[Unit] | None = None
) -> Sequence[Gathered]:
    """Add what others count in some windows, asking each once; of what nobody counts, nothing. children: those directly
    below, where the caller has them."""
    _energy([one for one in those if "energy_wh" in one.keys], unit)
    present = [one for one in those if one.window.until > now]
    wanted = {key for one in present for key in one.keys}
    asked = {name: counts for name, counts in OFFERED.items() if wanted & counts.keys()}
    below = (unit.children.order_by() if children is None else children) if asked else ()
    paths = {row.pk: row.path for row in (unit, *below)}
    for name, counts in asked.items():
        given = of_units(name, list(paths), now)
        if given is None:
            continue
        for one in present:
            mine = {key: read for key, read in counts.items() if key in one.keys}
            one.unknown -= mine.keys()
            for pk, figure in given.items():
                for key, read in mine.items():
                    one.plain[key][paths[pk]] = read(figure)
    return those


ENERGY = ("energy_wh", "carbon_g")
_AT_ONCE = 2_000
_NEEDED = ("first_seen", "last_seen", "closed_at", "device_mac", "device_ip", "unit__path", "unit__region_code")
"""All of a case that its energy is estimated from: to make its other forty columns takes longer than to estimate."""


def _energy(those: Sequence[Gathered], unit: Unit) -> None:
    """估算: of confirmed cases, for the part of the time that lies in the window. Where none can be estimated, nobody
    knows, which is not nought; neither does anybody of a unit whose sister has an estimate."""
    if not those:
        return
    for found in those:
        found.sparse |= set(ENERGY)
    estimated = list(_estimated(those, unit))
    if not estimated:
        return
    figures = figures_now()
    for energy in estimated:
        for found in those:
            path, window = energy.case.unit.path, found.window
            made = energy.within(figures, window.start, window.until) if _concerns(energy.case, found, unit) else None
            if made is not None:
                found.unknown -= set(ENERGY)
                for key, amount in zip(ENERGY, (made.kwh, made.kg), strict=True):
                    for above in _above(found.heirs.path(path)):
                        found.plain[key][above] += int((amount * 1000).to_integral_value(ROUND_HALF_UP))


def _concerns(case: Case, found: Gathered, unit: Unit) -> bool:
    """Whether a case of any of the windows belongs to this one."""
    closed = case.closed_at is not None and case.closed_at < found.window.start
    return not closed and found.heirs.path(case.unit.path).startswith(unit.path)


def _estimated(those: Sequence[Gathered], unit: Unit) -> Iterator[Energy]:
    """Confirmed cases that may have taken energy in the windows, each with what is known of it."""
    first, last = min(one.window.start for one in those), max(one.window.until for one in those)
    seen = Q(first_seen=None) | Q(first_seen__lt=last)
    runs = Q(closed_at=None) | Q(closed_at__gte=first)
    below = Q()
    for one in those:
        below |= one.heirs.below(unit)
    rows = Case.objects.filter(below, seen, runs, knowable(), conclusion=Case.Conclusion.TRUE)
    rows = rows.exclude(state__in=("withdrawn", "merged", "not-ours")).select_related("unit").order_by("pk")
    cases = list(with_said(rows.only(*_NEEDED)))
    for begin in range(0, len(cases), _AT_ONCE):
        yield from energy_of(cases[begin : begin + _AT_ONCE])


def _above(path: str) -> list[str]:
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[: n + 1]) + "/" for n in range(len(parts))]
