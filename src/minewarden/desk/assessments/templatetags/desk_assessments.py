"""Template tags of assessments and statistics."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from minewarden.desk.assessments import export, said
from minewarden.desk.assessments.indicators import BY_KEY, TALLIES
from minewarden.desk.assessments.models import Version
from minewarden.desk.assessments.owed import Handed, Roll, Standing
from minewarden.desk.assessments.queries import HomePage
from minewarden.desk.kit.templatetags.mw import chip
from minewarden.desk.kit.words import say
from minewarden.documents.numbering import chinese_numeral

register = template.Library()
_TONES = {
    Standing.NONE: "grey", Standing.PENDING: "amber", Standing.RETURNED: "amber", Standing.FROZEN: "green",
    Standing.ZERO: "green",
}  # fmt: skip
_OUTCOMES = {"pending": ("pending", "amber"), "agreed": ("frozen", "green"), "refused": ("returned", "grey")}


@register.inclusion_tag("parts/chip.html")
def standing(handed: Handed, due: datetime | None = None, now: datetime | None = None) -> dict[str, str]:
    """How an assessment stands; with a due time, also whether it is late or missing."""
    if due is not None and handed.at is not None and handed.at > due:
        return chip(say(f"desk_assessments.standing_{handed.standing}_late"), "amber")
    if due is not None and now is not None and now > due and not handed.done:
        return chip(say("desk_assessments.standing_missing"), "red")
    return chip(say(f"desk_assessments.standing_{handed.standing}"), _TONES[handed.standing])


@register.inclusion_tag("parts/chip.html")
def version_chip(version: Version) -> dict[str, str]:
    """How a version stands."""
    word, tone = _OUTCOMES[version.outcome]
    return chip(say(f"desk_assessments.standing_{word}"), tone)


@register.simple_tag
def tile(page: HomePage, key: str, figures: Any, tone: str) -> SafeString:
    """A figure that opens its list."""
    from django.urls import reverse

    indicator = BY_KEY[key]
    href = f"{reverse('assessments:behind', args=[indicator.list])}?unit={page.unit.pk}&period={page.period.code}"
    shown = said.text(indicator, figures, say)
    return format_html(
        '<a class="tile {}" href="{}"><strong>{}</strong><span>{}</span></a>',
        tone if figures.number(indicator.part) else "none", href, shown, say(f"desk_indicators.name_{key}"),
    )  # fmt: skip


@register.simple_tag
def roll_line(roll: Roll) -> str:
    """How many of those below stand how."""
    return say(
        "desk_assessments.roll_line", obliged=len(roll.units), frozen=roll.count(Standing.FROZEN),
        pending=roll.count(Standing.PENDING), zero=roll.count(Standing.ZERO), missing=len(roll.missing()),
        late=len(roll.late()), at=roll.due,
    )  # fmt: skip


@register.filter
def splitted(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


@register.filter
def numeral(number: int) -> str:
    """1 -> 一."""
    return chinese_numeral(number)


register.simple_tag(export.zh, name="zh")


@register.simple_tag
def zh_section(name: str) -> str:
    """The heading of a part of the paper."""
    return export.zh(f"section_{name}")


@register.simple_tag
def group_word(group: str) -> str:
    """The name of a group of indicators."""
    return say(f"desk_indicators.group_{group}")


@register.simple_tag
def formula(key: str) -> str:
    """How an indicator comes about."""
    return say(f"desk_indicators.formula_{key}")


@register.filter
def listable(line: said.Line) -> bool:
    """Whether a list of rows stands behind a line."""
    return line.indicator.list in TALLIES


@register.filter
def is_main(line: said.Line) -> bool:
    """Whether a line stands in the text itself."""
    return line.indicator.key in export.MAIN


@register.simple_tag
def part_names() -> list[str]:
    """The headings of the table of units."""
    return [say(f"desk_indicators.name_{key}") for key in export.PARTS]


@register.simple_tag
def nth(names: Sequence[str], place: int) -> str:
    """One of some names."""
    return names[place]


@register.simple_tag
def case_lines(rows: Sequence[Mapping[str, Any]], cases: str, *labels: str) -> SafeString:
    """The rows of a list of cases, each cell with its label: up to three hundred, which a template would take long for.

    cases: the address of the list where each is looked up.
    """
    case, unit, state, over = map(escape, labels)
    of_state = {code: escape(say(export.state_word(code))) for code in {row["state"] for row in rows}}
    return SafeString(
        "".join(
            f'<tr><td data-label="{case}"><a href="{escape(cases)}?view=all&amp;q={(number := escape(row["number"]))}">'
            f'{number}</a></td><td data-label="{unit}">{escape(row["unit"])}</td>'
            f'<td data-label="{state}">{of_state[row["state"]]}</td>'
            f'<td data-label="{over}">{escape(said.over(row, say))}</td></tr>'
            for row in rows
        )
    )


@register.simple_tag
def paper_word(code: str) -> str:
    """The name of a sort of paper."""
    return say(f"desk_papers.sort_{code}")
