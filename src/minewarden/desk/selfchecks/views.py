"""Pages of the self-checks, and the door at which a host hands its report in."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.audit.record import taken_out
from minewarden.desk.cases.access import case_for
from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit.downloads import attached, workbook
from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.watermark import watermark_of
from minewarden.desk.kit.words import language, said, say
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view
from minewarden.desk.org.models import Role
from minewarden.desk.selfchecks import access, actions, export, forms, intake, queries, retention
from minewarden.desk.selfchecks.lifecycle import Verb
from minewarden.desk.selfchecks.models import Link
from minewarden.documents.docx import to_docx
from minewarden.documents.pdf import to_pdf
from minewarden.documents.sheet_write import listing
from minewarden.selfcheck.reading import LARGEST, meaning
from minewarden.vocab.errors import MinewardenError

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_VERBS: dict[str, Any] = {
    Verb.MEND: actions.mend, Verb.ACCEPT: actions.accept, Verb.RETURN: actions.send_back,
    Verb.POSTPONE: actions.postpone,
}  # fmt: skip


@requires(*BUSINESS)
@require_GET
def home(request: DeskRequest) -> HttpResponse:
    """What was looked at, what is not mended, and the way to the next sheet."""
    shown = queries.overview(request, request.user, unit_in_view(request), timezone.now())
    start = forms.StartForm(request.user) if request.user.holds(Role.OFFICER) else None
    return render(request, "selfchecks/home.html", {"shown": shown, "start": start})


@requires("officer")
def fill(request: DeskRequest) -> HttpResponse:
    """The sheet of a place; which place stands in the address."""
    # Opened without a place it asks for one, and does not begin with what is wrong.
    place = forms.StartForm(request.user, request.GET or None)
    if not place.is_valid():
        return render(request, "selfchecks/start.html", {"form": place})
    now, facts = timezone.now(), place.cleaned_data
    form = forms.SheetForm(facts["kind"], request.POST or None, now=now, initial={"inspector": request.user.name})
    if form.is_valid():
        act = partial(actions.hand_in_sheet, by=request.user, now=now, **facts)
        if (sheet := attempt(form, partial(act, **form.facts()))) is not None:
            messages.success(request, say("desk_selfchecks.done_sheet", count=sheet.problems))
            return redirect("selfchecks:sheet", sheet.pk)
    logs = queries.logs_by_ledger(facts["unit"], now)
    return render(request, "selfchecks/fill.html", {"form": form, "logs_by_ledger": logs, **facts})


def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The sheet of the one place that a link names, without an account."""
    link, now = access.link_of(token), timezone.now()
    if link is None or link.purpose != link.Purpose.SHEET:
        raise Http404
    if not link.works(now):
        return render(request, "selfchecks/link_over.html", {"link": link}, status=410)
    form = forms.SheetForm(link.kind, request.POST or None, now=now)
    facts: dict[str, Any] = {"unit": link.unit, "kind": link.kind, "place": link.place}
    if form.is_valid():
        act = partial(actions.hand_in_sheet, by=None, link=link, now=now, **facts)
        if (sheet := attempt(form, partial(act, **form.facts()))) is not None:
            return render(request, "selfchecks/thanks.html", {"sheet": sheet})
    return render(request, "selfchecks/by_link.html", {"form": form, "link": link, **facts})


@requires(*BUSINESS)
@require_GET
def sheet(request: DeskRequest, sheet_id: int) -> HttpResponse:
    """One sheet."""
    shown = queries.sheet_page(access.sheet_for(request.user, sheet_id))
    return render(request, "selfchecks/sheet.html", {"shown": shown})


@requires(*BUSINESS)
@require_GET
def paper(request: DeskRequest, sheet_id: int, form: str) -> HttpResponse:
    """One sheet as a paper."""
    shown = queries.sheet_page(access.sheet_for(request.user, sheet_id))
    document, mark = export.paper(shown.sheet, shown.rows), watermark_of(request)
    if form in ("docx", "pdf"):
        taken_out("check.export", by=request.user, obj=shown.sheet, what=form)
    if form == "docx":
        return attached(to_docx(document, watermark=mark), f"{shown.sheet.number}.docx", _WORD)
    if form == "pdf":
        return attached(to_pdf(document, watermark=mark).pdf, f"{shown.sheet.number}.pdf", "application/pdf")
    raise Http404


@requires(*BUSINESS)
@require_GET
def as_workbook(request: DeskRequest) -> HttpResponse:
    """T5: every line of the sheets in view."""
    below = unit_in_view(request)
    sheets = access.sheets_for(request.user, below)
    taken_out("check.export", by=request.user, obj=below or request.user.unit, what="xlsx", count=sheets.count())
    rows = export.rows(sheets)
    content = listing(export.TABLE, rows, language(), watermark=watermark_of(request))
    return workbook(content, (below or request.user.unit).label, said(export.TABLE.title), timezone.now())


@requires(*BUSINESS)
@require_GET
def fixes(request: DeskRequest) -> HttpResponse:
    """What has to be mended."""
    shown = queries.fix_list(request, request.user, unit_in_view(request), timezone.now())
    return render(request, "selfchecks/fixes.html", {"shown": shown})


@requires(*BUSINESS)
@require_GET
def fix(request: DeskRequest, fix_id: int) -> HttpResponse:
    """One thing to be mended."""
    return _fix_page(request, fix_id)


@requires("officer", "approver")
@require_POST
def act(request: DeskRequest, fix_id: int, verb: str) -> HttpResponse:
    """Mended, looked at again, sent back, or given more time."""
    row = access.fix_for(request.user, fix_id)
    if verb not in _VERBS:
        raise Http404
    form = forms.FixForm(Verb(verb), row, request.POST, request.FILES)
    if form.is_valid() and carried_out(request, _VERBS[verb], fix=row, **form.facts()):
        messages.success(request, say(f"desk_selfchecks.done_{verb}"))
        return redirect("selfchecks:fix", fix_id)
    return _fix_page(request, fix_id, form)


@requires(*BUSINESS)
@require_GET
def fix_file(request: DeskRequest, fix_id: int, file_id: int) -> HttpResponse:
    """A picture or a paper as it was handed in; it is never shown in the browser."""
    row = access.file_for(request.user, fix_id, file_id)
    try:
        content = actions.read_file(row, by=request.user, now=timezone.now())
    except MinewardenError as error:
        messages.error(request, said(error.message))
        return redirect("selfchecks:fix", fix_id)
    return attached(content, row.name, "application/octet-stream")


def _fix_page(request: DeskRequest, fix_id: int, filled: forms.FixForm | None = None) -> HttpResponse:
    shown = queries.fix_page(access.fix_for(request.user, fix_id), request.user, timezone.now())
    acts = [filled if filled and filled.verb is verb else forms.FixForm(verb, shown.fix) for verb in shown.verbs]
    status = 422 if filled is not None else 200
    return render(request, "selfchecks/fix.html", {"shown": shown, "acts": acts, "filled": filled}, status=status)


@requires(*BUSINESS)
def reports(request: DeskRequest) -> HttpResponse:
    """Reports of hosts; whoever handles hands files in here."""
    officer = request.user.holds(Role.OFFICER)
    form = forms.UploadForm(request.user, request.POST or None, request.FILES or None) if officer else None
    taken: list[intake.Taken] = []
    if form is not None and form.is_valid():
        act = partial(intake.take, now=timezone.now(), by=request.user, unit=form.unit)
        # A byte more than a report may have is enough to know that it is none.
        taken = [act(file.read(LARGEST + 1), name=file.name) for file in form.cleaned_data["reports"]]
    shown = queries.report_list(request, request.user, unit_in_view(request), timezone.now())
    context = {"shown": shown, "form": form, "taken": taken, "results": queries.results()}
    return render(request, "selfchecks/reports.html", context)


@requires(*BUSINESS)
def report(request: DeskRequest, report_id: int) -> HttpResponse:
    """One report; whoever handles may say which device it is of."""
    row = access.report_for(request.user, report_id)
    form = forms.MatchForm(row, request.GET.get("q", ""), request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(request, intake.match, report=row, **form.cleaned_data)
    ):
        messages.success(request, say("desk_kit.saved"))
        return redirect("selfchecks:report", report_id)
    context = {
        "shown": queries.report_page(row),
        "form": form if request.user.holds(Role.OFFICER) else None,
        "kept_days": retention.span(row.unit, timezone.now()),
    }
    return render(request, "selfchecks/report.html", context)


@requires("officer")
@require_GET
def rejects(request: DeskRequest) -> HttpResponse:
    """What was handed in and was no report."""
    page = queries.rejects(request, request.user, unit_in_view(request))
    return render(request, "selfchecks/rejects.html", {"page": page})


@requires("officer")
def links(request: DeskRequest) -> HttpResponse:
    """The links that were given out, and one more; its token is shown once."""
    form, made = forms.LinkForm(request.user, request.POST or None), None
    if form.is_valid():
        act = partial(actions.make_link, by=request.user, now=timezone.now())
        made = attempt(form, partial(act, **form.cleaned_data))
    shown = _given(request, *made) if made else {}
    page = queries.links(request, request.user, unit_in_view(request))
    context = {"page": page, "form": form if made is None else forms.LinkForm(request.user), **shown}
    return render(request, "selfchecks/links.html", context)


def _given(request: DeskRequest, link: Link, token: str) -> dict[str, str]:
    """What is shown once of a link that was just made: its token and address and, for a sheet, a code for the door."""
    if link.purpose == link.Purpose.REPORTS:
        return {"token": token, "address": request.build_absolute_uri(reverse("selfchecks:take"))}
    address = request.build_absolute_uri(reverse("selfchecks:by-link", args=[token]))
    return {"token": token, "address": address, "picture": export.picture(address)}


@requires("officer")
@require_POST
def revoke(request: DeskRequest, link_id: int) -> HttpResponse:
    """Let a link end."""
    link = access.link_for(request.user, link_id)
    if carried_out(request, actions.revoke_link, link=link):
        messages.success(request, say("desk_kit.done"))
    return redirect("selfchecks:links")


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """The door of `minewarden selfcheck --send`: a token in, one sentence out."""
    now = timezone.now()
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    try:
        size = int(request.headers.get("Content-Length") or 0)
        link = intake.open_door(token, size, now)
        taken = intake.take(request.body, now=now, link=link, unit=link.unit)
    except intake.Shut as shut:
        return _told(shut.status, say(f"desk_selfchecks.shut_{shut.reason}"))
    except (ValueError, RequestDataTooBig):
        return _told(413, say("desk_selfchecks.shut_size"))
    if taken.report is None:
        return _told(422, taken.why.said(language()) if taken.why else "")
    answer = say("desk_selfchecks.taken", number=taken.report.number, unit=link.unit.name)
    return _told(200 if taken.known else 201, f"{answer} {said(meaning(taken.report.result))}")


@requires("officer")
@require_POST
def join(request: DeskRequest, case_id: int) -> HttpResponse:
    """Let a report belong to a case."""
    case = case_for(request.user, case_id)
    number = request.POST.get("report", "")
    report = access.report_for(request.user, int(number) if number.isdecimal() else 0)
    if carried_out(request, partial(intake.join, case), report=report):
        messages.success(request, say("desk_selfchecks.done_join"))
    return redirect("cases:case", case.pk)


@requires("officer")
@require_POST
def part(request: DeskRequest, joined_id: int) -> HttpResponse:
    """Take back that a report belongs to a case."""
    joined = access.joined_for(request.user, joined_id)
    if carried_out(request, intake.part, joined=joined):
        messages.success(request, say("desk_kit.done"))
    return redirect("cases:case", joined.case_id)


def _told(status: int, text: str) -> JsonResponse:
    return JsonResponse({"said": text}, status=status, json_dumps_params={"ensure_ascii": False})
