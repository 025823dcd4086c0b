"""What apps beside this one know, such as pledges: asked by name. Of what nobody knows, the figure says so.

They are asked for a unit and those directly below it, each with all that is below it; how a roll of pledges was a week
ago nobody kept, so for a time that is over such a figure has no source.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP

from django.db.models import Q

from minewarden.desk.assessments.figures import Gathered
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.figures import Figure, of_units
from minewarden.desk.measures.bridge import Energy, energy_of, figures_now
from minewarden.desk.org.models import Unit

OFFERED: Mapping[str, Mapping[str, Callable[[Figure], int]]] = {
    "pledges": {
        "pledged": lambda figure: figure.count,
        "pledges_due": lambda figure: figure.of or 0,
        "pledges_excused": lambda figure: figure.excused,
    },
}
"""The name of an offered figure -> our counts, and how each is read from it."""


def from_others(found: Gathered, unit: Unit, *, now: datetime) -> Gathered:
    """Add what others count; of what nobody counts, nothing."""
    if "energy_wh" in found.keys:
        _energy(found, unit)
    if found.window.until <= now:
        return found
    paths = {unit.pk: unit.path, **dict(unit.children.order_by().values_list("pk", "path"))}
    for name, counts in OFFERED.items():
        wanted = {key: read for key, read in counts.items() if key in found.keys}
        given = of_units(name, list(paths), now) if wanted else None
        if given is None:
            continue
        found.unknown -= wanted.keys()
        for pk, figure in given.items():
            for key, read in wanted.items():
                found.plain[key][paths[pk]] = read(figure)
    return found


ENERGY = ("energy_wh", "carbon_g")
_AT_ONCE = 2_000


def _energy(found: Gathered, unit: Unit) -> None:
    """估算: of confirmed cases, for the part of the time that lies in the window. Where none can be estimated, nobody
    knows, which is not nought; neither does anybody of a unit whose sister has an estimate."""
    figures, window = figures_now(), found.window
    found.sparse |= set(ENERGY)
    for energy in _estimated(found, unit):
        made = energy.within(figures, window.start, window.until)
        if made is not None:
            found.unknown -= set(ENERGY)
            for key, amount in zip(ENERGY, (made.kwh, made.kg), strict=True):
                for path in _above(found.heirs.path(energy.case.unit.path)):
                    found.plain[key][path] += int((amount * 1000).to_integral_value(ROUND_HALF_UP))


def _estimated(found: Gathered, unit: Unit) -> Iterator[Energy]:
    """Confirmed cases that may have taken energy in the window, each with what is known of it."""
    window = found.window
    seen = Q(first_seen=None) | Q(first_seen__lt=window.until)
    runs = Q(closed_at=None) | Q(closed_at__gte=window.start)
    rows = Case.objects.filter(found.heirs.below(unit), seen, runs, conclusion=Case.Conclusion.TRUE)
    cases = list(rows.exclude(state__in=("withdrawn", "merged", "not-ours")).select_related("unit").order_by("pk"))
    for begin in range(0, len(cases), _AT_ONCE):
        yield from energy_of(cases[begin : begin + _AT_ONCE])


def _above(path: str) -> list[str]:
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[: n + 1]) + "/" for n in range(len(parts))]
