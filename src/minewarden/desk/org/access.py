"""The only door to units and people: what a person may not see does not exist for them."""

from collections.abc import Mapping, Sequence

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from minewarden.desk.kit.gate import requires as requires
from minewarden.desk.kit.once import once
from minewarden.desk.kit.told import answers
from minewarden.desk.org.models import Person, Post, Role, Unit

BUSINESS = (Role.OFFICER, Role.APPROVER, Role.LEADER)
NO_POST = "none"
"""Those who hold no post, among the roles by which people are looked for."""
UNIT_IN_VIEW = "unit_in_view"


class DeskRequest(HttpRequest):
    """A request that passed the gate: somebody is signed in."""

    user: Person


def roles_of(person: Person) -> frozenset[str]:
    """The roles a person holds over any unit."""
    return frozenset(post.role for post in person.active_posts()) if person.is_active else frozenset()


def holds(person: Person, *roles: str, unit: Unit | None = None) -> bool:
    """Whether the person holds one of the roles, over that unit where one is named."""
    if unit is None:
        return person.holds(*roles)
    return any(unit.path.startswith(path) for path in person.scope_paths(*roles)) if roles else False


def units_visible_to(person: Person, *roles: str) -> QuerySet[Unit]:
    """The units below the person's posts; with roles named, below the posts of those roles only."""
    paths = person.scope_paths(*roles)
    if not paths:
        return Unit.objects.none()
    within = Q()
    for path in paths:
        within |= Q(path__startswith=path)
    return Unit.objects.filter(within)


def unit_for(person: Person, unit_id: int, *roles: str) -> Unit:
    """A unit the person may see. Raises Http404 else."""
    unit = units_visible_to(person, *roles).select_related("parent").filter(pk=unit_id).first()
    if unit is None:
        raise Http404
    return unit


def people_visible_to(person: Person, *roles: str) -> QuerySet[Person]:
    """The people of the units the person may see."""
    return Person.objects.filter(unit__in=units_visible_to(person, *roles))


def person_for(person: Person, other_id: int, *roles: str) -> Person:
    """Somebody the person may see. Raises Http404 else."""
    other = people_visible_to(person, *roles).select_related("unit").filter(pk=other_id).first()
    if other is None:
        raise Http404
    return other


def post_for(person: Person, post_id: int, *roles: str) -> Post:
    """A post over a unit the person may see. Raises Http404 else."""
    post = (
        Post.objects.filter(pk=post_id, unit__in=units_visible_to(person, *roles))
        .select_related("unit", "person")
        .first()
    )
    if post is None:
        raise Http404
    return post


def unit_in_view(request: DeskRequest) -> Unit | None:
    """The unit that the switcher at the top of the page is set to; None: everything the person may see."""
    chosen = request.session.get(UNIT_IN_VIEW)
    return units_visible_to(request.user).filter(pk=chosen).first() if chosen else None


def tree() -> Sequence[tuple[int, str, int | None]]:
    """Every unit: its number, its path, the number of the one into which it was merged. Read once for a page."""
    return once("tree", lambda: answers(Unit.objects.order_by().values_list("pk", "path", "successor_id")))


def root_path() -> str:
    """The path of the unit above all others, whose every row is; empty where there are several such."""
    return root_of(tree())


def root_of(units: Sequence[tuple[int, str, int | None]]) -> str:
    """The same, of `tree`."""
    return once("root path", lambda: _root_of(units))


def _root_of(units: Sequence[tuple[int, str, int | None]]) -> str:
    tops = [path for _, path, _ in units if path.count("/") == 1]
    return tops[0] if len(tops) == 1 else ""


def paths_of_units() -> Mapping[int, str]:
    """The path of every unit by its number, for whoever sums what up the tree."""
    return once("paths of units", lambda: {pk: path for pk, path, _ in tree()})


def staffed() -> frozenset[tuple[int, str]]:
    """Which units have an officer or an approver of their own: (unit, role)."""
    return once("staffed", _staffed)


def _staffed() -> frozenset[tuple[int, str]]:
    return frozenset(_served(*_ANSWER).values_list("unit_id", "role"))


def _served(*roles: str) -> "QuerySet[Post]":
    """The posts in which somebody serves."""
    return Post.objects.filter(revoked_at=None, role__in=roles, person__is_active=True).order_by()


_ANSWER = (Role.OFFICER, Role.APPROVER)
_LEVELS = 6
"""Units above one another, at most: a province, a city, a district, a school, a department, and one more."""


def waits_above(person: Person, unit: Unit) -> bool:
    """Whether what a unit hands up waits for this person: a post at the nearest unit above it that has anybody, so that
    a school's report waits for its district and not for the city too. What he may do besides is wider."""
    held, peopled = {(post.unit_id, post.role) for post in person.active_posts()}, staffed()
    above = unit.ancestor_ids()
    if not above:
        return (unit.pk, Role.APPROVER) in held
    nearest = next((one for one in reversed(above) if any((one, role) in peopled for role in _ANSWER)), None)
    return any((nearest, role) in held for role in _ANSWER)


def handed_up_to(person: Person, unit: str = "unit") -> Q:
    """The same as a condition for what belongs to a unit: a bureau need not read what thousands of schools hand to
    their districts. `unit` is the way to the unit."""
    posts = [post for post in person.active_posts() if post.role in _ANSWER]
    held = {post.unit_id for post in posts}
    peopled = _served(*_ANSWER).values("unit")
    own = {post.unit_id for post in posts if post.role == Role.APPROVER}
    found = Q(**{f"{unit}__in": own, f"{unit}__parent": None})
    between, above = Q(), f"{unit}__parent"
    for _ in range(_LEVELS - 1):
        found |= between & Q(**{f"{above}__in": held})
        between &= ~Q(**{f"{above}__in": peopled})
        above += "__parent"
    return found


def perhaps_handing_up_to(person: Person) -> "QuerySet[Unit]":
    """The units of which `waits_above` may hold, and few besides: all but those right below an office of others. That
    is quickly asked, where a bureau's districts have thousands of schools."""
    held = {post.unit_id for post in person.active_posts() if post.role in _ANSWER}
    below_others = Q(parent__in=_served(*_ANSWER).values("unit")) & ~Q(parent__in=held)
    return Unit.objects.exclude(below_others).order_by()


def unstaffed(role: str, unit: str = "unit") -> Q:
    """What belongs to units that have nobody of their own in that role; `unit` is the way to the unit."""
    return ~Q(**{f"{unit}__in": _served(role).values("unit")})
