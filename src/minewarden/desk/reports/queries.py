"""The report as a page shows it: the frozen text where one was submitted, else the draft."""

from dataclasses import dataclass
from datetime import datetime

from minewarden.desk.cases.clocks import Clock
from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Asked, Case
from minewarden.desk.notices.export import answer_rows, documents_of, without_port
from minewarden.desk.notices.models import Line, Received
from minewarden.desk.reports.export import (
    SECTIONS,
    Head,
    addressee,
    ask_for_port,
    code_of,
    dated,
    document,
    feedback,
    own_rows,
    paragraphs,
    text_of,
    title,
    zh,
)
from minewarden.desk.reports.models import Stamped, Submitted
from minewarden.desk.reports.stamps import stamped_clock
from minewarden.documents.official import OfficialDocument

FROZEN = (State.REVIEW, State.REPORTED, State.RECEIVED, State.CLOSED, State.WATCHING, State.STABLE, State.RECURRED)


@dataclass(frozen=True, slots=True)
class Part:
    """One section on the page: its heading with its number, its paragraphs."""

    name: str
    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The report of a case."""

    case: Case
    title: str
    addressee: str
    head: Head
    parts: tuple[Part, ...]
    sections: dict[str, str]
    submitted: Submitted | None
    dated: datetime
    stamped: tuple[Stamped, ...]
    asked_by: tuple[Received, ...]
    portless: tuple[Received, ...]
    stamping: Clock | None

    @property
    def frozen(self) -> bool:
        """Whether it is what was handed in, which changes no more."""
        return self.submitted is not None

    @property
    def version(self) -> int:
        """The number of the version; 0 for a draft."""
        return self.submitted.version if self.submitted else 0

    @property
    def sha256(self) -> str:
        """The hash of what was submitted; empty for a draft."""
        return self.submitted.sha256 if self.submitted else ""

    @property
    def undecided(self) -> bool:
        """Whether a judgement waits for its second person: a report says what was decided."""
        return self.case.decisions.filter(outcome=Asked.Outcome.PENDING).exists()

    @property
    def code(self) -> str:
        """What the QR in the foot holds."""
        return code_of(self.submitted) if self.submitted else f"{self.case.number}/draft"


def report_page(case: Case, now: datetime) -> ReportPage:
    """The report as it stands."""
    reports = case.reports.select_related("case").order_by("-version")
    frozen: Submitted | None = reports.first() if State(case.state) in FROZEN else None
    if frozen is not None:
        given = dict(frozen.content)
        sections = given.pop("sections")
        head = Head(**given)
    else:
        sections, head = text_of(case)
    numbers = "一二三四五六"
    asked_by = tuple(documents_of(case))
    parts = tuple(
        Part(name, f"{numbers[i]}、{zh(f'section_{name}')}", tuple(paragraphs(sections[name])))
        for i, name in enumerate(SECTIONS)
    )
    return ReportPage(
        case=case,
        title=title(case),
        addressee=head.addressee or addressee(case),
        head=head,
        parts=parts,
        sections=sections,
        submitted=frozen,
        dated=dated(case, frozen) if frozen else now,
        stamped=tuple(case.stamped.select_related("report", "file", "file__by")),
        asked_by=asked_by,
        portless=tuple(received for received in asked_by if _wanting(received, case)),
        stamping=stamped_clock(case),
    )


def official(page: ReportPage) -> OfficialDocument:
    """The document of a page."""
    return document(page.case, page.sections, page.head, on=page.dated, code=page.code)


def form_b(case: Case, received_id: int, now: datetime) -> OfficialDocument | None:
    """排查处置反馈表 of a case for one sender, in his own columns; `received_id` 0 asks for the usual columns.

    None where the case does not answer that document.
    """
    if not received_id:
        return feedback(case, own_rows(case), on=case.reported_at or now)
    received = next((row for row in documents_of(case) if row.pk == received_id), None)
    return feedback(case, answer_rows(received, case), on=case.reported_at or now) if received else None


def port_letter(case: Case, received_id: int, now: datetime) -> OfficialDocument | None:
    """The letter that asks a sender for the source port; None where the case does not answer that document, the
    document named the port, or the device was found without it."""
    received = next((row for row in documents_of(case) if row.pk == received_id), None)
    lines = _wanting(received, case) if received is not None else []
    return ask_for_port(case, received, lines, on=now) if received is not None and lines else None


def _wanting(received: Received, case: Case) -> list[Line]:
    """The lines for which a port is still to be asked: once the device is locked there is nothing left to look up."""
    return [] if case.locked_at is not None else without_port(received, case)
