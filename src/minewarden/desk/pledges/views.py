"""Pages of those who see to pledges: progress, people, codes, papers, scans, texts."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.audit.record import taken_out
from minewarden.desk.kit.again import again
from minewarden.desk.kit.downloads import attached, file_name, workbook
from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.paging import page_of, page_of_many
from minewarden.desk.kit.turns import Busy, come_back
from minewarden.desk.kit.words import language, said, say
from minewarden.desk.org.access import DeskRequest, requires, unit_for, unit_in_view, units_visible_to
from minewarden.desk.org.models import Unit
from minewarden.desk.pledges import access, actions, paper, queries, roll, sheets
from minewarden.desk.pledges.access import KEEPERS, READERS
from minewarden.desk.pledges.forms import CodesWanted, Find, Publish, Reasons, TakeIn, Upload, Why
from minewarden.desk.pledges.ink import picture
from minewarden.desk.pledges.queries import base_address
from minewarden.documents.sheet_write import listing
from minewarden.vocab.errors import MinewardenError

_KINDS = {"pdf": "application/pdf", "png": "image/png", "jpeg": "image/jpeg"}


@requires(*READERS)
@require_GET
def home(request: DeskRequest) -> HttpResponse:
    """The unit in view, else one's highest."""
    unit = unit_in_view(request) or access.highest(request.user)
    return redirect("pledges:unit", unit.pk)


@requires(*READERS)
@require_GET
def unit(request: DeskRequest, unit_id: int) -> HttpResponse:
    """How far a unit and all below it have come; exceptions first."""
    found = unit_for(request.user, unit_id, *READERS)
    visible = units_visible_to(request.user, *READERS)
    shown = queries.board(request.user, found, visible, timezone.now())
    return render(request, "pledges/unit.html", {"board": shown})


@requires(*READERS)
@require_GET
def people(request: DeskRequest, unit_id: int) -> HttpResponse:
    """The people of a unit or a group, by where they stand."""
    found, now = unit_for(request.user, unit_id, *READERS), timezone.now()
    listed = queries.people(request.user, found, request.GET, now)
    page = page_of_many(listed.rows, request, 100, by_unit=listed.by_unit)
    context = {
        "listed": listed,
        "page": page,
        "rows": queries.person_rows(listed, page, now),
        "find": Find(request.GET),
        "reasons": Reasons(),
    }
    return render(request, "pledges/people.html", context)


@requires(*KEEPERS, "approver")
@require_POST
def people_act(request: DeskRequest, unit_id: int, verb: str) -> HttpResponse:
    """Note a reason, agree to it or take it back, for the people ticked."""
    found, now = unit_for(request.user, unit_id, *READERS), timezone.now()
    chosen = access.chosen(request.user, found, request.POST.getlist("who"))
    given: dict[str, Any] = {}
    if verb == "reason":
        form = Reasons(request.POST)
        if not form.is_valid():
            return again(request, form)
        given = form.cleaned_data
    verbs: dict[str, Any] = {"reason": actions.note_reason, "excuse": actions.excuse, "clear": actions.clear_reason}
    act = verbs.get(verb)
    if act is None:
        raise Http404
    _done(request, partial(act, chosen, by=request.user, now=now, **given))
    kept = {key: request.POST[key] for key in ("state", "group") if key in request.POST}
    return redirect(f"{reverse('pledges:people', args=[unit_id])}?{urlencode(kept)}")


@requires(*READERS)
@require_GET
def person(request: DeskRequest, signer_id: int) -> HttpResponse:
    """One person with all that was ever signed."""
    signer = access.signer_for(request.user, signer_id)
    shown = queries.signer_page(request.user, signer, timezone.now())
    return render(request, "pledges/person.html", {"shown": shown, "why": Why()})


@requires(*KEEPERS, "approver")
@require_POST
def reveal(request: DeskRequest, signer_id: int, seq: int) -> HttpResponse:
    """The handwriting of a signature, for a reason."""
    signature = access.signature_for(request.user, signer_id, seq)
    form = Why(request.POST)
    act = partial(actions.reveal, signature, by=request.user, reason=request.POST.get("reason", ""))
    strokes = attempt(form, act) if form.is_valid() else None
    if strokes is None:
        return again(request, form)
    return render(request, "pledges/ink.html", {"signature": signature, "ink": picture(strokes)})


@requires(*READERS)
@require_GET
def original(request: DeskRequest, signer_id: int, seq: int) -> HttpResponse:
    """One pledge as a file: as it was signed, or its page of the scan."""
    signature = access.signature_for(request.user, signer_id, seq)
    access.demand_own(request.user, signature.unit)
    taken_out("pledge.export", by=request.user, obj=signature.unit, what="pledge", group=signature.number)
    try:
        content, kind = sheets.original(signature)
    except MinewardenError as error:
        messages.error(request, error.said(language()))
        return redirect("pledges:person", signer_id)
    name = file_name(signature.unit_name, f"{signature.name}_{signature.number}", signature.at)
    return attached(content, f"{name}.{kind}", _KINDS[kind])


@requires(*READERS)
@require_GET
def download(request: DeskRequest, unit_id: int) -> HttpResponse:
    """All pledges of a unit or a group in one file."""
    found, group = unit_for(request.user, unit_id, *READERS), request.GET.get("group")
    access.demand_own(request.user, found)
    try:
        rows = sheets.of_one_file(queries.signed(found, group), nothing="nothing_signed")
    except MinewardenError as refusal:
        messages.error(request, refusal.said(language()))
        return redirect("pledges:unit", unit_id)
    taken_out("pledge.export", by=request.user, obj=found, what="pledges", count=len(rows), group=group or "")
    return _pdf(sheets.as_signed(rows).pdf, file_name(found.label, say("desk_pledges.title"), timezone.now()))


@requires(*READERS)
@require_GET
def statistics(request: DeskRequest, unit_id: int) -> HttpResponse:
    """承诺书签订统计表 as a workbook."""
    found, now = unit_for(request.user, unit_id, *READERS), timezone.now()
    rows = queries.statistics(found, now)
    taken_out("pledge.export", by=request.user, obj=found, what="statistics", count=len(rows), group="")
    return workbook(listing(queries.T9, rows, language()), found.label, said(queries.T9.title), now)


@requires(*KEEPERS)
@require_POST
def take_over(request: DeskRequest, unit_id: int) -> HttpResponse:
    """Bring the roll into step with the staff roll, units and cases at once."""
    found = unit_for(request.user, unit_id, *KEEPERS)
    _done(request, partial(roll.take_over, found, now=timezone.now(), by=request.user))
    return redirect("pledges:unit", unit_id)


@requires("officer", "approver")
@require_POST
def remind(request: DeskRequest, unit_id: int) -> HttpResponse:
    """Ask a unit below for what is missing."""
    found, now = unit_for(request.user, unit_id, "officer", "approver"), timezone.now()
    access.demand_above(request.user, found)
    missing = queries.missing_count(found, now)
    _done(request, partial(actions.remind, found, by=request.user, now=now, missing=missing))
    return redirect("pledges:unit", unit_id)


@requires(*KEEPERS)
def codes(request: DeskRequest, unit_id: int) -> HttpResponse:
    """The codes that are good, and a form to make or prolong some."""
    found, now = unit_for(request.user, unit_id, *KEEPERS), timezone.now()
    shown = queries.codes_page(request.user, found, now)
    begin = {"until": timezone.localdate(now) + timedelta(days=14), "groups": list(shown.groups)}
    form = CodesWanted(request.POST or None, groups=shown.groups, initial=begin)
    if form.is_valid():
        act = partial(_made, request, found, form, now)
        if (links := attempt(form, act)) is not None:
            messages.success(request, say("desk_pledges.codes_made", count=len(links)))
            return redirect("pledges:codes", unit_id)
    base = base_address(request)
    return render(request, "pledges/codes.html", {"shown": shown, "form": form, "base": base})


def _made(request: DeskRequest, found: Unit, form: CodesWanted, now: Any) -> Any:
    given = form.cleaned_data
    signers = queries.to_have_codes(found, given["groups"], now) if given["kind"] == form.EACH else None
    groups = None if given["kind"] == form.WHOLE else given["groups"]
    return actions.links(
        signers, unit=found, groups=groups, until=form.end(), by=request.user, now=now, ask_number=given["ask_number"]
    )


@requires(*KEEPERS)
@require_GET
def code_sheet(request: DeskRequest, unit_id: int) -> HttpResponse:
    """Codes to print: the large ones of groups, or the cards of a group's people."""
    found, now, group = unit_for(request.user, unit_id, *KEEPERS), timezone.now(), request.GET.get("group")
    good = access.printable(request.user, found, group, each=request.GET.get("each") == "1", now=now)
    part = request.GET.get("part", "")
    try:
        links = sheets.part_of_codes(good, int(part) if part.isdecimal() else 0)
    except MinewardenError as refusal:
        messages.error(request, refusal.said(language()))
        return redirect("pledges:codes", unit_id)
    taken_out("pledge.export", by=request.user, obj=found, what="codes", count=len(links), group=group or "")
    content = sheets.codes(links, base_address(request)).pdf
    title = say("desk_pledges.codes_title") + (f"_{int(part)}" if part.isdecimal() else "")
    return _pdf(content, file_name(found.label, title, now))


@requires(*KEEPERS)
@require_POST
def revoke(request: DeskRequest, link_id: int) -> HttpResponse:
    """Nobody signs by a code any more."""
    link = access.link_for(request.user, link_id)
    _done(request, partial(actions.revoke, link, by=request.user, now=timezone.now()))
    return redirect("pledges:codes", link.unit_id)


@requires(*KEEPERS)
@require_GET
def papers(request: DeskRequest, unit_id: int) -> HttpResponse:
    """Papers to print for those who have not signed; or the unit's own, to be sealed."""
    found, now, group = unit_for(request.user, unit_id, *KEEPERS), timezone.now(), request.GET.get("group")
    rows = (
        access.unit_paper(found) if request.GET.get("own") == "1" else queries.missing(request.user, found, group, now)
    )
    try:
        signers = sheets.of_one_file(rows, nothing="nothing_to_print")
    except MinewardenError as refusal:
        messages.error(request, refusal.said(language()))
        return redirect("pledges:unit", unit_id)
    taken_out("pledge.export", by=request.user, obj=found, what="papers", count=len(signers), group=group or "")
    return _pdf(sheets.to_sign(signers, now).pdf, file_name(found.label, say("desk_pledges.papers_title"), now))


@requires(*KEEPERS)
def scans(request: DeskRequest, unit_id: int) -> HttpResponse:
    """Scans that were handed in, and another one."""
    found = unit_for(request.user, unit_id, *KEEPERS)
    form = Upload(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        act = partial(paper.receive, found, by=request.user, now=timezone.now(), name=file.name, content=file.read())
        if (scan := attempt(form, act)) is not None:
            return redirect("pledges:scan", scan.pk)
    page = page_of(access.scans_visible_to(request.user, found), request)
    return render(request, "pledges/scans.html", {"unit": found, "form": form, "page": page})


@requires(*KEEPERS)
@require_GET
def scan(request: DeskRequest, scan_id: int) -> HttpResponse:
    """What became of a scan, page by page."""
    found, now = access.scan_for(request.user, scan_id), timezone.now()
    shown = queries.scan_page(request.user, found, now)
    form = TakeIn(initial={"signed_on": timezone.localdate(now)})
    return render(
        request, "pledges/scan.html", {"shown": shown, "page": page_of(shown.rest, request, 100), "form": form}
    )


@requires(*KEEPERS)
@require_GET
def scan_picture(request: DeskRequest, scan_id: int, number: int) -> HttpResponse:
    """A page of a scan, drawn anew."""
    found = access.page_for(request.user, scan_id, number)
    try:
        return HttpResponse(sheets.drawn(found.scan, number), content_type="image/png")
    except Busy:
        return come_back()
    except MinewardenError as error:
        raise Http404 from error


@requires(*KEEPERS)
@require_POST
def match(request: DeskRequest, scan_id: int, number: int) -> HttpResponse:
    """Say whose a page is."""
    page = access.page_for(request.user, scan_id, number)
    typed = request.POST.get("named", "").strip()
    signer = access.matched(request.user, page.scan, request.POST.get("signer", ""), typed)
    if signer is None and request.POST.get("blank") != "1":
        messages.error(request, say(f"desk_pledges.refused_nobody_{'named' if typed else 'chosen'}"))
    else:
        _done(request, partial(paper.match, page, by=request.user, now=timezone.now(), signer=signer))
    return redirect("pledges:scan", scan_id)


@requires(*KEEPERS)
@require_POST
def scan_act(request: DeskRequest, scan_id: int, verb: str) -> HttpResponse:
    """Take the pages in, or give the scan up."""
    found, now = access.scan_for(request.user, scan_id), timezone.now()
    form = TakeIn(request.POST)
    if verb == "drop":
        _done(request, partial(paper.drop, found, by=request.user, now=now))
    elif verb != "confirm":
        raise Http404
    elif form.is_valid():
        _done(request, partial(paper.confirm, found, by=request.user, now=now, **form.cleaned_data))
    else:
        messages.error(request, say("desk_pledges.refused_no_day"))
    return redirect("pledges:scan", scan_id)


@requires(*READERS)
@require_GET
def texts(request: DeskRequest) -> HttpResponse:
    """All versions of all texts."""
    context = {"kinds": queries.texts_page(timezone.now()), "publishes": access.may_publish(request.user)}
    return render(request, "pledges/texts.html", context)


@requires(*READERS)
@require_GET
def text(request: DeskRequest, text_id: int) -> HttpResponse:
    """One version, as it reads with names in it."""
    found = access.text_for(text_id)
    return render(request, "pledges/text.html", {"text": found, "lines": queries.example_lines(found)})


@requires("approver")
def publish(request: DeskRequest) -> HttpResponse:
    """Another version of a text for the whole city."""
    access.demand_publisher(request.user)
    now = timezone.now()
    begin = queries.latest_text(request.GET.get("variant", "staff")) | {"effective_from": timezone.localdate(now)}
    form = Publish(request.POST or None, initial=begin)
    if form.is_valid():
        made = attempt(form, partial(actions.publish, by=request.user, now=now, **form.cleaned_data))
        if made is not None:
            messages.success(request, say("desk_pledges.published", number=made.number))
            return redirect("pledges:text", made.pk)
    return render(request, "pledges/publish.html", {"form": form})


def _pdf(content: bytes, name: str) -> HttpResponse:
    return attached(content, f"{name}.pdf", _KINDS["pdf"])


def _done(request: DeskRequest, act: Callable[[], object]) -> None:
    """Carry out an act that has no form, and say on the next page how it went."""
    try:
        act()
        messages.success(request, say("desk_kit.done"))
    except MinewardenError as refusal:
        messages.error(request, refusal.said(language()))
