"""Files handed in with tasks and filings: sealed on the disk, known by their hash, each download recorded."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.campaigns.models import Attachment, Filing, Task
from minewarden.desk.campaigns.refusals import refusal
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.kit import kept
from minewarden.desk.org.models import Person

MOST = 20
_FOLDER, _PURPOSE = "campaigns", "campaign-file"


@transaction.atomic
def attach(thing: Task | Filing, *, by: Person, now: datetime, name: str, content: bytes) -> Attachment:
    """Keep a file with a task or a filing."""
    demand(by, Duty.HANDLE, thing.unit)
    if not content or len(content) > kept.LARGEST or thing.files.count() >= MOST:
        raise refusal("file")
    owner = {"task": thing} if isinstance(thing, Task) else {"filing": thing}
    row: Attachment = Attachment.objects.create(
        **owner, name=kept.plain_name(name), size=len(content), sha256=sha256(content).hexdigest(),
        place=kept.keep(content, _FOLDER, _PURPOSE), taken_at=now, by=by,
    )  # fmt: skip
    record("campaign.attach", by=by, obj=thing, after={"file": row.pk, "name": row.name, "sha256": row.sha256})
    return row


@transaction.atomic
def fetch(row: Attachment, *, by: Person, now: datetime) -> bytes:
    """The file as it was handed in. Raises ConfigError where it is gone or was changed."""
    content = kept.read(_FOLDER, _PURPOSE, row.place, row.sha256)
    record("campaign.fetch", by=by, obj=row, after={"sha256": row.sha256, "at": now})
    return content
