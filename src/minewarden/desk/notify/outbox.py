"""Post a message inside the transaction of the act that it tells of: with the act it stands, without it it does not."""

from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Min, Q

from minewarden.desk.kit.words import chinese
from minewarden.desk.ledger.directory import Reachable, reachable
from minewarden.desk.ledger.models import Duty
from minewarden.desk.notify.models import Copy, Delivery, Message, Outlet, Reach
from minewarden.desk.notify.quiet import earliest
from minewarden.desk.org.models import Person, Post, Unit
from minewarden.desk.org.parameters import in_force
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import Param, message
from minewarden.vocab.words import DISPLAY_ZONE

_AT_ONCE = 500
_About = TypeVar("_About", bound=Hashable)


def post(
    key: str,
    *,
    unit: Unit,
    to: Iterable[Person],
    word: str,
    now: datetime,
    link: str = "",
    urgent: bool = False,
    **params: Param,
) -> Message:
    """Tell people something once. The same key again changes nothing and sends nothing.

    `word` is a sentence that names neither an address nor a person. `link` is a path of the desk. What is not urgent
    waits through the night. What is urgent also goes by telephone number to whoever the roster of the unit names for
    that day, with an account or without.
    """
    rosters = [unit] if urgent else []
    return _post(key, unit, to, rosters, word, now, link, urgent=urgent, params=params)


def press(
    key: str, *, unit: Unit, to: Iterable[Person], word: str, now: datetime, link: str = "", **params: Param
) -> Message:
    """Tell of what is urgent and over time: the roster of the superior is asked too."""
    rosters = [unit] if unit.parent is None else [unit, unit.parent]
    return _post(key, unit, to, rosters, word, now, link, urgent=True, params=params)


def _post(
    key: str,
    unit: Unit,
    to: Iterable[Person],
    rosters: list[Unit],
    word: str,
    now: datetime,
    link: str,
    *,
    urgent: bool,
    params: Mapping[str, Param],
) -> Message:
    found = Message.objects.filter(key=key).first()
    if found is not None:
        return found
    # Chinese goes out, whoever reads it: people of one unit stand in one group.
    text = chinese(word, **params)
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in params.items()}
    try:
        with transaction.atomic():
            fresh = Message.objects.create(
                key=key, unit=unit, word=word, params=told, text=text, link=link, urgent=urgent, posted_at=now
            )
    except IntegrityError:
        return Message.objects.get(key=key)
    people = list({person.pk: person for person in to}.values())
    Copy.objects.bulk_create(Copy(message=fresh, person=person) for person in people)
    Delivery.objects.bulk_create(_deliveries(fresh, people, [who for one in rosters for who in on_duty(one, now)], now))
    return fresh


def spread(
    key: str,
    *,
    unit: Unit,
    to: Iterable[Person],
    numbers: Iterable[tuple[str, str]],
    text: str,
    now: datetime,
    kinds: frozenset[str],
    inbox: bool,
) -> Message:
    """Tell people of a unit a text that people wrote and released, by the kinds of ways named, and by no other.

    numbers: (name, telephone number) of those without an account. What is never urgent waits through the night. The
    same key again changes nothing and sends nothing.
    """
    found = Message.objects.filter(key=key).first()
    if found is not None:
        return found
    fresh = Message.objects.create(
        key=key, unit=unit, word="desk_notify.spread", params={"text": text}, text=text, urgent=False, posted_at=now
    )
    people = list({person.pk: person for person in to}.values())
    if inbox:
        Copy.objects.bulk_create(Copy(message=fresh, person=person) for person in people)
    above = [*unit.ancestor_ids(), unit.pk]
    outlets = Outlet.objects.filter(enabled=True, unit__in=above, kind__in=kinds)
    mails = dict(Reach.objects.filter(person__in=people).exclude(mail="").values_list("person_id", "mail"))
    quiet = in_force(unit, now)
    start = earliest(now, urgent=False, evening=quiet.time("quiet_from"), morning=quiet.time("quiet_until"))
    # One gateway is enough: with two of them on the way up a telephone would be told twice.
    nearest = {outlet.kind: outlet for outlet in sorted(outlets, key=lambda one: above.index(one.unit_id))}
    chosen = [outlet for outlet in outlets if not outlet.channel.personal and outlet.unit_id == unit.pk]
    chosen += [outlet for outlet in nearest.values() if outlet.channel.personal]
    made = []
    for outlet in chosen:
        personal = outlet.channel.personal
        reached: list[Person | None] = [None]
        if personal:
            reached = [p for p in people if (p.phone if personal == "phone" else mails.get(p.pk))]
        for person in reached:
            mark = f"{fresh.pk}.{outlet.pk}.{person.pk if person else 'group'}"
            made.append(Delivery(key=mark, message=fresh, outlet=outlet, person=person, not_before=start))
        if personal == "phone":
            told = {person.phone for person in reached if person}
            duty = [Reachable("", name, number) for name, number in numbers]
            made += _by_roster(fresh, outlet, duty, told, start)
    Delivery.objects.bulk_create(made)
    return fresh


def remind(
    item: str, *, unit: Unit, to: Iterable[Person], word: str, now: datetime, link: str, **params: Param
) -> Message:
    """催办: ask for a thing again, at most as often on a day of Beijing as the bureau allows.

    Raises TransitionError beyond that.
    """
    day = now.astimezone(DISPLAY_ZONE).date()
    most = in_force(unit, now).number("reminders_a_day")
    for number in range(1, most + 1):
        key = f"remind.{item}.{day}.{number}"
        if not Message.objects.filter(key=key).exists():
            return post(key, unit=unit, to=to, word=word, now=now, link=link, urgent=False, **params)
    raise TransitionError(message("desk_notify.reminded_enough", count=most))


def untold(keys: Mapping[_About, str]) -> dict[_About, str]:
    """Of what would be told of, each with the key of its message: that of which nobody has been told, in its order."""
    told = set(Message.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    return {about: key for about, key in keys.items() if key not in told}


def people_of(unit: Unit, *roles: str, but: Person | None = None) -> list[Person]:
    """Whom to tell for a unit: who holds one of the roles there; where nobody does, at the nearest unit above. `but`:
    whoever asked and may not answer himself, so that where he is the only one it is for the unit above."""
    posts = Post.objects.filter(revoked_at=None, role__in=roles, person__is_active=True).select_related("person")
    if but is not None:
        posts = posts.exclude(person=but)
    for unit_id in reversed([*unit.ancestor_ids(), unit.pk]):
        if found := [row.person for row in posts.filter(unit_id=unit_id)]:
            return found
    return []


def people_above(unit: Unit, *roles: str) -> list[Person]:
    """Whom to tell at the superior of a unit."""
    return people_of(unit.parent, *roles) if unit.parent is not None else []


def told_at(key: str) -> datetime | None:
    """When the first way outside the desk reported that a message arrived; None: none has."""
    return told_at_of([key]).get(key)


def told_at_of(keys: Iterable[str]) -> dict[str, datetime]:
    """The same for many messages; those that no way has reported are left out."""
    wanted, found = sorted(set(keys)), dict[str, datetime]()
    for begin in range(0, len(wanted), _AT_ONCE):
        sent = Delivery.objects.filter(message__key__in=wanted[begin : begin + _AT_ONCE], state=Delivery.State.SENT)
        first = sent.order_by().values("message__key").annotate(first=Min("settled_at"))
        found |= {row["message__key"]: row["first"] for row in first if row["first"] is not None}
    return found


def on_duty(unit: Unit, at: datetime) -> list[Reachable]:
    """Who is to be reached by telephone: those on duty that day; where nobody is, contacts A and B of the unit."""
    known = reachable(unit, at)
    return [who for who in known if who.post == "on_duty"] or [who for who in known if who.post in Duty.CONTACTS]


def _deliveries(fresh: Message, people: list[Person], duty: list[Reachable], now: datetime) -> list[Delivery]:
    above = [*fresh.unit.ancestor_ids(), fresh.unit.pk]
    outlets = Outlet.objects.filter(enabled=True, unit__in=above).filter(
        Q(urgent_only=False) | Q(urgent_only=fresh.urgent)
    )
    mails = dict(Reach.objects.filter(person__in=people).exclude(mail="").values_list("person_id", "mail"))
    quiet = in_force(fresh.unit, now)
    evening, morning = quiet.time("quiet_from"), quiet.time("quiet_until")
    start = earliest(now, urgent=fresh.urgent, evening=evening, morning=morning)
    held = start - now > timedelta(0)
    made = []
    for outlet in outlets:
        personal = outlet.channel.personal
        if not personal:
            reached: list[Person | None] = [None] if outlet.unit_id == fresh.unit_id else []
        else:
            reached = [p for p in people if (p.phone if personal == "phone" else mails.get(p.pk))]
        for person in reached:
            key = f"{fresh.pk}.{outlet.pk}.{person.pk if person else 'group'}"
            made.append(Delivery(key=key, message=fresh, outlet=outlet, person=person, not_before=start, held=held))
        if personal == "phone":
            made += _by_roster(fresh, outlet, duty, {person.phone for person in reached if person}, start)
    return made


def _by_roster(
    fresh: Message, outlet: Outlet, duty: list[Reachable], told: set[str], start: datetime
) -> list[Delivery]:
    """One for each number of the roster that is not told already; the key carries its place, never the number."""
    numbers = {who.phone: who.name for who in duty if who.phone not in told}
    return [
        Delivery(
            key=f"{fresh.pk}.{outlet.pk}.duty{place}", message=fresh, outlet=outlet, called=name, called_phone=phone,
            not_before=start,
        )
        for place, (phone, name) in enumerate(numbers.items(), start=1)
    ]  # fmt: skip
