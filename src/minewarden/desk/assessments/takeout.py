"""Everything that is kept of a unit as one archive: its ledgers, its cases, its notices, its figures and assessments.

Telephone numbers stay masked, as in every export without a reason; names of people stand in the ledgers, whose lists
show them too.
"""

import io
import zipfile
from datetime import datetime

from minewarden.desk.assessments import export
from minewarden.desk.assessments.models import Kept
from minewarden.desk.assessments.rhythm import rhythm_of
from minewarden.desk.cases.access import cases_for
from minewarden.desk.kit.words import chinese
from minewarden.desk.ledger.access import entries_visible_to
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.queries import exported
from minewarden.desk.notices.access import assignments_for
from minewarden.desk.org.models import Person, Unit
from minewarden.documents.leaves import Leaf, to_xlsx
from minewarden.documents.sheet_write import listing
from minewarden.documents.watermark import Watermark
from minewarden.vocab.words import DISPLAY_ZONE

MOST = 20_000
"""Rows of one ledger. What is larger is taken out ledger by ledger, or school by school."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def too_large(unit: Unit, person: Person) -> bool:
    """Whether a ledger of the unit and those below it is too large to be taken out in one go."""
    return any(entries_visible_to(book, person, unit).order_by()[: MOST + 1].count() > MOST for book in BOOKS.values())


def archive(unit: Unit, person: Person, *, watermark: Watermark, now: datetime) -> bytes:
    """A ZIP of workbooks and papers; what the person may not see is not in it.

    What is made for the archive bears the mark of whoever takes it; assessments are in it as they were approved.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for code, book in BOOKS.items():
            rows = entries_visible_to(book, person, unit)
            if rows.exists():
                title = chinese(book.table.title.id)
                content = listing(book.table, exported(book, rows, whole=False), watermark=watermark)
                _add(bundle, f"{export.zh('folder_ledgers')}/{title}_{code}.xlsx", content)
        lists = [_cases(unit, person), _notices(unit, person)]
        _add(bundle, f"{export.zh('leaf_cases')}.xlsx", to_xlsx(lists, watermark=watermark))
        figures = export.leaves_of(unit, rhythm_of(unit, now).running(now), now=now)
        _add(bundle, f"{export.zh('leaf_figures')}.xlsx", to_xlsx(figures))
        kept = Kept.objects.filter(version__assessment__unit=unit).select_related("version__assessment")
        for row in kept.order_by("pk"):
            about = row.version
            name = f"{about.assessment.code}-v{about.number}.{row.form}"
            _add(bundle, f"{export.zh('folder_assessments')}/{name}", bytes(row.content))
    return file.getvalue()


def _add(bundle: zipfile.ZipFile, name: str, content: bytes) -> None:
    bundle.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)


def _stamp(instant: datetime | None) -> str:
    return f"{instant.astimezone(DISPLAY_ZONE):%Y-%m-%d %H:%M}" if instant is not None else ""


def _cases(unit: Unit, person: Person) -> Leaf:
    keys = ("case", "unit", "state", "conclusion", "nature", "received", "found", "reported", "closed")
    rows = cases_for(person).filter(unit__path__startswith=unit.path).order_by("pk").defer("evidence__content")
    table = tuple(
        (
            case.number, case.unit.name, chinese(export.state_word(case.state)),
            chinese(f"desk_cases.conclusion_{case.conclusion.replace('-', '_')}") if case.conclusion else "",
            chinese(f"desk_cases.nature_{case.nature}"), _stamp(case.received_at), _stamp(case.found_at),
            _stamp(case.reported_at), _stamp(case.closed_at),
        )
        for case in rows.iterator(chunk_size=2000)
    )  # fmt: skip
    return Leaf(export.zh("leaf_cases"), unit.name, tuple(export.zh(f"col_{key}") for key in keys), table)


def _notices(unit: Unit, person: Person) -> Leaf:
    keys = ("notice", "unit", "dispatched", "received", "signed")
    rows = assignments_for(person).filter(unit__path__startswith=unit.path).prefetch_related(None).order_by("pk")
    table = tuple(
        (str(row.received), row.unit.name, _stamp(row.dispatched_at), _stamp(row.received_at), _stamp(row.signed_at))
        for row in rows.iterator(chunk_size=2000)
    )
    return Leaf(export.zh("leaf_notices"), unit.name, tuple(export.zh(f"col_{key}") for key in keys), table)
