"""What apps beside this one know, such as pledges: asked by name. Of what nobody knows, the figure says so.

They are asked for a unit and those directly below it, each with all that is below it; how a roll of pledges was a week
ago nobody kept, so for a time that is over such a figure has no source.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from minewarden.desk.assessments.figures import Gathered
from minewarden.desk.kit.figures import Figure, of_units
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
