"""Plans, minutes and duty lists as official documents. They are Chinese papers, whoever reads the page."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from minewarden.desk.campaigns.lifecycle import FilingState
from minewarden.desk.campaigns.models import Filing
from minewarden.desk.kit.words import chinese, chinese_of
from minewarden.documents.official import Annex, OfficialDocument, Section
from minewarden.documents.pdf import chinese_date
from minewarden.vocab.words import DISPLAY_ZONE

zh = chinese_of("campaign_papers")


def document(filing: Filing) -> OfficialDocument | None:
    """The paper of a filing; None for a kind that has none."""
    make = {"plan": _plan, "meeting": _minutes, "duty-list": _duty_list}.get(filing.kind)
    return make(filing) if make is not None else None


def _lines(text: Any) -> tuple[str, ...]:
    return tuple(line.strip() for line in str(text or "").splitlines() if line.strip())


def _numbered(lines: Sequence[str]) -> tuple[str, ...]:
    """Each line with its number, where people have not numbered them themselves."""
    if any(line[:1].isdigit() or line[:1] in "（(一二三" for line in lines):
        return tuple(lines)
    return tuple(f"{number}.{line}" for number, line in enumerate(lines, start=1))


def _plan(filing: Filing) -> OfficialDocument:
    """工作方案: what people wrote; where they wrote the measures only, the frame of the plan around them."""
    content: Mapping[str, Any] = filing.content
    measures = _numbered(_lines(content.get("measures")))
    number = str(content.get("number", ""))
    if text := _lines(content.get("text")):
        sections: tuple[Section, ...] = (Section(zh("plan_text"), text), Section(zh("plan_measures"), measures))
    else:
        sections = (
            Section(zh("plan_aim"), (zh("plan_aim_text"),)),
            Section(zh("plan_goal"), (zh("plan_goal_1"), zh("plan_goal_2"), zh("plan_goal_3"))),
            Section(zh("plan_measures"), measures),
            Section(zh("plan_steps"), (zh("plan_steps_1"), zh("plan_steps_2"), zh("plan_steps_3"))),
            Section(zh("plan_support"), (zh("plan_support_1"), zh("plan_support_2"))),
        )
    superior = filing.unit.parent.name if filing.unit.parent is not None else zh("superior")
    return OfficialDocument(
        title=filing.title if filing.unit.name in filing.title else f"{filing.unit.name}{filing.title}",
        addressee=superior,
        unit=filing.unit.name,
        on=filing.day,
        opening=(zh("plan_opening", unit=filing.unit.name),),
        sections=sections,
        issuer_mark=f"{filing.unit.name}文件" if number else "",
        number=number,
        signer=str(content.get("approver", "")) if number else "",
        # 版记: a paper with a number says who issued it and when.
        printed_by=filing.unit.name if number else "",
        printed_on=filing.day,
        code=_code(filing),
    )


def _minutes(filing: Filing) -> OfficialDocument:
    """会议纪要: when, where, who; what was said; what was decided, with whose task it became."""
    content: Mapping[str, Any] = filing.content
    facts = [
        zh("minutes_when", day=chinese_date(filing.day), place=content.get("place") or zh("unit_itself")),
        zh("minutes_host", name=content.get("host", "")),
    ]
    sections = [
        Section(zh("minutes_facts"), tuple(facts)),
        Section(zh("minutes_contents"), _lines(content.get("contents"))),
    ]
    if decided := _lines(content.get("decisions")):
        sections.append(Section(zh("minutes_decisions"), _numbered(decided)))
    tasks = [
        (str(n), task.title, task.unit.name, chinese_date(_day(task.original_due_at)))
        for n, task in enumerate(filing.tasks.select_related("unit").order_by("original_due_at", "pk"), start=1)
    ]
    head = (zh("col_number"), zh("col_task"), zh("col_unit"), zh("col_due"))
    table = Section("", (), (head, *tasks), widths=(8, 44, 28, 20))
    annexes = (Annex(zh("minutes_tasks"), (table,)),) if tasks else ()
    return OfficialDocument(
        title=filing.title,
        addressee="",
        unit=filing.unit.name,
        on=filing.day,
        sections=tuple(sections),
        issuer_mark=zh("minutes_mark", unit=filing.unit.name),
        attendance=((zh("minutes_present"), "、".join(_lines(content.get("attendees")))),),
        annexes=annexes,
        code=_code(filing),
    )


def _duty_list(filing: Filing) -> OfficialDocument:
    """责任清单: posts and persons, devices by who answers for them, and what nobody answers for yet."""
    content: Mapping[str, Any] = filing.content
    posts = [
        (row["label"], row["name"], "，".join(part for part in (row["unit"], row["title"]) if part), row["duty"], "")
        for row in content["posts"]
    ]
    head = (zh("col_post"), zh("col_name"), zh("col_title"), zh("col_duty"), zh("col_hand"))
    sections = [Section(zh("duty_posts"), (), (head, *posts), widths=(17, 13, 16, 38, 16))]
    if content["devices"]:
        rows = [(row["name"], row["department"] or "—", str(row["devices"])) for row in content["devices"]]
        columns = (zh("col_name"), zh("col_department"), zh("col_devices"))
        sections.append(Section(zh("duty_devices"), (), (columns, *rows)))
    sections.append(Section(zh("duty_gaps"), tuple(_gaps(content["gaps"]))))
    signed = (
        zh("duty_signed", name=filing.decided_by.name, day=chinese_date(_day(filing.decided_at)))
        if filing.decided_by is not None and filing.decided_at is not None
        else zh("duty_unsigned")
    )
    sections.append(Section(zh("duty_sign"), (signed,)))
    return OfficialDocument(
        title=zh("duty_title", unit=filing.unit.name),
        addressee="",
        unit=filing.unit.name,
        on=filing.day,
        opening=(zh("duty_opening"),),
        sections=tuple(sections),
        code=_code(filing),
    )


def _gaps(gaps: Mapping[str, Any]) -> list[str]:
    found = []
    if gaps["posts"]:
        names = "、".join(chinese(f"ledger_columns.post_{post}") for post in gaps["posts"])
        found.append(zh("gap_posts", posts=names))
    if gaps["ownerless"]:
        found.append(zh("gap_ownerless", count=gaps["ownerless"]))
    if gaps["ranges_without_person"]:
        found.append(zh("gap_ranges", count=gaps["ranges_without_person"]))
    return found or [zh("gap_none")]


def _day(instant: Any) -> date:
    day: date = instant.astimezone(DISPLAY_ZONE).date()
    return day


def _code(filing: Filing) -> str:
    """What the code in the foot holds: what it is, and for a duty list the hash of what was frozen. What its unit may
    still change is a draft."""
    open_ = filing.state in (FilingState.DRAFT.value, FilingState.RETURNED.value)
    what = filing.sha256[:12] or ("draft" if open_ else "")
    return f"WK-{filing.kind}-{filing.pk}" + (f"/{what}" if what else "")
