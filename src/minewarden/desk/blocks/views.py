"""Pages of block proposals."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.blocks import access, actions, forms, queries
from minewarden.desk.blocks.bridge import FORMS, TERMINAL_FORMS, may_be_overridden
from minewarden.desk.blocks.models import Block, Scope
from minewarden.desk.cases.access import case_for, demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit import downloads
from minewarden.desk.kit.again import again
from minewarden.desk.kit.paging import page_of
from minewarden.desk.kit.words import say
from minewarden.desk.library.access import issue_for
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_for, unit_in_view, units_visible_to
from minewarden.vocab.errors import GuardRefusal
from minewarden.vocab.message import Message

_RELEASES = 20
"""Of a page, which is that of the plan."""
_VERBS: dict[str, Any] = {"agree": actions.agree, "refuse": actions.refuse, "lift": actions.lift}


@requires(*BUSINESS)
@require_GET
def board(request: DeskRequest) -> HttpResponse:
    """What is blocked and why."""
    shown = queries.board(request.user, request.GET, unit_in_view(request), timezone.now())
    batches = queries.batches(request.user, unit_in_view(request), timezone.now())
    return render(request, "blocks/board.html", {"board": shown, "answer": forms.Answer(), "batches": batches})


@requires("officer")
def propose(request: DeskRequest, case_id: int) -> HttpResponse:
    """Propose a block out of a case."""
    case, now = case_for(request.user, case_id), timezone.now()
    demand(request.user, Duty.HANDLE, case.unit)
    suggestions = forms.suggested(case)
    chosen = suggestions[min(_number(request.GET.get("take", "0")), len(suggestions) - 1)] if suggestions else {}
    initial = {"reason": say("desk_blocks.reason", case=case.number)} | chosen
    form = forms.Propose(request.POST or None, initial=initial, refused="override" in request.POST)
    refusal: Message | None = None
    if request.method == "POST" and form.is_valid():
        given = form.facts(now) | {"case": case, "unit": case.unit}
        try:
            if carried_out(request, _propose, **given):
                messages.success(request, say("desk_blocks.done_propose"))
                return redirect("cases:case", case.pk)
        except _Judgement as asked:
            # The guard leaves it to people: the form comes back and asks why somebody answers for it.
            refusal, form = asked.refusal, forms.Propose(request.POST, refused=True)
            form.is_valid()
    judged = [(row, forms.answer(case, row, request.user, now)) for row in suggestions]
    shown = {"case": case, "form": form, "judged": judged, "chosen": chosen, "refusal": refusal}
    return render(request, "blocks/propose.html", shown)


class _Judgement(Exception):
    """The guard refused what two people may answer for, and nobody has said yet that he does."""

    def __init__(self, refusal: Message) -> None:
        super().__init__(refusal.id)
        self.refusal = refusal


def _propose(**given: Any) -> Block:
    try:
        return actions.propose(**given)
    except GuardRefusal as refused:
        facts = {key: given[key] for key in ("unit", "case", "target", "value", "port", "basis", "expires_at")}
        block = Block(**facts, asked_by=given["by"])
        if not given.get("override") and may_be_overridden(block, given["now"]):
            raise _Judgement(refused.message) from refused
        raise


@requires("officer")
def propose_version(request: DeskRequest, issue_id: int) -> HttpResponse:
    """Propose blocks out of a version of the library."""
    issue, now = issue_for(request.user, issue_id), timezone.now()
    units = units_visible_to(request.user, "officer")
    unit = access.proposing_unit(request.user, _number(request.POST.get("unit") or request.GET.get("unit") or ""))
    initial = {"unit": unit.pk, "reason": say("desk_blocks.reason_version", label=issue.label)}
    form = forms.ProposeVersion(request.POST or None, units=units, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.facts(now) | {"issue": issue, "keys": request.POST.getlist("keys")}
        if carried_out(request, actions.propose_version, **given):
            messages.success(request, say("desk_blocks.done_propose_version"))
            return redirect(f"{reverse('blocks:board')}?standing=pending")
    rows = queries.offered(issue, unit, now)
    shown = {"issue": issue, "unit": unit, "form": form, "rows": rows}
    return render(request, "blocks/propose_version.html", shown, status=422 if form.errors else 200)


@requires("approver")
@require_POST
def agree_version(request: DeskRequest, issue_id: int) -> HttpResponse:
    """Order everything that was proposed for a unit out of a version."""
    issue = issue_for(request.user, issue_id)
    unit = unit_for(request.user, _number(request.POST.get("unit", "")), "approver")
    form = forms.Answer(request.POST)
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, actions.agree_version, unit=unit, issue=issue, **form.cleaned_data):
        messages.success(request, say("desk_blocks.done_agree_version", label=issue.label))
    return redirect(f"{reverse('blocks:board')}?standing=pending")


@requires("officer", "approver")
@require_POST
def act(request: DeskRequest, block_id: int, verb: str) -> HttpResponse:
    """Agree, refuse or lift."""
    block = access.block_for(request.user, block_id)
    if verb not in _VERBS:
        raise Http404
    form = forms.Answer(request.POST)
    if not form.is_valid():
        return again(request, form)
    given = {"reason" if verb == "lift" else "note": form.cleaned_data["note"]}
    if carried_out(request, _VERBS[verb], block=block, **given):
        messages.success(request, say(f"desk_blocks.done_{verb}", what=block.shown))
    standing = "active" if verb == "lift" else "pending"
    return redirect(f"{reverse('blocks:board')}?standing={standing}")


@requires(*BUSINESS)
@require_GET
def order(request: DeskRequest, block_id: int) -> HttpResponse:
    """One proposal: what it says, what the guard says, what it would have met."""
    block = access.block_for(request.user, block_id)
    shown = queries.order_page(request.user, block, request.GET, timezone.now())
    return render(request, "blocks/order.html", {"shown": shown})


@requires(*BUSINESS)
def plan(request: DeskRequest) -> HttpResponse:
    """What would change against the last release; whoever may releases it."""
    unit = access.releasing_unit(request.user, unit_in_view(request))
    scope = Scope.TERMINALS if request.GET.get("scope") == Scope.TERMINALS else Scope.NETWORK
    if request.method == "POST":
        act: Any = actions.release
        facts: dict[str, Any] = {"unit": unit, "scope": scope.value}
        if "note" in request.POST:
            form = forms.Size(request.POST)
            if not form.is_valid():
                return again(request, form)
            act, facts = actions.ask_release, facts | {"reason": form.cleaned_data["note"]}
        if carried_out(request, act, **facts):
            messages.success(request, say(f"desk_blocks.done_{'ask_release' if 'note' in request.POST else 'release'}"))
        return redirect(f"{reverse('blocks:plan')}?scope={scope.value}")
    shown = queries.plan_page(request.user, unit, timezone.now(), scope.value)
    given = {
        "plan": shown,
        "releases": page_of(shown.releases, request, _RELEASES),
        "size": forms.Size(label_suffix=""),
    }
    return render(request, "blocks/plan.html", given)


@requires("approver")
@require_POST
def decide_change(request: DeskRequest, change_id: int, verb: str) -> HttpResponse:
    """The second person lets a large change go out, or does not."""
    asked = access.big_change_for(request.user, change_id)
    if verb not in ("agree", "refuse"):
        raise Http404
    form = forms.Size(request.POST)
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, actions.decide_release, asked=asked, agree=verb == "agree", **form.cleaned_data):
        messages.success(request, say(f"desk_blocks.done_{'release' if verb == 'agree' else 'refuse_release'}"))
    return redirect(f"{reverse('blocks:plan')}?scope={asked.scope}")


@requires(*BUSINESS)
def release(request: DeskRequest, release_id: int) -> HttpResponse:
    """A release and its receipts."""
    made = access.release_for(request.user, release_id)
    form = forms.Confirm(
        request.POST or None, request.FILES or None, units=access.units_receiving(request.user, made)
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        act = actions.take_receipts if "file" in facts else actions.confirm
        if carried_out(request, act, release=made, **facts):
            messages.success(request, say("desk_blocks.done_receipt"))
            return redirect("blocks:release", made.pk)
    shown = queries.release_page(made, timezone.now())
    return render(request, "blocks/release.html", {"shown": shown, "release": made, "form": form})


@requires("officer", "approver")
@require_GET
def release_file(request: DeskRequest, release_id: int, form: str) -> HttpResponse:
    """The file of orders of a release, or its rules compiled."""
    made = access.release_for(request.user, release_id)
    offered = TERMINAL_FORMS if made.scope == Scope.TERMINALS else FORMS
    if form not in (*offered, "orders"):
        raise Http404
    files = actions.fetch(made, by=request.user, now=timezone.now(), form=form)
    return downloads.files(files, f"minewarden-{form}-{made.number}")


@requires(*BUSINESS)
@require_GET
def explained(request: DeskRequest) -> HttpResponse:
    """What is blocked and why, in three sentences."""
    unit = access.releasing_unit(request.user, unit_in_view(request))
    return render(request, "blocks/explained.html", {"shown": queries.explained(request.user, unit, timezone.now())})


@requires("officer", "approver")
@require_GET
def download(request: DeskRequest, form: str) -> HttpResponse:
    """The compiled files of what is in force, as they are handed to the network team."""
    if form not in FORMS:
        raise Http404
    now = timezone.now()
    blocks = access.blocks_for(request.user, unit_in_view(request))
    files = actions.export(blocks, by=request.user, now=now, form=form)
    return downloads.files(files, f"minewarden-{form}-{now:%Y%m%d}")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
