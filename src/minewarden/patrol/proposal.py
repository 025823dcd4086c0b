"""A finding as one line of JSON: the form in which it leaves `scan` and enters the console.

The form is promised by `finding.schema.json` beside this file; its name is in every line (`schema`).
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from minewarden.patrol.rounds import Traced
from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.attribution import Candidate, Hop
from minewarden.vocab.clock import rfc3339
from minewarden.vocab.finding import Evidence, Finding, RowRef
from minewarden.vocab.masking import masked_account
from minewarden.vocab.words import both

SCHEMA = "minewarden/finding/1"


def finding_id(finding: Finding) -> str:
    """Sixteen hex digits, the same when the same logs are read again: of host, server, port, name and first day."""
    parts = (finding.host, finding.server, str(finding.port), "" if finding.server else finding.server_name)
    text = "|".join((*parts, finding.first_seen.date().isoformat()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def line(traced: Traced, sources: Mapping[str, SourceRecord], *, unmask: bool = False) -> dict[str, Any]:
    """The finding as a JSON object. Accounts are masked unless `unmask`; times are RFC 3339 in UTC."""
    finding = traced.finding
    attribution = traced.attribution
    return {
        "schema": SCHEMA,
        "id": finding_id(finding),
        "host": finding.host,
        "server": finding.server or None,
        "server_name": finding.server_name or None,
        "port": finding.port or None,
        "protocol": finding.protocol or None,
        "coins": list(finding.coins),
        "account": finding.account if unmask else masked_account(finding.account),
        "worker": finding.worker if unmask else masked_account(finding.worker),
        "agent": finding.agent,
        "state": finding.state.value,
        "first_seen": rfc3339(finding.first_seen),
        "last_seen": rfc3339(finding.last_seen),
        "shares": finding.shares,
        "jobs": finding.jobs,
        "probability": None if finding.probability is None else round(finding.probability, 5),
        "explanation": [both(sentence) for sentence in finding.explanation],
        "evidence": [_evidence(item) for item in finding.evidence],
        "trace": [candidate_object(candidate) for candidate in attribution.candidates] if attribution else [],
        "trace_warnings": [both(warning) for warning in attribution.warnings] if attribution else [],
        "sources": [_source(name, sources.get(name)) for name in finding.sources],
    }


def _evidence(item: Evidence) -> dict[str, Any]:
    return {
        "detector": item.detector,
        "family": item.family,
        "grade": item.grade.label,
        "text": both(item.text),
        "weight": round(item.weight, 2),
        "p_value": item.p_value,
        "first_seen": rfc3339(item.first_seen),
        "last_seen": rfc3339(item.last_seen),
        "rows": [_row(row) for row in item.rows],
    }


def candidate_object(candidate: Candidate) -> dict[str, Any]:
    """A candidate as findings and traces carry it."""
    return {
        "internal_ip": candidate.internal_ip,
        "mac": candidate.mac,
        "login": candidate.login,
        "switch_port": candidate.switch_port,
        "asset": candidate.asset,
        "person": candidate.person,
        "certainty": candidate.certainty.value,
        "hops": [_hop(hop) for hop in candidate.hops],
    }


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "kind": hop.kind,
        "known": hop.known,
        "found": hop.found,
        "valid_from": _time(hop.valid_from),
        "valid_until": _time(hop.valid_until),
        "rows": [_row(row) for row in hop.rows],
        "note": both(hop.note) if hop.note else None,
    }


def _row(row: RowRef) -> dict[str, Any]:
    return {"source": row.source, "row": row.row}


def _source(name: str, record: SourceRecord | None) -> dict[str, Any]:
    return {"name": name, "form": record.form if record else "", "sha256": record.sha256 if record else ""}


def _time(instant: datetime | None) -> str | None:
    return rfc3339(instant) if instant else None
