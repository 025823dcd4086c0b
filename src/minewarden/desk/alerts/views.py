"""Pages of warnings."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.alerts import access, actions, forms, queries
from minewarden.desk.alerts.codes import TEXTS
from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit.again import again
from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.words import say
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view

_VERBS: dict[str, Any] = {"release": actions.release, "refuse": actions.refuse, "stop": actions.stop}


@requires(*BUSINESS)
@require_GET
def home(request: DeskRequest) -> HttpResponse:
    """The warnings."""
    page = queries.alerts(request, request.user, unit_in_view(request))
    return render(request, "alerts/home.html", {"page": page})


@requires("officer")
def ask(request: DeskRequest) -> HttpResponse:
    """Ask for a warning; `?text=` fills in one of the texts."""
    form = forms.AskForm(request.user, request.GET.get("text", ""), request.POST or None)
    if form.is_valid():
        act = partial(actions.ask, by=request.user, now=timezone.now(), **form.cleaned_data)
        if (made := attempt(form, act)) is not None:
            messages.success(request, say("desk_alerts.done_ask"))
            return redirect("alerts:alert", made.pk)
    context = {"form": form, "texts": TEXTS, "kept": access.texts_for(request.user)}
    return render(request, "alerts/ask.html", context)


@requires(*BUSINESS)
@require_GET
def alert(request: DeskRequest, alert_id: int) -> HttpResponse:
    """One warning."""
    shown = queries.alert_page(access.alert_for(request.user, alert_id), request.user)
    return render(request, "alerts/alert.html", {"shown": shown})


@requires("officer", "approver")
@require_POST
def act(request: DeskRequest, alert_id: int, verb: str) -> HttpResponse:
    """Release, refuse or stop."""
    row, form = access.alert_for(request.user, alert_id), forms.AnswerForm(request.POST)
    if verb not in _VERBS:
        raise Http404
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, _VERBS[verb], alert=row, note=form.cleaned_data["note"]):
        messages.success(request, say("desk_kit.done"))
    return redirect("alerts:alert", alert_id)
