"""A MISP event with one attribute a record; it loads with PyMISP and imports into MISP 2.4 and later.

Source: the MISP core format. `to_ids` is set for what may raise an alarm; the rest is context.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from minewarden.intel.exports.exported import Exported, Occasion, hits, instant, said
from minewarden.intel.record import NAMESPACE, Record, Tlp, Type

_TYPES = {
    Type.HOST: "hostname",
    Type.DOMAIN: "domain",
    Type.IP: "ip-dst",
    Type.CIDR: "ip-dst",
    Type.IP_PORT: "ip-dst|port",
    Type.HOST_PORT: "hostname|port",
    Type.URL: "url",
    Type.SHA256: "sha256",
    Type.CERT_SHA256: "x509-fingerprint-sha256",
    Type.JA3: "ja3-fingerprint-md5",
    Type.USER_AGENT: "user-agent",
}
_PAYLOAD = frozenset({Type.SHA256})


def misp(records: Sequence[Record], occasion: Occasion) -> Exported:
    """`minewarden-misp.json`. MISP has no type for JA4, JA3S, names of programs and what miners call themselves."""
    attributes = [_attribute(record) for record in records if record.type in _TYPES]
    most = max((record.tlp for record in records), key=lambda mark: mark.rank, default=Tlp.GREEN)
    stamp = str(int(occasion.at.timestamp()))
    event = {
        "Event": {
            "uuid": str(uuid.uuid5(NAMESPACE, f"misp|{occasion.producer}|{occasion.label}")),
            "info": f"minewarden {occasion.label}",
            "date": occasion.at.date().isoformat(),
            "timestamp": stamp,
            "threat_level_id": "3",
            "analysis": "2",
            "distribution": "0",
            "published": False,
            "Orgc": {"name": occasion.producer, "uuid": str(uuid.uuid5(NAMESPACE, occasion.producer))},
            "Tag": [{"name": f"tlp:{most.value}"}],
            "Attribute": attributes,
        }
    }
    text = json.dumps(event, ensure_ascii=False, indent=1) + "\n"
    return Exported({"minewarden-misp.json": text.encode()}, tuple(r for r in records if r.type not in _TYPES))


def _attribute(record: Record) -> dict[str, Any]:
    value = record.value
    if record.type in (Type.IP_PORT, Type.HOST_PORT):
        host, _, port = value.rpartition(":")
        value = f"{host.strip('[]')}|{port}"
    seen = max(voice.seen for voice in record.voices)
    return {
        "uuid": record.id,
        "type": _TYPES[record.type],
        "category": "Payload delivery" if record.type in _PAYLOAD else "Network activity",
        "value": value,
        "comment": said(record),
        "to_ids": hits(record),
        "disable_correlation": False,
        "timestamp": str(int(seen.timestamp())),
        "first_seen": instant(min([seen, *(voice.first for voice in record.voices)])),
        "last_seen": instant(seen),
        "Tag": [
            {"name": f'minewarden:role="{record.role.value}"'},
            *({"name": f'minewarden:coin="{coin}"'} for coin in record.coins[:16]),
        ],
    }
