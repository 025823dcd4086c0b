"""Pledges signed on paper: a scan of many pages is told apart by the codes on them, looked through, and taken in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit.kept import plain_name
from minewarden.desk.kit.turns import turn
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.pledges.access import may_keep
from minewarden.desk.pledges.chain import hold, join
from minewarden.desk.pledges.codes import read_paper_code
from minewarden.desk.pledges.evidence import keep
from minewarden.desk.pledges.models import Page, Scan, Signature, Signer, Text
from minewarden.desk.pledges.signing import Refused, named, note
from minewarden.desk.pledges.texts import InForce, in_force
from minewarden.documents.scans import Scan as Read
from minewarden.documents.scans import read_scan

LARGEST = 100 * 1024 * 1024


def receive(unit: Unit, *, by: Person, now: datetime, name: str, content: bytes) -> Scan:
    """Keep a scan and say of each page whose pledge it is. Nothing counts yet.

    Raises PermissionDenied, Refused (empty, too large, handed in before), InputError (no scan, broken, too many pages).
    """
    if not may_keep(by, unit):
        raise PermissionDenied
    if not content or len(content) > LARGEST:
        raise Refused.of("refused_scan_size")
    digest = sha256(content).hexdigest()
    if Scan.objects.filter(unit=unit, sha256=digest).exclude(state=Scan.State.DROPPED).exists():
        raise Refused.of("refused_scan_again")
    # Read before the transaction begins: hundreds of pages take a while, and the desk has one writer at a time.
    with turn():
        read = read_scan(name, content)
    with transaction.atomic():
        scan: Scan = Scan.objects.create(
            unit=unit,
            name=plain_name(name),
            sha256=digest,
            size=len(content),
            pages=len(read.pages),
            place=keep(content),
            at=now,
            by=by,
        )
        pages = _told_apart(scan, read, in_force(timezone.localdate(now)))
        Page.objects.bulk_create(pages, batch_size=500)
        counts = {state: sum(page.state == state for page in pages) for state in {page.state for page in pages}}
        record("pledge.scan", by=by, obj=scan, after={"pages": scan.pages, "sha256": digest, **counts})
    return scan


def _told_apart(scan: Scan, read: Read, texts: InForce) -> list[Page]:
    named_by = {page.number: [found for code in page.codes if (found := read_paper_code(code))] for page in read.pages}
    near = Signer.objects.filter(unit__path__startswith=scan.unit.path).select_related("unit", "signature")
    wanted = sorted({signer for found in named_by.values() for whose, _ in found for signer in whose})
    signers: dict[int, Signer] = {}
    for begin in range(0, len(wanted), 500):
        signers |= {row.pk: row for row in near.filter(pk__in=wanted[begin : begin + 500])}
    known = {text.pk: text for text in Text.objects.all()}
    seen: set[int] = set()
    return [_told(scan, number, found, signers, known, texts, seen) for number, found in sorted(named_by.items())]


def _told(
    scan: Scan,
    number: int,
    found: Sequence[tuple[tuple[int, ...], int]],
    signers: Mapping[int, Signer],
    known: Mapping[int, Text],
    texts: InForce,
    seen: set[int],
) -> Page:
    page = Page(scan=scan, number=number, state=Page.State.UNREAD)
    # Two papers on one glass: a person says which of them the page is.
    if len({whose for whose, _ in found}) != 1:
        return page
    named_ones, which = found[0]
    # A paper that names several units may be handed in by any of them.
    signer = next((signers[one] for one in named_ones if one in signers), None)
    text = known.get(which)
    if signer is None or text is None:
        page.state = Page.State.FOREIGN
        return page
    page.signer, page.text = signer, text
    page.also = [one for one in named_ones if one != signer.pk]
    if signer.pk in seen:
        page.state = Page.State.TWICE
    elif texts.holds(signer):
        page.state = Page.State.SIGNED
    else:
        page.state = Page.State.READ
        seen.add(signer.pk)
    return page


@transaction.atomic
def match(page: Page, *, by: Person, now: datetime, signer: Signer | None) -> Page:
    """Say whose pledge a page is (None: nobody's), in the words of the text in force. Raises Refused."""
    scan = page.scan
    if not may_keep(by, scan.unit):
        raise PermissionDenied
    fresh = Page.objects.select_for_update(of=("self",), no_key=True).get(pk=page.pk)
    if scan.state == Scan.State.DROPPED or Signature.objects.filter(scan=scan, page=fresh.number).exists():
        raise Refused.of("refused_page_settled")
    if signer is not None:
        if not signer.unit.path.startswith(scan.unit.path) or signer.left_on is not None:
            raise Refused.of("refused_not_in_unit")
        if Page.objects.filter(scan=scan, signer=signer, state__in=Page.TAKEN).exclude(pk=fresh.pk).exists():
            raise Refused.of("refused_other_page")
    fresh.state = Page.State.MATCHED if signer is not None else Page.State.BLANK
    fresh.signer, fresh.by, fresh.also = signer, by, []
    fresh.text = in_force(timezone.localdate(now)).text_for(signer) if signer is not None else None
    fresh.save()
    facts = {"page": fresh.number, "number": signer.number if signer else "", "state": fresh.state}
    record("pledge.match", by=by, obj=scan, after=facts)
    return fresh


@transaction.atomic
def confirm(scan: Scan, *, by: Person, now: datetime, signed_on: date) -> int:
    """Take the pages in that are somebody's; how many signatures that makes. The rest waits for somebody to match it.

    A paper that names other units too becomes a signature to each of them: the person signed that, and there is nothing
    for another unit to decide. Raises Refused.
    """
    if not may_keep(by, scan.unit):
        raise PermissionDenied
    if signed_on > timezone.localdate(now):
        raise Refused.of("refused_future")
    end = hold()
    scan = Scan.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=scan.pk)
    if scan.state == Scan.State.DROPPED:
        raise Refused.of("refused_page_settled")
    taken = set(scan.signatures.values_list("page", flat=True))
    pages = [
        page for page in scan.page_rows.filter(state__in=Page.TAKEN).order_by("number") if page.number not in taken
    ]
    fresh = _signed(scan, pages, by, now, signed_on)
    join(fresh, end)
    Signature.objects.bulk_create(fresh, batch_size=200)
    for made in fresh:
        note(made.signer, made)
    if not scan.page_rows.filter(state__in=Page.ASKS).exists():
        scan.state, scan.settled_at, scan.settled_by = Scan.State.DONE, now, by
        scan.save(update_fields=["state", "settled_at", "settled_by"])
    record("pledge.scan_confirm", by=by, obj=scan, after={"count": len(fresh), "signed_on": signed_on})
    return len(fresh)


def _signed(scan: Scan, pages: Sequence[Page], by: Person, now: datetime, signed_on: date) -> list[Signature]:
    texts, fresh = in_force(timezone.localdate(now)), []
    held = Signer.objects.select_for_update(of=("self",), no_key=True).select_related("unit")
    numbers = [one for page in pages for one in _whose(page)]
    open_ones = {
        row.pk: row for begin in range(0, len(numbers), 500) for row in held.filter(pk__in=numbers[begin : begin + 500])
    }
    for page in pages:
        # On the telephone, or on another paper of the same heap: the first signature stands.
        due = [row for one in _whose(page) if (row := open_ones.get(one)) and _is_due(row, page, texts)]
        if page.text is None or not due:
            Page.objects.filter(pk=page.pk).update(state=Page.State.SIGNED)
            continue
        for signer in due:
            del open_ones[signer.pk]
            made = named(signer, page.text, at=now)
            made.way, made.scan, made.scan_sha256, made.page = Signature.Way.PAPER, scan, scan.sha256, page.number
            made.by, made.signed_on = by, signed_on
            fresh.append(made)
    return fresh


def _whose(page: Page) -> tuple[int, ...]:
    return (page.signer_id or 0, *page.also)


def _is_due(signer: Signer, page: Page, texts: InForce) -> bool:
    return (
        page.text is not None
        and signer.variant == page.text.variant
        and signer.left_on is None
        and not texts.holds(signer)
    )


@transaction.atomic
def drop(scan: Scan, *, by: Person, now: datetime) -> Scan:
    """Give a scan up of which nothing was taken in; the file stays sealed where it is. Raises Refused."""
    if not may_keep(by, scan.unit):
        raise PermissionDenied
    fresh = Scan.objects.select_for_update(of=("self",), no_key=True).get(pk=scan.pk)
    if fresh.state != Scan.State.WAITING or fresh.signatures.exists():
        raise Refused.of("refused_page_settled")
    fresh.state, fresh.settled_at, fresh.settled_by = Scan.State.DROPPED, now, by
    fresh.save(update_fields=["state", "settled_at", "settled_by"])
    record("pledge.scan_drop", by=by, obj=fresh, after={"pages": fresh.pages})
    return fresh
