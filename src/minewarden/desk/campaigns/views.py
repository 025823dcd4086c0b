"""Pages of campaigns: the one page of a unit, the board of its superior, tasks, campaigns, templates, gates."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.audit.record import taken_out
from minewarden.desk.campaigns import access, actions, attachments, forms, queries
from minewarden.desk.campaigns.gates import holds
from minewarden.desk.campaigns.models import Campaign
from minewarden.desk.campaigns.template import Fault, Plan
from minewarden.desk.campaigns.template import shipped as shipped_text
from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit.again import again
from minewarden.desk.kit.downloads import disposition, workbook
from minewarden.desk.kit.returns import back
from minewarden.desk.kit.words import language, said, say
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_for, unit_in_view
from minewarden.documents import sheet_write

SHIPPED = "education-2022.toml"
_TASK_ACTS: dict[str, Any] = {"return": actions.send_back, "urge": actions.urge, "ask-time": actions.ask_time}


@requires(*BUSINESS)
@require_GET
def mine(request: DeskRequest) -> HttpResponse:
    """本单位任务: everything a unit has to do, on one page."""
    chosen = request.GET.get("unit", "")
    if chosen.isdecimal():
        unit = unit_for(request.user, int(chosen), *BUSINESS)
    else:
        unit = access.own_unit(request.user, unit_in_view(request))
    shown = queries.mine(request.user, unit, timezone.now())
    answers = {card.task.pk: forms.Answer(card.task, earlier=dict(card.earlier)) for card in shown.due}
    rows = [(card, answers[card.task.pk]) for card in shown.due]
    handles = access.handles(request.user, unit)
    return render(request, "campaigns/mine.html", {"mine": shown, "rows": rows, "handles": handles})


@requires(*BUSINESS)
@require_GET
def board(request: DeskRequest) -> HttpResponse:
    """专项行动: a phase as the superior sees it."""
    now, below = timezone.now(), unit_in_view(request)
    shown = queries.board(request.user, request, below, now)
    others = queries.not_running(request.user)
    may_make = access.bureaus(request.user).exists()
    facts = {"board": shown, "others": others, "may_make": may_make}
    return render(request, "campaigns/board.html", facts)


@requires(*BUSINESS)
@require_GET
def tasks(request: DeskRequest) -> HttpResponse:
    """The tasks behind a figure."""
    shown = queries.task_list(request.user, request, unit_in_view(request), timezone.now())
    return render(request, "campaigns/tasks.html", {"found": shown})


@requires(*BUSINESS)
def task(request: DeskRequest, task_id: int) -> HttpResponse:
    """One task; whoever may answers it here."""
    found = access.task_for(request.user, task_id)
    now = timezone.now()
    earlier = dict(queries.card(found, now).earlier)
    form = forms.Answer(found, request.POST or None, request.FILES or None, earlier=earlier)
    if request.method == "POST" and form.is_valid() and carried_out(request, actions.answer, **form.facts()):
        fresh = access.task_for(request.user, task_id)
        if fresh.open:
            messages.warning(request, say("desk_campaigns.answer_kept"))
            return redirect("campaigns:task", task_id)
        messages.success(request, say("desk_campaigns.done_answer", title=fresh.heading))
        return back(request, "campaigns:mine")
    shown = queries.task_page(request.user, access.task_for(request.user, task_id), now)
    facts = {"shown": shown, "form": form, "ask": forms.AskTime(prefix="ask"), "note": forms.Note()}
    return render(request, "campaigns/task.html", facts, status=422 if request.method == "POST" else 200)


@requires("officer", "approver")
@require_POST
def task_act(request: DeskRequest, task_id: int, verb: str) -> HttpResponse:
    """Send an answer back, ask again, ask for more time."""
    found = access.task_for(request.user, task_id)
    form: Any = forms.AskTime(request.POST, prefix="ask") if verb == "ask-time" else forms.Note(request.POST)
    if verb not in _TASK_ACTS:
        raise Http404
    if not form.is_valid():
        return again(request, form)
    given = {} if verb == "urge" else dict(form.cleaned_data)
    if carried_out(request, _TASK_ACTS[verb], task=found, **given):
        messages.success(request, say(f"desk_campaigns.done_{verb.replace('-', '_')}"))
    return redirect("campaigns:task", task_id)


@requires("officer", "approver")
@require_POST
def decide(request: DeskRequest, postponement_id: int, answer: str) -> HttpResponse:
    """Give the time that was asked for, or not."""
    row = access.postponement_for(request.user, postponement_id)
    if answer not in ("allow", "refuse"):
        raise Http404
    form = forms.Note(request.POST)
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, actions.decide_time, row=row, allow=answer == "allow", **form.cleaned_data):
        messages.success(request, say(f"desk_campaigns.done_{answer}"))
    return back(request, "campaigns:board")


@requires("officer", "approver")
@require_POST
def postpone(request: DeskRequest, campaign_id: int, phase: str) -> HttpResponse:
    """Give a unit more time in a phase."""
    campaign = access.campaign_for(request.user, campaign_id)
    if phase not in [p.code for p in campaign.plan.phases]:
        raise Http404
    units = campaign.unit.subtree()
    form = forms.PostponeUnit(request.POST, units=units, prefix="p")
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, actions.postpone, campaign=campaign, phase=phase, **form.cleaned_data):
        messages.success(request, say("desk_campaigns.done_postpone"))
    return redirect(f"{reverse('campaigns:board')}?campaign={campaign.pk}&phase={phase}")


@requires(*BUSINESS)
@require_GET
def campaign(request: DeskRequest, campaign_id: int) -> HttpResponse:
    """One campaign."""
    found = access.campaign_for(request.user, campaign_id)
    shown = queries.campaign_page(request.user, found, timezone.now())
    return render(request, "campaigns/campaign.html", {"shown": shown, "note": forms.Note()})


@requires("approver")
@require_POST
def campaign_act(request: DeskRequest, campaign_id: int, verb: str) -> HttpResponse:
    """Start or end a campaign."""
    found = access.campaign_for(request.user, campaign_id)
    form = forms.Note(request.POST)
    if not form.is_valid():
        return again(request, form)
    if verb == "start":
        done = carried_out(request, actions.start, campaign=found)
    elif verb == "end":
        done = carried_out(request, actions.end, campaign=found, reason=form.cleaned_data["note"])
    else:
        raise Http404
    if done:
        messages.success(request, say(f"desk_campaigns.done_{verb}"))
    return redirect("campaigns:campaign", campaign_id)


@requires("officer")
def new(request: DeskRequest) -> HttpResponse:
    """Set up a campaign out of a template."""
    text = shipped_text()
    plan, faults = _tried(request, text)
    units = access.bureaus(request.user)
    initial = {"text": text, "title": said(plan.title) if plan else ""}
    shifted = plan.ahead(timezone.localdate(timezone.now())) if plan else None
    form = forms.CampaignForm(request.POST or None, request.FILES or None, units=units, plan=shifted, initial=initial)
    if request.method == "POST" and not faults and form.is_valid():
        given = form.facts()
        if carried_out(request, actions.draft, **given):
            messages.success(request, say("desk_campaigns.done_draft"))
            return redirect("campaigns:campaign", queries.last_campaign(request.user).pk)
    return _template_page(request, form, faults, None)


@requires("officer", "approver")
def revise(request: DeskRequest, campaign_id: int) -> HttpResponse:
    """Ask otherwise from now on."""
    found = access.campaign_for(request.user, campaign_id)
    text = found.version.text
    plan, faults = _tried(request, text)
    dated = plan.dated(found.version.dates) if plan else found.plan
    form = forms.CampaignForm(
        request.POST or None, request.FILES or None, units=None, plan=dated, initial={"text": text}
    )  # fmt: skip
    posted = request.method == "POST" and not faults and form.is_valid()
    if posted and carried_out(request, actions.revise, campaign=found, **form.facts()):
        messages.success(request, say("desk_campaigns.done_revise"))
        return redirect("campaigns:campaign", campaign_id)
    return _template_page(request, form, faults, found)


@requires(*BUSINESS)
@require_GET
def template(request: DeskRequest, campaign_id: int) -> HttpResponse:
    """The template of a campaign as a file."""
    found = access.campaign_for(request.user, campaign_id)
    return _toml(found.version.text, f"campaign-{found.pk}-v{found.version.number}.toml")


@requires(*BUSINESS)
@require_GET
def shipped(request: DeskRequest) -> HttpResponse:
    """The template of 2022 that comes with the program."""
    return _toml(shipped_text(), SHIPPED)


@requires(*BUSINESS)
@require_GET
def gate(request: DeskRequest, gate_id: int) -> HttpResponse:
    """A frozen gate."""
    found = access.gate_for(request.user, gate_id)
    shown = queries.gate_page(request.user, found, request, holds(found))
    return render(request, "campaigns/gate.html", {"shown": shown})


@requires(*BUSINESS)
@require_GET
def gate_sheet(request: DeskRequest, gate_id: int) -> HttpResponse:
    """A frozen gate for Excel."""
    found = access.gate_for(request.user, gate_id)
    rows = list(queries.gate_sheet(request.user, found))
    taken_out("campaign.export", by=request.user, obj=found, what="gate", count=len(rows))
    content = sheet_write.listing(queries.gate_table(found), rows, language())
    title = say("desk_campaigns.gate_title") + said(found.title_of().title)
    return workbook(content, found.campaign.unit.label, title, timezone.now())


@requires(*BUSINESS)
@require_GET
def attachment(request: DeskRequest, attachment_id: int) -> HttpResponse:
    """A file that was handed in."""
    row = access.attachment_for(request.user, attachment_id)
    content = attachments.fetch(row, by=request.user, now=timezone.now())
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = disposition(row.name)
    return answer


def _tried(request: DeskRequest, text: str) -> tuple[Plan | None, tuple[Fault, ...]]:
    """What was sent, read as a template; before anything was sent, what is there."""
    name = SHIPPED
    if request.method == "POST":
        text, upload = request.POST.get("text", ""), request.FILES.get("file")
        if upload is not None:
            name = str(upload.name)
            text = upload.read().decode("utf-8-sig", "replace")
            upload.seek(0)
    return actions.faults_of(text, name)


def _template_page(
    request: DeskRequest, form: forms.CampaignForm, faults: tuple[Fault, ...], found: Campaign | None
) -> HttpResponse:
    facts = {"form": form, "faults": faults, "campaign": found}
    return render(request, "campaigns/template.html", facts, status=422 if request.method == "POST" else 200)


def _toml(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/toml; charset=utf-8", headers=headers)
