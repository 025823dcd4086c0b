"""Pages of means and help: gaps and needs, the emergency team, requests for help; and the forms of a bureau's own."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.audit.record import taken_out
from minewarden.desk.campaigns import access, forms, queries, support
from minewarden.desk.campaigns.lifecycle import NeedVerb
from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit.again import again
from minewarden.desk.kit.downloads import workbook
from minewarden.desk.kit.watermark import watermark_of
from minewarden.desk.kit.words import language, say
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view
from minewarden.documents import sheet_write


@requires(*BUSINESS)
def needs(request: DeskRequest) -> HttpResponse:
    """短板与需求: what the ledgers show to be lacking, and what was asked for."""
    units = access.handled_units(request.user)
    form = forms.NeedForm(request.POST or None, units=units, initial={"gap": request.GET.get("gap", "")})
    if request.method == "POST" and form.is_valid() and carried_out(request, support.ask_need, **form.cleaned_data):
        messages.success(request, say("desk_campaigns.done_need"))
        return redirect("campaigns:needs")
    shown = queries.need_list(request.user, request, unit_in_view(request), timezone.now())
    facts = {"found": shown, "form": form, "handles": units.exists(), "note": forms.Note()}
    return render(request, "campaigns/needs.html", facts, status=422 if request.method == "POST" else 200)


@requires("officer", "approver")
@require_POST
def need_act(request: DeskRequest, need_id: int, verb: str) -> HttpResponse:
    """Note what became of a need."""
    need = access.need_for(request.user, need_id)
    if verb not in [known.value for known in NeedVerb]:
        raise Http404
    form = forms.Note(request.POST)
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, support.move_need, need=need, verb=verb, **form.cleaned_data):
        messages.success(request, say("desk_campaigns.done_need_move"))
    return redirect("campaigns:needs")


@requires(*BUSINESS)
def helps(request: DeskRequest) -> HttpResponse:
    """求助与支持: requests for help, and asking for it."""
    units = access.handled_units(request.user)
    case = queries.case_named(request.user, request.GET.get("case", ""))
    form = forms.HelpForm(request.POST or None, units=units, initial={"unit": case.unit.pk} if case else {})
    given = {"case": case} if case else {}
    asked = request.method == "POST" and form.is_valid()
    if asked and carried_out(request, support.ask_help, **given, **form.cleaned_data):
        messages.success(request, say("desk_campaigns.done_help"))
        return redirect("campaigns:helps")
    shown = queries.help_list(request.user, request, unit_in_view(request))
    facts = {"found": shown, "form": form, "handles": units.exists(), "case": case}
    return render(request, "campaigns/helps.html", facts, status=422 if request.method == "POST" else 200)


@requires(*BUSINESS)
@require_GET
def help_(request: DeskRequest, help_id: int) -> HttpResponse:
    """One request for help."""
    row = access.help_for(request.user, help_id)
    members = access.team_reaching(request.user, row.unit)
    facts = {
        "shown": queries.help_page(request.user, row),
        "assign": forms.Assign(members=members, prefix="assign"),
        "visit": forms.VisitForm(members=members, prefix="visit", initial={"at": timezone.now(), "member": row.member}),
        "note": forms.Note(),
    }
    return render(request, "campaigns/help.html", facts)


@requires("officer", "approver")
@require_POST
def help_act(request: DeskRequest, help_id: int, verb: str) -> HttpResponse:
    """Send somebody, write down a visit, close, withdraw."""
    row = access.help_for(request.user, help_id)
    members = access.team_reaching(request.user, row.unit)
    known: dict[str, tuple[Any, Any]] = {
        "assign": (support.assign, forms.Assign(request.POST, members=members, prefix="assign")),
        "visit": (support.note_visit, forms.VisitForm(request.POST, members=members, prefix="visit")),
        "close": (support.close_help, forms.Note(request.POST)),
        "withdraw": (support.withdraw_help, forms.Note(request.POST)),
    }
    if verb not in known:
        raise Http404
    act, form = known[verb]
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, act, row=row, **form.cleaned_data):
        messages.success(request, say(f"desk_campaigns.done_help_{verb}"))
    return redirect("campaigns:help", help_id)


@requires(*BUSINESS)
def team(request: DeskRequest) -> HttpResponse:
    """应急处置队伍."""
    units = access.bureaus(request.user)
    form = forms.MemberForm(request.POST or None, units=units)
    if request.method == "POST" and form.is_valid() and carried_out(request, support.add_member, **form.cleaned_data):
        messages.success(request, say("desk_campaigns.done_member"))
        return redirect("campaigns:team")
    facts = {"team": access.team_for(request.user), "form": form, "may_add": units.exists()}
    return render(request, "campaigns/team.html", facts, status=422 if request.method == "POST" else 200)


@requires("officer")
@require_POST
def drop_member(request: DeskRequest, member_id: int) -> HttpResponse:
    """Take somebody off the team."""
    member = access.member_for(request.user, member_id)
    if carried_out(request, support.drop_member, member=member):
        messages.success(request, say("desk_campaigns.done_drop_member"))
    return redirect("campaigns:team")


@requires(*BUSINESS)
@require_GET
def own_forms(request: DeskRequest) -> HttpResponse:
    """自定义填报: the forms that a bureau made."""
    facts = {"page": queries.form_list(request.user, request), "may_make": access.bureaus(request.user).exists()}
    return render(request, "campaigns/forms.html", facts)


@requires("officer")
def make_form(request: DeskRequest) -> HttpResponse:
    """Make a form."""
    return _form_page(request, None)


@requires("officer")
def change_form(request: DeskRequest, form_id: int) -> HttpResponse:
    """Change a form that was not sent yet."""
    found = access.form_for(request.user, form_id)
    if not access.handles(request.user, found.unit):
        raise Http404
    return _form_page(request, form_id)


@requires(*BUSINESS)
@require_GET
def form(request: DeskRequest, form_id: int) -> HttpResponse:
    """One form with its answers."""
    found = access.form_for(request.user, form_id)
    shown = queries.form_page(request.user, found, request)
    return render(request, "campaigns/form.html", {"shown": shown, "note": forms.Note()})


@requires("officer")
@require_POST
def form_act(request: DeskRequest, form_id: int, verb: str) -> HttpResponse:
    """Send a form, or want no more answers."""
    found = access.form_for(request.user, form_id)
    note = forms.Note(request.POST)
    if not note.is_valid():
        return again(request, note)
    if verb == "send":
        done = carried_out(request, support.send_form, form=found, reason=note.cleaned_data["note"])
    elif verb == "end":
        done = carried_out(request, support.end_form, form=found)
    else:
        raise Http404
    if done:
        messages.success(request, say(f"desk_campaigns.done_form_{verb}"))
    return redirect("campaigns:form", form_id)


@requires(*BUSINESS)
@require_GET
def form_sheet(request: DeskRequest, form_id: int) -> HttpResponse:
    """The answers to a form for Excel."""
    found = access.form_for(request.user, form_id)
    rows = list(queries.form_rows(request.user, found))
    taken_out("campaign.export", by=request.user, obj=found, what="form", count=len(rows))
    content = sheet_write.listing(queries.form_table(found), rows, language(), watermark=watermark_of(request))
    return workbook(content, found.unit.label, found.title, timezone.now())


def _form_page(request: DeskRequest, form_id: int | None) -> HttpResponse:
    found = access.form_for(request.user, form_id) if form_id is not None else None
    filled = forms.FormForm(request.POST or None, units=access.bureaus(request.user), form=found)
    posted = request.method == "POST" and filled.is_valid()
    if posted and carried_out(request, support.make_form, form=found, **filled.facts()):
        return redirect("campaigns:form", (found or queries.last_form(request.user)).pk)
    facts = {"form": filled, "found": found}
    return render(request, "campaigns/make_form.html", facts, status=422 if request.method == "POST" else 200)
