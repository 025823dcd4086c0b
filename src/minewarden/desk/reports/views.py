"""The home page, and the report of a case."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.cases import actions as case_actions
from minewarden.desk.cases.access import case_for, may
from minewarden.desk.cases.lifecycle import Duty, State, Verb, possible
from minewarden.desk.cases.models import Case
from minewarden.desk.cases.queries import sent_back
from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit.downloads import attached, file_name
from minewarden.desk.kit.words import say
from minewarden.desk.org import account
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view
from minewarden.desk.reports import actions, forms, queries
from minewarden.desk.reports.todo import todo
from minewarden.documents.docx import to_docx
from minewarden.documents.official import OfficialDocument
from minewarden.documents.pdf import to_pdf

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@requires()
@require_GET
def home(request: DeskRequest) -> HttpResponseBase:
    """我的待办; who handles no cases is led to the first page of his own menu."""
    if not request.user.holds(*BUSINESS):
        return account.home(request)
    shown = todo(request.user, unit_in_view(request), timezone.now())
    return render(request, "reports/home.html", {"todo": shown})


@requires(*BUSINESS)
@require_GET
def report(request: DeskRequest, case_id: int) -> HttpResponse:
    """The report as it stands."""
    return _page(request, case_for(request.user, case_id))


@requires("officer")
def edit(request: DeskRequest, case_id: int) -> HttpResponse:
    """Write into the draft."""
    case = case_for(request.user, case_id)
    page = queries.report_page(case, timezone.now())
    initial = page.sections | {"addressee": page.addressee, "number": page.head.number}
    initial |= {"signer": page.head.signer, "copies": page.head.copies}
    form = forms.DraftForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {"sections": form.cleaned_data, "head": form.head}
        if carried_out(request, actions.save_draft, case=case, **given):
            messages.success(request, say("desk_reports.done_save"))
            return redirect("reports:report", case.pk)
    return render(request, "reports/edit.html", {"page": page, "form": form})


@requires("officer")
@require_POST
def submit(request: DeskRequest, case_id: int) -> HttpResponse:
    """Hand the report to the approver."""
    case = case_for(request.user, case_id)
    if carried_out(request, actions.submit, case=case):
        messages.success(request, say("desk_reports.done_submit"))
    return redirect("reports:report", case.pk)


@requires("approver")
@require_POST
def approve(request: DeskRequest, case_id: int) -> HttpResponse:
    """Hand the report up."""
    case = case_for(request.user, case_id)
    if carried_out(request, case_actions.approve_report, case=case):
        messages.success(request, say("desk_reports.done_approve"))
    return redirect("reports:report", case.pk)


@requires("approver")
@require_POST
def send_back(request: DeskRequest, case_id: int) -> HttpResponse:
    """Have the report changed."""
    case = case_for(request.user, case_id)
    form = forms.Note(request.POST)
    if form.is_valid() and carried_out(request, case_actions.send_back_report, case=case, **form.cleaned_data):
        messages.success(request, say("desk_reports.done_send_back"))
        return redirect("reports:report", case.pk)
    return _page(request, case, form)


@requires(*BUSINESS)
@require_GET
def download(request: DeskRequest, case_id: int, form: str) -> HttpResponse:
    """The report as .docx or PDF."""
    case = case_for(request.user, case_id)
    if form not in ("docx", "pdf"):
        raise Http404
    page = queries.report_page(case, timezone.now())
    actions.hand_out(case, by=request.user, form=form, version=page.version)
    return _paper(queries.official(page), form, _named(case, "report" if page.version else "draft"))


@requires(*BUSINESS)
@require_GET
def feedback(request: DeskRequest, case_id: int, received_id: int, form: str) -> HttpResponse:
    """排查处置反馈表 for one sender, as .docx or PDF."""
    case = case_for(request.user, case_id)
    document = queries.form_b(case, received_id, timezone.now())
    if form not in ("docx", "pdf") or document is None:
        raise Http404
    actions.hand_out(case, by=request.user, form=form, version=0)
    return _paper(document, form, _named(case, "form"))


@requires(*BUSINESS)
@require_GET
def port_letter(request: DeskRequest, case_id: int, received_id: int, form: str) -> HttpResponse:
    """The letter that asks one sender for the source port, as .docx or PDF."""
    case = case_for(request.user, case_id)
    document = queries.port_letter(case, received_id, timezone.now())
    if form not in ("docx", "pdf") or document is None:
        raise Http404
    actions.hand_out(case, by=request.user, form=form, version=0)
    return _paper(document, form, _named(case, "port"))


@requires("officer")
@require_POST
def stamped(request: DeskRequest, case_id: int) -> HttpResponse:
    """Hand in the scan of the stamped report."""
    case = case_for(request.user, case_id)
    form = forms.StampedForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data["file"]
        if carried_out(request, actions.attach_stamped, case=case, name=given.name, content=given.read()):
            messages.success(request, say("desk_reports.done_stamped"))
        return redirect("reports:report", case.pk)
    return _page(request, case, scan=form)


def _paper(document: OfficialDocument, form: str, name: str) -> HttpResponse:
    data, kind = (to_docx(document), _WORD) if form == "docx" else (to_pdf(document).pdf, "application/pdf")
    return attached(data, f"{name}.{form}", kind)


def _named(case: Case, paper: str) -> str:
    """单位_文书_编号_20261123: whoever has several of them in a folder of his telephone tells them apart."""
    title = f"{say(f'desk_reports.paper_{paper}')}_{case.number}"
    return file_name(case.unit.label, title, timezone.now())


def _page(
    request: DeskRequest, case: Case, sending_back: forms.Note | None = None, scan: forms.StampedForm | None = None
) -> HttpResponse:
    verbs = {row.verb: row.duty for row in possible(State(case.state))}
    shown = {
        "page": queries.report_page(case, timezone.now()),
        "may_write": Verb.SUBMIT_REPORT in verbs and may(request.user, Duty.HANDLE, case.unit),
        "may_approve": Verb.APPROVE_REPORT in verbs and may(request.user, Duty.APPROVE, case.unit),
        "may_receive": Verb.RECEIVE in verbs and may(request.user, Duty.SUPERVISE, case.unit),
        "sent_back": sent_back(case),
        "same_person": case.submitted_by_id == request.user.pk,
        "sending_back": sending_back or forms.Note(),
        "was_sent_back": sending_back is not None,
        "scan": scan or forms.StampedForm(),
        "may_attach": case.reports.exists() and may(request.user, Duty.HANDLE, case.unit),
    }
    refused = sending_back is not None or scan is not None
    return render(request, "reports/report.html", shown, status=422 if refused else 200)
