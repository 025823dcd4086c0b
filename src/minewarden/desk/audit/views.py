"""Pages of the log, for the audit administrator."""

from collections.abc import Iterator
from typing import Any, Protocol, cast

from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from minewarden.desk.audit import queries
from minewarden.desk.audit.chain import Anchor
from minewarden.desk.audit.forms import LogFilter
from minewarden.desk.audit.models import Record
from minewarden.desk.audit.record import Actor, record
from minewarden.desk.audit.verify import verify
from minewarden.desk.kit.gate import requires
from minewarden.desk.kit.paging import page_of
from minewarden.desk.kit.sheets import csv_response
from minewarden.desk.kit.words import local, say

ROLE = "audit"
AT_ONCE = 3_000
"""Records that one request checks; a long chain takes several."""
_SALT = "audit.verify"
_LASTS = 3600
_COLUMNS = ("seq", "at", "actor", "unit", "ip", "act", "code", "object", "result", "before", "after", "request", "hash")


class Auditor(Actor, Protocol):
    """Whoever reads the log; the log does not know what kind of account that is."""

    def scope_paths(self, *roles: str) -> list[str]: ...


@requires(ROLE)
def log(request: HttpRequest) -> HttpResponse:
    """The log, newest first."""
    form = LogFilter(request.GET)
    page = page_of(queries.records(_auditor(request).scope_paths(ROLE), form.wanted()), request)
    context = {"form": form, "page": page, "rows": queries.rows(page), "query": request.GET.urlencode()}
    return render(request, "audit/log.html", context)


@requires(ROLE)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """What the filter finds, as CSV; that somebody took it along is itself recorded."""
    wanted = LogFilter(request.GET).wanted()
    found = queries.records(_auditor(request).scope_paths(ROLE), wanted)
    facts = {"count": queries.count(found), "filter": request.GET.urlencode()}
    record("audit.export", by=_auditor(request), after=facts)
    name = say("desk_audit.file_name", day=f"{timezone.localdate():%Y%m%d}")
    return csv_response(name, [say(f"desk_audit.column_{column}") for column in _COLUMNS], _lines(found))


@requires(ROLE)
def verified(request: HttpRequest) -> HttpResponse:
    """Whether the chain holds, checked now: so many records in a request, and the next ones in the next."""
    verdict = verify(after=_reached(request.GET.get("after", "")), most=AT_ONCE)
    context: dict[str, Any] = {"verdict": verdict}
    if verdict.more and verdict.end is not None:
        # Signed, so that nobody can have a part of the chain passed over by an address that he made up.
        context["after"] = signing.dumps([verdict.end.seq, verdict.end.hash], salt=_SALT)
        context["last"] = queries.last_seq()
    return render(request, "audit/verify.html", context)


def _reached(token: str) -> Anchor | None:
    """How far a check had come; from the first record on where nothing readable says so."""
    try:
        seq, digest = signing.loads(token, salt=_SALT, max_age=_LASTS)
    except (signing.BadSignature, ValueError):
        return None
    return Anchor(seq, digest)


def _auditor(request: HttpRequest) -> Auditor:
    return cast("Auditor", request.user)


def _lines(found: "QuerySet[Record]") -> Iterator[list[Any]]:
    for entry in found.iterator(chunk_size=2000):
        yield [
            entry.seq,
            local(entry.at, "seconds"),
            entry.actor,
            entry.unit,
            entry.ip,
            queries.action_words(entry.action),
            entry.action,
            f"{entry.kind} {entry.object_id}".strip(),
            entry.result,
            queries.as_text(entry.before),
            queries.as_text(entry.after),
            entry.request_id,
            entry.hash,
        ]
