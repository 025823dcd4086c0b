"""An address for every route of the desk in the invented city, so that no page goes unmeasured.

The rows that an address needs beside the city's own are made by the very acts that the table of routes
(`tests/desk/rules`) uses: a route without a line there fails its test, so that a new one is measured from its first day.
"""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

NOT_MEASURED: dict[str, str] = {
    "notices:picture": "shows a scanned notice; the worker that makes pictures does not run here",
    "pledges:scan-picture": "shows a page of scanned pledges, whose file the table of routes does not write",
    "reports:port-letter": "needs a notice that names a port beside the address",
}
"""GET routes without anything to show, each with its reason."""
_RULES = Path(__file__).parents[1] / "tests/desk/rules"
# What a list is asked beside its first page.
_ASKED = {
    "cases:cases": ("view=overdue", "view=closed", "page=30", "q=JF-07"),
    "cases:leads": ("unit=none", "page=20"),
    "notices:register": ("page=3",),
    "notices:tasks": ("page=5",),
    "org:people": ("q=u12", "page=20"),
    "audit:log": ("page=500", "action=case.lock", "q=王"),
    "pledges:people": (
        "state=signed&page=1200",
        "state=signed&page=2400",
        "state=signed&q=T0&page=1200",
        "state=signed&q=王&page=100",
        "q=T000",
    ),
    "ledger:listing": ("q=201", "q=王", "q=T0", "show=gaps", "page=100", "page=3000", "page=5000"),
}


def furnish(city: Any) -> list[tuple[str, str]]:
    """Make the rows that addresses need, by the acts of the people of the first district. Returns (route, address) of
    every route, of those that only take what is sent too: who asks them by GET is told so.
    """
    tables = [
        import_module(f"tests.desk.rules.{path.stem}") for path in sorted(_RULES.glob("*.py")) if path.stem != "rule"
    ]
    world = _world(city)
    for table in tables:
        if hasattr(table, "prepare"):
            table.prepare(world)
    rules = {name: rule for table in tables for name, rule in table.RULES.items()}
    return list(dict.fromkeys(_addresses(city, world, rules)))


def _addresses(city: Any, world: SimpleNamespace, rules: dict[str, Any]) -> Iterator[tuple[str, str]]:
    from django.urls import reverse
    from django.utils import timezone

    from minewarden.desk.assessments.periods import month_of, span, week_of
    from minewarden.desk.ledger.books import BOOKS

    sample = city.samples
    known: dict[str, Any] = {
        "unit_id": sample["unit"], "person_id": sample["person"], "case_id": sample["case"], "lead_id": sample["lead"],
        "received_id": sample["document"], "assignment_id": sample["assignment"], "line_id": sample["line"],
    }  # fmt: skip
    entries = {"assets": sample["asset"], "ranges": sample["range"], "staff": sample["staff"]}
    for route, names in routes():
        given = dict(rules[route].args(world)) if route in rules else {}
        choices = [given]
        # Beside the row that was made for it, the city's own: a school among thousands, a case among twenty thousand.
        if names and all(name in known for name in names):
            choices.append({name: known[name] for name in names})
        if names == ("case_id",):
            choices.append({"case_id": sample["case for approval"]})
        if names == ("unit_id",) or (names == ("unit_id", "code") and "assessments" in route):
            choices.append(given | {"unit_id": world.city.bureau.pk})
        if names == ("unit_id", "code") and "assessments" in route:
            # Nobody began these, so that all of each is counted and written afresh: a district's week, the running month
            # of the city and of a school, the city's running week, last month and the quarter up to now.
            choices.append(given | {"unit_id": world.city.yunlu.pk})
            today = timezone.localdate()
            month = month_of(today)
            quarter = span(today - timedelta(days=91), today)
            choices += [
                {"unit_id": unit.pk, "code": month.code} for unit in (world.city.bureau, world.city.first_school)
            ]
            for period in (week_of(today), month.previous, quarter):
                choices.append({"unit_id": world.city.bureau.pk, "code": period.code})
        if names == ("code",) and route in ("ledger:listing", "ledger:add", "ledger:import"):
            choices += [{"code": code} for code in BOOKS]
        if names == ("code", "entry_id"):
            choices += [{"code": code, "entry_id": number} for code, number in entries.items()]
        if names == ("entry_id",) and route.startswith("ledger:"):
            choices.append({"entry_id": sample["staff"]})
        for one in choices:
            address = reverse(route, kwargs=one)
            yield route, address
            for asked in _ASKED.get(route, ()):
                yield route, f"{address}?{asked}"


def routes() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every route of the desk with the names of what its address holds."""
    from django.urls import URLResolver, get_resolver

    def walk(patterns: Any, space: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
            else:
                yield space + pattern.name, tuple(pattern.pattern.converters)

    yield from walk(get_resolver().url_patterns, "")


def _world(city: Any) -> SimpleNamespace:
    """The places and people that the table of routes speaks of, in the invented city."""
    from django.utils import timezone

    from minewarden.desk.org.models import Person, Post, Role, Unit

    school = Unit.objects.get(pk=city.samples["unit"])
    district, bureau = school.parent, Unit.objects.get(parent=None)
    assert district is not None  # every school of the invented city stands below one
    other = Unit.objects.filter(kind=Unit.Kind.DISTRICT).exclude(pk=district.pk).order_by("pk")[0]

    def person(name: str, role: str) -> Person:
        made = Person.objects.create(
            username=f"bench.{name}", name="宁安", unit=district, password="!", must_change_password=False,
            password_changed_at=timezone.now() - timedelta(minutes=1),
        )  # fmt: skip
        Post.objects.create(person=made, unit=district, role=role)
        return made

    people = SimpleNamespace(
        officer=city.people["district officer"], approver=city.people["district approver"],
        second_officer=person("second", Role.OFFICER), leader=person("leader", Role.LEADER),
        keeper=person("keeper", Role.KEEPER), school_officer=city.people["school officer"],
        system=city.people["system"], security=city.people["security"], audit=city.people["audit"],
        stranger=Post.objects.filter(unit=other, role=Role.OFFICER)[0].person,
    )  # fmt: skip
    places = SimpleNamespace(bureau=bureau, linjiang=district, yunlu=other, first_school=school)
    return SimpleNamespace(city=places, people=people)
