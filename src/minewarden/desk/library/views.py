"""Pages of intelligence: the library, what is reported up, versions and their receipts, and what the city keeps."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.audit.record import taken_out
from minewarden.desk.cases.access import case_for, lead_for, may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.views import carried_out
from minewarden.desk.kit import downloads
from minewarden.desk.kit.again import again
from minewarden.desk.kit.paging import page_of
from minewarden.desk.kit.words import said, say
from minewarden.desk.library import access, actions, decisions, export, followup, forms, intake, queries
from minewarden.desk.library.bridge import ALL_FORMS, public_pem
from minewarden.desk.library.bridge import own_key as fingerprint
from minewarden.desk.library.models import Feed, Publication, Submission
from minewarden.desk.org.access import BUSINESS, DeskRequest, requires, unit_in_view
from minewarden.documents.docx import to_docx
from minewarden.documents.official import OfficialDocument
from minewarden.documents.pdf import to_pdf
from minewarden.vocab.errors import MinewardenError
from minewarden.vocab.indicator import Kind

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OFFICE = ("officer", "approver", "leader")


def _tried(request: DeskRequest, act: Callable[..., Any], *given: Any, **facts: Any) -> Any:
    """Carry out an act that has a result; a refusal becomes a message on the page, and None."""
    try:
        return act(*given, by=request.user, now=timezone.now(), **facts)
    except MinewardenError as refusal:
        messages.error(request, said(refusal.message))
        return None


# --- The library -----------------------------------------------------------------------------------------------------


@requires(*BUSINESS)
@require_GET
def home(request: DeskRequest) -> HttpResponse:
    """The library with its search."""
    found = queries.search(request.user, request.GET, timezone.now())
    shown = {"found": found, "roles": queries.ROLES, "standings": queries.STANDINGS} | _tabs(request, "home")
    return render(request, "library/home.html", shown)


@requires(*BUSINESS)
@require_GET
def indicator(request: DeskRequest, key: UUID) -> HttpResponse:
    """One indicator, its score explained."""
    return _indicator_page(request, key)


@requires("officer")
@require_POST
def change_indicator(request: DeskRequest, key: UUID, verb: str) -> HttpResponse:
    """Withdraw an indicator, or take that back."""
    access.office_for(request.user, "officer")
    acts = {"revoke": actions.revoke, "restore": actions.restore}
    if verb not in acts:
        raise Http404
    form = forms.Reason(request.POST)
    if form.is_valid() and carried_out(request, acts[verb], key=str(key), **form.cleaned_data):
        messages.success(request, say(f"desk_library.done_{verb}"))
        return redirect("library:indicator", key)
    return _indicator_page(request, key, form)


def _indicator_page(request: DeskRequest, key: UUID, filled: Any = None) -> HttpResponse:
    found = queries.indicator(request.user, str(key), timezone.now())
    if found is None:
        raise Http404
    shown = {"found": found, "form": filled or forms.Reason(), "refused": filled is not None}
    return render(request, "library/indicator.html", shown | _tabs(request, "home"), status=422 if filled else 200)


# --- Reporting up ----------------------------------------------------------------------------------------------------


@requires(*BUSINESS)
@require_GET
def reports(request: DeskRequest) -> HttpResponse:
    """What units reported."""
    found = queries.reports(request.user, request.GET, unit_in_view(request), timezone.now())
    return render(request, "library/reports.html", {"found": found, "views": queries.VIEWS} | _tabs(request, "reports"))


@requires("officer")
def submit(request: DeskRequest) -> HttpResponse:
    """Report a pool by hand."""
    known = {"unit": request.user.unit_id, "found_at": timezone.now(), "sureness": "suspected"}
    return _submit(request, known)


@requires("officer")
def submit_case(request: DeskRequest, case_id: int) -> HttpResponse:
    """Report the pool of a case; nothing is typed twice."""
    case = case_for(request.user, case_id)
    if not may(request.user, Duty.HANDLE, case.unit):
        raise Http404
    proofs = queries.proofs_of_case(request.user, case)
    return _submit(request, forms.known_of_case(case), case=case, proofs=proofs)


@requires("officer")
def submit_lead(request: DeskRequest, lead_id: int) -> HttpResponse:
    """Report the pool of a finding."""
    lead = lead_for(request.user, lead_id)
    proofs = [{"name": lead.finding_id, "sha256": lead.evidence.sha256}]
    return _submit(request, forms.known_of_lead(lead), lead=lead, proofs=proofs)


def _submit(request: DeskRequest, known: dict[str, Any], **origin: Any) -> HttpResponse:
    form = forms.Report(request.POST or None, person=request.user, initial=known)
    if request.method == "POST" and form.is_valid():
        made = _tried(request, actions.submit, unit=form.cleaned_data["unit"], facts=form.facts(), **origin)
        if made is not None:
            messages.success(request, say("desk_library.done_submit", number=made.number))
            return redirect("library:report", made.pk)
    shown = {"form": form, "origin": origin} | _tabs(request, "reports")
    if not origin:
        sources = queries.sources_of_report(request.user)
        shown |= {"sources": sources, "leads": page_of(sources.leads, request, queries.OFFERED)}
    return render(request, "library/submit.html", shown, status=422 if form.errors else 200)


@requires(*BUSINESS)
@require_GET
def report(request: DeskRequest, submission_id: int) -> HttpResponse:
    """One report."""
    return _report_page(request, access.submission_for(request.user, submission_id))


@requires("officer", "approver")
@require_POST
def act(request: DeskRequest, submission_id: int, verb: str) -> HttpResponse:
    """Carry out one act on a report."""
    submission = access.submission_for(request.user, submission_id)
    form, deed = _deed(request, submission, verb)
    if form.is_valid() and carried_out(request, deed, **_facts_of(form, verb)):
        messages.success(request, say(f"desk_library.done_{verb}", number=submission.number))
        return redirect("library:report", submission.pk)
    return _report_page(request, access.submission_for(request.user, submission_id), verb, form)


def _deed(request: DeskRequest, submission: Submission, verb: str) -> tuple[Any, Callable[..., Any]]:
    """The form of an act, filled in, and the act itself."""
    if verb == "review":
        form = forms.ReviewForm(request.POST, submission=submission)
        return form, lambda **given: decisions.review(submission, **given)
    if verb == "amend":
        filled = forms.Report(request.POST, person=request.user, submission=submission)
        return filled, lambda **given: actions.amend(submission, **given)
    if verb in ("agree", "refuse"):
        pending = access.pending_review(submission)
        if pending is None:
            raise Http404
        deed = decisions.agree if verb == "agree" else decisions.refuse
        return forms.Note(request.POST), lambda **given: deed(pending, **given)
    if verb == "relay":
        if not access.may_relay(request.user, submission):
            raise Http404
        return forms.Note(request.POST), lambda **given: actions.relay(submission, **given)
    if verb in ("back", "withdraw"):
        other = actions.send_back if verb == "back" else actions.withdraw
        return forms.Reason(request.POST), lambda **given: other(submission, **given)
    raise Http404


def _facts_of(form: Any, verb: str) -> dict[str, Any]:
    if verb == "amend":
        return {"facts": form.facts()}
    return form.facts() if verb == "review" else dict(form.cleaned_data)


def _report_page(request: DeskRequest, submission: Submission, verb: str = "", filled: Any = None) -> HttpResponse:
    found = queries.report_page(request.user, submission, timezone.now())
    blank: dict[str, Any] = {"note": forms.Note(), "reason": forms.Reason()}
    if "review" in found.verbs:
        blank["review"] = forms.ReviewForm(submission=submission)
    if "amend" in found.verbs:
        fields = ("domain", "ip", "port", "protocol", "coins", "found_at", "method", "sureness", "evidence", "note")
        known = {name: getattr(submission, name) for name in fields} | {"unit": submission.unit_id}
        blank["amend"] = forms.Report(person=request.user, submission=submission, initial=known)
    group = {"agree": "note", "refuse": "note", "relay": "note", "back": "reason", "withdraw": "reason"}
    if filled is not None:
        blank[group.get(verb, verb)] = filled
    shown = {"found": found, "row": submission, "forms": blank, "verb": verb, "verdict": export.verdict_of(submission)}
    return render(
        request, "library/report.html", shown | _tabs(request, "reports"), status=422 if filled is not None else 200
    )


# --- Versions --------------------------------------------------------------------------------------------------------


@requires(*BUSINESS)
@require_GET
def versions(request: DeskRequest) -> HttpResponse:
    """The versions that were published."""
    found = queries.versions(request.user, request.GET)
    return render(request, "library/versions.html", {"found": found} | _tabs(request, "versions"))


@requires(*BUSINESS)
@require_GET
def version(request: DeskRequest, issue_id: int) -> HttpResponse:
    """One version: what it changes, who has it, how it is fetched."""
    return _version_page(request, issue_id)


def _version_page(request: DeskRequest, issue_id: int, answered: Any = None) -> HttpResponse:
    issue = access.issue_for(request.user, issue_id)
    found = queries.version_page(request.user, issue, request.GET, timezone.now())
    shown = {"found": found, "issue": issue, "answer": answered or forms.Answer()} | _tabs(request, "versions")
    return render(request, "library/version.html", shown, status=422 if answered is not None else 200)


@requires("officer", "approver")
@require_GET
def version_file(request: DeskRequest, issue_id: int, form: str) -> HttpResponse:
    """A version in a form, or as a signed file."""
    issue = access.issue_for(request.user, issue_id)
    if form not in (*ALL_FORMS, "bundle"):
        raise Http404
    given = _tried(request, actions.fetch, issue, form=form, unit=request.user.unit)
    if given is None:
        return redirect("library:version", issue.pk)
    return downloads.files(given, f"minewarden-{form}-{issue.label}")


@requires("officer")
@require_POST
def relay_version(request: DeskRequest, issue_id: int) -> HttpResponse:
    """Hand a version to the units below one of the person's."""
    issue = access.issue_for(request.user, issue_id)
    unit = access.unit_below(request.user, request.POST.get("unit", ""))
    made = _tried(request, actions.hand_down, issue, unit=unit)
    if made:
        messages.success(request, say("desk_library.done_hand_down", count=len(made)))
    return redirect("library:version", issue.pk)


@requires("officer")
@require_POST
def urge(request: DeskRequest, issue_id: int) -> HttpResponse:
    """Ask the units below for their answer."""
    issue = access.issue_for(request.user, issue_id)
    count = _tried(request, actions.urge, issue, units=access.urgeable_by(request.user, issue))
    if count is not None:
        messages.success(request, say("desk_library.done_urge", count=count))
    return redirect("library:version", issue.pk)


@requires("officer")
def answer(request: DeskRequest, row_id: int) -> HttpResponse:
    """How a unit stands to a version: its answers so far, and a new one."""
    row = access.addressed_row(request.user, row_id)
    form = forms.Answer(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = _tried(request, actions.answer, row, **form.facts())
        if made is not None:
            level = messages.WARNING if made.state == "drifted" else messages.SUCCESS
            messages.add_message(request, level, say(f"desk_library.done_answer_{made.state}"))
            return redirect("library:answer", row.pk)
    shown = {"row": row, "form": form, "receipts": queries.receipts_of(row)} | _tabs(request, "versions")
    return render(request, "library/answer.html", shown, status=422 if form.errors else 200)


@requires("officer")
def publish(request: DeskRequest) -> HttpResponse:
    """What would be the next version; whoever may proposes it."""
    access.office_for(request.user, "officer")
    form = forms.Propose(request.POST or None)
    least = queries.LEAST
    if request.method == "POST" and form.is_valid():
        least = form.cleaned_data["least"]
        if "look" not in request.POST:
            made = _tried(request, actions.propose_version, **form.cleaned_data)
            if made is not None:
                messages.success(request, say("desk_library.done_propose_version"))
                return redirect("library:publication", made.pk)
    found = queries.preview(timezone.now(), least)
    shown = {"found": found, "form": form} | _tabs(request, "versions")
    return render(request, "library/publish.html", shown, status=422 if form.errors else 200)


@requires(*OFFICE)
@require_GET
def publication(request: DeskRequest, publication_id: int) -> HttpResponse:
    """A version that is proposed."""
    return _publication_page(request, access.publication_for(request.user, publication_id))


@requires("approver")
@require_POST
def decide_publication(request: DeskRequest, publication_id: int, verb: str) -> HttpResponse:
    """Let a version out, or not."""
    proposed = access.publication_for(request.user, publication_id)
    if verb not in ("agree", "refuse"):
        raise Http404
    form = forms.Note(request.POST)
    if form.is_valid():
        deed = actions.publish if verb == "agree" else actions.refuse_version
        made = _tried(request, deed, proposed, **form.cleaned_data)
        if made is not None:
            messages.success(request, say(f"desk_library.done_version_{verb}"))
            return redirect("library:version", made.pk) if verb == "agree" else redirect("library:versions")
    return _publication_page(request, access.publication_for(request.user, publication_id), 422)


def _publication_page(request: DeskRequest, proposed: Publication, status: int = 200) -> HttpResponse:
    if proposed.issue is not None:
        return redirect("library:version", proposed.issue.pk)
    found = queries.preview(timezone.now(), proposed.least, proposed)
    may_decide = access.of_the_office(request.user, "approver") and proposed.asked_by_id != request.user.pk
    shown = {"found": found, "row": proposed, "may_decide": may_decide, "form": forms.Note()}
    return render(request, "library/publication.html", shown | _tabs(request, "versions"), status=status)


# --- What the office keeps -------------------------------------------------------------------------------------------


@requires(*OFFICE)
@require_GET
def sources(request: DeskRequest) -> HttpResponse:
    """The lists that are taken in."""
    access.office_for(request.user)
    return render(request, "library/sources.html", {"found": queries.sources()} | _tabs(request, "sources"))


@requires("officer")
def add_feed(request: DeskRequest) -> HttpResponse:
    """Declare a list."""
    access.office_for(request.user, "officer")
    form = forms.FeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _tried(request, intake.declare, facts=form.facts())
        if made is not None:
            messages.success(request, say("desk_library.done_declare", name=made.name))
            return redirect("library:feed", made.pk)
    shown = {"form": form} | _tabs(request, "sources")
    return render(request, "library/add_feed.html", shown, status=422 if form.errors else 200)


@requires(*OFFICE)
@require_GET
def feed(request: DeskRequest, feed_id: int) -> HttpResponse:
    """One list."""
    return _feed_page(request, access.feed_for(request.user, feed_id))


@requires("officer")
@require_POST
def change_feed(request: DeskRequest, feed_id: int) -> HttpResponse:
    """Change the declaration of a list."""
    row = access.feed_for(request.user, feed_id, "officer")
    form = forms.FeedForm(request.POST, feed=row)
    if form.is_valid() and _tried(request, intake.change, row, facts=form.facts()) is not None:
        messages.success(request, say("desk_library.done_change_feed", name=row.name))
        return redirect("library:feed", row.pk)
    return _feed_page(request, row, changing=form)


@requires("officer")
@require_POST
def take_file(request: DeskRequest, feed_id: int) -> HttpResponse:
    """Take a file of a list in."""
    row = access.feed_for(request.user, feed_id, "officer")
    form = forms.TakeFile(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data["file"]
        facts = {"name": given.name, "content": given.read(), "reason": form.cleaned_data["reason"]}
        made = _tried(request, intake.take_file, row, **facts)
        if made is not None:
            return _loaded(request, made)
    return _feed_page(request, row, taking=form)


@requires("officer")
@require_POST
def pull(request: DeskRequest, feed_id: int) -> HttpResponse:
    """Ask the list's own server now."""
    row = access.feed_for(request.user, feed_id, "officer")
    form = forms.Note(request.POST)
    if not form.is_valid():
        return again(request, form)
    made = _tried(request, intake.pull, row, reason=form.cleaned_data["note"])
    if made is not None:
        return _loaded(request, made)
    messages.error(request, say("desk_library.pull_failed"))
    return redirect("library:feed", row.pk)


@requires("officer")
@require_POST
def take_catalogue(request: DeskRequest) -> HttpResponse:
    """Take the shipped catalogue in."""
    access.office_for(request.user, "officer")
    made = _tried(request, intake.take_catalogue)
    return _loaded(request, made) if made is not None else redirect("library:sources")


def _loaded(request: DeskRequest, made: Any) -> HttpResponse:
    number = queries.last_load(made.source)
    level = messages.SUCCESS if made.outcome == "taken" else messages.WARNING
    messages.add_message(
        request, level, say(f"desk_library.done_load_{made.outcome}", source=queries.source_name(made.source))
    )
    return redirect("library:load", number)


def _feed_page(request: DeskRequest, row: Feed, **filled: Any) -> HttpResponse:
    shown = {
        "found": queries.feed_page(row, intake.folder_of(row)),
        "row": row,
        "changing": forms.FeedForm(feed=row),
        "taking": forms.TakeFile(),
        "may_change": access.of_the_office(request.user, "officer"),
    }
    return render(
        request, "library/feed.html", shown | filled | _tabs(request, "sources"), status=422 if filled else 200
    )


@requires(*OFFICE)
@require_GET
def load(request: DeskRequest, number: int) -> HttpResponse:
    """The report of one load."""
    access.office_for(request.user)
    found = queries.load_report(number)
    if found is None:
        raise Http404
    shown = {"found": found, "feed": queries.feed_named(found.source)}
    return render(request, "library/load.html", shown | _tabs(request, "sources"))


@requires(*OFFICE)
@require_GET
def waiting(request: DeskRequest) -> HttpResponse:
    """What the gate held back, for a person to decide."""
    access.office_for(request.user)
    found = queries.waiting(request.GET)
    shown = {"found": found, "may_decide": access.of_the_office(request.user, "officer")}
    return render(request, "library/waiting.html", shown | _tabs(request, "waiting"))


@requires("officer")
@require_POST
def settle(request: DeskRequest, number: int) -> HttpResponse:
    """Let an entry in that waits, or keep it out."""
    access.office_for(request.user, "officer")
    form = forms.Settle(request.POST)
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, intake.settle_waiting, number=number, **form.cleaned_data):
        messages.success(request, say("desk_library.done_settle"))
    return redirect("library:waiting")


@requires(*OFFICE)
def allow(request: DeskRequest) -> HttpResponse:
    """The allow list, and a new entry."""
    access.office_for(request.user, *(("officer",) if request.method == "POST" else ()))
    form = forms.Allow(
        request.POST or None, initial={"value": request.GET.get("value", ""), "kind": request.GET.get("kind", "host")}
    )
    if request.method == "POST" and form.is_valid() and carried_out(request, actions.excuse, **form.facts()):
        messages.success(request, say("desk_library.done_excuse", value=form.cleaned_data["value"]))
        return redirect("library:allow")
    shown = {"rows": queries.allowed(timezone.now()), "form": form, "opened": form.errors or request.GET.get("value")}
    shown |= {"may_change": access.of_the_office(request.user, "officer")}
    return render(request, "library/allow.html", shown | _tabs(request, "allow"), status=422 if form.errors else 200)


@requires("officer")
@require_POST
def end_allow(request: DeskRequest) -> HttpResponse:
    """Take an entry off the allow list."""
    access.office_for(request.user, "officer")
    form = forms.Reason(request.POST)
    named = {"kind": request.POST.get("kind", ""), "value": request.POST.get("value", "")}
    if named["kind"] not in [kind.value for kind in Kind]:
        raise Http404
    if not form.is_valid():
        return again(request, form)
    if carried_out(request, actions.excuse_no_more, **named, **form.cleaned_data):
        messages.success(request, say("desk_library.done_excuse_no_more", value=named["value"]))
    return redirect("library:allow")


@requires(*OFFICE)
@require_GET
def feedback(request: DeskRequest) -> HttpResponse:
    """What cases said of the library."""
    access.office_for(request.user)
    shown: dict[str, Any] = {"page": queries.feedback(request.GET), "kind": request.GET.get("kind", "")}
    shown |= {"may_change": access.of_the_office(request.user, "officer")}
    return render(request, "library/feedback.html", shown | _tabs(request, "feedback"))


@requires("officer")
@require_POST
def weigh(request: DeskRequest, feedback_id: int) -> HttpResponse:
    """Say whether what a case said moves the score."""
    access.office_for(request.user, "officer")
    row = access.feedback_for(request.user, feedback_id)
    form = forms.Weigh(request.POST)
    if not form.is_valid():
        return again(request, form)
    if _tried(request, followup.decide, row, **form.cleaned_data) is not None:
        messages.success(request, say("desk_library.done_weigh"))
    return redirect("library:feedback")


# --- Bundles ---------------------------------------------------------------------------------------------------------


@requires(*OFFICE)
def bundles(request: DeskRequest) -> HttpResponse:
    """Our own key, the keys we trust, and a bundle of somebody else."""
    access.office_for(request.user, *(("officer",) if request.method == "POST" else ()))
    form = forms.TakeFile(request.POST or None, request.FILES or None)
    good = None
    if request.method == "POST" and form.is_valid():
        content, reason = form.cleaned_data["file"].read(), form.cleaned_data["reason"]
        if "check" in request.POST:
            good = _checked(request, content)
        else:
            made = _tried(request, intake.take_bundle, content=content, reason=reason)
            if made is not None:
                return _loaded(request, made)
    shown = {"form": form, "good": good, "found": queries.sources(), "fingerprint": fingerprint()}
    shown |= {"trusting": forms.TrustForm(), "may_change": access.of_the_office(request.user, "officer")}
    return render(
        request, "library/bundles.html", shown | _tabs(request, "sources"), status=422 if form.errors else 200
    )


def _checked(request: DeskRequest, content: bytes) -> Any:
    try:
        return intake.checked(content)
    except MinewardenError as refusal:
        messages.error(request, said(refusal.message))
        return None


@requires(*BUSINESS)
@require_GET
def own_key(request: DeskRequest) -> HttpResponse:
    """The public key by which our bundles are checked."""
    return downloads.attached(public_pem(), "minewarden-library.pub", "application/x-pem-file")


@requires("officer")
@require_POST
def trust(request: DeskRequest) -> HttpResponse:
    """Trust a key."""
    access.office_for(request.user, "officer")
    form = forms.TrustForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, say("desk_library.refused_fingerprint"))
    elif _tried(request, intake.trust, **form.facts()) is not None:
        messages.success(request, say("desk_library.done_trust"))
    return redirect("library:bundles")


@requires("officer")
@require_POST
def trust_no_more(request: DeskRequest, trusted_id: int) -> HttpResponse:
    """Take no more bundles of a key."""
    access.office_for(request.user, "officer")
    row = access.trusted_for(request.user, trusted_id)
    form = forms.Reason(request.POST)
    if not form.is_valid():
        return again(request, form)
    if _tried(request, intake.trust_no_more, row, **form.cleaned_data) is not None:
        messages.success(request, say("desk_library.done_trust_no_more"))
    return redirect("library:bundles")


# --- To the province -------------------------------------------------------------------------------------------------


@requires("officer", "approver", "leader")
def province(request: DeskRequest) -> HttpResponse:
    """Form T10 for the province: what is to be reported, what was."""
    roles = ("officer", "approver") if request.method == "POST" else BUSINESS
    access.office_for(request.user, *roles)
    rows = queries.to_hand_up()
    initial = {"submissions": [row.pk for row in rows], "addressee": export.zh("province")}
    form = forms.HandUp(request.POST or None, rows=rows, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = list(form.cleaned_data["submissions"].prefetch_related("reviews"))
        facts = {"addressee": form.cleaned_data["addressee"], "note": form.cleaned_data["note"]}
        made = _tried(request, actions.hand_up, submissions=chosen, rows=export.t10_rows(chosen), **facts)
        if made is not None:
            messages.success(request, say("desk_library.done_hand_up", count=len(chosen)))
            return redirect("library:province")
    shown = {
        "form": form,
        "rows": [(row, export.verdict_of(row)) for row in rows],
        "chosen": {str(pk) for pk in (form["submissions"].value() or ())},
        "handed": queries.handed(),
    }
    return render(
        request, "library/province.html", shown | _tabs(request, "province"), status=422 if form.errors else 200
    )


@requires("officer", "approver", "leader")
@require_GET
def province_file(request: DeskRequest, what: str, form: str) -> HttpResponse:
    """T10 of what is to be reported, or T11, before anything is handed up."""
    here = access.office_for(request.user)
    # An official paper is Chinese for whoever asks for it.
    now, to = timezone.now(), export.zh("province")
    if what == "t10":
        rows = export.t10_rows(queries.to_hand_up())
        paper = export.t10_document(rows, unit=here, addressee=to, now=now)
        book: Callable[[], bytes] = lambda: export.t10_book(rows)  # noqa: E731  # made only where it is asked for
    elif what == "t11":
        rows = export.t11_rows(here.subtree())
        paper = export.t11_document(rows, unit=here, addressee=to, now=now)
        book = lambda: export.t11_book(rows)  # noqa: E731  # likewise
    else:
        raise Http404
    taken_out("library.export", by=request.user, what=f"{what}.{form}", count=len(rows))
    return _paper(form, paper, book, downloads.file_name(here.label, export.zh(f"{what}_title"), now))


@requires("officer", "approver", "leader")
@require_GET
def handed_file(request: DeskRequest, handed_id: int, form: str) -> HttpResponse:
    """A form that went to the province, as it went."""
    row = access.handed_for(request.user, handed_id)
    here = access.office_for(request.user)
    paper = export.t10_document(row.rows, unit=here, addressee=row.addressee, now=row.at)
    taken_out("library.export", by=request.user, what=f"t10.{form}", count=len(row.rows))
    name = downloads.file_name(here.label, export.zh("t10_title"), row.at)
    return _paper(form, paper, lambda: export.t10_book(row.rows), name)


def _paper(form: str, paper: OfficialDocument, book: Callable[[], bytes], name: str) -> HttpResponse:
    if form == "xlsx":
        return downloads.attached(book(), f"{name}.xlsx", _XLSX)
    if form == "docx":
        return downloads.attached(to_docx(paper), f"{name}.docx", _DOCX)
    if form == "pdf":
        return downloads.attached(to_pdf(paper).pdf, f"{name}.pdf", "application/pdf")
    raise Http404


def _tabs(request: DeskRequest, here: str) -> dict[str, Any]:
    """The tabs of the library: three for everybody, the rest for the office."""
    names = ["home", "reports", "versions"]
    if access.of_the_office(request.user):
        names += ["sources", "waiting", "allow", "feedback", "province"]
    return {"tabs": [(name, f"library:{name}") for name in names], "tab": here}
