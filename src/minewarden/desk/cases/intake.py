"""Findings come in, line by line, and become leads; the same finding twice is the same lead.

The form of a line is `minewarden/finding/1` (patrol/finding.schema.json). What does not have that form is named with
its line and its reason, and the rest goes on.
"""

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.cases.finding_form import GRADES, instant, problem
from minewarden.desk.cases.models import EvidenceCopy, Lead
from minewarden.desk.ledger.actions import note_sighting
from minewarden.desk.ledger.directory import Outcome, attribute
from minewarden.desk.org.models import Person, Unit
from minewarden.vocab.errors import InputError, UsageError
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import is_inside
from minewarden.vocab.system import reason_of

SCHEMA = "minewarden/finding/1"
LONGEST_LINE = 1 << 20
"""Characters. A finding's own evidence is bounded; a longer line is something else."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is not a finding."""

    line: int
    reason: Message


@dataclass(slots=True)
class Taken:
    """What became of the lines: numbers of leads, and what was not a finding."""

    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def import_findings(path: Path, *, now: datetime, by: Person | None = None, unit: Unit | None = None) -> Taken:
    """Take in a file of findings, one JSON object a line. Raises InputError where it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return take_findings(bounded(file), by=by, now=now, unit=unit, source=path.name)
    except OSError as error:
        raise InputError(str(path), 0, message("desk_cases.file_unreadable", why=reason_of(error))) from error


def take_findings(
    lines: Iterable[str], *, by: Person | None, now: datetime, unit: Unit | None = None, source: str = ""
) -> Taken:
    """Make leads of findings. `unit` is the one whose logs they rest on; without it, the root of the tree keeps them.

    Idempotent by the finding's id: an unchanged line changes nothing, a changed one gives an open lead its newer
    evidence and keeps the older. One transaction for each line. Raises UsageError where there is no unit at all.
    """
    keeper = unit or Unit.objects.filter(parent=None).order_by("path").first()
    if keeper is None:
        raise UsageError(message("desk_cases.no_unit_yet"))
    taken = Taken()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        content = _parsed(line)
        if isinstance(content, Message):
            taken.rejected.append(Rejected(number, content))
            continue
        with transaction.atomic():
            _take(content, taken, by=by, now=now, keeper=keeper, source=source)
    return taken


def _take(
    content: dict[str, Any], taken: Taken, *, by: Person | None, now: datetime, keeper: Unit, source: str
) -> None:
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = sha256(canonical.encode()).hexdigest()
    # Whoever takes a finding in waits here: the lead of a new one is no row yet that could be held.
    Unit.objects.select_for_update(no_key=True).filter(parent=None).order_by("pk").first()
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).filter(finding_id=content["id"]).first()
    if lead is not None and EvidenceCopy.objects.filter(sha256=digest).exists():
        taken.same.append(lead.pk)
        return
    copy = EvidenceCopy.objects.create(
        finding_id=content["id"], content=content, sha256=digest, source=source, taken_at=now, taken_by=by
    )
    facts = {"finding": content["id"], "sha256": digest, "source": source}
    if lead is None:
        proposed, basis = _proposed(content, keeper)
        lead = Lead(finding_id=content["id"], keeper=keeper, unit=proposed, unit_basis=basis, taken_at=now)
        _describe(lead, copy)
        lead.save()
        _note_devices(content, lead)
        record("lead.take-in", by=by, obj=lead, after=facts | {"unit": proposed.pk if proposed else None})
        taken.new.append(lead.pk)
        return
    if lead.status != Lead.Status.CASE:
        _describe(lead, copy)
        lead.save()
        _note_devices(content, lead)
    record("lead.newer-evidence", by=by, obj=lead, after=facts)
    taken.changed.append(lead.pk)


def _note_devices(content: dict[str, Any], lead: Lead) -> None:
    """Tell the ledger which devices the finding saw, so that it can name those that nobody registered."""
    unit, source = lead.unit or lead.keeper, f"finding {lead.finding_id}"
    found = {(trace["internal_ip"], trace.get("mac") or "") for trace in content.get("trace") or []}
    if not found and is_inside(ipaddress.ip_address(lead.host)):
        found = {(lead.host, "")}
    for ip, mac in sorted(found):
        note_sighting(unit=unit, at=lead.last_seen, ip=ip, mac=mac, source=source)


def _describe(lead: Lead, copy: EvidenceCopy) -> None:
    """Put what lists show and filter by into columns."""
    content = copy.content
    lead.evidence = copy
    lead.sureness = content["state"]
    lead.certainty = _certainty(content.get("trace") or [])
    lead.host, lead.server, lead.port = content["host"], content.get("server"), content.get("port")
    lead.server_name = content.get("server_name") or ""
    lead.protocol = content.get("protocol") or ""
    lead.coins = ", ".join(content.get("coins") or [])[:128]
    lead.grade = max((e["grade"] for e in content["evidence"]), key=GRADES.index)
    lead.shares = content.get("shares") or 0
    lead.first_seen, lead.last_seen = instant(content["first_seen"]), instant(content["last_seen"])


def _proposed(content: dict[str, Any], keeper: Unit) -> tuple[Unit | None, dict[str, Any]]:
    """The unit that the ledger names for the address at the time of the activity, and why; never a guess."""
    at, host = instant(content["last_seen"]), content["host"]
    # Behind a public address the inside ones are answered together with it; alone they identify nobody.
    egress = None if is_inside(ipaddress.ip_address(host)) else host
    inside = [c["internal_ip"] for c in content.get("trace") or [] if c["internal_ip"]]
    found: dict[int, Unit] = {}
    address, among = host, tuple[Unit, ...]()
    for address in dict.fromkeys([host, *inside]):
        answer = attribute(address, at, egress=egress if address != host else None)
        if answer.outcome is Outcome.CONFLICT:
            return None, {"key": "basis_conflict", "address": address, "units": [unit.label for unit in answer.units]}
        if answer.unit is not None:
            # The host as observed is asked first; inside addresses only say more where it stands in no ledger.
            found[answer.unit.pk] = answer.unit
            if address == host or len(found) > 1:
                break
        elif address == host:
            among = answer.units
    if len(found) == 1:
        return next(iter(found.values())), {"key": "basis_ledger", "address": address}
    if found:
        return None, {"key": "basis_conflict", "address": "", "units": [unit.label for unit in found.values()]}
    lowest = not Unit.objects.filter(parent=keeper).exists()
    if lowest and ipaddress.ip_address(host).is_private:
        return keeper, {"key": "basis_own_logs", "address": host}
    if egress is None:
        near = [unit.label for unit in among if keeper.contains(unit)]
        return None, {"key": "basis_needs_exit" if near else "basis_inside", "address": host, "units": near}
    return None, {"key": "basis_unknown", "address": host}


def _certainty(trace: list[dict[str, Any]]) -> str:
    if len(trace) > 1:
        return "several"
    return str(trace[0]["certainty"]) if trace else "none"


def _parsed(line: str) -> dict[str, Any] | Message:
    if len(line) > LONGEST_LINE:
        return message("desk_cases.line_too_long")
    try:
        content = json.loads(line, parse_constant=_no_number)
        # Half a character, one that databases refuse, or 1e999 is legal in JSON and can be kept nowhere.
        storable = "\\u0000" not in json.dumps(content, ensure_ascii=False, allow_nan=False).encode().decode()
    except (ValueError, RecursionError):
        return message("desk_cases.line_not_json")
    if not storable:
        return message("desk_cases.line_not_json")
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return message("desk_cases.line_other_schema", schema=SCHEMA)
    wrong = problem(content)
    return message("desk_cases.line_wrong_field", field=wrong) if wrong else content


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def bounded(file: IO[str]) -> Iterable[str]:
    """Lines, none of them longer in memory than one that is refused."""
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                continue
        yield line
