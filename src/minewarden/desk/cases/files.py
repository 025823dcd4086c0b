"""佐证材料: files that people hand in lie encrypted, are never opened by the program, and each download is recorded."""

from datetime import datetime
from hashlib import sha256

from django.core.exceptions import PermissionDenied
from django.db import transaction

from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand, may
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case, EvidenceFile
from minewarden.desk.kit import kept
from minewarden.desk.kit.kept import LARGEST as LARGEST
from minewarden.desk.org.models import Person

MOST = 50
"""Files of one case."""
_FOLDER, _PURPOSE = "cases", "case-file"


@transaction.atomic
def add_file(
    case: Case, *, by: Person, now: datetime, name: str, content: bytes, note: str = "", restricted: bool = False
) -> EvidenceFile:
    """Keep a file. The hash is that of what was handed in; what lies on the disk is encrypted."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if not content or len(content) > LARGEST or case.files.count() >= MOST:
        raise refusals.file_refused()
    place = kept.keep(content, _FOLDER, _PURPOSE)
    row: EvidenceFile = EvidenceFile.objects.create(
        case=case, name=kept.plain_name(name), note=note.strip(), size=len(content), sha256=sha256(content).hexdigest(),
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
    content = kept.read(_FOLDER, _PURPOSE, row.place, row.sha256)
    remark(case, "read-file", by=by, now=now, facts={"file": row.pk, "sha256": row.sha256})
    return content
