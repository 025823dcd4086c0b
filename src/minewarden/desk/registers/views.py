"""The page of what the registers of terminals and software lack; their lists are pages of the ledgers."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from minewarden.desk.ledger.access import READERS
from minewarden.desk.org.access import DeskRequest, requires, unit_for, unit_in_view
from minewarden.desk.registers import queries


@requires(*READERS)
@require_GET
def home(request: DeskRequest) -> HttpResponse:
    """Gaps in all and by unit; `?unit=` goes one level down."""
    given = request.GET.get("unit", "")
    top = unit_for(request.user, int(given), *READERS) if given.isdecimal() else None
    shown = queries.overview(request.user, unit_in_view(request), top, timezone.now())
    return render(request, "registers/home.html", {"shown": shown})
