"""Pages of the nine measures and of energy."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.audit.record import taken_out
from minewarden.desk.cases.access import case_for
from minewarden.desk.cases.views import HONOURS, carried_out
from minewarden.desk.kit.again import again
from minewarden.desk.kit.downloads import file_name, workbook
from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.paging import page_of
from minewarden.desk.kit.watermark import watermark_of
from minewarden.desk.kit.words import language, said, say
from minewarden.desk.measures import access, actions, export, forms, queries
from minewarden.desk.measures.codes import KINDS
from minewarden.desk.measures.columns import ENERGY
from minewarden.desk.measures.lifecycle import Verb
from minewarden.desk.measures.models import Entry
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view
from minewarden.documents.docx import to_docx
from minewarden.documents.official import OfficialDocument
from minewarden.documents.pdf import to_pdf
from minewarden.documents.sheet_write import listing
from minewarden.documents.watermark import Watermark
from minewarden.vocab.errors import MinewardenError

OPEN_FOR = timedelta(minutes=15)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_VERBS: dict[str, Any] = {
    Verb.SEND: actions.send, Verb.ANSWER: actions.answer, Verb.DECIDE: actions.decide, Verb.OBJECT: actions.contest,
    Verb.CLOSE: actions.close, Verb.DROP: actions.drop,
}  # fmt: skip


@requires(*BUSINESS)
@require_GET
def home(request: DeskRequest) -> HttpResponse:
    """The nine measures and their records."""
    shown = queries.register(request, request.user, unit_in_view(request), timezone.now())
    return render(request, "measures/home.html", {"shown": shown})


@requires("officer", "approver")
def note(request: DeskRequest) -> HttpResponse:
    """A new record, of a case where the address names one."""
    number = request.GET.get("case", "")
    case = case_for(request.user, int(number)) if number.isdecimal() else None
    given = request.POST.get("kind") or request.GET.get("kind", "")
    form = forms.NoteForm(request.user, given if given in KINDS else "", request.POST or None, case=case)
    if form.is_valid():
        act = partial(actions.note, by=request.user, now=timezone.now(), case=case, **form.cleaned_data)
        if (made := attempt(form, act)) is not None:
            messages.success(request, say("desk_kit.saved"))
            return redirect("measures:entry", made.pk)
    return render(request, "measures/note.html", {"form": form, "case": case})


@requires(*BUSINESS)
@require_GET
def entry(request: DeskRequest, entry_id: int) -> HttpResponse:
    """One record; a restricted one opens for a reason, for a quarter of an hour."""
    return _entry_page(request, access.entry_for(request.user, entry_id))


@requires("officer", "approver")
@require_POST
def act(request: DeskRequest, entry_id: int, verb: str) -> HttpResponse:
    """Sent, answered, decided, contested, closed, dropped."""
    row = access.entry_for(request.user, entry_id)
    if verb not in _VERBS:
        raise Http404
    form = forms.VerbForm(Verb(verb), row, request.POST)
    if form.is_valid() and carried_out(request, _VERBS[verb], entry=row, **form.cleaned_data):
        messages.success(request, say("desk_kit.done"))
        return redirect("measures:entry", entry_id)
    return _entry_page(request, access.entry_for(request.user, entry_id), form)


@requires("approver")
@require_POST
def unlock(request: DeskRequest, entry_id: int) -> HttpResponse:
    """Open a restricted record for a reason that the log keeps."""
    row, form = access.entry_for(request.user, entry_id), forms.ReasonForm(request.POST)
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, actions.open_restricted, entry=row, **form.cleaned_data):
        request.session[f"measure-{entry_id}"] = timezone.now().isoformat()
    return redirect("measures:entry", entry_id)


@requires("officer", "approver")
@require_POST
def add_file(request: DeskRequest, entry_id: int) -> HttpResponse:
    """Keep a document."""
    row, form = access.entry_for(request.user, entry_id), forms.FileForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data["upload"]
        if carried_out(request, actions.add_file, entry=row, name=given.name, content=given.read()):
            messages.success(request, say("desk_kit.saved"))
    else:
        messages.error(request, say("desk_cases.refused_file"))
    return redirect("measures:entry", entry_id)


@requires(*BUSINESS)
@require_GET
def file(request: DeskRequest, entry_id: int, file_id: int) -> HttpResponse:
    """A document as it was handed in; it is never shown in the browser."""
    row = access.file_for(request.user, entry_id, file_id)
    if not _is_open(request, row.entry):
        return redirect("measures:entry", entry_id)
    try:
        content = actions.read_file(row, by=request.user, now=timezone.now())
    except MinewardenError as error:
        messages.error(request, said(error.message))
        return redirect("measures:entry", entry_id)
    return _attached(content, row.name, "application/octet-stream")


@requires("officer", "approver")
@require_GET
def letter(request: DeskRequest, entry_id: int, form: str) -> HttpResponse:
    """The letter, or the record sheet, as a paper."""
    row = access.entry_for(request.user, entry_id)
    if not _is_open(request, row):
        return redirect("measures:entry", entry_id)
    what, _, form = form.partition("-")
    made = {"letter": export.letter, "record": export.decision}.get(what)
    if made is None or form not in ("docx", "pdf"):
        raise Http404
    actions.hand_out(row, by=request.user, form=f"{what}-{form}")
    # A letter goes to its authority; the record of what is decided about a person stays in the office.
    mark = watermark_of(request) if what == "record" and row.restricted else None
    return _paper(made(row, timezone.localdate()), row.code, form, mark)


@requires(*BUSINESS)
@require_GET
def reviews(request: DeskRequest) -> HttpResponse:
    """The reviews of own projects."""
    page = queries.reviews(request, request.user, unit_in_view(request))
    return render(request, "measures/reviews.html", {"page": page})


@requires("officer")
def add_review(request: DeskRequest) -> HttpResponse:
    """Hold a project against the signs."""
    form = forms.ReviewForm(request.user, request.POST or None)
    if form.is_valid():
        act = partial(actions.review, by=request.user, now=timezone.now(), **form.facts())
        if (made := attempt(form, act)) is not None:
            messages.success(request, say("desk_measures.done_review"))
            return redirect("measures:review", made.pk)
    return render(request, "measures/add_review.html", {"form": form})


@requires(*BUSINESS)
def review(request: DeskRequest, review_id: int) -> HttpResponse:
    """One review; the second person decides here."""
    row = access.review_for(request.user, review_id)
    form = forms.DecideForm(request.POST or None)
    if request.method == "POST" and not form.is_valid():
        return again(request, form)
    if form.is_valid() and carried_out(request, actions.decide_review, row=row, **form.cleaned_data):
        messages.success(request, say("desk_kit.done"))
        return redirect("measures:review", review_id)
    decides = row.outcome == row.Outcome.PENDING and access.decides(request.user, row)
    context = {"review": row, "signs": row.asked, "decides": decides}
    return render(request, "measures/review.html", context)


@requires(*BUSINESS)
@require_GET
def opinion(request: DeskRequest, review_id: int, form: str) -> HttpResponse:
    """A review as a paper."""
    row = access.review_for(request.user, review_id)
    if form not in ("docx", "pdf"):
        raise Http404
    taken_out("measure.export", by=request.user, obj=row, what=f"opinion-{form}")
    return _paper(export.opinion(row), row.code, form)


@requires("approver", "leader")
@require_GET
def honours(request: DeskRequest) -> HttpResponse:
    """Units at the threshold of a year, the cases behind it, and what the office of honours decided."""
    given, now = request.GET.get("year", ""), timezone.now()
    year = int(given) if given.isdecimal() and 2000 <= int(given) <= 2100 else timezone.localdate().year
    page = page_of(queries.honoured(request.user, year, now), request, HONOURS)
    rows = queries.honours_rows(request.user, year, list(page))
    shown = {"rows": rows, "page": page, "query": f"year={year}&", "year": year, "years": (year - 1, year + 1)}
    return render(request, "measures/honours.html", shown)


@requires(*BUSINESS)
@require_GET
def energy(request: DeskRequest) -> HttpResponse:
    """估算电量 of a period."""
    form = forms.PeriodForm(request.GET or None)
    shown = queries.energy_list(request.user, unit_in_view(request), *form.span())
    return render(request, "measures/energy.html", {"shown": shown})


@requires(*BUSINESS)
@require_GET
def energy_workbook(request: DeskRequest) -> HttpResponse:
    """The same as a workbook."""
    below = unit_in_view(request)
    shown = queries.energy_list(request.user, below, *forms.PeriodForm(request.GET or None).span())
    rows = list(queries.energy_rows(shown))
    taken_out("measure.export", by=request.user, obj=below or request.user.unit, what="energy", count=len(rows))
    content = listing(ENERGY, rows, language())
    return workbook(content, (below or request.user.unit).label, said(ENERGY.title), timezone.now())


@requires("officer")
def case_energy(request: DeskRequest, case_id: int) -> HttpResponse:
    """Say from what the energy of a case is estimated."""
    case = case_for(request.user, case_id)
    known, made = queries.case_energy(case)
    initial = {"method": "device", "began_at": known.began, "ended_at": known.ended}
    if known.fact is not None:
        initial |= {name: getattr(known.fact, name) for name in forms.EnergyForm.base_fields}
    form = forms.EnergyForm(request.POST or None, initial=initial)
    if form.is_valid():
        act = partial(actions.note_energy, case, by=request.user, now=timezone.now(), **form.cleaned_data)
        if attempt(form, act) is not None:
            messages.success(request, say("desk_kit.saved"))
            return redirect("cases:case", case.pk)
    context = {"form": form, "case": case, "energy": known, "made": made}
    return render(request, "measures/case_energy.html", context)


@requires("system", *BUSINESS)
def figures(request: DeskRequest) -> HttpResponse:
    """Factors and surcharges with their sources; the system administrator adds what is announced."""
    writes = request.user.holds("system")
    form = forms.FigureForm(request.POST or None) if writes else None
    if form is not None and form.is_valid() and carried_out(request, actions.add_figure, **form.cleaned_data):
        messages.success(request, say("desk_kit.saved"))
        return redirect("measures:figures")
    added, factors, rates, drafts = queries.known_figures()
    context = {"form": form, "added": added, "factors": factors, "rates": rates, "drafts": drafts}
    return render(request, "measures/figures.html", context)


def _entry_page(request: DeskRequest, row: Entry, filled: forms.VerbForm | None = None) -> HttpResponse:
    if not _is_open(request, row):
        return render(request, "measures/locked.html", {"entry": row, "form": forms.ReasonForm()})
    shown = queries.entry_page(row, request.user, timezone.now())
    acts = [filled if filled and filled.verb is verb else forms.VerbForm(verb, row) for verb in shown.verbs]
    context = {"shown": shown, "acts": acts, "filled": filled, "upload": forms.FileForm()}
    return render(request, "measures/entry.html", context, status=422 if filled is not None else 200)


def _is_open(request: DeskRequest, row: Entry) -> bool:
    since = request.session.get(f"measure-{row.pk}")
    return not row.restricted or (since is not None and timezone.now() - datetime.fromisoformat(since) < OPEN_FOR)


def _paper(document: OfficialDocument, code: str, form: str, mark: Watermark | None = None) -> HttpResponse:
    name = file_name(document.unit, f"{document.title}_{code}", timezone.now())
    if form == "docx":
        return _attached(to_docx(document, watermark=mark), f"{name}.docx", _WORD)
    return _attached(to_pdf(document, watermark=mark).pdf, f"{name}.pdf", "application/pdf")


def _attached(data: bytes, name: str, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return HttpResponse(data, content_type=kind, headers=headers)
