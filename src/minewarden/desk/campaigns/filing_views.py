"""Pages of what units file: plans, meetings, education, rules, material, duty lists; and the quiz."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.audit.record import taken_out
from minewarden.desk.campaigns import access, attachments, export, filing, forms, queries, quiz
from minewarden.desk.campaigns.columns import TABLES, listing_table
from minewarden.desk.campaigns.models import Filing
from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit.again import again
from minewarden.desk.kit.downloads import disposition, file_name, workbook
from minewarden.desk.kit.watermark import watermark_of
from minewarden.desk.kit.words import language, said, say
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view
from minewarden.documents import sheet_write
from minewarden.documents.docx import to_docx
from minewarden.documents.pdf import to_pdf

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_ACTS: dict[str, Any] = {
    "submit": filing.submit, "accept": filing.accept, "return": filing.send_back, "end": filing.end,
    "sign": filing.sign_duty_list,
}  # fmt: skip


@requires(*BUSINESS)
@require_GET
def filings_home(request: DeskRequest) -> HttpResponse:
    """方案与制度: the first of the tabs."""
    return redirect("campaigns:filings", Filing.Kind.PLAN.value)


@requires(*BUSINESS)
@require_GET
def meetings(request: DeskRequest) -> HttpResponse:
    """会议记录, under an address that other apps know."""
    return redirect("campaigns:filings", Filing.Kind.MEETING.value)


@requires(*BUSINESS)
@require_GET
def filings(request: DeskRequest, kind: str) -> HttpResponse:
    """What was filed, of one kind."""
    _known(kind)
    shown = queries.filing_list(request.user, kind, request, unit_in_view(request))
    return render(request, "campaigns/filings.html", {"found": shown})


@requires(*BUSINESS)
@require_GET
def sheet(request: DeskRequest, kind: str) -> HttpResponse:
    """What was filed, for Excel."""
    if kind not in TABLES:
        raise Http404
    rows = list(queries.filing_rows(request.user, kind, unit_in_view(request)))
    unit = access.own_unit(request.user, unit_in_view(request))
    taken_out("campaign.export", by=request.user, obj=unit, what=kind, count=len(rows))
    content = sheet_write.listing(listing_table(kind), rows, language(), watermark=watermark_of(request))
    return workbook(content, unit.label, said(TABLES[kind].title), timezone.now())


@requires("officer")
def file(request: DeskRequest, kind: str) -> HttpResponse:
    """File something."""
    if kind not in TABLES:
        raise Http404
    units = access.handled_units(request.user)
    form = forms.FilingForm(kind, request.POST or None, request.FILES or None, units=units, initial=_initial(request))
    campaign = queries.campaign_named(request.user, request.GET.get("campaign", ""))
    posted = request.method == "POST" and form.is_valid()
    if posted and carried_out(request, filing.write, campaign=campaign, **form.facts()):
        made = queries.last_filing(request.user, kind)
        messages.success(request, say(f"desk_campaigns.done_file_{kind}"))
        return redirect("campaigns:filing", made.pk)
    facts = {"form": form, "kind": kind, "filing": None}
    return render(request, "campaigns/file.html", facts, status=422 if request.method == "POST" else 200)


@requires("officer")
def change(request: DeskRequest, filing_id: int) -> HttpResponse:
    """Change a draft, or what was sent back."""
    found = access.filing_for(request.user, filing_id)
    if found.kind not in TABLES or not access.handles(request.user, found.unit):
        raise Http404
    units = access.handled_units(request.user)
    form = forms.FilingForm(found.kind, request.POST or None, request.FILES or None, units=units, filing=found)
    posted = request.method == "POST" and form.is_valid()
    if posted and carried_out(request, filing.write, campaign=found.campaign, **form.facts()):
        messages.success(request, say("desk_campaigns.done_change"))
        return redirect("campaigns:filing", filing_id)
    facts = {"form": form, "kind": found.kind, "filing": found}
    return render(request, "campaigns/file.html", facts, status=422 if request.method == "POST" else 200)


@requires(*BUSINESS)
@require_GET
def one(request: DeskRequest, filing_id: int) -> HttpResponse:
    """One filing."""
    found = access.filing_for(request.user, filing_id)
    shown = queries.filing_page(request.user, found)
    units = access.handled_units(request.user, found.unit)
    measures = forms.Measures(found, units=units) if shown.handles else None
    return render(request, "campaigns/filing.html", {"shown": shown, "measures": measures, "note": forms.Note()})


@requires("officer", "approver")
@require_POST
def act(request: DeskRequest, filing_id: int, verb: str) -> HttpResponse:
    """Hand up, take, send back, end, sign."""
    found = access.filing_for(request.user, filing_id)
    if verb not in _ACTS:
        raise Http404
    form = forms.Note(request.POST)
    if not form.is_valid():
        return again(request, form)
    given = form.cleaned_data if verb in ("accept", "return", "end") else {}
    if carried_out(request, _ACTS[verb], filing=found, **given):
        messages.success(request, say(f"desk_campaigns.done_filing_{verb}"))
    return redirect("campaigns:filing", filing_id)


@requires("officer")
@require_POST
def attach(request: DeskRequest, filing_id: int) -> HttpResponse:
    """Add a file, such as the scan of a list that was signed by hand."""
    found = access.filing_for(request.user, filing_id)
    form = forms.Scan(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, say("desk_campaigns.refused_file"))
    elif carried_out(request, attachments.attach, thing=found, **form.facts()):
        messages.success(request, say("desk_campaigns.done_attach"))
    return redirect("campaigns:filing", filing_id)


@requires("officer")
@require_POST
def measures(request: DeskRequest, filing_id: int) -> HttpResponse:
    """Make tasks of measures or decisions."""
    found = access.filing_for(request.user, filing_id)
    units = access.handled_units(request.user, found.unit)
    form = forms.Measures(found, request.POST, units=units)
    if not form.is_valid():
        messages.error(request, say("desk_campaigns.need_due"))
    elif carried_out(request, filing.make_tasks, filing=found, measures=form.measures()):
        messages.success(request, say("desk_campaigns.done_measures", count=len(form.measures())))
    return redirect("campaigns:filing", filing_id)


@requires(*BUSINESS)
@require_GET
def paper(request: DeskRequest, filing_id: int, form: str) -> HttpResponse:
    """A plan, minutes or a duty list as .docx or PDF."""
    found = access.filing_for(request.user, filing_id)
    document = export.document(found)
    if document is None or form not in ("docx", "pdf"):
        raise Http404
    taken_out("campaign.export", by=request.user, obj=found, what=f"{found.kind}.{form}")
    data, kind = (to_docx(document), _WORD) if form == "docx" else (to_pdf(document).pdf, "application/pdf")
    answer = HttpResponse(data, content_type=kind)
    answer["Content-Disposition"] = disposition(f"{file_name(found.unit.label, found.title, timezone.now())}.{form}")
    return answer


@requires(*BUSINESS)
def duty_list(request: DeskRequest) -> HttpResponse:
    """责任清单: what it would say now, and the lists that were made."""
    unit = access.own_unit(request.user, unit_in_view(request))
    if request.method == "POST":
        campaign = queries.running_for(unit)
        given = {"unit": unit, "campaign": campaign, "day": timezone.localdate(timezone.now())}
        if carried_out(request, filing.make_duty_list, **given):
            messages.success(request, say("desk_campaigns.done_duty_list"))
            return redirect("campaigns:filing", queries.last_filing(request.user, Filing.Kind.DUTY_LIST).pk)
    shown = queries.duty_page(request.user, unit, timezone.now())
    return render(request, "campaigns/duty_list.html", {"shown": shown})


@requires(*BUSINESS)
def ask_quiz(request: DeskRequest) -> HttpResponse:
    """知识问答: answered for oneself; nothing of it is kept."""
    answered = request.method == "POST"
    rows = quiz.answered(request.POST) if answered else quiz.questions()
    return render(request, "campaigns/quiz.html", {"rows": rows, "answered": answered})


def _known(kind: str) -> None:
    if kind not in Filing.Kind.values:
        raise Http404


def _initial(request: DeskRequest) -> dict[str, Any]:
    given = {"day": timezone.localdate(timezone.now())}
    chosen = request.GET.get("unit", "")
    return given | ({"unit": int(chosen)} if chosen.isdecimal() else {})
