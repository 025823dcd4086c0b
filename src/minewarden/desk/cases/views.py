"""Pages of leads and cases."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.cases import (
    access,
    files,
    forms,
    guide,
    intake,
    lead_forms,
    leads,
    offers,
    outages,
    picks,
    queries,
    side_forms,
)  # fmt: skip
from minewarden.desk.cases.lifecycle import Duty, State
from minewarden.desk.cases.models import Case, Lead
from minewarden.desk.kit.paging import page_of
from minewarden.desk.kit.words import said, say
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view
from minewarden.vocab.errors import MinewardenError

UNMASKED_FOR = timedelta(minutes=15)
HONOURS = 30
"""Units on a page of the list for the office of honours; each names its cases."""


def carried_out(request: HttpRequest, act: Callable[..., object], **given: Any) -> bool:
    """Carry out an action for whoever is signed in, now; a refusal becomes a message on the page."""
    try:
        act(by=request.user, now=timezone.now(), **given)
    except MinewardenError as refusal:
        messages.error(request, said(refusal.message))
        return False
    return True


@requires(*BUSINESS)
@require_GET
def lead_list(request: DeskRequest) -> HttpResponse:
    """Leads that came in."""
    found = queries.lead_list(request.user, request.GET, unit_in_view(request))
    return render(request, "cases/leads.html", {"found": found, "queries": queries, "statuses": Lead.Status.values})


@requires(*BUSINESS)
@require_GET
def lead(request: DeskRequest, lead_id: int) -> HttpResponse:
    """One lead."""
    return _lead_page(request, access.lead_for(request.user, lead_id))


@requires("officer")
@require_POST
def open_case(request: DeskRequest, lead_id: int) -> HttpResponse:
    """Make a case of a lead."""
    lead = access.lead_for(request.user, lead_id)
    form = lead_forms.OpenCase(request.POST, lead=lead, person=request.user)
    if form.is_valid() and carried_out(request, leads.open_case, lead=lead, **form.cleaned_data):
        messages.success(request, say("desk_cases.done_open_case"))
        return redirect("cases:case", lead.cases.latest("pk").pk)
    return _lead_page(request, lead, opening=form)


@requires("officer")
@require_POST
def dismiss(request: DeskRequest, lead_id: int) -> HttpResponse:
    """Put a lead aside."""
    lead = access.lead_for(request.user, lead_id)
    form = lead_forms.Dismiss(request.POST, prefix="dismiss")
    if form.is_valid() and carried_out(request, leads.dismiss, lead=lead, **form.cleaned_data):
        messages.success(request, say("desk_cases.done_dismiss"))
        return redirect("cases:leads")
    return _lead_page(request, lead, dismissing=form)


@requires("officer")
@require_POST
def take_up(request: DeskRequest, lead_id: int) -> HttpResponse:
    """Take a dismissed lead up again."""
    lead = access.lead_for(request.user, lead_id)
    form = lead_forms.TakeUp(request.POST, prefix="take-up")
    if form.is_valid() and carried_out(request, leads.take_up, lead=lead, **form.cleaned_data):
        messages.success(request, say("desk_cases.done_take_up"))
    return redirect("cases:lead", lead.pk)


@requires(*BUSINESS)
@require_GET
def case_list(request: DeskRequest) -> HttpResponse:
    """Cases."""
    found = queries.case_list(request.user, request.GET, unit_in_view(request), timezone.now())
    return render(request, "cases/cases.html", {"found": found, "queries": queries, "origins": Case.Origin.values})


@requires(*BUSINESS)
@require_GET
def case(request: DeskRequest, case_id: int) -> HttpResponse:
    """One case."""
    return _case_page(request, access.case_for(request.user, case_id))


@requires(*BUSINESS)
@require_POST
def act(request: DeskRequest, case_id: int, verb: str) -> HttpResponse:
    """Carry out one act on a case."""
    case = access.case_for(request.user, case_id)
    if verb not in side_forms.ACTS:
        raise Http404
    form = side_forms.ACTS[verb](request.POST, request.FILES, case=case, person=request.user)
    if form.is_valid() and carried_out(request, form.act):
        if verb in (forms.Unmask.verb, side_forms.OpenRestricted.verb):
            request.session[f"{verb}-{case.pk}"] = timezone.now().isoformat()
        messages.success(request, say("desk_cases.done_act", act=str(form.title)))
        return redirect("cases:case", case.pk)
    if any(field.errors for field in form.hidden_fields()):
        # What the page pointed at is no longer there to be chosen, and nobody sees the errors of a hidden field.
        messages.error(request, say("desk_cases.refused_already_decided"))
    return _case_page(request, access.case_for(request.user, case_id), form)


@requires("officer")
def import_findings(request: DeskRequest) -> HttpResponse:
    """Take in what `minewarden scan` wrote."""
    form = lead_forms.ImportFindings(request.POST or None, request.FILES or None, person=request.user)
    taken = None
    if request.method == "POST" and form.is_valid():
        given = {"unit": form.cleaned_data["unit"], "source": form.cleaned_data["file"].name}
        taken = intake.take_findings(form.lines(), by=request.user, now=timezone.now(), **given)
    return render(request, "cases/import.html", {"form": form, "taken": taken})


@requires("officer")
def enter_notice(request: DeskRequest) -> HttpResponse:
    """Write down a notice that was received."""
    form = lead_forms.EnterNotice(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid() and carried_out(request, leads.enter_notice, **form.facts()):
        messages.success(request, say("desk_cases.done_notice"))
        return redirect("cases:leads")
    return render(request, "cases/notice.html", {"form": form})


@requires(*BUSINESS)
@require_GET
def notices_named(request: DeskRequest) -> JsonResponse:
    """What a form offers whoever types the number or the sender of a notice."""
    text = request.GET.get("q", "").strip()
    return JsonResponse({"offers": picks.notices_like(request.user, text) if text else []})


@requires(*BUSINESS)
@require_GET
def evidence_file(request: DeskRequest, case_id: int, file_id: int) -> HttpResponse:
    """A file of a case, as it was handed in; it is never shown in the browser."""
    row = access.file_for(request.user, case_id, file_id)
    try:
        content = files.read_file(row, by=request.user, now=timezone.now())
    except MinewardenError as error:
        messages.error(request, said(error.message))
        return redirect("cases:case", case_id)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.name)}"}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


@requires("approver", "leader")
@require_GET
def honours(request: DeskRequest) -> HttpResponse:
    """Units that came to the threshold of confirmed cases in a year."""
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and 2000 <= int(given) <= 2100 else timezone.localdate().year
    page = page_of(queries.honoured(request.user, year, timezone.now()), request, HONOURS)
    rows = queries.honours_of(request.user, year, list(page))
    shown = {"rows": rows, "page": page, "query": f"year={year}&", "year": year, "years": (year - 1, year + 1)}
    return render(request, "cases/honours.html", shown)


@requires("system", *BUSINESS)
def calendar(request: DeskRequest) -> HttpResponse:
    """Days out of the ordinary; administrators write them."""
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and 2000 <= int(given) <= 2100 else timezone.localdate().year
    form = side_forms.HolidayForm(request.POST or None)
    writes = request.user.holds("system")
    if writes and form.is_valid() and carried_out(request, outages.set_day, **form.cleaned_data):
        return redirect(f"{request.path}?year={form.cleaned_data['day'].year}")
    shown = {"form": form, "writes": writes, "year": year, "years": (year - 1, year + 1)}
    return render(request, "cases/calendar.html", shown | {"days": queries.year_of_days(year)})


@requires("system")
@require_POST
def fill_year(request: DeskRequest) -> HttpResponse:
    """Fill a year in from the library."""
    form = side_forms.YearForm(request.POST)
    if form.is_valid() and carried_out(request, outages.fill_year, **form.cleaned_data):
        messages.success(request, say("desk_kit.done"))
    return redirect(f"{reverse('cases:calendar')}?year={form.cleaned_data.get('year', '')}")


@requires("system")
@require_POST
def remove_day(request: DeskRequest, day_id: int) -> HttpResponse:
    """Take a day out of the table."""
    row = queries.holiday(day_id)
    carried_out(request, outages.remove_day, row=row)
    return redirect(f"{reverse('cases:calendar')}?year={row.day.year}")


@requires("system", "audit", "officer", "approver")
def outage_list(request: DeskRequest) -> HttpResponse:
    """When the desk was away; the system administrator writes it, the auditor and the offices read it."""
    form, writes = side_forms.OutageForm(request.POST or None), request.user.holds("system")
    if writes and form.is_valid() and carried_out(request, outages.enter_outage, **form.cleaned_data):
        messages.success(request, say("desk_kit.saved"))
        return redirect("cases:outages")
    shown = {"form": form, "writes": writes, "rows": page_of(queries.outages_seen(), request)}
    return render(request, "cases/outages.html", shown)


def _lead_page(request: DeskRequest, lead: Lead, **given: Any) -> HttpResponse:
    shown = {
        "shown": queries.lead_page(lead),
        "may_decide": any(u and access.may(request.user, Duty.HANDLE, u) for u in (lead.unit, lead.keeper)),
        "opening": lead_forms.OpenCase(lead=lead, person=request.user),
        "dismissing": lead_forms.Dismiss(prefix="dismiss"),
        "taking_up": lead_forms.TakeUp(prefix="take-up"),
    }
    return render(request, "cases/lead.html", shown | given, status=422 if given else 200)


def _case_page(request: DeskRequest, case: Case, filled: forms.Act | None = None) -> HttpResponse:
    page = queries.case_page(
        case,
        revealed=_open(request, case, forms.Unmask.verb),
        restricted=_open(request, case, side_forms.OpenRestricted.verb),
    )
    acts = offers.offered(page, request.user, filled)
    shown = {
        "shown": page,
        "next": [act for act in acts if not act.aside],
        "aside": [act for act in acts if act.aside],
        "filled": filled,
        "advice": guide.advice(case, page.site) if page.site and case.state == State.INVESTIGATING else (),
        "asked": [(row, offers.decides(row, request.user)) for row in page.decisions],
        "asked_time": [(row, row.asked_by_id != request.user.pk) for row in page.extensions],
        "may_handle": access.may(request.user, Duty.HANDLE, case.unit),
        "may_supervise": access.may(request.user, Duty.SUPERVISE, case.unit),
        "unmasking": forms.Unmask(case=case, person=request.user),
        "may_approve": access.may(request.user, Duty.APPROVE, case.unit),
        "asked_back": [(row, row.asked_by_id != request.user.pk) for row in page.backfills],
    }
    return render(request, "cases/case.html", shown, status=422 if filled is not None else 200)


def _open(request: DeskRequest, case: Case, verb: str) -> bool:
    """Whether the person has said a short while ago why he must see what is hidden."""
    since = request.session.get(f"{verb}-{case.pk}")
    return since is not None and timezone.now() - datetime.fromisoformat(since) < UNMASKED_FOR
