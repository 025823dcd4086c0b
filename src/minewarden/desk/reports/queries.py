"""The report as a page shows it: the frozen text where one was submitted, else the draft."""

from dataclasses import dataclass
from datetime import datetime

from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Case
from minewarden.desk.reports.export import SECTIONS, Head, addressee, document, paragraphs, text_of, title, zh
from minewarden.desk.reports.models import Submitted
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
    version: int
    sha256: str
    frozen: bool
    dated: datetime

    @property
    def code(self) -> str:
        """What the QR in the foot holds."""
        return f"{self.case.number}/v{self.version}/{self.sha256[:12]}" if self.frozen else f"{self.case.number}/draft"


def report_page(case: Case, now: datetime) -> ReportPage:
    """The report as it stands."""
    frozen = case.reports.order_by("-version").first() if State(case.state) in FROZEN else None
    if isinstance(frozen, Submitted):
        given = dict(frozen.content)
        sections = given.pop("sections")
        head = Head(**given)
    else:
        sections, head = text_of(case)
    numbers = "一二三四五六"
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
        version=frozen.version if frozen else 0,
        sha256=frozen.sha256 if frozen else "",
        frozen=frozen is not None,
        dated=case.reported_at or (frozen.submitted_at if frozen else now),
    )


def official(page: ReportPage) -> OfficialDocument:
    """The document of a page."""
    return document(page.case, page.sections, page.head, on=page.dated, code=page.code)
