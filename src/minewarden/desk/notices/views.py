"""Pages of notices: the register, the preview, the notice with its hops, and what was handed to a unit."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.audit.record import taken_out
from minewarden.desk.cases.access import case_for, may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.kit.again import again
from minewarden.desk.kit.downloads import workbook
from minewarden.desk.kit.sheets import csv_response
from minewarden.desk.kit.turns import Busy, come_back, turn
from minewarden.desk.kit.words import said, say
from minewarden.desk.notices import access, actions, forms, handing, intake, queries
from minewarden.desk.notices import export as tables
from minewarden.desk.notices.models import Assignment, Received
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view
from minewarden.documents.leaves import Leaf, to_xlsx
from minewarden.intake import isolation
from minewarden.vocab.errors import MinewardenError

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def carried_out(request: DeskRequest, act: Any, *args: Any, **given: Any) -> Any:
    """Carry out an action for whoever is signed in, now; a refusal becomes a message on the page, and None."""
    try:
        return act(*args, by=request.user, now=timezone.now(), **given) or True
    except MinewardenError as refusal:
        messages.error(request, said(refusal.message))
        return None


@requires(*BUSINESS)
@require_GET
def register(request: DeskRequest) -> HttpResponse:
    """通报登记台账."""
    found = queries.register(request.user, request.GET, unit_in_view(request))
    return render(request, "notices/register.html", {"found": found, "views": queries.VIEWS})


@requires("officer", "leader", "approver")
@require_GET
def export(request: DeskRequest) -> HttpResponseBase:
    """The register as a file (T7): a workbook, or as plain text, which goes out while it is read."""
    below, now = unit_in_view(request), timezone.now()
    found = queries.documents(request.user, below)
    taken_out("notice.register", by=request.user, obj=below or request.user.unit, count=found.count())
    rows = tables.register_rows(found)
    if request.GET.get("form") != "xlsx":
        name = say("desk_notices.file_register", day=f"{timezone.localdate(now):%Y%m%d}")
        return csv_response(name, tables.register_head(), rows)
    place, title = (below or request.user.unit).name, say("desk_notices.t7_title")
    note = say("desk_notices.t7_note", unit=place, at=now)
    leaf = Leaf(title, note, tuple(tables.register_head()), tuple(map(tuple, rows)))
    return workbook(to_xlsx([leaf]), place, title, now)


@requires("officer")
def upload(request: DeskRequest) -> HttpResponse:
    """A file or a text in; nothing is sent."""
    form = forms.Upload(request.POST or None, request.FILES or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        received = carried_out(request, intake.take_in, **form.facts())
        if received:
            return redirect("notices:notice", received.pk)
    return render(request, "notices/upload.html", {"form": form}, status=422 if form.errors else 200)


@requires(*BUSINESS)
@require_GET
def notice(request: DeskRequest, received_id: int) -> HttpResponse:
    """One document: its preview, or the notice with its hops."""
    return _page(request, access.received_for(request.user, received_id))


@requires("officer")
@require_POST
def confirm(request: DeskRequest, received_id: int) -> HttpResponse:
    """Enter the notice and hand it out."""
    received = access.received_for(request.user, received_id, "officer")
    form = forms.Confirm(request.POST, received=received)
    if form.is_valid():
        made = carried_out(request, intake.confirm, received, **form.cleaned_data)
        if made:
            if isinstance(made, list):
                messages.success(request, say("desk_notices.done_confirm", units=len(made)))
            else:
                left = queries.left_to_worker(received)
                messages.success(request, say("desk_notices.done_left" if left else "desk_notices.done_kept"))
            return redirect("notices:notice", received.pk)
    return _page(request, received, confirming=form)


@requires("officer")
@require_POST
def resume(request: DeskRequest, received_id: int) -> HttpResponse:
    """Have the worker go on with what stopped."""
    received = access.received_for(request.user, received_id, "officer")
    if carried_out(request, handing.resume, received):
        messages.success(request, say("desk_notices.done_resume"))
    return redirect("notices:notice", received.pk)


@requires("officer")
@require_POST
def drop(request: DeskRequest, received_id: int) -> HttpResponse:
    """Put a preview away."""
    received = access.received_for(request.user, received_id, "officer")
    if carried_out(request, intake.drop, received):
        messages.success(request, say("desk_notices.done_drop"))
        return redirect("notices:register")
    return redirect("notices:notice", received.pk)


@requires("officer")
@require_POST
def attribute(request: DeskRequest, received_id: int) -> HttpResponse:
    """Ask the ledger again whose the addresses of a preview were."""
    received = access.received_for(request.user, received_id, "officer")
    if told := carried_out(request, intake.attribute_anew, received):
        asked, changed = told
        messages.success(request, say("desk_notices.done_attribute", asked=asked, changed=changed))
    return redirect("notices:notice", received.pk)


@requires("officer")
@require_POST
def by_hand(request: DeskRequest, received_id: int) -> HttpResponse:
    """Add a line that somebody read."""
    received = access.received_for(request.user, received_id, "officer")
    form = forms.ByHand(request.POST)
    if form.is_valid() and carried_out(request, intake.add_line, received, **form.facts()):
        messages.success(request, say("desk_notices.done_line"))
        return redirect("notices:notice", received.pk)
    return _page(request, received, typing=form)


@requires(*BUSINESS)
@require_GET
def picture(request: DeskRequest, received_id: int, page: int) -> HttpResponse:
    """A page of a scan, drawn anew."""
    received = access.received_for(request.user, received_id)
    try:
        with turn():
            drawn = isolation.picture(received.name, received.original.content, page)
    except Busy:
        return come_back()
    except MinewardenError:
        raise Http404 from None
    return HttpResponse(drawn, content_type="image/png")


@requires(*BUSINESS)
@require_GET
def original(request: DeskRequest, received_id: int) -> HttpResponse:
    """The file as it came; one in quarantine is handed to nobody."""
    received = access.received_for(request.user, received_id)
    if received.quarantined:
        raise Http404
    carried_out(request, actions.note_export, received, what="original")
    return _download(received.original.content, received.name, "application/octet-stream")


@requires(*BUSINESS)
@require_GET
def answer(request: DeskRequest, received_id: int) -> HttpResponse:
    """The answer in the sender's own columns."""
    received = access.received_for(request.user, received_id)
    carried_out(request, actions.note_export, received, what="answer")
    stem = received.name.rpartition(".")[0] or received.name
    name = say("desk_notices.file_answer", name=stem, day=f"{timezone.localdate():%Y%m%d}")
    return _download(tables.answer_book(received), f"{name}.xlsx", _XLSX)


@requires("officer")
@require_POST
def reply(request: DeskRequest, received_id: int) -> HttpResponse:
    """Note that the sender was answered."""
    received = access.received_for(request.user, received_id, "officer")
    form = forms.Reply(request.POST)
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, actions.reply, received, **form.cleaned_data):
        messages.success(request, say("desk_notices.done_reply"))
    return redirect("notices:notice", received.pk)


@requires("officer")
@require_POST
def withdraw(request: DeskRequest, received_id: int) -> HttpResponse:
    """Lines that the sender took back."""
    received = access.received_for(request.user, received_id, "officer")
    form = forms.Withdraw(request.POST, received=received)
    if form.is_valid() and carried_out(request, actions.withdraw, received, **form.cleaned_data):
        messages.success(request, say("desk_notices.done_withdraw"))
        return redirect("notices:notice", received.pk)
    return _page(request, received, withdrawing=form)


@requires("officer")
def choose(request: DeskRequest, line_id: int) -> HttpResponse:
    """Whom a line is for."""
    line = access.line_for(request.user, line_id, "officer")
    known = {"unit": line.unit.name if line.unit else "", "reason": line.unit_reason, "join": line.join}
    form = forms.Choose(
        request.POST or None, office=line.received.office, initial=known, like=line.merge_id is not None
    )
    if request.method == "POST" and form.is_valid() and carried_out(request, intake.choose, line, **form.cleaned_data):
        return redirect("notices:notice", line.received_id)
    return _line_page(request, line, form, "desk_notices.choose_title")


@requires("officer")
def anew(request: DeskRequest, line_id: int) -> HttpResponse:
    """Hand a line to the right unit."""
    line = access.line_for(request.user, line_id, "officer")
    office, own = queries.sent_by(line, request.user)
    known = {
        "unit": line.proposed.name
        if line.proposed and office.contains(line.proposed) and line.proposed != office
        else ""
    }
    form = forms.Anew(request.POST or None, office=office, initial=known)
    valid = request.method == "POST" and form.is_valid()
    if valid and carried_out(request, actions.hand_out_anew, line, **form.cleaned_data):
        messages.success(request, say("desk_notices.done_anew"))
        return redirect("notices:task", own.pk) if own else redirect("notices:notice", line.received_id)
    return _line_page(request, line, form, "desk_notices.anew_title", own)


@requires(*BUSINESS)
@require_GET
def of_case(request: DeskRequest, case_id: int) -> HttpResponse:
    """The notices of a case, each with its own reply."""
    found = queries.replies(case_for(request.user, case_id))
    return render(request, "notices/of_case.html", {"found": found, "now": timezone.now()})


@requires(*BUSINESS)
@require_GET
def tasks(request: DeskRequest) -> HttpResponse:
    """What was handed to one's units."""
    found = queries.tasks(request.user, request.GET, unit_in_view(request))
    return render(request, "notices/tasks.html", {"found": found, "views": queries.TASKS, "now": timezone.now()})


@requires(*BUSINESS)
@require_GET
def task(request: DeskRequest, assignment_id: int) -> HttpResponse:
    """One assignment."""
    return _task_page(request, access.assignment_for(request.user, assignment_id))


@requires("officer")
@require_POST
def act(request: DeskRequest, assignment_id: int, verb: str) -> HttpResponse:
    """Carry out one act on an assignment."""
    assignment = access.assignment_for(request.user, assignment_id)
    if verb not in forms.ACTS:
        raise Http404
    form = forms.ACTS[verb](request.POST, assignment=assignment)
    if form.is_valid() and carried_out(request, form.act):
        messages.success(request, say(f"desk_notices.done_{verb}"))
        return redirect("notices:task", assignment.pk)
    return _task_page(request, access.assignment_for(request.user, assignment_id), verb, form)


def _page(request: DeskRequest, received: Received, **given: Any) -> HttpResponse:
    may_write = may(request.user, Duty.HANDLE, received.office)
    shown: dict[str, Any] = {"received": received, "may_write": may_write, "now": timezone.now()}
    if received.state == Received.State.PREVIEW:
        shown |= {"found": queries.preview(received, request.GET), "outcomes": ("all", *queries.OUTCOMES)}
        shown |= {"confirming": forms.Confirm(received=received), "typing": forms.ByHand()}
        template = "notices/preview.html"
    else:
        shown |= {"found": queries.document(received, request.GET, timezone.now()), "replying": forms.Reply()}
        shown |= {"withdrawing": forms.Withdraw(received=received)}
        template = "notices/notice.html"
    return render(request, template, shown | given, status=422 if given else 200)


def _line_page(request: DeskRequest, line: Any, form: Any, title: str, own: Any = None) -> HttpResponse:
    shown = {"line": line, "form": form, "title": title, "own": own}
    return render(request, "notices/line.html", shown, status=422 if form.errors else 200)


def _task_page(request: DeskRequest, assignment: Assignment, verb: str = "", filled: Any = None) -> HttpResponse:
    found = queries.task(assignment, request.GET)
    blank = {name: form(assignment=assignment) for name, form in forms.ACTS.items()}
    shown = {
        "found": found,
        "assignment": assignment,
        "acts": blank | ({verb: filled} if verb else {}),
        "may_handle": may(request.user, Duty.HANDLE, assignment.unit),
        "may_supervise": may(request.user, Duty.SUPERVISE, assignment.unit),
        "relays": queries.relays(found),
        "now": timezone.now(),
    }
    return render(request, "notices/task.html", shown, status=422 if verb else 200)


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
