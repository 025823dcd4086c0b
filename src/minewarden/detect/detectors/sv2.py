"""Tells Stratum V2 by the shape of its Noise handshake and of the frames behind it; all of it is encrypted.

Source: the Stratum V2 specification, protocol security and mining protocol (stratum-mining/sv2-spec): the client opens
with 64 bytes (an ElligatorSwift key, uniform), the server answers with 234 (older layout: 170), and every later
message is a header of 22 bytes and its payload with 16 bytes of authentication. Scenario: encrypted mining (S3).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from minewarden.config.settings import setting
from minewarden.detect.detector import Context
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.message import message

OPENING, ANSWERS = 64, (234, 170)
FRAME = 22 + 16
SETUP = (FRAME + 16, FRAME + 16 + 5 * 255)
"""SetupConnection: 16 bytes and five texts of at most 255."""

ACCEPTED = FRAME + 6
"""SetupConnection.Success: a version and flags."""
NEW_BLOCK = FRAME + 48
"""SetNewPrevHash: a channel, a job, a hash, a time, bits."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Weights are log-likelihood ratios in nats, set by hand: no real sample was at hand. `unproven` stands for
    `handshake` where the 64 bytes themselves were not kept. 64 uniform bytes hold 56.7 different ones on average (fewer
    than 44 come once in more than a million times) and 23.8 that are printable ASCII."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    weight_handshake: float = setting(4.0, 0, 6)
    weight_unproven: float = setting(2.5, 0, 6)
    weight_setup: float = setting(1.0, 0, 6)
    weight_accepted: float = setting(1.0, 0, 6)
    weight_blocks: float = setting(1.0, 0, 6)
    least_distinct: int = setting(44, 1, 64)
    most_printable: int = setting(46, 0, 64)


DEFAULT = Settings()

_BATCH = 4096
_OPENINGS = f"""
    WITH opened AS (
        SELECT * FROM record WHERE from_client AND number = 0 AND kind IN ('raw', 'unknown') AND length = {OPENING})
    SELECT opened.origin AS origin, opened.stream AS stream, min(opened.src) AS host, min(opened.src_port) AS host_port,
        min(opened.dst) AS server, min(opened.dst_port) AS port, min(opened.head) AS head,
        min(opened.ts) AS first_us, max(record.ts) AS last_us,
        min(struct_pack(number := record.number, length := record.length), 3)
            FILTER (WHERE record.from_client AND record.number < 3) AS up,
        min(struct_pack(number := record.number, length := record.length), 200)
            FILTER (WHERE NOT record.from_client AND record.number < 200) AS down
    FROM opened JOIN record ON record.origin = opened.origin AND record.stream = opened.stream
    GROUP BY opened.origin, opened.stream
    HAVING arg_min(record.length, record.number) FILTER (WHERE NOT record.from_client) IN {ANSWERS}
    ORDER BY origin, stream
"""


@dataclass(frozen=True, slots=True)
class Sv2Detector:
    """One sighting for each connection that opens like Stratum V2."""

    name: str = "sv2"
    reads: frozenset[str] = frozenset({"record"})
    settings: Settings = DEFAULT

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State every such opening, in the order of sources and packets."""
        with context.lake.engine() as engine:
            for batch in engine.ask(_OPENINGS, _BATCH):
                for row in batch.to_pylist():
                    up, down = ([one["length"] for one in row[side]] for side in ("up", "down"))
                    nats = weight(row["head"], up, down, self.settings)
                    if nats:
                        yield self._sighting(row, nats, context)

    def _sighting(self, row: dict[str, Any], nats: float, context: Context) -> Sighting:
        source = context.sources.get(row["origin"], str(row["origin"]))
        server = row["server"]
        evidence = Evidence(
            detector=self.name,
            family="shape",
            grade=Grade.BEHAVED,
            weight=nats,
            text=message(
                "sv2.handshake",
                host=row["host"],
                server=f"[{server}]" if ":" in server else server,
                port=row["port"] or 0,
                answer=row["down"][0]["length"],
                first=from_us(row["first_us"]),
            ),
            first_seen=from_us(row["first_us"]),
            last_seen=from_us(row["last_us"]),
            rows=(RowRef(source, row["stream"]),),
        )
        return Sighting(
            host=row["host"], server=server, port=row["port"] or 0, host_port=row["host_port"] or 0, evidence=evidence
        )


def uniform(head: bytes, own: Settings = DEFAULT) -> bool:
    """Whether 64 bytes may be a random key: many different ones, and not a text."""
    printable = sum(32 <= byte < 127 for byte in head)
    return len(set(head)) >= own.least_distinct and printable <= own.most_printable


def weight(head: bytes | None, up: list[int], down: list[int], own: Settings = DEFAULT) -> float:
    """The weight in nats of an opening and of the lengths in both directions; 0 where it is not Stratum V2.

    A message that shares its segment with another hides its length, so what is missing speaks against nothing, except
    that no frame is shorter than its header and its authentication.
    """
    if head is not None and not uniform(head, own):
        return 0.0
    if (len(up) > 1 and up[1] < FRAME) or (len(down) > 1 and down[1] < FRAME):
        return 0.0
    terms = (
        (own.weight_handshake, head is not None),
        (own.weight_unproven, head is None),
        (own.weight_setup, len(up) > 1 and SETUP[0] <= up[1] <= SETUP[1]),
        (own.weight_accepted, len(down) > 1 and down[1] == ACCEPTED),
        (own.weight_blocks, Counter(down[2:])[NEW_BLOCK] >= 2),
    )
    return sum(nats for nats, holds in terms if holds)
