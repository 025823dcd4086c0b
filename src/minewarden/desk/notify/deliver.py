"""Send what waits. A worker may be killed at any point: nothing is lost, and nothing is sent twice unknowingly.

A delivery is marked `sending` in a transaction of its own before a byte goes out, and settled after the answer. One
that a dead worker left in between may have arrived or not. Where the receiver knows a repeated letter by its key (mail,
webhook, a gateway that takes our number) it is sent again; a group's robot does not, so there it becomes `unsure`, is
shown to the administrator, and only a person sends it again. Everybody has the message in the desk in any case.
"""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from minewarden.channels.channel import Channel, DeliveryError, Letter
from minewarden.channels.pace import free_at, longest
from minewarden.desk.kit.words import chinese
from minewarden.desk.notify.models import Delivery, Outlet
from minewarden.vocab.errors import MinewardenError

LEASE = timedelta(minutes=2)
"""Longer than a channel's own patience; after it somebody else may look at the delivery."""
ATTEMPTS = 20
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
"""No shorter than the minute by which channels count: of a letter that is tried again only the last start is kept."""
LONGEST_REST = timedelta(hours=1)
"""What asks for more patience than this is asked again sooner; nor does a clock that was set back prolong it."""
_REST = "rest"
"""Marks the error of a letter whose receiver asked us to wait."""
_State = Delivery.State


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries that go out as one letter: one, or a night's digest."""

    outlet: Outlet
    rows: tuple[Delivery, ...]
    letter: Letter


def run(worker: str, now: datetime, most: int = 50, wall: Callable[[], datetime] | None = None) -> int:
    """Send up to `most` letters that may go out at `now`; the number that were tried. `worker` names this process.

    wall: the clock that each letter is timed by, for fifty of them may take minutes: a lease, a pace and the moment
    from which a unit counts as told are those of the letter and not of the first of the round.
    """
    recover(now)
    at = wall or (lambda: now)
    done = 0
    while done < most and (claim := take(worker, at())) is not None:
        settle(claim, worker, at)
        done += 1
    return done


def recover(now: datetime) -> int:
    """Look after what dead workers left in the middle. The number of deliveries."""
    rows = Delivery.objects.filter(state=_State.SENDING).select_related("outlet")
    left = [row for row in rows if _is_left(row, now)]
    for row in left:
        again = _keyed(row.outlet)
        changes = {"state": _State.WAITING} if again else {"state": _State.UNSURE, "settled_at": now}
        Delivery.objects.filter(pk=row.pk, state=_State.SENDING, leased_by=row.leased_by).update(
            leased_by="", leased_until=None, **changes
        )
    return len(left)


def take(worker: str, now: datetime) -> Claim | None:
    """Mark the next letter as being sent, or None where nothing may go out now."""
    due = Delivery.objects.filter(state=_State.WAITING, not_before__lte=now)
    for outlet_id, kind in due.order_by().values_list("outlet_id", "outlet__kind").distinct():
        with transaction.atomic():
            # Whoever holds the first outlet of a kind decides alone what goes through all of that kind, so that all
            # workers keep the pace: several outlets may lead to one robot, whose address is sealed in each of them.
            Outlet.objects.select_for_update(no_key=True).filter(kind=kind).order_by("pk").first()
            outlet = Outlet.objects.get(pk=outlet_id)
            if not outlet.enabled or not _may_go(outlet, now):
                continue
            rows = _next(due.filter(outlet=outlet))
            if not rows:
                continue
            bundle = rows[0].bundle or rows[0].key
            for row in rows:
                row.state, row.started_at, row.attempts, row.bundle = _State.SENDING, now, row.attempts + 1, bundle
                row.leased_by, row.leased_until = worker, now + LEASE
            fields = ["state", "started_at", "attempts", "bundle", "leased_by", "leased_until"]
            Delivery.objects.bulk_update(rows, fields)
            return Claim(outlet, tuple(rows), _letter(bundle, rows))
    return None


def settle(claim: Claim, worker: str, wall: Callable[[], datetime]) -> None:
    """Send a claimed letter and write what became of it, at the moment when the answer came."""
    changes: dict[str, object]
    try:
        channel: Channel = claim.outlet.channel(claim.outlet.settings)
        number = channel.send(claim.letter, now=wall()).number
        changes = {"state": _State.SENT, "settled_at": wall(), "receipt": number[:255], "error": None}
    except DeliveryError as error:
        changes = _failed(claim, error, wall())
    except MinewardenError as error:
        changes = {"state": _State.FAILED, "settled_at": wall(), "error": _said(error)}
    mine = Delivery.objects.filter(pk__in=[row.pk for row in claim.rows], state=_State.SENDING, leased_by=worker)
    mine.update(leased_by="", leased_until=None, **changes)


@cache
def name_of_this_process() -> str:
    """A name by which another process of this machine can tell whether this one still lives."""
    pid = os.getpid()
    return f"{socket.gethostname()}|{_boot()}|{pid}|{_born(pid)}"


def _may_go(outlet: Outlet, now: datetime) -> bool:
    """Whether one more letter keeps the pace of the channel, and nobody there asked us to wait.

    A robot's pace is one for all outlets that lead to it; of those only the ones that were busy lately are looked at.
    """
    limits, robot = outlet.channel.limits, outlet.robot
    near = Q(outlet=outlet) if robot is None else Q(outlet__kind=outlet.kind)
    started = Delivery.objects.filter(near, started_at__gt=now - longest(limits))
    sent = set(started.order_by().values_list("outlet_id", "bundle", "started_at"))
    waiting = Delivery.objects.filter(
        near, state=_State.WAITING, not_before__gt=now, not_before__lte=now + LONGEST_REST
    )
    asked = set(waiting.filter(error__has_key=_REST).order_by().values_list("outlet_id", flat=True))
    others = Outlet.objects.in_bulk(asked | {row[0] for row in sent} - {outlet.pk})
    same = {outlet.pk} | {pk for pk, other in others.items() if robot is not None and other.robot == robot}
    lately = [at for pk, _, at in sent if pk in same and at is not None]
    return not asked & same and free_at(lately, limits, now) <= now


def _failed(claim: Claim, error: DeliveryError, now: datetime) -> dict[str, object]:
    said = _said(error)
    if error.unsure and not _keyed(claim.outlet):
        return {"state": _State.UNSURE, "settled_at": now, "error": said}
    attempts = claim.rows[0].attempts
    if error.final or attempts >= ATTEMPTS:
        return {"state": _State.FAILED, "settled_at": now, "error": said}
    if error.after is not None:
        # The other side asked for it, so the letters behind this one wait as well: who hurries is blocked for longer.
        return {"state": _State.WAITING, "not_before": now + error.after, "error": said | {_REST: "yes"}}
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 12), LONGEST_WAIT)
    return {"state": _State.WAITING, "not_before": now + wait, "error": said}


def _next(due: "QuerySet[Delivery]") -> list[Delivery]:
    """The next letter: urgent before the rest; what waited through a night goes to a person in one piece."""
    rows = due.select_related("message", "person", "person__reach").order_by("-message__urgent", "not_before", "pk")
    first = rows.first()
    if first is None:
        return []
    if first.bundle:
        return list(rows.filter(bundle=first.bundle))
    if not first.held:
        return [first]
    return list(rows.filter(held=True, bundle="", person=first.person).order_by("pk")[:20])


def _letter(bundle: str, rows: list[Delivery]) -> Letter:
    person = rows[0].person
    to = rows[0].called_phone
    if person is not None:
        reach = getattr(person, "reach", None)
        to = person.phone if rows[0].outlet.channel.personal == "phone" else (reach.mail if reach else "")
    texts = [row.message.text for row in rows]
    if len(texts) > 1:
        lines = "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1))
        texts = [chinese("desk_notify.digest", count=len(rows), lines=lines)]
    path = rows[0].message.link if len(rows) == 1 else ""
    link = f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL and path else ""
    subject = chinese("desk_notify.subject")
    return Letter(key=f"minewarden.{bundle}", subject=subject, text=texts[0], to=to, link=link)


def _keyed(outlet: Outlet) -> bool:
    try:
        return bool(outlet.channel(outlet.settings).keyed)
    except MinewardenError:
        return False


def _said(error: MinewardenError) -> dict[str, str]:
    return {"zh": error.said("zh"), "en": error.said("en")}


def _is_left(row: Delivery, now: datetime) -> bool:
    """Whether nobody is at it any more: its process is gone or, on a machine that we cannot see, its lease is over."""
    host, _, rest = row.leased_by.partition("|")
    boot, _, rest = rest.partition("|")
    pid, _, born = rest.partition("|")
    if host == socket.gethostname() and pid.isdecimal() and born:
        return boot != _boot() or born != _born(int(pid))
    # A lease that ends later than any can was written before the clock was set back.
    return row.leased_until is None or not now <= row.leased_until <= now + LEASE


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _born(pid: int) -> str:
    """When a process was started, in ticks since the machine was; empty where there is none or no way to know."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
