"""What the pages about units and people show."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.utils import timezone

from minewarden.desk.kit.initials import by_initials
from minewarden.desk.kit.words import say
from minewarden.desk.org.access import NO_POST, holds, people_visible_to, units_visible_to
from minewarden.desk.org.divisions import AS_OF, division, full_name
from minewarden.desk.org.models import FormerName, Parameter, Person, Post, Role, Unit
from minewarden.desk.org.parameters import SETTINGS, Setting, in_force
from minewarden.desk.org.second_factor import has

# A list of four thousand schools is no list to choose from; the switcher then offers the authorities only.
_SWITCHER_MOST = 200
# A larger part of the tree is opened level by level.
WHOLE_MOST = 200
_AUTHORITIES = (Unit.Kind.PROVINCE, Unit.Kind.CITY, Unit.Kind.DISTRICT, Unit.Kind.ZONE)


@dataclass(frozen=True, slots=True)
class Choice:
    """A unit in the switcher, set in by its depth."""

    pk: int
    label: str
    indent: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A line of the organisation tree: a unit, who holds a post there, and how many units stand below it."""

    unit: Unit
    depth: int
    people: int
    posts: tuple[Post, ...]
    below: int
    within: Unit | None
    opens: bool

    @property
    def gap(self) -> bool:
        """Nobody holds a post at the unit itself."""
        return not self.posts


@dataclass(frozen=True, slots=True)
class Tree:
    """What is shown of the tree, as paths in its order: the whole, one level of it, or what was searched for.

    `top` is the unit whose level is open (None: several stand side by side), `total` how many units are in view,
    `below` how many stand below each. Of what was found each unit is shown with the one above it.
    """

    top: Unit | None
    above: tuple[Unit, ...]
    total: int
    shown: tuple[str, ...]
    below: Mapping[str, int]
    stepwise: bool
    found: bool
    # Units come in by the list of units, which stands among the ledgers; whoever sets up a desk looks for it here.
    may_add: bool


@dataclass(frozen=True, slots=True)
class UnitPage:
    """A unit with its people and posts."""

    unit: Unit
    above: tuple[Unit, ...]
    children: tuple[Unit, ...]
    people: tuple[Person, ...]
    posts: tuple[Post, ...]
    former: tuple[FormerName, ...]
    # Which division the unit's code is of, and whether there still is one.
    division: str
    may_add: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A person with the posts held now and before."""

    person: Person
    posts: tuple[Post, ...]
    past: tuple[Post, ...]
    locked: bool
    second_factor: bool
    may_administer: bool
    may_close: bool
    may_grant: bool


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A number: what holds, who set it (None: the default), what is set from a later day on, and its bounds."""

    setting: Setting
    value: str
    set_by: Parameter | None
    coming: tuple[Parameter, ...]

    @property
    def title(self) -> str:
        """What it is."""
        return say(f"desk_org.parameter_{self.setting.key}")

    @property
    def bounds(self) -> str:
        """Between what it may be set."""
        return say(f"desk_org.parameter_bounds_{self.setting.kind}", least=self.setting.least, most=self.setting.most)


def parameters(unit: Unit, now: datetime) -> tuple[ParameterRow, ...]:
    """What holds for a unit, and what will."""
    found, today = in_force(unit, now), timezone.localdate(now)
    later = Parameter.objects.filter(unit__in=[*unit.ancestor_ids(), unit.pk], since__gt=today)
    coming = list(later.select_related("unit", "by").order_by("since", "pk"))
    return tuple(
        ParameterRow(setting, found.values[key], found.set_by.get(key), tuple(row for row in coming if row.key == key))
        for key, setting in SETTINGS.items()
    )


def switcher(person: Person) -> list[Choice]:
    """The units a person may narrow the view to; empty where there is only one."""
    units = units_visible_to(person)
    counted = units.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    few = units.annotate(all=Subquery(counted)).filter(Q(all__lte=_SWITCHER_MOST) | Q(kind__in=_AUTHORITIES))
    found = list(few.only("pk", "name", "short_name", "path", "kind")[:_SWITCHER_MOST])
    if len(found) < 2:
        return []
    top = min(unit.depth for unit in found)
    return [Choice(unit.pk, unit.label, "　" * (unit.depth - top)) for unit in found]


def tree(person: Person, below: Unit | None = None, search: str = "", show: str = "") -> Tree:
    """The units a person sees (below one of them): all where they are few, else one level; or those searched for."""
    visible = units_visible_to(person).order_by()
    units = visible.filter(path__startswith=below.path) if below else visible
    paths = set(units.values_list("path", flat=True))
    tops = [path for path in paths if _parent(path) not in paths]
    top = below or (Unit.objects.filter(path=tops[0]).first() if len(tops) == 1 else None)
    shown: Iterable[str] = paths
    found, stepwise = bool(search.strip() or show), len(paths) > WHOLE_MOST
    if found:
        shown = _searched(units, search.strip(), show).values_list("path", flat=True)
    elif stepwise:
        shown = [*tops, *(path for path in paths if top and _parent(path) == top.path)]
    return Tree(
        top,
        tuple(visible.filter(pk__in=top.ancestor_ids()).order_by("path")) if top else (),
        len(paths),
        tuple(sorted(shown, key=_in_tree_order)),
        Counter(above for path in paths for above in _above(path) if above in paths),
        stepwise,
        found,
        person.holds(Role.SYSTEM, Role.KEEPER),
    )


def unit_rows(tree: Tree, paths: Sequence[str]) -> list[UnitRow]:
    """The lines of some of the units shown."""
    units = (
        Unit.objects.filter(path__in=paths)
        .select_related("parent")
        .annotate(people_count=Count("people", filter=Q(people__is_active=True), distinct=True))
        .prefetch_related(Prefetch("posts", _active_posts(), to_attr="active_posts"))
    )
    least = min((path.count("/") for path in tree.shown), default=0)
    return [
        UnitRow(
            unit,
            depth=0 if tree.found else min(unit.path.count("/") - least, 5),
            people=unit.people_count,
            posts=tuple(unit.active_posts),
            below=tree.below.get(unit.path, 0),
            within=unit.parent if tree.found and unit.parent and unit.parent.path in tree.below else None,
            opens=(tree.stepwise or tree.found) and tree.below.get(unit.path, 0) > 0 and unit != tree.top,
        )
        for unit in sorted(units, key=lambda unit: _in_tree_order(unit.path))
    ]


def _searched(units: QuerySet[Unit], text: str, show: str) -> QuerySet[Unit]:
    if text:
        former = FormerName.objects.filter(name__icontains=text).values("unit")
        named = Q(name__icontains=text) | Q(short_name__icontains=text) | Q(pk__in=former)
        units = units.filter(
            named
            | Q(school_code__startswith=text)
            | Q(region_code__startswith=text)
            | Q(credit_code__startswith=text)
            | by_initials(units, text, "name", "short_name")
        )
    if show == "no_post":
        units = units.exclude(pk__in=Post.objects.filter(revoked_at=None).order_by().values("unit"))
    return units


def unit_page(unit: Unit, viewer: Person) -> UnitPage:
    """One unit, as somebody sees it: what is above their own posts is not shown."""
    above = units_visible_to(viewer).filter(pk__in=unit.ancestor_ids()).order_by("path")
    people = unit.people.prefetch_related(Prefetch("posts", _active_posts(), to_attr="shown_posts"))
    return UnitPage(
        unit=unit,
        above=tuple(above),
        children=tuple(unit.children.all()),
        people=tuple(people),
        posts=tuple(_active_posts().filter(unit=unit)),
        former=tuple(unit.former_names.all()),
        division=_division(unit.region_code),
        may_add=holds(viewer, Role.SYSTEM, Role.KEEPER, unit=unit),
        may_change=holds(viewer, Role.SYSTEM, Role.KEEPER, unit=unit.parent or unit),
    )


def _division(code: str) -> str:
    found = division(code)
    if found is None:
        return say("desk_org.division_unknown", year=AS_OF) if code else ""
    name = full_name(code)
    return say("desk_org.division_ended", name=name, year=found.until) if found.until else name


def unit_facts(unit: Unit) -> dict[str, str]:
    """A unit as the form for changing it shows it."""
    keys = ("kind", "name", "short_name", "school_code", "region_code", "credit_code")
    return {key: getattr(unit, key) or "" for key in keys} | {"aliases": "；".join(unit.aliases)}


def people(person: Person, *, search: str = "", role: str = "", unit: Unit | None = None) -> QuerySet[Person]:
    """The people of the units a person administers."""
    found = people_visible_to(person, Role.SYSTEM, Role.SECURITY, Role.KEEPER).select_related("unit")
    if unit is not None:
        found = found.filter(unit__path__startswith=unit.path)
    if search:
        found = found.filter(
            Q(username__icontains=search)
            | Q(name__icontains=search)
            | Q(unit__name__icontains=search)
            | by_initials(found, search, "name")
        )
    if role == NO_POST:
        found = found.exclude(pk__in=Post.objects.filter(revoked_at=None).order_by().values("person"))
    elif role:
        found = found.filter(posts__role=role, posts__revoked_at=None).distinct()
    return found.prefetch_related(Prefetch("posts", _active_posts(), to_attr="shown_posts")).order_by(
        "unit__path", "username"
    )


def person_page(person: Person, viewer: Person) -> PersonPage:
    """One person, as somebody sees them."""
    posts = person.posts.select_related("unit", "granted_by", "revoked_by")
    return PersonPage(
        person,
        tuple(posts.filter(revoked_at=None)),
        tuple(posts.exclude(revoked_at=None).order_by("-revoked_at")),
        locked=_is_locked(person),
        second_factor=has(person),
        may_administer=person.pk != viewer.pk and holds(viewer, Role.SYSTEM, unit=person.unit),
        may_close=person.pk != viewer.pk
        and not person.is_administrator
        and holds(viewer, Role.KEEPER, unit=person.unit),
        may_grant=person.pk != viewer.pk and holds(viewer, Role.SECURITY, unit=person.unit),
    )


def role_words() -> list[dict[str, str]]:
    """Each role with what it may do, in words."""
    return [{"label": str(role.label), "words": say(f"desk_org.does_{role.value}")} for role in Role]


def is_fresh() -> bool:
    """Whether nobody has an account yet."""
    return not Person.objects.exists()


def _is_locked(person: Person) -> bool:
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    attempts = AccessAttempt.objects.filter(username=person.username, attempt_time__gte=since)
    return (attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0) >= settings.AXES_FAILURE_LIMIT


def _active_posts() -> QuerySet[Post]:
    return Post.objects.filter(revoked_at=None).select_related("person", "unit")


def _in_tree_order(path: str) -> list[int]:
    """By the numbers of the path; as text, 10 would stand before 2."""
    return [int(number) for number in path.rstrip("/").split("/")]


def _parent(path: str) -> str:
    return path[: path.rstrip("/").rfind("/") + 1]


def _above(path: str) -> list[str]:
    """The paths of all units above."""
    found = []
    while path := _parent(path):
        found.append(path)
    return found


def administrators_missing() -> list[str]:
    """The names of the administrator roles that nobody holds."""
    held = set(Post.objects.filter(revoked_at=None, person__is_active=True).values_list("role", flat=True))
    return [str(Role(role).label) for role in (Role.SYSTEM, Role.SECURITY, Role.AUDIT) if role not in held]


def scopes_without_approver() -> list[str]:
    """The units whose officers have nobody else to approve, neither there nor above."""
    posts = list(Post.objects.filter(revoked_at=None, person__is_active=True).select_related("unit"))
    approvers = [(post.unit.path, post.person_id) for post in posts if post.role == Role.APPROVER]
    lonely = {
        post.unit.label
        for post in posts
        if post.role == Role.OFFICER
        and not any(post.unit.path.startswith(path) and who != post.person_id for path, who in approvers)
    }
    return sorted(lonely)
