"""Write a record of an act, inside the transaction of the act: if it cannot be written, the act does not happen."""

import json
import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from minewarden.desk.audit.chain import GENESIS, Anchor, anchor_path, digest, raise_anchor
from minewarden.desk.audit.context import origin
from minewarden.desk.audit.models import Record

_log = logging.getLogger(__name__)
# Any number will do, as long as nothing else in the database asks for a lock of the same one.
_CHAIN_LOCK = 0x6D77_6175
# How far this process has moved each anchor: a thousand records of one transaction move it once.
_anchored: dict[Path, int] = {}
Facts = Mapping[str, Any]


class Actor(Protocol):
    """What the log asks of whoever acts."""

    pk: Any
    name: Any

    def audit_unit(self) -> "tuple[int, str, str] | None":
        """Number, name and path of the unit the person belongs to."""


def record(
    action: str,
    *,
    by: Actor | None,
    obj: models.Model | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
    result: str = "ok",
    actor: str = "",
) -> Record:
    """Append to the log what was done (`case.close`), by whom (None: the program or its operator), to which object.

    `before` and `after` hold what changed. `actor` names who acted where there is no account (a failed login).
    Call it within the transaction of the act. Raises whatever the database raises; do not catch it.
    """
    unit = by.audit_unit() if by is not None else None
    here = origin()
    with transaction.atomic():
        last = _last()
        entry = Record(
            seq=last.seq + 1 if last else 1,
            at=timezone.now(),
            actor_id=by.pk if by is not None else None,
            actor=(str(by.name) if by is not None else actor or "-")[:150],
            unit_id=unit[0] if unit else None,
            unit=unit[1] if unit else "",
            unit_path=unit[2] if unit else "",
            ip=here.ip,
            agent=here.agent,
            action=action,
            kind=obj._meta.label_lower if obj is not None else "",
            object_id=str(obj.pk) if obj is not None else "",
            result=result,
            before=_plain(before),
            after=_plain(after),
            request_id=here.request_id,
            prev_hash=last.hash if last else GENESIS,
        )
        entry.hash = digest(entry)
        entry.save()
        transaction.on_commit(partial(_committed, entry.seq))
    return entry


def taken_out(action: str, *, by: Actor, obj: models.Model | None = None, count: int = 1, **facts: str) -> Record:
    """Append that rows or a paper left the desk as a file (`pledge.export`): of what, how many, and the facts that tell
    which and why. It is written before the file goes out."""
    return record(action, by=by, obj=obj, after={**facts, "count": count})


def _last() -> Record | None:
    """The end of the chain, held until the transaction ends so that no two records follow the same one."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    # On SQLite the transaction holds the only write lock since it began (settings: IMMEDIATE).
    return Record.objects.order_by("-seq").first()


def _plain(facts: Facts | None) -> Any:
    """The facts as they will come back from the database, so that the hash is over what is stored."""
    if facts is None:
        return None
    # Fractions become text: databases write 1e16 differently, and the hash must not depend on which.
    return json.loads(json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False), parse_float=str)


def _committed(seq: int) -> None:
    """Move the anchor to the end of the chain, once for all records of a transaction."""
    place = anchor_path()
    if _anchored.get(place, 0) >= seq:
        return
    end = Record.objects.order_by("-seq").values_list("seq", "hash").first()
    # The act stands already; an anchor that cannot be written must not look like a failure of it.
    try:
        if end is not None:
            raise_anchor(Anchor(*end))
            _anchored[place] = end[0]
    except (OSError, ValueError):
        _log.exception("the anchor of the audit log could not be moved to record %d", seq)
