"""How a record is hashed, and the anchor: the last number and hash, kept outside the database."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from minewarden.desk.audit.models import Record

GENESIS = "0" * 64
_FIELDS = (
    "seq", "actor_id", "actor", "unit_id", "unit", "unit_path", "ip", "agent", "action", "kind", "object_id",
    "result", "before", "after", "request_id", "prev_hash",
)  # fmt: skip


def digest(record: Record) -> str:
    """SHA-256 over the record's canonical JSON: sorted keys, no spaces, UTF-8, the time in UTC with microseconds."""
    facts: dict[str, Any] = {name: getattr(record, name) for name in _FIELDS}
    facts["at"] = record.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the chain as last seen. A chain that is shorter, or has another hash there, was cut or rewritten."""

    seq: int
    hash: str


def anchor_path() -> Path:
    """The anchor's file, in the data folder beside the database."""
    return Path(settings.DATA) / "audit-anchor.json"


def read_anchor() -> Anchor | None:
    """The anchor, or None where there is none. Raises ValueError where the file is not an anchor."""
    try:
        kept = json.loads(anchor_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(kept, dict) or not isinstance(kept.get("seq"), int) or not isinstance(kept.get("hash"), str):
        raise ValueError("the anchor's file does not hold a number and a hash")
    return Anchor(kept["seq"], kept["hash"])


def raise_anchor(end: Anchor) -> None:
    """Move the anchor forward to a committed record; never back, whichever process comes last."""
    path = anchor_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.with_suffix(".lock")):
        kept = read_anchor()
        if kept is not None and kept.seq >= end.seq:
            return
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(json.dumps({**asdict(end), "at": datetime.now(UTC).isoformat()}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
