"""The list of walls, and the wall itself, which is opened by its link."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.words import say
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires
from minewarden.desk.screen import access, actions, forms, queries


@requires(*BUSINESS)
def walls(request: DeskRequest) -> HttpResponse:
    """The walls, and a form for a new one; its link is shown once."""
    now, link = timezone.now(), ""
    units = access.units_of(request.user)
    form = forms.WallForm(request.POST or None, units=units)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: actions.make(by=request.user, now=now, **form.facts))
        if made is not None:
            link, form = request.build_absolute_uri(f"/wall/{made[1]}/"), forms.WallForm(units=units)
    shown = {
        "walls": access.walls_for(request.user),
        "form": form,
        "link": link,
        "now": now,
        "may_make": units.exists(),
    }
    return render(request, "screen/walls.html", shown, status=422 if form.errors else 200)


@requires("approver")
@require_POST
def revoke(request: DeskRequest, wall_id: int) -> HttpResponse:
    """Take a link back."""
    if carried_out(request, actions.revoke, wall=access.wall_for(request.user, wall_id)):
        messages.success(request, say("desk_screen.done_revoke"))
    return redirect("screen:walls")


@require_GET
def wall(request: HttpRequest, token: str) -> HttpResponse:
    """The wall. Who has no valid link sees that it is over, and nothing else."""
    now = timezone.now()
    found = access.wall_of(token, now)
    if found is None:
        return render(request, "screen/over.html", status=404)
    return render(request, "screen/wall.html", {"page": queries.shown(found, now), "token": token})


@require_GET
def figures(request: HttpRequest, token: str) -> HttpResponse:
    """What the wall shows, as data: it refreshes itself without being loaded anew."""
    now = timezone.now()
    found = access.wall_of(token, now)
    if found is None:
        return JsonResponse({"over": True}, status=404)
    return JsonResponse(queries.shown(found, now).plain())
