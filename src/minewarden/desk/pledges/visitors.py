"""The pages of those who sign: opened from a code, without an account, on a telephone 360 pixels wide.

They carry no session and no cookie: the token in the address is all that lets somebody in, so there is nothing that a
page of somebody else could borrow, and no form here needs a token against that.
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from minewarden.desk.audit.context import client_ip
from minewarden.desk.kit.words import language, say
from minewarden.desk.pledges import access, codes, limits
from minewarden.desk.pledges.everywhere import elsewhere, to_sign
from minewarden.desk.pledges.forms import Sign, Who
from minewarden.desk.pledges.models import Link, Signer
from minewarden.desk.pledges.queries import Candidates, ToRead, candidates, to_read
from minewarden.desk.pledges.signing import Refused, Wish, sign

LARGEST_POST = 160 * 1024
"""Bytes of a form with a canvas: letters that are not ASCII take three each."""


@csrf_exempt
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Where a code leads: to one's own pledge, or to the question who one is."""
    link, refusal = _let_in(request, token)
    if link is None:
        return refusal
    if link.signer is not None and link.signer.left_on is not None:
        return _said(request, "left", 410, unit=link.signer.unit.name)
    if link.signer is not None:
        return _pledge(request, link, link.signer)
    return _asked_who(request, link)


@csrf_exempt
def pledge(request: HttpRequest, token: str, ticket: str) -> HttpResponse:
    """The pledge of somebody who said who he is."""
    link, refusal = _let_in(request, token)
    if link is None:
        return refusal
    whose = codes.read_ticket(ticket, link.pk)
    signer = access.behind(link).filter(pk=whose).first() if whose is not None else None
    return _pledge(request, link, signer) if signer is not None else redirect("pledges:enter", token)


def _let_in(request: HttpRequest, token: str) -> tuple[Link | None, HttpResponse]:
    now, link = timezone.now(), access.open_link(token)
    if _size(request) > LARGEST_POST:
        return None, _said(request, "too_large", 413)
    if link is None:
        many = limits.unknown(client_ip(request), now)
        return None, _said(request, "wait", 429) if many else _said(request, "unknown", 404)
    if not access.is_open(link, now):
        return None, _said(request, "revoked" if link.revoked_at else "expired", 410, unit=link.unit.name)
    return link, HttpResponse()


def _asked_who(request: HttpRequest, link: Link) -> HttpResponse:
    now, place = timezone.now(), client_ip(request)
    form, found = Who(request.POST or None, ask_number=link.ask_number), Candidates()
    if request.method == "POST" and limits.has_to_wait(link, place, now):
        return _said(request, "wait", 429)
    if form.is_valid():
        found = candidates(link, **form.cleaned_data)
        if found.one is not None:
            return redirect("pledges:pledge", request.path.split("/")[-2], codes.ticket_of(link.pk, found.one.pk))
        limits.failed(link, place, now)
        if found.said:
            form.add_error(found.field, say(f"desk_pledges.{found.said}"))
    return _page(request, "who", {"link": link, "form": form, "found": found})


def _pledge(request: HttpRequest, link: Link, signer: Signer) -> HttpResponse:
    now = timezone.now()
    shown = to_read(signer, now)
    others = elsewhere(signer)
    also = to_sign(others, shown.texts)
    initial = {"text": shown.text.pk, "also": [row.pk for row in also]}
    form = Sign(request.POST or None, variant=shown.text.variant, also=also, initial=initial)
    facts = {"shown": shown, "form": form, "link": link}
    if request.method != "POST":
        facts["others"] = [row for row in others if shown.texts.holds(row)]
        return _page(request, "signed" if shown.holds else "sign", facts)
    if form.is_valid():
        try:
            _signed(request, shown, form, [row for row in also if row.pk in form.cleaned_data.get("also", ())])
            return redirect(request.path)
        except Refused as refusal:
            form.add_error(None, refusal.said(language()))
    return _page(request, "sign", facts, 422)


def _signed(request: HttpRequest, shown: ToRead, form: Sign, also: Sequence[Signer]) -> None:
    if form.cleaned_data["text"] != shown.text.pk:
        raise Refused.of("refused_new_text")
    given = form.cleaned_data
    relation = say(f"desk_pledges.relation_{given['relation']}") if given.get("relation") else ""
    sign(
        Wish(
            shown.signer.pk, shown.text, shown.texts, given["ink"], timezone.now(), given.get("guardian", ""), relation,
            client_ip(request), request.META.get("HTTP_USER_AGENT", ""),
        ),
        also,
    )  # fmt: skip


def _said(request: HttpRequest, what: str, status: int, **facts: Any) -> HttpResponse:
    """Why a code does not let in, and what to do."""
    facts = {"heading": say(f"desk_pledges.closed_{what}"), "advice": say(f"desk_pledges.closed_{what}_text", **facts)}
    return _page(request, "closed", facts, status)


def _page(request: HttpRequest, name: str, facts: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, f"pledges/{name}.html", facts, status=status)


def _size(request: HttpRequest) -> int:
    text = str(request.META.get("CONTENT_LENGTH") or 0)
    return int(text) if text.isdecimal() else 0
