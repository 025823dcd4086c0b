"""The chain of signatures: each hash covers a signature and the hash before, and the log of the desk carries its end.

A signature takes no record of the log of its own: a whole school signs within an hour, and two chains in one
transaction would make each wait for the other. Instead the end of this chain is sealed into the log a few seconds
later (`seals`), from where on nobody can change, remove or cut a signature without both chains showing it.
"""

import json
from collections.abc import Sequence
from datetime import UTC
from hashlib import sha256
from typing import Any

from django.db import connection

from minewarden.desk.pledges.models import Signature, Text

GENESIS = "0" * 64
# Any number will do, as long as nothing else in the database asks for a lock of the same one.
_CHAIN_LOCK = 0x6D77_706C
_FIELDS = (
    "seq", "signer_id", "text_id", "text_sha256", "unit_id", "unit_name", "group", "category", "number", "name",
    "guardian", "relation", "way", "ip", "agent", "ink_sha256", "scan_sha256", "page", "by_id", "prev_hash",
)  # fmt: skip


def digest(signature: Signature) -> str:
    """SHA-256 over the canonical JSON of a signature: sorted keys, no spaces, UTF-8, the time in UTC."""
    facts: dict[str, Any] = {name: getattr(signature, name) for name in _FIELDS}
    facts["at"] = signature.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    facts["signed_on"] = signature.signed_on.isoformat()
    return sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def text_digest(text: Text) -> str:
    """SHA-256 over what a version says: its kind, its title, its paragraphs."""
    said = [text.variant, text.title, text.body]
    return sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def hold() -> tuple[int, str]:
    """The number and hash of the last signature, held until the transaction ends so that no two follow the same one."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    # On SQLite the transaction holds the only write lock since it began (settings: IMMEDIATE).
    end = Signature.objects.order_by("-seq").values_list("seq", "hash").first()
    return end or (0, GENESIS)


def join(signatures: Sequence[Signature], end: tuple[int, str]) -> None:
    """Number new signatures behind the end of the chain, in their order, and link them. `end` must be held."""
    last, previous = end
    for signature in signatures:
        last += 1
        signature.seq, signature.prev_hash = last, previous
        signature.hash = previous = digest(signature)
