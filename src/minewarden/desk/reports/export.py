"""The 72-hour report: a case becomes an official document, section by section; the restricted annex stays out.

The report is an official Chinese paper, so its sentences are always the Chinese ones, whoever reads the page.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation

from minewarden.desk.cases.finding_form import GRADES
from minewarden.desk.cases.followup import COMPENSATION
from minewarden.desk.cases.models import (
    Asked,
    Case,
    CaseNotice,
    Decision,
    EvidenceCopy,
    Measure,
    Recurrence,
    SiteFacts,
    Task,
)
from minewarden.desk.cases.protocols import protocol_name
from minewarden.desk.cases.queries import dues_of, outages_at
from minewarden.desk.kit import annexes
from minewarden.desk.kit.kept import plain_name
from minewarden.desk.kit.words import chinese, chinese_of
from minewarden.desk.measures.queries import case_energy
from minewarden.desk.notices.export import answers_of
from minewarden.desk.notices.models import Line, Received
from minewarden.desk.reports.models import Draft, Submitted
from minewarden.documents.official import Annex, OfficialDocument, Section
from minewarden.vocab.words import DISPLAY_ZONE

zh = chinese_of("desk_reports")

SECTIONS = ("basic", "process", "conclusion", "measures", "duty", "next")
"""The parts of the report in their order; each is one level-1 section."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands around the sections. An empty number or signer leaves its place in the document out."""

    addressee: str = ""
    number: str = ""
    signer: str = ""
    copies: str = ""


def moment(instant: datetime | None) -> str:
    """2026年3月13日17时30分, as official papers write a time."""
    if instant is None:
        return zh("not_yet")
    at = instant.astimezone(DISPLAY_ZONE)
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"


def written(case: Case) -> dict[str, str]:
    """Each section as the case itself writes it; paragraphs are separated by line ends."""
    decisions = list(case.decisions.filter(outcome="agreed"))
    measures, tasks = list(case.measures.all()), list(case.tasks.filter(kind__in=COMPENSATION).order_by("due_at", "pk"))
    parts = {
        "basic": _basic(case),
        "process": _process(case),
        "conclusion": _conclusion(case, decisions),
        "measures": _measures(measures, tasks),
        "duty": [zh("duty")],
        "next": [zh("next_1"), zh("next_2"), zh("next_3")],
    }
    return {name: "\n".join(parts[name]) for name in SECTIONS}


def text_of(case: Case) -> tuple[dict[str, str], Head]:
    """The sections and the head of the draft: what people wrote, and for the rest what the case says."""
    draft = Draft.objects.filter(case=case).first()
    if draft is None:
        return written(case), Head()
    head = Head(draft.addressee, draft.number, draft.signer, draft.copies)
    return written(case) | draft.sections, head


def document(
    case: Case, sections: Mapping[str, str], head: Head, *, on: datetime, code: str, until: datetime | None = None
) -> OfficialDocument:
    """The report as an official document. `code` is what the foot's QR holds, by which a stamped scan is matched.

    until: evidence files that were handed in later are not those of this version.
    """
    body = tuple(Section(zh(f"section_{name}"), tuple(paragraphs(sections[name]))) for name in SECTIONS)
    return OfficialDocument(
        title=title(case),
        addressee=head.addressee or addressee(case),
        unit=case.unit.name,
        on=on.astimezone(DISPLAY_ZONE).date(),
        sections=body,
        opening=(zh("opening", unit=case.unit.name),),
        closing=zh("closing"),
        # The red head belongs to a paper that has its number; a draft without one stays plain.
        issuer_mark=zh("issuer_mark", unit=case.unit.name) if head.number else "",
        number=head.number,
        signer=head.signer,
        annexes=(
            Annex(zh("annex_title"), (Section("", (), _table(case)),), dense=True),
            *_evidence_files(case, until),
            *annexes.of_case(case, until),
        ),
        copies=head.copies,
        # 版记: a paper with copies or a number says who issued it and when; without it the copies were not printed.
        printed_by=case.unit.name if head.copies or head.number else "",
        printed_on=on.astimezone(DISPLAY_ZONE).date(),
        code=code,
    )


REPORT_CODE = re.compile(r"WK-\d{4}-\d+/(?:v\d+/[0-9a-f]{12}|draft|form|letter)")
"""What the code in the foot of a paper of ours looks like."""


def code_of(report: Submitted) -> str:
    """What the QR in the foot of a submitted version holds: the case, the version, the hash of what was submitted."""
    return f"{report.case.number}/v{report.version}/{report.sha256[:12]}"


def official(case: Case, report: Submitted) -> OfficialDocument:
    """A submitted version as the document that is printed."""
    content = dict(report.content)
    sections = content.pop("sections")
    on, until = dated(case, report), report.submitted_at
    return document(case, sections, Head(**content), on=on, code=code_of(report), until=until)


def dated(case: Case, report: Submitted) -> datetime:
    """The day of a version: that of the first handing up, but for what was written anew after it had come back."""
    return max(case.reported_at or report.submitted_at, report.submitted_at)


def feedback(case: Case, rows: Sequence[tuple[str, str]], *, on: datetime) -> OfficialDocument:
    """排查处置反馈表 on one page: one row for each column of the sender's own table."""
    return OfficialDocument(
        title=zh("annex_title"),
        addressee="",
        unit=case.unit.name,
        on=on.astimezone(DISPLAY_ZONE).date(),
        sections=(Section("", (), ((zh("row_item"), zh("row_content")), *rows)),),
        code=f"{case.number}/form",
        dense=True,
    )


def ask_for_port(case: Case, received: Received, lines: Sequence[Line], *, on: datetime) -> OfficialDocument:
    """函: ask whoever sent a notice for the source port and the exact time, without which an exit names nobody."""
    number, unnamed = received.number or zh("no_number"), zh("peer_unnamed_reported")
    rows = [
        (line.place, _observed(line.first_seen or line.last_seen), line.target or unnamed, zh("please_fill"))
        for line in lines
    ]
    head = tuple(zh(f"port_{name}") for name in ("address", "seen", "target", "source"))
    return OfficialDocument(
        title=zh("port_title"),
        addressee=received.source,
        unit=case.unit.name,
        on=on.astimezone(DISPLAY_ZONE).date(),
        sections=(
            Section("", (zh("port_told", number=number, at=moment(received.received_at), count=len(rows)),)),
            Section("", (zh("port_why"),)),
            Section("", (zh("port_wanted", due=moment(case.due48)),), (head, *rows)),
        ),
        code=f"{case.number}/letter",
        letter=True,
        issuer_mark=case.unit.name,
    )


def own_rows(case: Case) -> tuple[tuple[str, str], ...]:
    """What is answered where no table of a sender is there."""
    return _table(case)[1:]


def title(case: Case) -> str:
    """关于“挖矿”通报（编号）排查处置情况的报告; a self-found case has no number of anybody else."""
    if case.origin == Case.Origin.SELF_FOUND:
        return zh("title_self_found")
    joined = case.joined.select_related("notice").order_by("received_at").first()
    number = joined.notice.number if joined else ""
    return zh("title_notified", number=number or case.number)


def addressee(case: Case) -> str:
    """主送机关: the unit above."""
    parent = case.unit.parent
    return parent.name if parent is not None else zh("superior")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a section as people typed it."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _basic(case: Case) -> list[str]:
    joined = list(case.joined.select_related("notice").order_by("received_at"))
    protocol, coins = protocol_name(case.protocol), case.coins
    more = (zh("basic_protocol", protocol=protocol) if protocol else "") + (
        zh("basic_coins", coins=coins) if coins else ""
    )
    # A notice names an address, behind which many machines may stand; our own finding names a machine.
    seen = "basic_finding" if case.origin == Case.Origin.SELF_FOUND else "basic_reported"
    lines = [
        _received(case, joined),
        zh(
            seen if case.target else f"{seen}_without_target",
            host=case.source or zh("unknown"),
            target=case.target,
            seen=_seen(case),
            more=more,
        ),
        zh("basic_due", find=moment(case.due48), report=moment(case.due72)),
    ]
    clocks = {"find": case.find_clock, "report": case.report_clock}
    lines += [zh(f"basic_extended_{which}", original=moment(c.original)) for which, c in clocks.items() if c.extended]
    if case.told_at is not None:
        lines.append(zh("basic_told", told=moment(case.told_at), delivered=moment(case.received_at)))
    for outage in outages_at(dues_of(case)):
        lines.append(zh("basic_outage", began=moment(outage.began_at), ended=moment(outage.ended_at)))
    if not _by_one(case, joined):
        # When this unit received it: the office that handed it out may have had it for hours.
        lines[1:1] = [
            zh("basic_notice", at=moment(row.received_at), source=row.notice.source, number=row.notice.number)
            if row.notice.number
            else zh("basic_notice_unnumbered", at=moment(row.received_at), source=row.notice.source)
            for row in joined
        ]
    return lines


def _by_one(case: Case, joined: Sequence[CaseNotice]) -> bool:
    """Whether one notice began the case, with whose receipt its time begins: one sentence tells of both."""
    return case.origin != Case.Origin.SELF_FOUND and len(joined) == 1 and joined[0].received_at == case.receipt


def _received(case: Case, joined: Sequence[CaseNotice]) -> str:
    facts = {"at": moment(case.receipt), "number": case.number}
    if not _by_one(case, joined):
        return zh(f"basic_{case.origin.replace('-', '_')}", **facts)
    notice = joined[0].notice
    if not notice.number:
        return zh("basic_notified_by_unnumbered", source=notice.source, **facts)
    return zh("basic_notified_by", source=notice.source, notice=notice.number, **facts)


def _process(case: Case) -> list[str]:
    lines = [zh("process_times", signed=moment(case.signed_at), concluded=moment(case.concluded_at))]
    for row in case.backfills.filter(outcome=Asked.Outcome.AGREED):
        times = {"claimed": moment(row.claimed_at), "recorded": moment(row.recorded_at)}
        lines.append(zh("process_backfill", reason=_sentence(row.reason), **times))
    if case.evidence is not None:
        lines += _process_evidence(case.evidence)
    if (site := case.site_facts.last()) is not None:
        lines.append(_process_site(site))
    candidates = list(case.candidates.all())
    hops = [hop["kind"] for candidate in candidates for hop in candidate.hops]
    methods = "、".join(dict.fromkeys(zh(f"method_{kind}") for kind in hops))
    if candidates:
        lines.append(zh("process_trace", methods=methods or zh("unknown"), count=len(candidates)))
    chosen = next((c for c in candidates if c.chosen_at), None)
    if chosen is not None:
        lines.append(zh("process_chosen", reason=_sentence(chosen.chosen_reason)))
    if case.locked_at:
        used = max(timedelta(0), (case.found_at or case.locked_at) - case.receipt)
        hours, minutes = divmod(int(used.total_seconds()) // 60, 60)
        lines.append(zh("process_locked", device=_device(case), place=case.device_place, hours=hours, minutes=minutes))
    return lines


def _process_site(site: SiteFacts) -> str:
    """How the unit said that things stand at its site."""
    return zh(
        "process_site",
        address=chinese(f"desk_cases.site_address_{site.address}"),
        machines=site.machines or zh("unknown"),
        router_logs=chinese(f"desk_cases.site_{site.router_logs}"),
        dhcp_list=chinese(f"desk_cases.site_{site.dhcp_list}"),
        switched_on=_sentence(site.switched_on) or zh("unknown"),
    )


def _process_evidence(copy: EvidenceCopy) -> list[str]:
    """What our own analysis found, and from which logs."""
    content: Mapping[str, Any] = copy.content
    sources = "、".join(dict.fromkeys(plain_name(s["name"]) for s in content.get("sources", []))) or zh("unknown")
    strongest = max(content["evidence"], key=lambda item: GRADES.index(item["grade"]))
    return [
        zh("process_sources", sources=sources, sha256=copy.sha256[:16]),
        zh("process_evidence", text=_official(_sentence(strongest["text"]["zh"]))),
    ]


_WRITTEN = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)")
_BESIDE_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff，。；：（）、]) | (?=[\u4e00-\u9fff，。；：（）、])")


def _official(text: str) -> str:
    """A sentence of the analysis as official papers write it: its times in Chinese, no spaces beside Chinese."""

    def spoken(found: re.Match[str]) -> str:
        year, month, day, hour, minute, second = (int(part) for part in found.groups())
        return f"{year}年{month}月{day}日{hour}时{minute:02d}分{second:02d}秒"

    return _BESIDE_CHINESE.sub("", _WRITTEN.sub(spoken, text))


def _evidence_files(case: Case, until: datetime | None) -> tuple[Annex, ...]:
    """附件2: the files that were handed in, each with its hash; restricted ones go up separately, nameless here."""
    files = case.files.filter(restricted=False)
    if until is not None:
        files = files.filter(taken_at__lte=until)
    rows = [
        # In four groups, so that the hash of 64 digits finds places to break.
        (file.name, moment(file.taken_at), " ".join(file.sha256[at : at + 16] for at in range(0, 64, 16)))
        for file in files
    ]
    if not rows:
        return ()
    head = (zh("file_name"), zh("file_taken"), zh("file_hash"))
    return (Annex(zh("annex_files"), (Section("", (), (head, *rows)),)),)


def _seen(case: Case) -> str:
    """When it was active; a notice may name one moment, which is not said twice."""
    since, until = _observed(case.first_seen or case.last_seen), _observed(case.last_seen or case.first_seen)
    return since if since == until else zh("from_to", since=since, until=until)


def _observed(instant: datetime | None) -> str:
    """A time of the activity; a notice may name none."""
    return moment(instant) if instant is not None else zh("unknown")


def _recurs(case: Case) -> list[str]:
    """复发: that the same device was confirmed before. Whoever reads of it twice must not take it for a first time."""
    row = Recurrence.objects.filter(case=case).select_related("earlier").first()
    return [zh("recurs", earlier=row.earlier.number, at=moment(row.earlier.locked_at))] if row else []


def _conclusion(case: Case, decisions: Sequence[Decision]) -> list[str]:
    lines = [zh(f"conclusion_{(case.conclusion or 'none').replace('-', '_')}")]
    if case.conclusion == Case.Conclusion.TRUE:
        lines.append(zh(f"nature_{case.nature}"))
    lines += [zh("decided", reason=_sentence(row.reason), at=moment(row.decided_at)) for row in decisions]
    if case.conclusion == Case.Conclusion.TRUE:
        if case.device_place:
            lines.append(zh("scope", device=_device(case), place=case.device_place))
        lines += _recurs(case)
        lines.append(_energy(case))
    return lines


def _energy(case: Case) -> str:
    """估算电量: the estimate with what it rests on, or that nobody can tell yet; never a bill."""
    energy, made = case_energy(case)
    if made is None or energy.how is None:
        return zh("energy_unknown")
    source = _sentence(made.factor.source)
    return zh(
        "energy",
        kwh=str(made.kwh),
        kg=str(made.kg),
        how=_sentence(chinese(energy.how.id, **energy.how.params)),
        source=source,
    )


def _measures(measures: Sequence[Measure], tasks: Sequence[Task]) -> list[str]:
    lines = _taken(measures) + _compensation(tasks)
    return lines or [zh("measures_none")]


def _compensation(tasks: Sequence[Task]) -> list[str]:
    """What makes up for a device that cannot be located, and how far it is."""
    lines = [zh("compensation_some", count=len(tasks))] if tasks else []
    for number, row in enumerate(tasks, start=1):
        kind = chinese(f"desk_cases.task_{row.kind.replace('-', '_')}")
        if row.done_at is None:
            lines.append(zh("compensation_due", number=number, kind=kind, at=moment(row.due_at)))
        else:
            note = f"：{_sentence(row.note)}" if row.note else ""
            lines.append(zh("compensation_done", number=number, kind=kind, at=moment(row.done_at), note=note))
    return lines


def _taken(measures: Sequence[Measure]) -> list[str]:
    lines = [zh("measures_some", count=len(measures))] if measures else []
    for number, row in enumerate(measures, start=1):
        kind = chinese(f"desk_cases.measure_{row.kind.replace('-', '_')}")
        note = f"：{_sentence(row.note)}" if row.note else ""
        lines.append(zh("measure_line", number=number, at=moment(row.done_at), kind=kind, note=note))
    return lines


def _sentence(text: str) -> str:
    """What somebody typed, fit to stand inside a sentence: one line, without a full stop of its own."""
    return "".join(text.split("\n")).strip().rstrip("。.；;")


def _device(case: Case) -> str:
    parts = (case.device_name, case.device_ip, case.device_mac, case.device_serial)
    return "，".join(part for part in parts if part)


_ANSWERED = ("cause", "measures", "done_at", "done", "material", "filled_by", "approved_by")


def _table(case: Case) -> tuple[tuple[str, str], ...]:
    """排查处置反馈表: the columns that senders usually ask for (T8), one fact a row so that it fits the page.

    The person stands in the sender's own table and in the restricted annex; here it is the post.
    """
    with translation.override("zh-hans"):
        answers = answers_of(case)
    done = [measure.done_at for measure in case.measures.all()] if answers.get("done_at") else []
    if done:
        answers["done_at"] = moment(max(done))
    named_by = "finding" if case.origin == Case.Origin.SELF_FOUND else "reported"
    rows = [
        ("row_ours", zh("no") if case.conclusion == Case.Conclusion.NOT_OURS else zh("yes")),
        ("row_public", case.source or zh("unknown")),
        ("row_target", case.target or zh(f"peer_unnamed_{named_by}")),
        ("row_device", _device(case) or zh("not_yet")),
        ("row_place", case.device_place or zh("not_yet")),
        ("row_department", answers.get("department", "")),
        ("row_post", case.responsible_post or zh("not_yet")),
        ("row_true", zh(f"short_{(case.conclusion or 'none').replace('-', '_')}")),
        ("row_nature", zh(f"short_{case.nature}")),
        ("row_received", moment(case.receipt)),
        ("row_locked", moment(case.locked_at)),
        *((f"row_{name}", answers.get(name, "")) for name in _ANSWERED),
    ]
    if case.evidence is not None:
        content: Mapping[str, Any] = case.evidence.content
        rows.append(("row_evidence", f"SHA-256 {case.evidence.sha256[:32]}"))
        rows.append(("row_shares", str(content.get("shares", 0))))
    return ((zh("row_item"), zh("row_content")), *((zh(key), value) for key, value in rows))
