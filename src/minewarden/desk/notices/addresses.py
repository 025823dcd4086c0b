"""What a letter says of the addresses of a case: the public ones with their times, the inside one beside them.

Whoever is not of this network, a carrier or the police, can do nothing with an inside address. What is public comes
from the lines of notices, from the case as it was seen, from the translations that a trace rests on, else from the
exit in the ledger; where none of them names one, the letter says so.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from minewarden.desk.cases.models import CandidateCopy, Case, target
from minewarden.desk.kit.words import chinese_of, local
from minewarden.desk.ledger.directory import Outcome, exit_of
from minewarden.vocab.net import Address, canonical_ip, is_inside, parse_endpoint
from minewarden.vocab.words import DISPLAY_ZONE

zh = chinese_of("desk_notices")

Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Rows of a letter, as label and content; `known` says whether a public address is among them."""

    known: bool
    rows: tuple[tuple[str, str], ...]


def addresses_of(case: Case) -> Addresses:
    """The addresses of a case with the times of the activity, for somebody outside; nobody's name."""
    inside, own = _inside(case), (case.first_seen, case.last_seen)
    public, traced = _seen(case), _translated(case)
    if public:
        known, found = True, public
    elif traced:
        # Candidates that name different addresses are no answer, and the ledger does not settle what logs say.
        known = len({text for text, _ in traced}) == 1
        text = traced[0][0] if known else zh("letter_public_several")
        found = [(text, traced[0][1] if known and len(traced) == 1 else own)]
    else:
        known, text = _of_ledger(case, inside)
        found = [(text, own)]
    rows: list[tuple[str, str]] = []
    for at, (text, span) in enumerate(found):
        rows.append((zh("letter_public"), text))
        # One time for all that have it.
        if at + 1 == len(found) or found[at + 1][1] != span:
            rows.append((zh("letter_when"), _time(span if span[0] else own)))
    if inside:
        rows.append((zh("letter_inside"), inside))
    return Addresses(known, tuple(rows))


def _seen(case: Case) -> list[tuple[str, Span]]:
    """Public addresses as the notices name them and as the case itself has one, each with its own time."""
    lines = [share.line for share in case.shares.filter(ended="").select_related("line")]
    found = [(line.ip, line.port, (line.first_seen, line.last_seen)) for line in lines if _public(line.ip)]
    if not found and not _public(case.host) and _public(case.device_ip):
        found.append((case.device_ip, None, (case.first_seen, case.last_seen)))
    named = {ip for ip, *_ in found}
    if _public(case.host) and (case.origin == Case.Origin.SELF_FOUND or case.host not in named):
        found.insert(0, (case.host, case.host_port, (case.first_seen, case.last_seen)))
    return [(_outside(ip, port), span) for ip, port, span in dict.fromkeys(found)]


def _translated(case: Case) -> list[tuple[str, Span]]:
    """The outermost public addresses in the translations of the trace, of the candidate that people confirmed if any;
    with an empty text for one that names none while others do."""
    rows: list[CandidateCopy] = list(case.candidates.all())
    chosen = [row for row in rows if row.chosen_at]
    fitting = [row for row in rows if not case.device_ip or row.internal_ip == case.device_ip]
    found = list(dict.fromkeys(_translation(row) for row in chosen or fitting))
    return found if any(text for text, _ in found) else []


def _translation(row: CandidateCopy) -> tuple[str, Span]:
    for hop in row.hops:
        if hop["kind"] != "nat":
            continue
        try:
            end = parse_endpoint(hop["known"])
            ip, port = end.ip, end.port
        except ValueError:
            ip, port = hop["known"], None
        if _public(ip):
            ends = [hop["valid_from"], hop["valid_until"]]
            first, last = (datetime.fromisoformat(at) if at else None for at in ends)
            return _outside(ip, port), (first, last) if first and last else (None, None)
    return "", (None, None)


def _of_ledger(case: Case, inside: str) -> tuple[bool, str]:
    """The exit that the ledger names for all of the time, or words for that it is not known."""
    address = _address(inside)
    if address is None or case.first_seen is None:
        return False, zh("letter_public_unknown")
    outcome, pool = exit_of(case.unit, str(address), case.first_seen, case.last_seen or case.first_seen)
    if pool is not None:
        return True, zh("letter_public_pool" if pool.size > 1 else "letter_public_exit", exit=_plain(pool.cidr))
    return False, zh("letter_public_several" if outcome is Outcome.CONFLICT else "letter_public_unknown")


def _inside(case: Case) -> str:
    """The inside address that is known best: of the device that people named, as the case was seen, as confirmed."""
    chosen = [row.internal_ip for row in case.candidates.all() if row.chosen_at]
    known: Iterable[str | None] = (case.device_ip, case.host, *chosen)
    return next((text for text in known if text and (ip := _address(text)) is not None and is_inside(ip)), "")


def _time(span: Span) -> str:
    first, last = span
    if first is None:
        return zh("letter_unknown")
    if last is None or last == first:
        return zh("letter_at", at=_moment(first))
    since, until = _moment(first), _moment(last)
    if local(first, "day") == local(last, "day"):
        until = until.partition("日")[2]
    return zh("letter_span", since=since, until=until)


def _moment(at: datetime) -> str:
    """With seconds where they are known: behind one address and port there is somebody else a minute later."""
    seconds = at.astimezone(DISPLAY_ZONE).second
    return local(at, "paper") + (f"{seconds:02d}秒" if seconds else "")


def _outside(ip: str | None, port: int | None) -> str:
    return target(ip, port) if port else zh("letter_no_port", address=ip or "")


def _public(text: str | None) -> bool:
    address = _address(text or "")
    return address is not None and not is_inside(address)


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(canonical_ip(text))
    except ValueError:
        return None


def _plain(cidr: str) -> str:
    """One address as people write it, without the length of its network."""
    return cidr.removesuffix("/32").removesuffix("/128")
