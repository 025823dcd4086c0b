"""What the pages of the library show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from minewarden.desk.cases.access import cases_for, file_for, leads_for, may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked, Case, Lead
from minewarden.desk.kit.words import say
from minewarden.desk.library import access
from minewarden.desk.library.bridge import (
    ALL_FORMS,
    REVIEWED,
    Rules,
    gate,
    held_in,
    judged,
    library,
    library_path,
    network_of,
    own_key,
    records_of,
    rules_of,
)
from minewarden.desk.library.followup import LATE
from minewarden.desk.library.lifecycle import State, Verb, possible
from minewarden.desk.library.models import (
    DONE,
    Accepted,
    Addressed,
    Feed,
    Feedback,
    Handed,
    Issue,
    Publication,
    Receipt,
    Review,
    Submission,
    Trusted,
)
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.org.models import Role as Post
from minewarden.intel import catalogue
from minewarden.intel.feeds.entry import Entry
from minewarden.intel.feeds.own_catalogue import CATALOGUE
from minewarden.intel.library import Difference, LoadReport, Word
from minewarden.intel.library import Version as Version
from minewarden.intel.record import Record, Type, Voice, canonical, identity
from minewarden.intel.watchset import AllowEntry
from minewarden.intel.worth import Worth, worth
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.indicator import ALERTING, Role
from minewarden.vocab.message import Message

PER_PAGE = 50
OFFERED = 10
LEAST = 20.0
"""What an indicator must be worth to go out."""
SOON = timedelta(days=30)
STANDINGS = ("live", "weak", "ending", "over", "revoked")
VIEWS = ("open", "mine", "decided", "all")


# --- The library -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator in a list. `standing`: live | weak | ending | over | revoked."""

    record: Record
    score: int
    standing: str


@dataclass(frozen=True, slots=True)
class Search:
    """A page of what is held (by the office) or was published (for everybody else)."""

    page: "Page[Line]"
    given: Mapping[str, str]
    issue: Issue | None
    families: tuple[str, ...]
    counts: Mapping[str, int]
    total: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of what happened to an indicator. `what` names the sentence, `detail` what people wrote."""

    at: datetime
    what: str
    who: str = ""
    detail: str = ""
    link: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator with its score explained, and what people said and decided of it."""

    line: Line
    worth: Worth
    bars: tuple[tuple[str, int], ...]
    words: tuple[Word, ...]
    history: tuple[Moment, ...]
    issues: tuple[Issue, ...]
    excused: Message | None
    may_change: bool


def search(person: Person, given: Mapping[str, str], now: datetime) -> Search:
    """What the page asks for: of the working library for the office, of the newest version for others."""
    of_office = access.of_the_office(person)
    issue = None if of_office else access.newest_for(person)
    text, role = given.get("q", "").strip(), given.get("role", "")
    if of_office:
        records = library().records(text=text, role=role) if library_path().exists() else iter(())
    else:
        needle = text.casefold()
        held = records_of(issue) if issue is not None else ()
        records = (
            one
            for one in sorted(held, key=lambda record: (record.value, record.type.value))
            if (not role or one.role.value == role) and (not needle or _holds(one, needle))
        )
    family, operator = given.get("family", ""), given.get("operator", "").casefold()
    lines: list[Line] = []
    counts = dict.fromkeys(STANDINGS, 0)
    families: set[str] = set()
    for record in records:
        families.update(record.families)
        if (family and family not in record.families) or (operator and operator not in record.operator.casefold()):
            continue
        made = line_of(record, now)
        counts[made.standing] += 1
        lines.append(made)
    standing = given.get("standing", "")
    shown = [line for line in lines if line.standing == standing] if standing in STANDINGS else lines
    # What alerts stands first: of a catalogue most names are sites that people read.
    shown.sort(key=lambda line: line.record.role not in ALERTING)
    page = Paginator(shown, PER_PAGE).get_page(given.get("page"))
    return Search(page, given, issue, tuple(sorted(families)), counts, len(lines))


def line_of(record: Record, now: datetime) -> Line:
    """An indicator with its score of now."""
    score = worth(record, now).score
    if record.revoked is not None:
        standing = "revoked"
    elif record.over(now):
        standing = "over"
    elif score < LEAST and record.role in ALERTING:
        standing = "weak"
    elif record.valid_until is not None and record.valid_until - now < SOON:
        standing = "ending"
    else:
        standing = "live"
    return Line(record, round(score), standing)


def indicator(person: Person, key: str, now: datetime) -> Indicator | None:
    """One indicator by its identity: as it is held for the office, as it was published for others; None where the
    person has none."""
    of_office = access.of_the_office(person)
    if of_office:
        record = library().get(key) if library_path().exists() else None
    else:
        issue = access.newest_for(person)
        record = next((one for one in records_of(issue) if one.id == key), None) if issue is not None else None
    if record is None:
        return None
    words = library().words(record.id) if of_office else ()
    issues = tuple(access.issues_for(person).filter(number__in=library().versions_with(record.id)))
    excused = (
        gate(now, network_of(record.type, record.value)).stops(Entry(0, record.type, record.value), now)
        if of_office
        else None
    )
    return Indicator(
        line=line_of(record, now),
        worth=worth(record, now),
        bars=_bars(record, now),
        words=words,
        history=_history(person, record, issues, words, of_office=of_office),
        issues=issues,
        excused=excused,
        may_change=access.of_the_office(person, "officer"),
    )


def _bars(record: Record, now: datetime) -> tuple[tuple[str, int], ...]:
    """What each source family alone would make of it, the weightiest first: the score is made of these."""
    alone = []
    for family in record.families:
        voices = tuple(voice for voice in record.voices if voice.family == family)
        lone = replace(record, voices=voices, sightings=0, last_sighting=None, false_positives=0)
        alone.append((family, round(worth(lone, now).score)))
    if record.last_sighting is not None:
        seen = replace(record, voices=(), false_positives=0)
        alone.append(("local", round(worth(seen, now).score)))
    return tuple(sorted(alone, key=lambda bar: -bar[1]))


def _history(
    person: Person, record: Record, issues: Sequence[Issue], words: Sequence[Word], *, of_office: bool
) -> tuple[Moment, ...]:
    made: list[Moment] = []
    for row in Accepted.objects.filter(type=record.type.value, value=record.value).select_related(
        "submission", "submission__unit", "review__by", "review__second"
    ):
        mine = access.submissions_for(person).filter(pk=row.submission_id).exists()
        who = " → ".join(one.name for one in (row.review.by, row.review.second) if one is not None) if mine else ""
        link = f"/library/reports/{row.submission_id}/" if mine else ""
        made.append(Moment(row.at, "accepted", who, row.submission.number if mine else "", link, "green"))
    for issue in issues:
        made.append(Moment(issue.at, "published", issue.by, issue.label, f"/library/versions/{issue.pk}/", "green"))
    for voice in record.voices:
        made.append(Moment(voice.first, "named", voice.source, said_of(voice)))
        if voice.gone is not None:
            made.append(Moment(voice.gone, "gone", voice.source, "", "", "amber"))
    for word in words:
        tone = "red" if word.kind == "harmless" else "green"
        made.append(Moment(word.at, word.kind, word.unit, word.why, "", tone))
    if of_office:
        for decided in library().decided(record.id):
            what, tone = ("let_in", "green") if decided.accepted else ("kept_out", "red")
            made.append(Moment(decided.at, what, decided.by, decided.why, "", tone))
    if record.revoked is not None:
        made.append(Moment(record.revoked, "revoked", "", record.note, "", "red"))
    return tuple(sorted(made, key=lambda moment: moment.at, reverse=True))


def said_of(voice: Voice) -> str:
    """What a source says of it; what the shipped catalogue says, in the reader's language."""
    keys = {text: key for key, text in catalogue.shipped().sources.items()}
    return say(f"desk_library.catalogue_{keys[voice.said]}") if voice.said in keys else voice.said


def _holds(record: Record, needle: str) -> bool:
    return any(needle in part.casefold() for part in (record.value, record.operator, *record.coins))


# --- Reports ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of one's units by view, and how many each view has."""

    page: "Page[Submission]"
    view: str
    query: str
    counts: Mapping[str, int]
    late: frozenset[int]


@dataclass(frozen=True, slots=True)
class PartShown:
    """One part of a report for the reviewer: as what it may be accepted, what the gate says, what is held of it."""

    part: str
    value: str
    stops: Mapping[str, Message | None]
    held: Line | None


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report: what was found, the way it went, and what the person who looks may do."""

    submission: Submission
    reviews: tuple[Review, ...]
    pending: Review | None
    accepted: tuple[tuple[Accepted, Line | None], ...]
    parts: tuple[PartShown, ...]
    verbs: frozenset[str]
    history: tuple[Moment, ...]
    files: tuple[tuple[str, str], ...]
    waited: timedelta
    late: bool
    handed: tuple[Handed, ...]


def reports(person: Person, given: Mapping[str, str], unit: Unit | None, now: datetime) -> Reports:
    """The reports that a person may see."""
    rows = access.submissions_for(person)
    if unit is not None:
        rows = rows.filter(unit__path__startswith=unit.path)
    views = {
        "open": Q(state__in=[State.REPORTED, State.RELAYED, State.REVIEWED, State.RETURNED]),
        "mine": access.waits_for(person),
        "decided": Q(state=State.DECIDED),
    }
    counts = rows.order_by().aggregate(**{name: Count("pk", filter=q) for name, q in views.items()})
    counts["all"] = rows.count()
    view = given.get("view") or ("mine" if counts["mine"] else "open")
    query = given.get("q", "").strip()
    found = rows.filter(views.get(view, Q()))
    if query:
        found = found.filter(
            Q(domain__icontains=query) | Q(ip__startswith=query) | Q(unit__name__icontains=query)
            | Q(coins__icontains=query)
        )  # fmt: skip
    page = Paginator(found.prefetch_related("reviews"), PER_PAGE).get_page(given.get("page"))
    return Reports(page, view, query, counts, frozenset(row.pk for row in page if _late(row, now)))


def report_page(person: Person, submission: Submission, now: datetime) -> ReportPage:
    """Everything about one report."""
    reviews = tuple(submission.reviews.select_related("by", "second"))
    pending = next((review for review in reviews if review.outcome == Review.Outcome.PENDING), None)
    verbs = _verbs(person, submission, pending)
    accepted = tuple(
        (row, _held(Type(row.type), row.value, now)) for row in submission.accepted.select_related("review")
    )
    return ReportPage(
        submission=submission,
        reviews=reviews,
        pending=pending,
        accepted=accepted,
        parts=_parts(submission, now) if "review" in verbs or pending is not None else (),
        verbs=verbs,
        history=_way(submission, reviews),
        files=tuple((proof["name"], proof["sha256"]) for proof in submission.proofs),
        waited=max(now - submission.reported_at, timedelta()),
        late=_late(submission, now),
        handed=tuple(submission.handed.all()),
    )


def _verbs(person: Person, submission: Submission, pending: Review | None) -> frozenset[str]:
    open_now = possible(State(submission.state))
    # Whoever is above could do it too; the page offers it to whom it belongs, and to whoever filled it in for him.
    mine = person.pk == submission.reported_by_id or person.unit_id == submission.unit_id
    own = mine and may(person, Duty.HANDLE, submission.unit)
    passes = access.may_relay(person, submission)
    officer, approver = access.of_the_office(person, "officer"), access.of_the_office(person, "approver")
    verbs = {
        "relay": passes and Verb.RELAY in open_now,
        "review": officer and Verb.REVIEW in open_now,
        "decide": approver and pending is not None and pending.by_id != person.pk,
        "back": (passes or officer or approver) and Verb.RETURN in open_now,
        "amend": own and Verb.AMEND in open_now,
        "withdraw": own and Verb.WITHDRAW in open_now,
    }
    return frozenset(name for name, allowed in verbs.items() if allowed)


def _parts(submission: Submission, now: datetime) -> tuple[PartShown, ...]:
    door = gate(now, network_of(Type.IP, submission.ip) if submission.ip else ())
    shown = []
    for part, value, kinds in (
        ("name", submission.domain, (Type.HOST, Type.DOMAIN)),
        ("address", submission.address_part, (Type.IP_PORT, Type.IP)),
    ):
        if not value:
            continue
        stops: dict[str, Message | None] = {}
        held: Line | None = None
        for kind in kinds:
            text = submission.ip or "" if kind is Type.IP else value
            try:
                spelt = canonical(kind, text)
                stops[kind.value] = door.stops(Entry(0, kind, spelt), now)
                held = held or _held(kind, spelt, now)
            except ConfigError as error:
                stops[kind.value] = error.message
            except ValueError:
                continue
        shown.append(PartShown(part, value, stops, held))
    return tuple(shown)


def _held(kind: Type, value: str, now: datetime) -> Line | None:
    record = library().get(str(identity(kind, value))) if library_path().exists() else None
    return None if record is None else line_of(record, now)


def _way(submission: Submission, reviews: Sequence[Review]) -> tuple[Moment, ...]:
    made = [Moment(submission.reported_at, "reported", submission.reported_by.name, submission.unit.name)]
    if submission.relayed_at is not None and submission.relayed_by is not None:
        by = submission.relayed_by
        made.append(Moment(submission.relayed_at, "relayed", by.name, by.unit.name))
    for review in reviews:
        made.append(Moment(review.at, "reviewed", review.by.name, "", "", "amber"))
        if review.second is not None and review.second_at is not None:
            what, tone = ("agreed", "green") if review.outcome == Review.Outcome.AGREED else ("refused", "red")
            made.append(Moment(review.second_at, what, review.second.name, review.second_note, "", tone))
    if submission.issue is not None:
        issue = submission.issue
        made.append(Moment(issue.at, "published", "", issue.label, f"/library/versions/{issue.pk}/", "green"))
    return tuple(sorted(made, key=lambda moment: moment.at))


def _late(submission: Submission, now: datetime) -> bool:
    waits = submission.state in (State.REPORTED, State.RELAYED, State.REVIEWED)
    return waits and now - submission.reported_at > LATE


@dataclass(frozen=True, slots=True)
class Reportable:
    """Out of what something may be reported that was not reported yet, the latest first: cases that a person handles,
    of which older ones (`more`) are reported on their own pages, and all leads of his units."""

    cases: tuple[Case, ...]
    more: int
    leads: QuerySet[Lead]


def sources_of_report(person: Person) -> Reportable:
    """Cases and leads of one's units."""
    named, mine = ~Q(server=None, server_name=""), units_visible_to(person, Post.OFFICER)
    cases = cases_for(person).filter(named, submissions=None, unit__in=mine).order_by("-opened_at", "-pk")
    leads = leads_for(person).filter(named, status=Lead.Status.OPEN).order_by("-last_seen", "-pk")
    latest = tuple(cases.defer("evidence__content")[:OFFERED])
    more = cases.count() - OFFERED if len(latest) == OFFERED else 0
    return Reportable(latest, more, leads.defer("evidence__content"))


def proofs_of_case(person: Person, case: Case) -> list[dict[str, str]]:
    """What shows it: the finding and the files of the case, by name and SHA-256; what is restricted stays unnamed."""
    made = [{"name": case.number, "sha256": case.evidence.sha256}] if case.evidence is not None else []
    for row in case.files.filter(restricted=False):
        made.append({"name": file_for(person, case.pk, row.pk).name, "sha256": row.sha256})
    return made


# --- Versions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How many units stand how to a version. `behind`: those whose answer is about an earlier one."""

    issue: Issue
    total: int
    fetched: int
    confirmed: int
    covered: int
    unable: int
    drifted: int
    waiting: int
    own: Addressed | None = None

    @property
    def done(self) -> int:
        """Units for which it is done."""
        return self.confirmed + self.covered


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions that a person may see, each with how it stands."""

    page: "Page[Standing]"
    pending: Publication | None
    of_office: bool
    may_propose: bool


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One version: what it holds against the one before, who has it, and what the person who looks may do."""

    standing: Standing
    before: Issue | None
    difference: Difference
    rules: Rules
    rows: "Page[Addressed]"
    hops: tuple[tuple[Unit, datetime | None, int, int, timedelta | None], ...]
    own: tuple[Addressed, ...]
    unfinished: bool
    forms: tuple[str, ...]
    may_relay: tuple[Unit, ...]
    newest: bool
    shown: str
    fingerprint: str
    left_out: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be published now, against the newest version, and what an allow list keeps out."""

    publication: Publication | None
    count: int
    added: tuple[Line, ...]
    removed: tuple[Record, ...]
    excused: tuple[tuple[Record, Message], ...]
    changed_since: int
    least: float
    before: Issue | None
    guard_refused: tuple[tuple[str, Message], ...]


def standing(person: Person, issue: Issue) -> Standing:
    """How the units that a person may see stand to a version."""
    rows = access.addressed_for(person, issue).order_by()
    found = {row["state"]: row["n"] for row in rows.values("state").annotate(n=Count("pk"))}
    state = Addressed.State
    return Standing(
        issue=issue,
        total=sum(found.values()),
        fetched=rows.exclude(fetched_at=None).count(),
        confirmed=found.get(state.CONFIRMED, 0),
        covered=found.get(state.COVERED, 0),
        unable=found.get(state.UNABLE, 0),
        drifted=found.get(state.DRIFTED, 0),
        waiting=found.get(state.SENT, 0) + found.get(state.FETCHED, 0),
        own=access.addressed_for(person, issue).filter(unit=person.unit).first(),
    )


def versions(person: Person, given: Mapping[str, str]) -> Versions:
    """The versions, newest first."""
    of_office = access.of_the_office(person)
    page: Page[Any] = Paginator(access.issues_for(person), 20).get_page(given.get("page"))
    page.object_list = [standing(person, issue) for issue in page.object_list]
    pending = Publication.objects.filter(outcome=Asked.Outcome.PENDING).first() if of_office else None
    return Versions(page, pending, of_office, access.of_the_office(person, "officer") and pending is None)


def version_page(person: Person, issue: Issue, given: Mapping[str, str], now: datetime) -> VersionPage:
    """One version."""
    before = Issue.objects.filter(number__lt=issue.number).order_by("-number").first()
    held = library()
    difference = _outgoing_difference(before, issue)
    rows = access.addressed_for(person, issue).prefetch_related("receipts")
    shown = given.get("state", "")
    counted = standing(person, issue)
    listed = rows.filter(_of_state(shown)) if shown else rows
    own = tuple(row for row in rows.filter(unit=person.unit) if may(person, Duty.HANDLE, row.unit))
    return VersionPage(
        standing=counted,
        before=before,
        difference=difference,
        rules=rules_of(issue, person.unit, now),
        rows=Paginator(listed, PER_PAGE).get_page(given.get("page")),
        hops=_hops(person, issue),
        own=own,
        unfinished=bool(counted.waiting + counted.drifted),
        forms=ALL_FORMS,
        may_relay=tuple(unit for unit in _relaying(person, issue)),
        newest=not Issue.objects.filter(number__gt=issue.number).exists(),
        shown=shown,
        fingerprint=own_key(),
        left_out=len(held.version(issue.number)) - len(records_of(issue)),
    )


def _of_state(shown: str) -> Q:
    state = Addressed.State
    groups = {
        "waiting": [state.SENT, state.FETCHED], "done": list(DONE), "drifted": [state.DRIFTED],
        "unable": [state.UNABLE],
    }  # fmt: skip
    return Q(state__in=groups.get(shown, list(state)))


def _outgoing_difference(before: Issue | None, issue: Issue) -> Difference:
    old = {record.id: record for record in records_of(before)} if before is not None else {}
    new = {record.id: record for record in records_of(issue)}
    return Difference(
        added=_weightiest(new[key] for key in new if key not in old),
        removed=_weightiest(old[key] for key in old if key not in new),
        changed=tuple((old[key], new[key]) for key in new if key in old and _moved(old[key], new[key])),
    )


def _weightiest(records: Iterable[Record]) -> tuple[Record, ...]:
    """What alerts first: of thousands of names the sites below a pool's domain stand at the end."""
    return tuple(sorted(records, key=lambda record: record.role not in ALERTING))


def _moved(old: Record, new: Record) -> bool:
    """Whether something changed by which a device acts; that a source was heard again is no change."""
    return (old.role, old.ports, old.valid_until) != (new.role, new.ports, new.valid_until)


def _hops(person: Person, issue: Issue) -> tuple[tuple[Unit, datetime | None, int, int, timedelta | None], ...]:
    """Those who hand it on: unit, when, units below, done of these, and how long it lay with it."""
    rows = list(access.addressed_for(person, issue))
    below: dict[int, list[Addressed]] = {}
    for row in rows:
        below.setdefault(row.sender_id, []).append(row)
    own = {row.unit_id: row for row in rows}
    made = []
    for sender_id, sent in below.items():
        mine = own.get(sender_id)
        took = (mine.relayed_at - mine.sent_at) if mine is not None and mine.relayed_at is not None else None
        done = sum(row.state in DONE for row in sent)
        made.append((sent[0].sender, min(row.sent_at for row in sent), len(sent), done, took))
    return tuple(sorted(made, key=lambda hop: hop[0].path))


def _relaying(person: Person, issue: Issue) -> "QuerySet[Unit]":
    """Units of the person that have the version and units below them that have not."""
    here = access.office()
    having = Addressed.objects.filter(issue=issue).values("unit")
    handled = person.scope_paths("officer")
    whose = Q(pk__in=())
    for path in handled:
        whose |= Q(path__startswith=path)
    senders = Unit.objects.filter(whose).filter(Q(pk__in=having) | Q(pk=here.pk if here else 0))
    without = Unit.objects.filter(valid_to=None).exclude(pk__in=having).exclude(kind=Unit.Kind.DEPARTMENT)
    return senders.filter(pk__in=without.values("parent")).order_by("path")


def preview(now: datetime, least: float, publication: Publication | None = None) -> Preview:
    """What would go out now."""
    fit = library().fit(now, least=least)
    before = Issue.objects.order_by("-number").first()
    old = held_in(before) if before is not None else {}
    new = {record.id: record for record in fit.chosen}
    guarded = judged(fit.chosen, now)
    since = set(new) ^ set(publication.wanted) if publication is not None else set()
    return Preview(
        publication=publication,
        count=len(new),
        added=tuple(line_of(one, now) for one in _weightiest(new[key] for key in new if key not in old)),
        removed=tuple(old[key] for key in old if key not in new),
        excused=fit.excused,
        changed_since=len(since),
        least=least,
        before=before,
        guard_refused=tuple((one.rule.value, one.reason) for one in guarded.refused),
    )


# --- What the office keeps -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sources:
    """The lists that are taken in, with how many indicators each gives, and the latest loads."""

    feeds: tuple[tuple[Feed, int], ...]
    others: tuple[tuple[str, int, LoadReport | None], ...]
    """What is declared nowhere (the catalogue, reviews, bundles): name, count, and its last load."""
    loads: tuple[LoadReport, ...]
    waiting: int
    trusted: tuple[Trusted, ...]
    has_catalogue: bool


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One list: how it stands, where it may be laid down, and its loads."""

    feed: Feed
    count: int
    loads: tuple[LoadReport, ...]
    folder: Path
    next_at: datetime | None


def sources() -> Sources:
    """What is taken in."""
    held = library()
    counts = held.sources()
    feeds = list(Feed.objects.all())
    names = {feed.name for feed in feeds}
    return Sources(
        feeds=tuple((feed, counts.get(feed.name, 0)) for feed in feeds),
        others=tuple(
            (name, count, next(iter(held.loads(name, last=1)), None))
            for name, count in counts.items()
            if name not in names
        ),
        loads=tuple(reversed(held.loads(last=20))),
        waiting=len(held.waiting()),
        trusted=tuple(Trusted.objects.select_related("added_by")),
        has_catalogue="catalogue" in counts,
    )


def feed_page(feed: Feed, folder: Path) -> FeedPage:
    """One list."""
    held = library()
    next_at = None
    if feed.enabled and feed.url and feed.tried_at is not None:
        next_at = feed.tried_at + timedelta(hours=feed.hours)
    loads = tuple(reversed(held.loads(feed.name, last=20)))
    return FeedPage(feed, held.sources().get(feed.name, 0), loads, folder, next_at)


def source_name(name: str) -> str:
    """A source as people call it: those of our own by words, one of a list by the list's name."""
    if name.startswith("bundle-"):
        return say("desk_library.source_bundle", key=name.removeprefix("bundle-")[:9])
    own = (CATALOGUE.name, REVIEWED.name)
    return say(f"desk_library.family_{name.replace('-', '_')}") if name in own else name


def feed_named(name: str) -> Feed | None:
    """The list that is declared under a name."""
    return Feed.objects.filter(name=name).first()


def last_load(source: str) -> int:
    """The number of the latest load of a source."""
    return library().loads(source, last=1)[0].number


def load_report(number: int) -> LoadReport | None:
    """The report of one load."""
    return library().load_report(number) if library_path().exists() else None


@dataclass(frozen=True, slots=True)
class Quarantine:
    """What the gate held back: a page of what waits for a person, or of what people decided, the latest first."""

    page: Page[Any]
    show: str
    waits: int
    decided: int


def waiting(given: Mapping[str, str]) -> Quarantine:
    """What waits for a person; with `show=decided` what was decided."""
    held = library()
    waits, decided = held.waiting(), held.decided()
    show = "decided" if given.get("show") == "decided" else ""
    page = Paginator(decided if show else waits, PER_PAGE).get_page(given.get("page"))
    return Quarantine(page, show, len(waits), len(decided))


def allowed(now: datetime) -> tuple[tuple[AllowEntry, bool, bool], ...]:
    """The allow list: each entry, whether it is over, and whether it ends soon. What ends first stands first."""
    rows = sorted(library().allow(), key=lambda entry: (entry.until <= now, entry.until, entry.value))
    return tuple((entry, entry.until <= now, now < entry.until <= now + SOON) for entry in rows)


def feedback(given: Mapping[str, str]) -> "Page[Feedback]":
    """What cases said, latest first."""
    rows = Feedback.objects.select_related("case", "case__unit", "decided_by")
    kind = given.get("kind", "")
    if kind in Feedback.Kind.values:
        rows = rows.filter(kind=kind)
    return Paginator(rows, PER_PAGE).get_page(given.get("page"))


def to_hand_up(since: datetime | None = None) -> "QuerySet[Submission]":
    """Reports that are decided and were not handed to the province yet."""
    rows = Submission.objects.filter(state=State.DECIDED, handed=None).select_related("unit", "reported_by", "issue")
    return rows.prefetch_related("reviews").order_by("decided_at", "pk")


def handed() -> "QuerySet[Handed]":
    """What went to the province."""
    return Handed.objects.select_related("by")


def receipts_of(row: Addressed) -> "QuerySet[Receipt]":
    """What a unit said of a version."""
    return row.receipts.select_related("by")


ROLES = tuple(role.value for role in Role)
