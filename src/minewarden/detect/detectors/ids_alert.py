"""Takes over what another sensor (Suricata, an appliance that writes EVE) said about mining.

Source: `coin-mining`, "Crypto Currency Mining Activity Detected" of Suricata's classification.config, and the marks
that authors of rules put into their texts. Such an alert is a reason, never a proof: the sensor's rule is not ours to
check, and many rules match on a name alone; those about names in DNS count as a look-up only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from minewarden.config.settings import setting
from minewarden.detect.detector import Context
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_name

PAYLOAD_WEIGHT = 7.0
"""Nats. ET's payload rules raised no alert on benign traffic where we measured, but they are not ours: strong, and yet
below the 9.2 nats of the base rate, so that an alert alone leaves a finding suspected."""
NAME_WEIGHT = 2.5
_KEPT_ROWS = 5

_CATEGORIES = "('crypto currency mining activity detected', 'coin-mining')"
# The text of a rule of another class: the marks that rule authors themselves use, not words that occur anywhere.
_TEXT = r"(^|[^a-z0-9])(coinminer|cryptominer|crypto ?mining|coin ?mining|stratum protocol|xmrig)([^a-z0-9]|$)"
_ABOUT_NAMES = r"(^|[^a-z])(dns (query|lookup|request)|in dns|observed dns)([^a-z]|$)"
# Rules about one name end with it in brackets: `... DNS Lookup (pool.example.com)`, some with spaces around the dots.
_NAMED = re.compile(r"\(([a-z0-9_. \-]{4,253})\)\s*$", re.IGNORECASE | re.ASCII)

_ALERTS = rf"""
SELECT host, server, port, signature_id, signature, origin, about_name, count(*) AS count, min(ts) AS first_us,
       max(ts) AS last_us, min(struct_pack(ts := ts, row := row), {_KEPT_ROWS}) AS rows,
       coalesce(arg_min(src_port, struct_pack(ts := ts, row := row)) FILTER (WHERE src_port IS NOT NULL), 0)
           AS host_port
FROM (
    SELECT *, src AS host, dst AS server, coalesce(dst_port, 0) AS port,
           regexp_matches(lower(coalesce(signature, '')), '{_ABOUT_NAMES}') OR coalesce(dst_port, 0) = 53 AS about_name
    FROM alert
    WHERE lower(trim(coalesce(category, ''))) IN {_CATEGORIES}
       OR regexp_matches(lower(coalesce(signature, '')), '{_TEXT}')
)
GROUP BY host, server, port, signature_id, signature, origin, about_name
ORDER BY host, server, port, signature_id, signature, origin
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """Weights in nats, of a rule about a name and of one about a payload."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    weight_name: float = setting(NAME_WEIGHT, 0, 5)
    weight_payload: float = setting(PAYLOAD_WEIGHT, 0, 9)


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class IdsAlertDetector:
    """Another sensor's alerts about mining, one sighting per host, server, port, rule and source."""

    name: str = "ids_alert"
    reads: frozenset[str] = frozenset({"alert"})
    settings: Settings = DEFAULT

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State every alert about mining, in a fixed order."""
        with context.lake.engine() as engine:
            for batch in engine.ask(_ALERTS):
                for row in batch.to_pylist():
                    yield self._sighting(row, context)

    def _sighting(self, row: dict[str, Any], context: Context) -> Sighting:
        sensor = context.sources.get(row["origin"], str(row["origin"]))
        about_name = bool(row["about_name"])
        evidence = Evidence(
            detector=self.name,
            family="sensor",
            grade=Grade.LOOKED_UP if about_name else Grade.BEHAVED,
            weight=self.settings.weight_name if about_name else self.settings.weight_payload,
            text=message(
                "ids_alert.name" if about_name else "ids_alert.payload",
                sensor=sensor,
                rule=row["signature_id"] if row["signature_id"] is not None else "-",
                signature=row["signature"] or "-",
                host=row["host"],
                server=f"[{row['server']}]" if ":" in row["server"] else row["server"],
                port=row["port"],
                count=row["count"],
                first=from_us(row["first_us"]),
            ),
            first_seen=from_us(row["first_us"]),
            last_seen=from_us(row["last_us"]),
            rows=tuple(sorted(RowRef(sensor, ref["row"]) for ref in row["rows"])),
        )
        # The server of an alert about a name is the resolver that was asked, which is not a pool.
        return Sighting(
            host=row["host"],
            server="" if about_name else row["server"],
            port=0 if about_name else row["port"],
            server_name=_name_in(row["signature"] or "") if about_name else "",
            host_port=0 if about_name else row["host_port"],
            evidence=evidence,
        )


def _name_in(signature: str) -> str:
    """The host name that the rule's text names, or "" where it names none."""
    found = _NAMED.search(signature)
    if found is None:
        return ""
    try:
        name = canonical_name(found[1].replace(" ", "").lstrip("."))
    except ValueError:
        return ""
    return name if "." in name else ""
