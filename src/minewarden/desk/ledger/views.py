"""Pages of the ledgers: lists, entries, spreadsheets in and out, gaps, leavers."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from minewarden.desk.audit.record import taken_out
from minewarden.desk.kit.again import again
from minewarden.desk.kit.downloads import workbook
from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.paging import page_of, page_of_many
from minewarden.desk.kit.watermark import watermark_of
from minewarden.desk.kit.words import language, said, say
from minewarden.desk.ledger import actions, imports, queries, retention
from minewarden.desk.ledger.access import READERS, WRITERS, entry_for, import_for
from minewarden.desk.ledger.accounts import AT_ONCE, proposed, unlinked
from minewarden.desk.ledger.books import BOOKS, Book
from minewarden.desk.ledger.forms import EntryForm, ExportForm, ImportForm, LeaveForm, LinkForm, ReasonForm, SearchForm
from minewarden.desk.ledger.open_work import open_work
from minewarden.desk.org.access import DeskRequest, requires, unit_in_view
from minewarden.documents.sheet_write import listing as as_workbook
from minewarden.documents.sheet_write import template as empty_workbook
from minewarden.vocab.errors import MinewardenError

_MOST_EXPORTED = 100_000


@requires(*READERS)
def home(request: DeskRequest) -> HttpResponse:
    """What the ledgers lack, and the way into each."""
    found = queries.gaps(request.user, unit_in_view(request), timezone.now())
    return render(
        request,
        "ledger/home.html",
        {"gaps": found, "tabs": queries.tabs(""), "may_write": queries.may_write(request.user)},
    )


@requires(*READERS)
def conflicts(request: DeskRequest) -> HttpResponse:
    """Ranges that contradict each other."""
    page = page_of(queries.conflicts(request.user, unit_in_view(request)), request)
    return render(request, "ledger/conflicts.html", {"page": page, "pairs": queries.conflicting(list(page))})


@requires(*READERS)
def ownerless(request: DeskRequest) -> HttpResponse:
    """Devices that nobody answers for, in the ledger and in refused rows."""
    found = queries.ownerless(request.user, request, unit_in_view(request))
    return render(request, "ledger/ownerless.html", {"found": found})


@requires(*READERS)
def listing(request: DeskRequest, code: str) -> HttpResponse:
    """The entries of a book."""
    book, now = _book(code), timezone.now()
    form, below = SearchForm(request.GET), unit_in_view(request)
    page = page_of_many(queries.entries(book, request.user, below, now=now, **form.wanted()), request)
    context = {
        "book": book,
        "page": page,
        "rows": queries.lines(book, list(page), now, below or request.user.unit),
        "note": queries.search_note(book, request.user, below, now, found=page.paginator.count, **form.wanted()),
        "headings": queries.headings(book),
        "tabs": queries.tabs(code),
        "form": form,
        "show": form.wanted()["show"],
        "narrowed": queries.narrowed(form.wanted()["show"]),
        "may_write": queries.may_write(request.user),
        "checked": actions.is_checked(book),
    }
    return render(request, "ledger/listing.html", context)


@requires(*READERS)
def entry(request: DeskRequest, code: str, entry_id: int) -> HttpResponse:
    """One entry with every cell."""
    book = _book(code, kept=True)
    found = entry_for(book, request.user, entry_id)
    context = {
        "book": book,
        "entry": found,
        "facts": queries.facts(book, found),
        "row": queries.lines(book, [found], timezone.now(), found.unit)[0],
        "may_write": queries.may_write(request.user),
        "removed": actions.is_removed(book),
        "reason": ReasonForm() if book.secret and getattr(found, book.secret) else None,
    }
    return render(request, "ledger/entry.html", context)


@requires(*WRITERS)
def add(request: DeskRequest, code: str) -> HttpResponse:
    """A new entry."""
    return _fill_in(request, _book(code, kept=True), None)


@requires(*WRITERS)
def change(request: DeskRequest, code: str, entry_id: int) -> HttpResponse:
    """Change an entry."""
    book = _book(code, kept=True)
    return _fill_in(request, book, entry_for(book, request.user, entry_id, *WRITERS))


def _fill_in(request: DeskRequest, book: Book, existing: Any) -> HttpResponse:
    form = EntryForm(book, request.user, request.POST or None, entry=existing)
    if form.is_valid() and form.draft is not None:
        act = partial(actions.save_entry, book, form.draft, by=request.user, now=timezone.now())
        if attempt(form, act) is not None:
            messages.success(request, say("desk_kit.saved"))
            return redirect("ledger:listing", book.code)
    return render(request, "ledger/fill_in.html", {"form": form, "book": book, "entry": existing})


@requires(*WRITERS)
@require_POST
def end(request: DeskRequest, code: str, entry_id: int) -> HttpResponse:
    """Say that an entry no longer holds."""
    book = _book(code, kept=True)
    found = entry_for(book, request.user, entry_id, *WRITERS)
    _done(request, partial(actions.end_entry, book, found, by=request.user, now=timezone.now()))
    return redirect("ledger:listing", code)


@requires(*READERS)
@require_POST
def reveal(request: DeskRequest, code: str, entry_id: int) -> HttpResponse:
    """Show a whole telephone number once, for a reason."""
    book = _book(code, kept=True)
    found = entry_for(book, request.user, entry_id)
    form = ReasonForm(request.POST)
    act = partial(actions.reveal, book, found, by=request.user, reason=request.POST.get("reason", ""))
    number = attempt(form, act) if form.is_valid() else None
    if number is None:
        return again(request, form)
    return render(request, "ledger/number.html", {"book": book, "entry": found, "number": number})


@requires(*WRITERS)
def template(request: DeskRequest, code: str) -> HttpResponse:
    """An empty workbook to fill in."""
    book = _book(code)
    below = unit_in_view(request)
    content = empty_workbook(book.table, language(), options=queries.options(book, request.user, below))
    name = say("desk_ledger.template_name", book=said(book.table.title))
    return workbook(content, (below or request.user.unit).label, name, timezone.now())


@requires(*READERS)
@require_POST
def export(request: DeskRequest, code: str) -> HttpResponse:
    """The list as a workbook; numbers whole only for a reason."""
    book, below = _book(code), unit_in_view(request)
    form, search = ExportForm(request.POST), SearchForm(request.POST)
    if not form.is_valid():
        return again(request, form)
    reason = form.cleaned_data["reason"]
    found = queries.entries(book, request.user, below, now=timezone.now(), **search.wanted())
    if (count := found.count()) > _MOST_EXPORTED:
        messages.error(request, say("desk_ledger.export_too_large", most=_MOST_EXPORTED))
        return redirect("ledger:listing", code)
    unit = below or request.user.unit
    taken_out("ledger.export", by=request.user, obj=unit, count=count, book=book.code, reason=reason)
    rows, mark = queries.exported(book, found, whole=bool(reason)), watermark_of(request)
    content = as_workbook(book.table, rows, language(), watermark=mark)
    return workbook(content, unit.label, said(book.table.title), timezone.now())


@requires(*WRITERS)
def hand_in(request: DeskRequest, code: str) -> HttpResponse:
    """Hand a file in; what it would do is shown before anything is done."""
    book = _book(code)
    form = ImportForm(request.user, request.POST or None, request.FILES or None)
    if form.is_valid():
        file, whose = form.cleaned_data["file"], form.whose()
        unit = whose or unit_in_view(request) or request.user.unit
        act = partial(
            imports.receive, book, by=request.user, unit=unit, name=file.name, content=file.read(), whose=whose
        )
        if (kept := attempt(form, partial(act, now=timezone.now()))) is not None:
            return redirect("ledger:batch", kept.pk)
    title = say("desk_ledger.import_title", book=said(book.table.title))
    context = {"form": form, "book": book, "title": title, "recent": queries.recent_imports(request.user, book)}
    return render(request, "ledger/import.html", context)


@requires(*WRITERS)
def batch(request: DeskRequest, import_id: int) -> HttpResponse:
    """What a file would do, or did, row by row."""
    kept = import_for(request.user, import_id)
    show = SearchForm(request.GET).wanted()["show"]
    page = page_of(queries.import_rows(kept, show), request, 100)
    context = {
        "kept": kept,
        "book": BOOKS[kept.book],
        "page": page,
        "rows": queries.shown_rows(kept, list(page)),
        "headings": queries.headings(BOOKS[kept.book])[:5],
        "show": show,
        "outcomes": queries.outcomes(kept),
        "right": kept.counts["rows"] - kept.counts["error"],
        "unknown": "、".join(kept.counts["unknown"]),
    }
    return render(request, "ledger/batch.html", context)


@requires(*WRITERS)
def error_book(request: DeskRequest, import_id: int) -> HttpResponse:
    """The rows that were not right, with the reasons."""
    kept = import_for(request.user, import_id)
    taken_out("ledger.export", by=request.user, obj=kept.unit, count=kept.counts["error"], book=kept.book, reason="")
    name = say("desk_ledger.errors_name", book=said(BOOKS[kept.book].table.title))
    return workbook(imports.error_book(kept, watermark_of(request)), kept.unit.label, name, timezone.now())


@requires(*WRITERS)
@require_POST
def confirm(request: DeskRequest, import_id: int) -> HttpResponse:
    """Take the rows in: all, or the right ones."""
    kept = import_for(request.user, import_id)
    right_only = request.POST.get("correct_only") == "1"
    _done(request, partial(imports.confirm, kept, by=request.user, now=timezone.now(), correct_only=right_only))
    return redirect("ledger:batch", kept.pk)


@requires(*WRITERS)
@require_POST
def drop(request: DeskRequest, import_id: int) -> HttpResponse:
    """Give an import up."""
    kept = import_for(request.user, import_id)
    _done(request, partial(imports.drop, kept, by=request.user, now=timezone.now()))
    return redirect("ledger:import", kept.book)


@requires(*WRITERS)
@require_POST
def check(request: DeskRequest, code: str) -> HttpResponse:
    """Confirm that the entries of the units in view still hold."""
    book, unit = _book(code, kept=True), unit_in_view(request) or request.user.unit
    _done(request, partial(actions.check_entries, book, by=request.user, unit=unit, now=timezone.now()))
    return redirect("ledger:listing", code)


@requires(*WRITERS)
def leaver(request: DeskRequest, entry_id: int) -> HttpResponse:
    """Somebody leaves: what is in hand, and who takes over."""
    staff = entry_for(BOOKS["staff"], request.user, entry_id, *WRITERS)
    form = LeaveForm(staff, request.POST or None, initial={"left_on": timezone.localdate()})
    if form.is_valid():
        act = partial(actions.leave, staff, by=request.user, now=timezone.now(), **form.cleaned_data)
        if attempt(form, act) is not None:
            messages.success(request, say("desk_kit.done"))
            return redirect("ledger:entry", "staff", staff.pk)
    context = {
        "staff": staff,
        "form": form,
        "kept": retention.span(staff.unit, timezone.now()),
        "assets": actions.assets_of(staff),
        "duties": actions.duties_of(staff),
        "tasks": open_work(staff.unit, staff.name),
    }
    return render(request, "ledger/leaver.html", context)


@requires(*WRITERS)
def accounts(request: DeskRequest) -> HttpResponse:
    """The accounts that the roll does not name, with whom they may belong to; linking one is an act."""
    form = LinkForm(request.user, request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        act = partial(actions.link_account, given["staff"], given["person"], by=request.user, now=timezone.now())
        if attempt(form, act) is not None:
            messages.success(request, say("desk_kit.done"))
            return redirect("ledger:accounts")
    page = page_of(unlinked(request.user, unit_in_view(request)), request, AT_ONCE)
    shown = {"found": proposed(list(page)), "page": page, "form": form, "tabs": queries.tabs("")}
    return render(request, "ledger/accounts.html", shown)


@requires(*WRITERS)
@require_POST
def unlink(request: DeskRequest, entry_id: int) -> HttpResponse:
    """Take back that an account is somebody's."""
    staff = entry_for(BOOKS["staff"], request.user, entry_id, *WRITERS)
    _done(request, partial(actions.unlink_account, staff, by=request.user, now=timezone.now()))
    return redirect("ledger:entry", "staff", entry_id)


def _book(code: str, *, kept: bool = False) -> Book:
    """The book of that code; with `kept`, one whose entries have pages here. Raises Http404."""
    book = BOOKS.get(code)
    if book is None or (kept and code == "units"):
        raise Http404
    return book


def _done(request: DeskRequest, act: Callable[[], object]) -> None:
    """Carry out an act that has no form, and say on the next page how it went."""
    try:
        act()
        messages.success(request, say("desk_kit.done"))
    except MinewardenError as refusal:
        messages.error(request, refusal.said(language()))
