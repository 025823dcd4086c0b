"""A STIX 2.1 bundle: one indicator a record, the producer, and the TLP 2.0 marks in use.

Source: OASIS STIX 2.1 sections 3.3, 4.7, 7.2; the TLP 2.0 marking objects published by OASIS. Identities are those of
the records, so that a second export updates the first instead of standing beside it.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from minewarden.intel.exports.exported import Exported, Occasion, instant
from minewarden.intel.record import NAMESPACE, Record, Tlp, Type
from minewarden.intel.worth import worth
from minewarden.vocab.indicator import ALERTING, Role

_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP = {
    Tlp.CLEAR: "94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_LABELS = 5
"""So many coins and ports are named; an indicator is no catalogue."""


def stix(records: Sequence[Record], occasion: Occasion) -> Exported:
    """`minewarden-stix.json`. JA3 and JA4 have no observable in STIX 2.1 and are left out."""
    producer = identity(occasion.producer)
    made = [(record, indicator(record, occasion)) for record in records]
    marks = sorted({record.tlp for record in records}, key=lambda mark: mark.rank)
    objects = [producer, *(marking(mark) for mark in marks), *(one for _, one in made if one is not None)]
    digest = uuid.uuid5(NAMESPACE, json.dumps(objects, sort_keys=True, ensure_ascii=False))
    bundle = {"type": "bundle", "id": f"bundle--{digest}", "objects": objects}
    text = json.dumps(bundle, ensure_ascii=False, indent=1) + "\n"
    return Exported({"minewarden-stix.json": text.encode()}, tuple(record for record, one in made if one is None))


def identity(producer: str) -> dict[str, Any]:
    """The identity object of whoever publishes."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": f"identity--{uuid.uuid5(NAMESPACE, producer)}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "name": producer,
        "identity_class": "organization",
    }


def marking(mark: Tlp) -> dict[str, Any]:
    """The marking object of TLP 2.0, as OASIS published it."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{_TLP[mark]}",
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{mark.value.upper()}",
        "extensions": {_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": mark.value}},
    }


def indicator(record: Record, occasion: Occasion) -> dict[str, Any] | None:
    """The indicator object of a record; None where STIX has no pattern for its type."""
    pattern = _pattern(record)
    if pattern is None:
        return None
    created = min((voice.first for voice in record.voices), default=occasion.at)
    modified = max([created, *(voice.gone or voice.seen for voice in record.voices), record.revoked or created])
    start = record.valid_from or min(created, *(voice.seen for voice in record.voices))
    one: dict[str, Any] = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{record.id}",
        "created_by_ref": f"identity--{uuid.uuid5(NAMESPACE, occasion.producer)}",
        "created": instant(created),
        "modified": instant(modified),
        "name": record.value,
        "indicator_types": ["anomalous-activity" if record.role is not Role.MALWARE_C2 else "malicious-activity"]
        if record.role in ALERTING
        else ["benign" if record.role in (Role.EDUCATION, Role.EXCHANGE) else "unknown"],
        "pattern": pattern,
        "pattern_type": "stix",
        "valid_from": instant(start),
        "confidence": round(worth(record, occasion.at).score),
        "labels": [
            f"role:{record.role.value}",
            *(f"coin:{coin}" for coin in record.coins[:_LABELS]),
            *(f"port:{port}" for port in record.ports[:_LABELS]),
            *([f"operator:{record.operator}"] if record.operator else []),
        ],
        "object_marking_refs": [f"marking-definition--{_TLP[record.tlp]}"],
    }
    if record.valid_until is not None:
        # The standard wants an end after the beginning.
        one["valid_until"] = instant(max(record.valid_until, start + timedelta(milliseconds=1)))
    if record.revoked is not None:
        one["revoked"] = True
    return one


def _pattern(record: Record) -> str | None:
    value = record.value.replace("\\", "\\\\").replace("'", "\\'")
    match record.type:
        case Type.HOST:
            return f"[domain-name:value = '{value}']"
        case Type.DOMAIN:
            return f"[domain-name:value = '{value}' OR domain-name:value LIKE '%.{value}']"
        case Type.IP | Type.CIDR:
            return f"[{'ipv6' if ':' in value else 'ipv4'}-addr:value = '{value}']"
        case Type.IP_PORT | Type.HOST_PORT:
            host, _, port = value.rpartition(":")
            return f"[network-traffic:dst_ref.value = '{host.strip('[]')}' AND network-traffic:dst_port = {port}]"
        case Type.URL:
            return f"[url:value = '{value}']"
        case Type.SHA256:
            return f"[file:hashes.'SHA-256' = '{value}']"
        case Type.CERT_SHA256:
            return f"[x509-certificate:hashes.'SHA-256' = '{value}']"
        case Type.PROCESS_NAME:
            return f"[process:image_ref.name = '{value}']"
        case Type.USER_AGENT:
            return f"[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = '{value}']"
        case _:
            return None
