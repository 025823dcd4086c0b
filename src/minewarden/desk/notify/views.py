"""Pages of messages and outlets."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.words import said, say
from minewarden.desk.notify import access, actions, queries
from minewarden.desk.notify.forms import OutletForm, ReachForm, TrialForm
from minewarden.desk.org.access import DeskRequest, requires
from minewarden.plugins import CHANNELS
from minewarden.vocab.errors import MinewardenError


@requires()
@require_GET
def inbox(request: DeskRequest) -> HttpResponse:
    """One's own messages."""
    return render(request, "notify/inbox.html", {"page": queries.inbox(request.user, request.GET.get("page"))})


@requires()
@require_POST
def read(request: DeskRequest, copy_id: int) -> HttpResponse:
    """Open what a message leads to."""
    opened = actions.read(access.copy_for(request.user, copy_id), by=request.user, now=timezone.now())
    return redirect(opened.link or "notify:inbox")


@requires()
@require_POST
def read_all(request: DeskRequest) -> HttpResponse:
    """Mark all as seen."""
    actions.read_all(by=request.user, now=timezone.now())
    return redirect("notify:inbox")


@requires()
def reach(request: DeskRequest) -> HttpResponse:
    """One's own mail address."""
    form = ReachForm(request.POST or None, initial={"mail": getattr(getattr(request.user, "reach", None), "mail", "")})
    if form.is_valid():
        actions.set_mail(by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, say("desk_kit.saved"))
        return redirect("org:profile")
    return render(request, "notify/reach.html", {"form": form})


@requires("system")
@require_GET
def outlets(request: DeskRequest) -> HttpResponse:
    """Outlets and what became of the letters."""
    shown = {"shown": queries.outlet_page(request.user, request.GET), "kinds": list(CHANNELS)}
    return render(request, "notify/outlets.html", shown)


@requires("system")
def add(request: DeskRequest, kind: str) -> HttpResponse:
    """Set an outlet up."""
    if kind not in CHANNELS:
        raise Http404
    form = OutletForm(request.POST or None, kind=kind, person=request.user)
    given: dict[str, Any] = {"by": request.user, "now": timezone.now(), "kind": kind}
    act = partial(actions.add_outlet, **given, **form.facts()) if form.is_valid() else None
    if act and attempt(form, act) is not None:
        messages.success(request, say("desk_kit.saved"))
        return redirect("notify:outlets")
    return render(request, "notify/outlet.html", {"form": form, "kind": kind})


@requires("system")
def change(request: DeskRequest, outlet_id: int) -> HttpResponse:
    """Change an outlet, or try it."""
    outlet = access.outlet_for(request.user, outlet_id)
    initial = {"name": outlet.name, "urgent_only": outlet.urgent_only}
    form = OutletForm(request.POST or None, kind=outlet.kind, person=request.user, outlet=outlet, initial=initial)
    given: dict[str, Any] = {"by": request.user, "now": timezone.now()}
    act = partial(actions.change_outlet, outlet, **given, **form.facts()) if form.is_valid() else None
    if act and attempt(form, act) is not None:
        messages.success(request, say("desk_kit.saved"))
        return redirect("notify:outlets")
    shown = {"form": form, "kind": outlet.kind, "outlet": outlet, "trial": TrialForm()}
    return render(request, "notify/outlet.html", shown)


@requires("system")
@require_POST
def switch(request: DeskRequest, outlet_id: int) -> HttpResponse:
    """Switch an outlet off or on."""
    outlet, enabled = access.outlet_for(request.user, outlet_id), request.POST.get("enabled") == "1"
    actions.switch_outlet(outlet, by=request.user, now=timezone.now(), enabled=enabled)
    return redirect("notify:outlets")


@requires("system")
@require_POST
def trial(request: DeskRequest, outlet_id: int) -> HttpResponse:
    """Send a trial."""
    outlet, form = access.outlet_for(request.user, outlet_id), TrialForm(request.POST)
    to = form.cleaned_data["to"] if form.is_valid() else ""
    try:
        actions.try_outlet(outlet, by=request.user, now=timezone.now(), to=to)
        messages.success(request, say("desk_notify.trial_sent"))
    except MinewardenError as error:
        messages.error(request, said(error.message))
    return redirect("notify:change", outlet.pk)


@requires("system")
@require_POST
def again(request: DeskRequest, delivery_id: int) -> HttpResponse:
    """Send a letter once more."""
    try:
        actions.send_again(access.delivery_for(request.user, delivery_id), by=request.user, now=timezone.now())
        messages.success(request, say("desk_kit.done"))
    except MinewardenError as error:
        messages.error(request, said(error.message))
    return redirect("notify:outlets")
