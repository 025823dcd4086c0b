"""Pages of tracing inside a case."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from minewarden.desk.cases.access import case_for
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.words import said, say
from minewarden.desk.org.access import DeskRequest, requires
from minewarden.desk.tracing import access, actions, bridge, queries
from minewarden.desk.tracing.forms import Question
from minewarden.vocab.errors import MinewardenError

_AGE = 3600


@requires("officer")
def trace(request: DeskRequest, case_id: int) -> HttpResponse:
    """Ask, and show what was found."""
    case = case_for(request.user, case_id)
    sources = access.sources_of(request.user, case)
    form = Question(request.POST or None, request.FILES or None, case=case, sources=sources)
    shown: dict[str, Any] = {"case": case, "form": form, "lake": access.kept_logs()}
    if request.method == "POST" and access.may_trace(request.user, case) and form.is_valid():
        given = (form.asked(), form.put_in(), access.devices_of(case), access.kept_logs())
        traced = attempt(form, lambda: bridge.run(*given))
        if traced is not None:
            shown["found"] = queries.found(case, traced)
            shown["sealed"] = signing.dumps(queries.kept(traced), salt=_salt(request, case), compress=True)
    return render(request, "tracing/trace.html", shown, status=422 if form.errors else 200)


@requires("officer")
@require_POST
def take(request: DeskRequest, case_id: int) -> HttpResponse:
    """Take the candidates into the case."""
    case = case_for(request.user, case_id)
    try:
        answer = signing.loads(request.POST.get("sealed", ""), salt=_salt(request, case), max_age=_AGE)
    except signing.BadSignature:
        raise Http404 from None
    try:
        actions.take(case, by=request.user, now=timezone.now(), answer=answer)
        messages.success(request, say("desk_tracing.taken"))
    except MinewardenError as refusal:
        messages.error(request, said(refusal.message))
    return redirect("cases:case", case.pk)


def _salt(request: DeskRequest, case: Case) -> str:
    """An answer can be taken into the case that it was made for, by whoever asked."""
    return f"trace-{case.pk}-{request.user.pk}"
