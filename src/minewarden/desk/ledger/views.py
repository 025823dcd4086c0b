"""Pages of ranges and devices."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.paging import page_of
from minewarden.desk.kit.words import language, say
from minewarden.desk.ledger import actions, queries
from minewarden.desk.ledger.access import READERS, WRITERS, range_for
from minewarden.desk.ledger.forms import AssetForm, RangeForm, SearchForm
from minewarden.desk.org.access import DeskRequest, requires, unit_in_view
from minewarden.vocab.errors import MinewardenError


@requires(*READERS)
def ranges(request: DeskRequest) -> HttpResponse:
    """Ranges of one's units."""
    form = SearchForm(request.GET)
    found = queries.ranges(request.user, unit_in_view(request), form.text())
    context = {"page": page_of(found, request), "form": form, "may_write": request.user.holds(*WRITERS)}
    return render(request, "ledger/ranges.html", context)


@requires(*READERS)
def assets(request: DeskRequest) -> HttpResponse:
    """Devices of one's units."""
    form = SearchForm(request.GET)
    found = queries.assets(request.user, unit_in_view(request), form.text())
    context = {"page": page_of(found, request), "form": form, "may_write": request.user.holds(*WRITERS)}
    return render(request, "ledger/assets.html", context)


@requires(*WRITERS)
def add_range(request: DeskRequest) -> HttpResponse:
    """Register a range."""
    form = RangeForm(request.user, request.POST or None)
    act = partial(actions.add_range, by=request.user, **form.cleaned_data) if form.is_valid() else None
    if act and attempt(form, act) is not None:
        messages.success(request, say("desk_kit.saved"))
        return redirect("ledger:ranges")
    return render(
        request, "ledger/add.html", {"form": form, "title": say("desk_ledger.add_range"), "back": "ledger:ranges"}
    )


@requires(*WRITERS)
def add_asset(request: DeskRequest) -> HttpResponse:
    """Register a device."""
    form = AssetForm(request.user, request.POST or None)
    act = partial(actions.add_asset, by=request.user, **form.cleaned_data) if form.is_valid() else None
    if act and attempt(form, act) is not None:
        messages.success(request, say("desk_kit.saved"))
        return redirect("ledger:assets")
    return render(
        request, "ledger/add.html", {"form": form, "title": say("desk_ledger.add_asset"), "back": "ledger:assets"}
    )


@requires(*WRITERS)
@require_POST
def end_range(request: DeskRequest, range_id: int) -> HttpResponse:
    """Say that a range is no longer the unit's."""
    claim = range_for(request.user, range_id, *WRITERS)
    try:
        actions.end_range(claim, by=request.user)
        messages.success(request, say("desk_kit.done"))
    except MinewardenError as refusal:
        messages.error(request, refusal.said(language()))
    return redirect("ledger:ranges")
