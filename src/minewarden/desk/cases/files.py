"""佐证材料: files that people hand in lie encrypted, are never opened by the program, and each download is recorded."""

import os
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand, may
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case, EvidenceFile
from minewarden.desk.kit import sealed
from minewarden.desk.org.models import Person
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import message

LARGEST = 20 * 1024 * 1024
MOST = 50
"""Files of one case."""


@transaction.atomic
def add_file(
    case: Case, *, by: Person, now: datetime, name: str, content: bytes, note: str = "", restricted: bool = False
) -> EvidenceFile:
    """Keep a file. The hash is that of what was handed in; what lies on the disk is encrypted."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if not content or len(content) > LARGEST or case.files.count() >= MOST:
        raise refusals.file_refused()
    place = uuid4().hex
    path = _path(place)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed.seal(content, f"case-file.{place}"))
        file.flush()
        os.fsync(file.fileno())
    row: EvidenceFile = EvidenceFile.objects.create(
        case=case, name=_plain(name), note=note.strip(), size=len(content), sha256=sha256(content).hexdigest(),
        place=place, restricted=restricted, taken_at=now, by=by,
    )  # fmt: skip
    facts = {"file": row.pk, "size": row.size, "sha256": row.sha256, "restricted": restricted}
    remark(case, "add-file", by=by, now=now, note="" if restricted else row.name, facts=facts)
    return row


@transaction.atomic
def read_file(row: EvidenceFile, *, by: Person, now: datetime) -> bytes:
    """The file as it was handed in, for whoever may see it; the download is recorded.

    Raises ConfigError where the file is gone, was changed, or cannot be opened with the key that is there.
    """
    case = held(row.case)
    if row.restricted and not (may(by, Duty.APPROVE, case.unit) or may(by, Duty.HANDLE, case.unit)):
        raise PermissionDenied
    try:
        content = sealed.unseal(_path(row.place).read_bytes(), f"case-file.{row.place}")
    except OSError as error:
        raise ConfigError(message("desk_cases.file_gone")) from error
    if sha256(content).hexdigest() != row.sha256:
        raise ConfigError(message("desk_cases.file_gone"))
    remark(case, "read-file", by=by, now=now, facts={"file": row.pk, "sha256": row.sha256})
    return content


def _path(place: str) -> Path:
    return Path(settings.DATA) / "files" / "cases" / place[:2] / f"{place}.sealed"


def _plain(name: str) -> str:
    """The last part of a name, without what a browser or a disk could take for something else."""
    kept = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable() and c not in '<>:"|?*')
    return kept.strip(". ")[-200:] or "file"
