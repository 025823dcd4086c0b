"""The only door to rolls, links, scans and signatures: for people by their posts, for visitors by a token."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404

from minewarden.desk.kit.words import say
from minewarden.desk.org.access import BUSINESS, holds, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.pledges.codes import TOKEN, hash_of
from minewarden.desk.pledges.models import Link, Page, Scan, Signature, Signer, Text

READERS = (*BUSINESS, Role.KEEPER)
KEEPERS = (Role.OFFICER, Role.KEEPER)
_OWN = (Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN, Unit.Kind.DEPARTMENT)


def signers_visible_to(person: Person, below: Unit | None = None, *roles: str) -> QuerySet[Signer]:
    """The roll of the units a person sees."""
    rows = Signer.objects.filter(unit__in=units_visible_to(person, *(roles or READERS)))
    if below is not None:
        rows = rows.filter(unit__path__startswith=below.path)
    return rows.select_related("unit", "text")


def signer_for(person: Person, signer_id: int, *roles: str) -> Signer:
    """A row of the roll that the person may see. Raises Http404 else."""
    found = signers_visible_to(person, None, *roles).select_related("unit", "text", "signature").filter(pk=signer_id)
    row = found.first()
    if row is None:
        raise Http404
    return row


def links_visible_to(person: Person, unit: Unit) -> QuerySet[Link]:
    """The links of a unit, for whoever may make them."""
    units = units_visible_to(person, *KEEPERS)
    return Link.objects.filter(unit__in=units, unit__path__startswith=unit.path).select_related("unit", "signer")


def link_for(person: Person, link_id: int) -> Link:
    """A link that the person may revoke or print again. Raises Http404 else."""
    units = units_visible_to(person, *KEEPERS)
    found = Link.objects.filter(pk=link_id, unit__in=units).select_related("unit", "signer").first()
    if found is None:
        raise Http404
    return found


def scans_visible_to(person: Person, below: Unit | None = None) -> QuerySet[Scan]:
    """Scans of papers, for whoever may hand them in: they show names and handwriting."""
    rows = Scan.objects.filter(unit__in=units_visible_to(person, *KEEPERS)).select_related("unit", "by")
    return rows.filter(unit__path__startswith=below.path) if below is not None else rows


def scan_for(person: Person, scan_id: int) -> Scan:
    """A scan that the person may see. Raises Http404 else."""
    found = scans_visible_to(person).filter(pk=scan_id).first()
    if found is None:
        raise Http404
    return found


def page_for(person: Person, scan_id: int, number: int) -> Page:
    """A page of a scan that the person may see. Raises Http404 else."""
    found = Page.objects.filter(scan=scan_for(person, scan_id), number=number).select_related("scan__unit").first()
    if found is None:
        raise Http404
    return found


def matched(person: Person, scan: Scan, number: str, typed: str = "") -> Signer | None:
    """Somebody of a scan's unit, by the number of his row, or as he is called; None where that is nobody or several."""
    rows = signers_visible_to(person, scan.unit, *KEEPERS)
    if number.isdecimal():
        return rows.filter(pk=int(number)).first()
    name, *rest = typed.strip().split("　")
    own = f"（{say('desk_pledges.variant_unit')}）"
    if name.endswith(own):
        rows, name = rows.filter(category=Signer.Category.UNIT), name.removesuffix(own)
    if not name:
        return None
    named = Q(name=name, number=rest[0]) if rest else Q(number=name) | Q(name=name)
    found = list(rows.filter(named)[:2])
    return found[0] if len(found) == 1 else None


def signature_for(person: Person, signer_id: int, seq: int) -> Signature:
    """A signature of somebody whom the person may see. Raises Http404 else."""
    found = Signature.objects.filter(signer=signer_for(person, signer_id), seq=seq)
    row = found.select_related("unit", "text", "scan", "ink").first()
    if row is None:
        raise Http404
    return row


def chosen(person: Person, unit: Unit, numbers: Iterable[str]) -> list[Signer]:
    """Those of a unit whose rows were ticked."""
    wanted = [int(number) for number in numbers if number.isdecimal()]
    return list(signers_visible_to(person, unit).filter(pk__in=wanted))


def highest(person: Person) -> Unit:
    """The highest unit whose pledges a person sees. Raises Http404 where there is none."""
    found = units_visible_to(person, *READERS).order_by("path").first()
    if found is None:
        raise Http404
    return found


def demand_own(person: Person, unit: Unit) -> None:
    """Pledges leave the desk as files by the hand of those who keep or approve for the unit. Raises Http404 else."""
    if not (may_keep(person, unit) or may_excuse(person, unit)):
        raise Http404


def demand_above(person: Person, unit: Unit) -> None:
    """Raise Http404 where the person does not watch over a unit from above."""
    if not may_remind(person, unit):
        raise Http404


def demand_publisher(person: Person) -> None:
    """Raise Http404 where the person may not publish texts."""
    if not may_publish(person):
        raise Http404


def printable(person: Person, unit: Unit, group: str | None, *, each: bool, now: datetime) -> QuerySet[Link]:
    """The good codes of a unit to print: those of groups, or those of the people of a group."""
    good = links_visible_to(person, unit).filter(unit=unit, revoked_at=None, expires_at__gt=now)
    good = (
        good.exclude(signer=None).order_by("signer__number", "pk")
        if each
        else good.filter(signer=None).order_by("group", "pk")
    )
    if group is not None:
        good = good.filter(group=group, whole=False)
    return good


def unit_paper(unit: Unit) -> QuerySet[Signer]:
    """The row of a unit's own pledge."""
    return Signer.objects.filter(unit=unit, category=Signer.Category.UNIT, left_on=None).select_related("unit")


def text_for(text_id: int) -> Text:
    """A version of a text; texts are no secret. Raises Http404 where there is none."""
    found = Text.objects.filter(pk=text_id).select_related("published_by").first()
    if found is None:
        raise Http404
    return found


def may_keep(person: Person, unit: Unit) -> bool:
    """Whether the person keeps the roll of a unit: makes links, prints papers, hands in scans, notes reasons."""
    return holds(person, *KEEPERS, unit=unit)


def may_excuse(person: Person, unit: Unit) -> bool:
    """Whether the person may agree that somebody need not sign."""
    return holds(person, Role.APPROVER, unit=unit)


def may_remind(person: Person, unit: Unit) -> bool:
    """Whether the person watches over a unit from above, and so may ask for what is missing."""
    paths = person.scope_paths(Role.OFFICER, Role.APPROVER)
    return any(unit.path.startswith(path) and path != unit.path for path in paths)


def may_publish(person: Person) -> bool:
    """Whether the person may publish texts: an approver of the highest bureau, since there is one text for a city."""
    paths = person.scope_paths(Role.APPROVER)
    return any(path.count("/") == 1 for path in paths)


def sees_names(person: Person, unit: Unit) -> bool:
    """Whether names are shown whole: to people of the unit itself, or of the school that it belongs to.

    Whoever watches over many schools needs their numbers, and a name only for a reason.
    """
    posts = [post for post in person.active_posts() if post.role in READERS and unit.path.startswith(post.unit.path)]
    return any(post.unit_id == unit.pk or post.unit.kind in _OWN for post in posts)


def open_link(token: str) -> Link | None:
    """The link of a token, whether it is still good or not; None where there is none."""
    if not TOKEN.fullmatch(token):
        return None
    return Link.objects.filter(token_hash=hash_of(token)).select_related("signer__unit").order_by().first()


def is_open(link: Link, now: datetime) -> bool:
    """Whether people may sign by a link now."""
    return link.revoked_at is None and now < link.expires_at


def behind(link: Link) -> QuerySet[Signer]:
    """Those who may sign by a link, in the unit that it is now of; papers, not telephones, are for units."""
    rows = Signer.objects.filter(left_on=None).exclude(category=Signer.Category.UNIT).select_related("unit")
    if link.signer_id is not None:
        return rows.filter(pk=link.signer_id)
    rows = rows.filter(unit=link.unit)
    if link.from_unit_id is not None:
        rows = rows.filter(from_unit=link.from_unit_id)
    return rows if link.whole else rows.filter(group=link.group)


def named_like(link: Link, name: str, tail: str = "") -> QuerySet[Signer]:
    """Those behind a link whose name begins so, and whose number ends so."""
    rows = behind(link).filter(Q(name__startswith=name))
    return (rows.filter(number__endswith=tail) if tail else rows).order_by("number")
