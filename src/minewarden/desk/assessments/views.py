"""Pages of assessments, statistics, the clear-zero board and the course."""

from collections.abc import Callable
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.assessments import access, actions, export, forms, overview, queries, takeout, trend
from minewarden.desk.assessments import papers as paper_sorts
from minewarden.desk.assessments.board import board
from minewarden.desk.assessments.periods import Kind, Period
from minewarden.desk.assessments.rhythm import rhythm_of
from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit.downloads import disposition, file_name, workbook
from minewarden.desk.kit.paging import page_of
from minewarden.desk.kit.watermark import watermark_of
from minewarden.desk.kit.words import say
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view
from minewarden.desk.org.models import Unit
from minewarden.documents.docx import to_docx
from minewarden.documents.leaves import to_xlsx
from minewarden.documents.pdf import to_pdf

_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@requires(*BUSINESS)
@require_GET
def home(request: DeskRequest) -> HttpResponse:
    """The running period: what is to be done, and how those below stand."""
    shown = queries.home_page(request.user, _place(request), timezone.now())
    return render(request, "assessments/home.html", {"page": shown})


@requires(*BUSINESS)
@require_GET
def page(request: DeskRequest, unit_id: int, code: str) -> HttpResponse:
    """One assessment."""
    return _page(request, *_which(request, unit_id, code))


@requires("officer")
def edit(request: DeskRequest, unit_id: int, code: str) -> HttpResponse:
    """Write into the draft, with the figures beside it."""
    unit, period = _which(request, unit_id, code)
    shown = queries.draft(request.user, unit, period, timezone.now())
    form = forms.DraftForm(request.POST or None, initial=shown.written)
    if request.method == "POST" and form.is_valid():
        given = {"sections": form.cleaned_data, "head": form.head}
        if carried_out(request, actions.save_draft, unit=unit, period=period, **given):
            messages.success(request, say("desk_assessments.done_save"))
            return redirect("assessments:page", unit.pk, code)
    return render(request, "assessments/edit.html", {"page": shown, "form": form})


@requires("officer")
@require_POST
def submit(request: DeskRequest, unit_id: int, code: str) -> HttpResponse:
    """Freeze the figures and hand them to the approver."""
    return _act(request, unit_id, code, actions.submit, "done_submit")


@requires("officer")
@require_POST
def zero(request: DeskRequest, unit_id: int, code: str) -> HttpResponse:
    """零报告."""
    return _act(request, unit_id, code, actions.report_zero, "done_zero")


@requires("officer")
@require_POST
def urge(request: DeskRequest, unit_id: int, code: str) -> HttpResponse:
    """催报."""
    return _act(request, unit_id, code, actions.urge, "done_urge")


@requires("officer")
@require_POST
def correct(request: DeskRequest, unit_id: int, code: str) -> HttpResponse:
    """Open what was frozen for a new version."""
    unit, period = _which(request, unit_id, code)
    form = forms.Note(request.POST)
    if form.is_valid() and carried_out(request, actions.correct, unit=unit, period=period, **form.cleaned_data):
        messages.success(request, say("desk_assessments.done_correct"))
        return redirect("assessments:edit", unit.pk, code)
    return _page(request, unit, period, correcting=form)


@requires("approver")
@require_POST
def approve(request: DeskRequest, version_id: int) -> HttpResponse:
    """Freeze a version."""
    version = access.version_for(request.user, version_id)
    if carried_out(request, actions.approve, version=version):
        messages.success(request, say("desk_assessments.done_approve"))
    return redirect("assessments:page", version.assessment.unit_id, version.assessment.code)


@requires("approver")
@require_POST
def send_back(request: DeskRequest, version_id: int) -> HttpResponse:
    """Have a version changed."""
    version = access.version_for(request.user, version_id)
    form = forms.Note(request.POST)
    if form.is_valid() and carried_out(request, actions.send_back, version=version, **form.cleaned_data):
        messages.success(request, say("desk_assessments.done_send_back"))
        return redirect("assessments:page", version.assessment.unit_id, version.assessment.code)
    return _page(request, version.assessment.unit, version.assessment.period, sending_back=form)


@requires(*BUSINESS)
@require_GET
def download(request: DeskRequest, version_id: int, form: str) -> HttpResponse:
    """A version as paper or workbook; once approved, as it was kept."""
    version = access.version_for(request.user, version_id)
    if form not in _TYPES:
        raise Http404
    content = queries.paper(version, form)
    actions.hand_out(version.assessment, by=request.user, form=form, what=f"v{version.number}")
    title = f"{export.title(version.content)}_v{version.number}"
    name = file_name(version.assessment.unit.label, title, timezone.now())
    headers = {"Content-Disposition": disposition(f"{name}.{form}")}
    return HttpResponse(content, content_type=_TYPES[form], headers=headers)


@requires(*BUSINESS)
@require_GET
def statistics(request: DeskRequest) -> HttpResponse:
    """The figures of a unit for a period."""
    unit, period = _asked(request)
    span = forms.SpanForm({"begin": request.GET.get("begin"), "last": request.GET.get("last")})
    if request.GET.get("begin") and span.is_valid():
        period = span.period
    shown = overview.statistics(request.user, unit, period, timezone.now())
    wrong = span if request.GET.get("begin") and not span.is_valid() else None
    fresh = forms.SpanForm(initial={"begin": period.begin, "last": period.last})
    context: dict[str, object] = {"page": shown, "span": wrong or fresh}
    context["may_archive"] = request.user.holds("officer", "approver")
    return render(request, "assessments/statistics.html", context, status=422 if wrong else 200)


@requires(*BUSINESS)
@require_GET
def sheet(request: DeskRequest) -> HttpResponse:
    """The figures as a workbook."""
    (unit, period), now = _asked(request), timezone.now()
    content = to_xlsx(export.leaves_of(unit, period, now=now))
    actions.hand_out(unit, by=request.user, form="xlsx", what=period.code)
    return workbook(content, unit.label, say("desk_assessments.statistics_title"), now)


@requires("officer", "approver")
@require_POST
def archive(request: DeskRequest, unit_id: int) -> HttpResponse:
    """Everything that is kept of a unit, as one archive."""
    unit, now = access.place_for(request.user, unit_id), timezone.now()
    if takeout.too_large(unit, request.user):
        messages.error(request, say("desk_assessments.refused_too_large", most=takeout.MOST))
        return redirect("assessments:statistics")
    content = takeout.archive(unit, request.user, watermark=watermark_of(request), now=now)
    actions.hand_out(unit, by=request.user, form="zip", what="archive")
    name = quote(file_name(unit.label, say("desk_assessments.archive"), now))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}.zip"}
    return HttpResponse(content, content_type="application/zip", headers=headers)


@requires(*BUSINESS)
@require_GET
def behind(request: DeskRequest, key: str) -> HttpResponse:
    """The list behind a figure."""
    unit, period = _asked(request)
    shown = overview.behind(key, unit, period, timezone.now())
    if shown is None:
        raise Http404
    rows = page_of(shown.rows if shown.rows is not None else shown.values, request)
    return render(request, "assessments/behind.html", {"page": shown, "rows": rows})


@requires(*BUSINESS)
@require_GET
def definitions(request: DeskRequest) -> HttpResponse:
    """How each figure is defined."""
    return render(request, "assessments/definitions.html", {"rows": overview.definitions()})


@requires(*BUSINESS)
@require_GET
def clear_zero(request: DeskRequest) -> HttpResponse:
    """清零看板."""
    unit, _ = _asked(request)
    shown = board(unit, timezone.now())
    return render(request, "assessments/clear_zero.html", {"board": shown, "rows": page_of(shown.open, request)})


@requires(*BUSINESS)
@require_GET
def course(request: DeskRequest) -> HttpResponse:
    """The course over many periods."""
    unit, period = _asked(request)
    length = next((n for n in trend.LENGTHS if str(n) == request.GET.get("length")), trend.LENGTHS[0])
    kind = Kind.MONTH if request.GET.get("by") == "month" else Kind.WEEK
    shown = trend.trend(unit, kind, length, timezone.now())
    return render(request, "assessments/trend.html", {"page": shown, "period": period, "lengths": trend.LENGTHS})


@requires(*BUSINESS)
@require_GET
def papers(request: DeskRequest) -> HttpResponse:
    """All papers that can be made; a summary of a phase begins with its days."""
    span = forms.SpanForm(request.GET if "begin" in request.GET else None)
    if span.is_bound and span.is_valid():
        return redirect("assessments:page", _place(request).pk, span.period.code)
    shown = {
        "span": span,
        "catalogue": list(paper_sorts.catalogue(request.user, unit_in_view(request))),
        "elsewhere": paper_sorts.elsewhere(),
    }
    return render(request, "assessments/papers.html", shown, status=422 if span.errors else 200)


@requires(*BUSINESS)
@require_GET
def paper(request: DeskRequest, sort: str, row_id: int, form: str) -> HttpResponse:
    """A paper as .docx or PDF."""
    made = paper_sorts.paper(sort, request.user, row_id, timezone.now())
    if made is None or form not in ("docx", "pdf"):
        raise Http404
    row, document = made
    actions.hand_out_paper(row, by=request.user, form=form, sort=sort)
    content = to_docx(document) if form == "docx" else to_pdf(document).pdf
    name = file_name(document.unit, document.title, timezone.now())
    headers = {"Content-Disposition": disposition(f"{name}.{form}")}
    return HttpResponse(content, content_type=_TYPES[form], headers=headers)


def _place(request: DeskRequest) -> Unit:
    return access.place_in_view(request.user, unit_in_view(request))


def _which(request: DeskRequest, unit_id: int, code: str) -> tuple[Unit, Period]:
    return access.place_for(request.user, unit_id), access.period_of(code)


def _asked(request: DeskRequest) -> tuple[Unit, Period]:
    """The unit and the period that the address names, else the one in view and the running one."""
    asked = request.GET.get("unit", "")
    unit = access.place_for(request.user, int(asked[:12])) if asked.isdecimal() and asked.isascii() else _place(request)
    code = request.GET.get("period", "")
    now = timezone.now()
    return unit, access.period_of(code) if code else rhythm_of(unit, now).running(now)


def _act(request: DeskRequest, unit_id: int, code: str, act: Callable[..., object], done: str) -> HttpResponse:
    unit, period = _which(request, unit_id, code)
    if carried_out(request, act, unit=unit, period=period):
        messages.success(request, say(f"desk_assessments.{done}"))
    return redirect("assessments:page", unit.pk, code)


def _page(
    request: DeskRequest, unit: Unit, period: Period, *, sending_back: forms.Note | None = None,
    correcting: forms.Note | None = None,
) -> HttpResponse:  # fmt: skip
    shown = {
        "page": queries.page(request.user, unit, period, timezone.now()),
        "sending_back": sending_back or forms.Note(),
        "was_sent_back": sending_back is not None,
        "correcting": correcting or forms.Note(),
        "was_correcting": correcting is not None,
    }
    return render(request, "assessments/page.html", shown, status=422 if sending_back or correcting else 200)
