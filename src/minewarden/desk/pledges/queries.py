"""What the pages about pledges show."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.kit import masks
from minewarden.desk.kit.waiting import Item, more
from minewarden.desk.kit.words import say
from minewarden.desk.notify.models import Message
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.waiting import ALL, Part, Waits, part
from minewarden.desk.pledges.access import (
    KEEPERS,
    links_visible_to,
    may_excuse,
    may_keep,
    may_publish,
    may_remind,
    named_like,
    scans_visible_to,
    sees_names,
    signers_visible_to,
    unit_paper,
)
from minewarden.desk.pledges.codes import parts_of
from minewarden.desk.pledges.counts import (
    NOBODY,
    Key,
    Tally,
    by_branch,
    in_states,
    people_by_unit,
    reasons,
    states,
    tallies,
    tallies_of_groups,
    together,
    unit_pledges,
    units_owing,
)
from minewarden.desk.pledges.models import Link, Page, Scan, Signature, Signer, Text
from minewarden.desk.pledges.texts import InForce, filled, in_force, paragraphs
from minewarden.documents.sheet import Column, Kind, Table
from minewarden.vocab.message import message

_MOST_OFFERED = 20
STATES = ("missing", "asked", "excused", "again", "signed", "left")
_MOST_ASKED = 60
_FEW = 200
"""Of more people than these nobody picks from a list beside each of sixty pages: they are typed."""
_MOST_CHOSEN = 2000
"""People whom the browser offers to whoever types; the others are found as well."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may be meant by a name: the one, or several to choose from, or what is wrong with which field."""

    one: Signer | None = None
    several: tuple[tuple[int, str], ...] = ()
    field: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class ToRead:
    """A pledge as somebody reads it before signing; `last` is what he signed before."""

    signer: Signer
    texts: InForce
    text: Text
    lines: tuple[str, ...]
    holds: bool
    last: Signature | None


def candidates(link: Link, *, name: str, tail: str, chosen: int | None = None) -> Candidates:
    """Whom a visitor means: by his whole name, by the first letters of it, told apart by the end of the number.

    A name that was not typed is never shown: of those who are meant by first letters only the number of letters is.
    """
    tail = tail.strip()
    found = list(named_like(link, name, tail)[: _MOST_OFFERED + 1])
    whole = [row for row in found if row.name == name]
    picked = [row for row in found if row.pk == chosen]
    for rows in (picked, whole, found):
        if len(rows) == 1 and (rows is not found or len(name) > 1 or tail):
            return Candidates(one=rows[0])
    if not found:
        return Candidates(
            field="tail" if tail and named_like(link, name).exists() else "name", said=_missing(link, name, tail)
        )
    if len(whole) > 1:
        return Candidates(field="tail", said="who_namesakes")
    if len(found) > _MOST_OFFERED:
        return Candidates(field="name", said="who_too_many")
    return Candidates(several=tuple((row.pk, _partly(row.name, name)) for row in found))


def _missing(link: Link, name: str, tail: str) -> str:
    return "who_other_number" if tail and named_like(link, name).exists() else "who_nobody"


def _partly(whole: str, typed: str) -> str:
    return typed + "＊" * max(len(whole) - len(typed), 1)


def to_read(signer: Signer, now: datetime) -> ToRead:
    """What somebody is to sign today, and whether he has."""
    texts = in_force(timezone.localdate(now))
    text = texts.text_for(signer)
    last = signer.signature if signer.signature_id else None
    return ToRead(signer, texts, text, tuple(paragraphs(text, signer)), texts.holds(signer), last)


def shown_name(name: str, *, whole: bool) -> str:
    """A name as somebody may see it."""
    return name if whole else masks.name(name)


@dataclass(frozen=True, slots=True)
class Row:
    """A branch of the tree, or a group of a unit, with its counts. `sealed`: the day of the unit's own pledge."""

    label: str
    tally: Tally
    unit: Unit | None = None
    group: str = ""
    owes: bool = False
    sealed: date | None = None

    @property
    def tone(self) -> str:
        """red: overdue or refused; amber: somebody is missing; green: all is there; grey: nobody need sign."""
        if self.tally.overdue or self.tally.refused:
            return "red"
        if self.tally.missing or (self.owes and self.sealed is None):
            return "amber"
        return "green" if self.tally.due or self.owes else "grey"


@dataclass(frozen=True, slots=True)
class Board:
    """What a unit's page shows: all together, by kind, and below it branches and groups, exceptions first."""

    unit: Unit
    above: tuple[Unit, ...]
    tally: Tally
    kinds: tuple[tuple[str, str, Tally], ...]
    branches: tuple[Row, ...]
    groups: tuple[Row, ...]
    own: Signer | None
    own_signed: Signature | None
    units_owing: int
    units_sealed: int
    reasons: tuple[tuple[str, int], ...]
    keeps: bool
    reminds: bool
    reminded: int
    waiting_scans: int
    publishes: bool

    @property
    def done(self) -> int:
        """How many branches lack nothing."""
        return sum(row.tone == "green" for row in self.branches)


def board(person: Person, unit: Unit, visible: QuerySet[Unit], now: datetime) -> Board:
    """One unit with what is below it."""
    today = timezone.localdate(now)
    counted = tallies(unit, now, "unit_id", "category")
    by_kind = _by_category(counted)
    sealed = unit_pledges(unit)
    children = list(unit.children.filter(valid_to=None))
    branches = by_branch(unit, children, counted)
    owes = units_owing(unit)
    own = unit_paper(unit).select_related("signature").first()
    texts = in_force(today)
    return Board(
        unit=unit,
        above=tuple(visible.filter(pk__in=unit.ancestor_ids()).order_by("path")),
        tally=together(counted.values()),
        kinds=tuple(
            (code, str(label), by_kind[code]) for code, label in Signer.Category.choices if code in by_kind
        ),
        branches=tuple(_exceptions_first(
            Row(child.label, branches.get(child.pk, NOBODY), child, "", child.pk in owes, sealed.get(child.pk))
            for child in children
        )),
        groups=tuple(_exceptions_first(_groups(unit, now))),
        own=own,
        own_signed=own.signature if own is not None and texts.holds(own) else None,
        units_owing=len(owes),
        units_sealed=len(owes & set(sealed)),
        reasons=_reasons(unit, now),
        keeps=may_keep(person, unit),
        reminds=may_remind(person, unit),
        reminded=Message.objects.filter(key__startswith=f"remind.pledges.{unit.pk}.{today}").count(),
        waiting_scans=scans_visible_to(person, unit).filter(state=Scan.State.WAITING).count(),
        publishes=may_publish(person),
    )  # fmt: skip


def _groups(unit: Unit, now: datetime) -> Iterator[Row]:
    for (group,), tally in sorted(tallies_of_groups(unit, now).items(), key=lambda one: str(one[0])):
        yield Row(str(group) or say("desk_pledges.no_group"), tally, group=str(group))


def _exceptions_first(rows: Iterable[Row]) -> list[Row]:
    """Where something is wrong, then where something is missing, then the rest; within each in the order of the tree.

    No place is given for a higher rate: the list says where to help, and not who is better.
    """
    order = {"red": 0, "amber": 1, "green": 2, "grey": 3}
    return sorted(rows, key=lambda row: order[row.tone])


def _reasons(unit: Unit, now: datetime) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter()
    for (_, code), people in reasons(unit, now).items():
        found[code] += people
    return tuple((str(label), found[code]) for code, label in Signer.Reason.choices if code in found)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody in a list: the name as the viewer may see it, and where he stands."""

    signer: Signer
    name: str
    state: str

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return {"signed": "green", "missing": "amber", "again": "amber", "refused": "red"}.get(self.state, "grey")

    @property
    def words(self) -> str:
        """The state in words."""
        return say(f"desk_pledges.state_{self.state}")


@dataclass(frozen=True, slots=True)
class People:
    """A list of people: by group and state, with how many there are of each state.

    by_unit: the units in the order of the list, each with how many of its rows stand in it.
    """

    unit: Unit
    group: str | None
    state: str
    search: str
    counts: tuple[tuple[str, int], ...]
    rows: QuerySet[Signer]
    by_unit: Sequence[tuple[int, int]]
    whole_names: bool
    keeps: bool
    excuses: bool
    groups: tuple[str, ...]

    @property
    def title(self) -> str:
        """Of whom the list is."""
        return (
            self.unit.label
            if self.group is None
            else f"{self.unit.label} · {self.group or say('desk_pledges.no_group')}"
        )


def people(person: Person, unit: Unit, given: Mapping[str, str], now: datetime) -> People:
    """The people of a unit that the person sees (and of what is below it) in the state that the address asks for."""
    group = given.get("group") if "group" in given else None
    not_units = ~Q(category=Signer.Category.UNIT)
    # Whoever sees a unit sees all below it: asked of the path alone, the database walks the roll in the order shown.
    rows = Signer.objects.filter(not_units, unit__path__startswith=unit.path).select_related("unit", "text")
    conditions = states(now)
    if group is None:
        by_unit = people_by_unit(unit, now)
    else:
        rows = rows.filter(unit=unit, group=group)
        by_unit = {one: [(unit.pk, n)] for one, n in in_states(rows, conditions, partial(Count, "pk")).items()}
    counted = {one: sum(n for _, n in units) for one, units in by_unit.items()}
    state = given.get("state", "")
    state = state if state in STATES else next((one for one in STATES if counted[one]), "missing")
    found, search = rows.filter(conditions[state]), given.get("q", "").strip()
    whole = sees_names(person, unit)
    if search:
        named = Q(number__icontains=search) | (Q(name__icontains=search) if whole else Q(name=search))
        found = found.filter(named)
        of_unit = found.order_by("unit__path").values_list("unit_id").annotate(n=Count("pk"))
        by_unit[state] = list(of_unit)
    groups = Signer.objects.filter(not_units, unit=unit).order_by("group").values_list("group", flat=True).distinct()
    return People(
        unit, group, state, search, tuple((one, counted[one]) for one in STATES), found,
        by_unit[state], whole, may_keep(person, unit), may_excuse(person, unit),
        tuple(groups) if group is None else (),
    )  # fmt: skip


def person_rows(listed: People, rows: Iterable[Signer], now: datetime) -> list[PersonRow]:
    """The rows of a page of a list."""
    texts = in_force(timezone.localdate(now))
    return [PersonRow(row, shown_name(row.name, whole=listed.whole_names), state_of(row, texts, now)) for row in rows]


def state_of(row: Signer, texts: InForce, now: datetime) -> str:
    """Where somebody stands."""
    if row.left_on is not None:
        return "left"
    if texts.holds(row):
        return "signed"
    if row.reason == Signer.Reason.REFUSED:
        return "refused"
    if row.excused_at is not None and (row.reason_until is None or row.reason_until >= timezone.localdate(now)):
        return "excused"
    if row.reason and row.excused_at is None:
        return "asked"
    return "again" if row.signature_id is not None else "missing"


def missing(person: Person, unit: Unit, group: str | None, now: datetime) -> QuerySet[Signer]:
    """Those of a unit, or of a group, for whom papers are still to be printed: neither signed nor excused."""
    conditions = states(now)
    rows = signers_visible_to(person, unit).filter(conditions["missing"] | conditions["again"])
    rows = rows.exclude(category=Signer.Category.UNIT)
    return rows.filter(unit=unit, group=group) if group is not None else rows


def signed(unit: Unit, group: str | None) -> QuerySet[Signature]:
    """The pledges that were given to a unit or below it, or of a group: of each person the one in force."""
    rows = Signature.objects.filter(unit__path__startswith=unit.path, pk__in=Signer.objects.values("signature"))
    if group is not None:
        rows = rows.filter(unit=unit, group=group)
    return rows.select_related("text", "scan", "ink").order_by("unit__path", "group", "number")


def missing_count(unit: Unit, now: datetime) -> int:
    """How many of a unit and below have not signed and need to, its own pledge included."""
    people = together(tallies(unit, now, "unit_id").values()).missing
    owes = Signer.objects.filter(unit=unit, category=Signer.Category.UNIT, left_on=None).exists()
    return people + int(owes and unit.pk not in unit_pledges(unit))


def to_have_codes(unit: Unit, groups: Iterable[str], now: datetime) -> list[Signer]:
    """Those of some groups of a unit who have not signed: each gets a card."""
    conditions = states(now)
    rows = Signer.objects.filter(conditions["missing"] | conditions["again"] | conditions["asked"], unit=unit)
    return list(rows.filter(group__in=list(groups)).exclude(category=Signer.Category.UNIT).order_by("group", "number"))


def latest_text(variant: str) -> dict[str, Any]:
    """The newest version of a text, as the form for the next shows it."""
    row = Text.objects.filter(variant=variant).order_by("-number").first()
    return {"variant": variant, "title": row.title, "body": row.body} if row else {}


def base_address(request: HttpRequest) -> str:
    """The address under which telephones reach the desk: the one that was set, else the one in use."""
    return str(settings.PUBLIC_URL) or request.build_absolute_uri("/").rstrip("/")


@dataclass(frozen=True, slots=True)
class SignerPage:
    """One person with all that was ever signed."""

    signer: Signer
    name: str
    state: str
    signatures: tuple[Signature, ...]
    keeps: bool
    excuses: bool
    whole: bool

    @property
    def words(self) -> str:
        """The state in words."""
        return say(f"desk_pledges.state_{self.state}")


def signer_page(person: Person, signer: Signer, now: datetime) -> SignerPage:
    """One person, as somebody may see him."""
    whole = sees_names(person, signer.unit) or signer.category == Signer.Category.UNIT
    texts = in_force(timezone.localdate(now))
    rows = signer.signatures.select_related("text", "scan", "by", "unit").order_by("-seq")
    return SignerPage(
        signer, shown_name(signer.name, whole=whole), state_of(signer, texts, now), tuple(rows),
        may_keep(person, signer.unit), may_excuse(person, signer.unit), whole,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of a unit that are still good; those of persons counted by group, with the files that hold them."""

    unit: Unit
    links: tuple[Link, ...]
    each: tuple[tuple[str, int, datetime, tuple[tuple[int, str], ...]], ...]
    groups: tuple[str, ...]


def codes_page(person: Person, unit: Unit, now: datetime) -> Codes:
    """The codes that are good now."""
    good = links_visible_to(person, unit).filter(unit=unit, revoked_at=None, expires_at__gt=now)
    each = good.exclude(signer=None).order_by("group").values_list("group").annotate(Count("pk"))
    ends = {link.group: link.expires_at for link in good.exclude(signer=None).order_by("expires_at")}
    groups = Signer.objects.filter(unit=unit, left_on=None).exclude(category=Signer.Category.UNIT)
    return Codes(
        unit,
        tuple(good.filter(signer=None).order_by("-whole", "group")),
        tuple((group, count, ends[group], parts_of(count)) for group, count in each),
        tuple(groups.order_by("group").values_list("group", flat=True).distinct()),
    )


@dataclass(frozen=True, slots=True)
class ScanPage:
    """A scan with its pages: what a person must look at stands first."""

    scan: Scan
    asks: tuple[Page, ...]
    asking: int
    """How many there are to look at, of which the first are shown; the next follow when these are dealt with."""
    ready: int
    taken: int
    counts: tuple[tuple[str, str, int], ...]
    rest: QuerySet[Page]
    candidates: tuple[tuple[int, str], ...]
    typed: bool
    """Whether somebody is named by typing, and offered, and not picked from a list."""


def scan_page(person: Person, scan: Scan, now: datetime) -> ScanPage:
    """What became of a scan."""
    pages = scan.page_rows.select_related("signer", "signer__unit", "text")
    taken = {number for number in scan.signatures.values_list("page", flat=True) if number is not None}
    counted = dict(pages.order_by().values_list("state").annotate(Count("pk")))
    asks = tuple(pages.filter(state__in=Page.ASKS).order_by("number")[:_MOST_ASKED])
    ready = pages.filter(state__in=Page.TAKEN).exclude(number__in=taken).count()
    conditions = states(now)
    wanted = signers_visible_to(person, scan.unit).filter(~conditions["signed"] & ~conditions["left"])
    named = wanted.exclude(pk__in=scan.page_rows.filter(state__in=Page.TAKEN).values("signer"))
    offered = list(named[:_MOST_CHOSEN]) if asks else []
    return ScanPage(
        scan, asks, sum(counted.get(state, 0) for state in Page.ASKS), ready, len(taken),
        tuple((code, str(label), counted[code]) for code, label in Page.State.choices if code in counted),
        pages.exclude(state__in=Page.ASKS).order_by("number"),
        tuple((row.pk, called(row)) for row in offered), len(offered) > _FEW,
    )  # fmt: skip


def called(row: Signer) -> str:
    """What somebody is called where he is chosen or typed."""
    if row.category == Signer.Category.UNIT:
        return f"{row.name}（{say('desk_pledges.variant_unit')}）"
    return "　".join(part for part in (row.name, row.number, row.group) if part)


def texts_page(now: datetime) -> list[tuple[str, list[tuple[Text, bool, int]]]]:
    """Kind -> its versions, the newest first: whether it is the one to sign now, and how many signatures it has."""
    texts = in_force(timezone.localdate(now))
    counts = dict(Signature.objects.order_by().values_list("text").annotate(Count("seq")))
    rows = list(Text.objects.select_related("published_by").order_by("-number"))
    return [
        (
            str(label),
            [(row, texts.current.get(code) == row, counts.get(row.pk, 0)) for row in rows if row.variant == code],
        )
        for code, label in Text.Variant.choices
    ]


def example_lines(text: Text) -> list[str]:
    """A text with invented names in their places."""
    return filled(text, unit="云川市第一中学", name="秦朗", guardian="秦岳")


def waiting(person: Person, unit: Unit | None, now: datetime) -> Iterator[Item]:
    """What waits for somebody on the home page: excuses to agree to."""
    if person.holds(Role.APPROVER):
        yield from _excuses(person, unit, now)


def parts(person: Person, unit: Unit | None, now: datetime) -> Iterator[Part]:
    """Scans to look through."""
    if person.scope_paths(*KEEPERS):
        scans = scans_visible_to(person, unit).filter(state=Scan.State.WAITING)
        # All of them: a unit is one line, however many scans it has.
        yield part("pledge-scan", scans, _scans, whole=reverse("pledges:home"), shown=ALL)


def _scans(rows: Sequence[Waits]) -> Iterator[Item]:
    units = {row.unit.pk: row.unit for row in rows}
    counts = Counter(row.unit.pk for row in rows)
    for unit_id, count in list(counts.items())[:_MOST_OFFERED]:
        detail = say("desk_pledges.todo_count", unit=units[unit_id].name, count=count)
        yield Item(say("desk_pledges.todo_scans"), detail, reverse("pledges:scans", args=[unit_id]))
    if (rest := len(counts) - _MOST_OFFERED) > 0:
        yield more(Item(say("desk_pledges.todo_scans"), "", ""), reverse("pledges:home"), rest)


def _excuses(person: Person, unit: Unit | None, now: datetime) -> Iterator[Item]:
    rows = signers_visible_to(person, unit, Role.APPROVER).filter(states(now)["asked"], unit__in=_own_units(person))
    rows = rows.exclude(reason__in=Signer.NO_EXCUSE).order_by()
    found = list(rows.values_list("unit_id", "unit__name").annotate(Count("pk")))
    for unit_id, label, count in found[:_MOST_OFFERED]:
        detail = say("desk_pledges.todo_count", unit=label, count=count)
        where = f"{reverse('pledges:people', args=[unit_id])}?state=asked"
        yield Item(say("desk_pledges.todo_excuses"), detail, where)
    if (rest := len(found) - _MOST_OFFERED) > 0:
        yield more(Item(say("desk_pledges.todo_excuses"), "", ""), reverse("pledges:home"), rest)


def _own_units(person: Person) -> list[int]:
    """The units of one's own posts: an approver above a school may agree there too, but is not asked to."""
    return [post.unit_id for post in person.active_posts()]


T9 = Table(
    "pledge_statistics",
    message("desk_pledges.table_t9"),
    (
        Column("unit", message("ledger_columns.col_unit"), width=28),
        *(
            Column(f"due_{code}", message(f"desk_pledges.t9_due_{code}"), Kind.NUMBER, width=11)
            for code in ("staff", "operator", "involved", "student")
        ),
        Column("signed", message("desk_pledges.t9_signed"), Kind.NUMBER, width=9),
        Column("excused", message("desk_pledges.t9_excused"), Kind.NUMBER, width=11),
        Column("missing", message("desk_pledges.t9_missing"), Kind.NUMBER, width=9),
        Column("reasons", message("desk_pledges.t9_reasons"), width=32),
        Column("sealed", message("desk_pledges.t9_sealed"), Kind.DATE, width=14),
        Column("rate", message("desk_pledges.t9_rate"), width=10),
    ),
    key=("unit",),
)


def statistics(within: Unit, now: datetime) -> list[dict[str, object]]:
    """承诺书签订统计表 (T9): a row for each unit with a roll, and the sum of all."""
    counted = tallies(within, now, "unit_id", "category")
    sealed = unit_pledges(within)
    units = Unit.objects.filter(pk__in=[*{int(str(unit_id)) for unit_id, _ in counted}, *sealed]).order_by("path")
    given: dict[int, list[str]] = {}
    for (unit_id, code), people in reasons(within, now).items():
        given.setdefault(unit_id, []).append(f"{Signer.Reason(code).label} {people}")
    lines = [
        _statistics_row(unit.name, unit.pk, counted, given.get(unit.pk, []), sealed.get(unit.pk)) for unit in units
    ]
    if len(lines) > 1:
        everything: dict[tuple[object, ...], Tally] = {
            (None, code): tally for code, tally in _by_category(counted).items()
        }
        lines.append(_statistics_row(say("desk_pledges.t9_sum"), None, everything, [], None))
    return lines


def _by_category(counted: Mapping[Key, Tally]) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for (_, code), tally in counted.items():
        found[str(code)] = found.get(str(code), NOBODY) + tally
    return found


def _statistics_row(
    name: str, unit_id: int | None, counted: Mapping[Key, Tally], reasons: list[str], sealed: date | None
) -> dict[str, object]:
    kinds = {code: counted.get((unit_id, code), NOBODY) for code in ("staff", "operator", "involved", "student")}
    tally = together(kinds.values())
    return {
        "unit": name, **{f"due_{code}": one.due for code, one in kinds.items()}, "signed": tally.signed,
        "excused": tally.excused, "missing": tally.missing, "reasons": "、".join(reasons), "sealed": sealed,
        "rate": tally.rate,
    }  # fmt: skip
