"""What units file, as tables: the columns of each kind once, for the form, the page, the export and the manual."""

from collections.abc import Iterable, Mapping

from minewarden.desk.campaigns.models import Filing
from minewarden.documents.sheet import Column, Kind, Table
from minewarden.vocab.message import Message, message


def _word(key: str) -> Message:
    return message(f"campaign_columns.{key}")


def _choices(group: str, codes: Iterable[str]) -> Mapping[str, Message]:
    return {code: _word(f"{group}_{code.replace('-', '_')}") for code in codes}


def _text(key: str, *, required: bool = False, longest: int = 1000, lines: bool = False) -> Column:
    help_ = _word("help_lines") if lines else None
    return Column(key, _word(f"col_{key}"), required=required, longest=longest, width=30, help=help_)


_COMMON = (
    Column("title", _word("col_title"), required=True, longest=200, width=30),
    Column("day", _word("col_day"), Kind.DATE, required=True, width=13),
)
TABLES: Mapping[str, Table] = {
    Filing.Kind.PLAN.value: Table(
        "plan",
        _word("table_plan"),
        (
            *_COMMON,
            Column("number", _word("col_number"), longest=60, example="云一中〔2026〕12号"),
            Column("approver", _word("col_approver"), longest=60),
            _text("measures", required=True, longest=4000, lines=True),
            _text("text", longest=20000),
        ),
        key=("title",),
    ),
    Filing.Kind.MEETING.value: Table(
        "meeting",
        _word("table_meeting"),
        (
            *_COMMON,
            Column("place", _word("col_place")),
            Column("host", _word("col_host"), required=True, longest=60),
            _text("attendees", required=True),
            _text("contents", required=True, longest=4000),
            _text("decisions", longest=4000, lines=True),
        ),
        key=("title", "day"),
    ),
    Filing.Kind.ACTIVITY.value: Table(
        "activity",
        _word("table_activity"),
        (
            *_COMMON,
            Column(
                "form",
                _word("col_form"),
                Kind.CHOICE,
                required=True,
                choices=_choices("form", ("lecture", "class", "account", "poster", "screen", "sms", "quiz", "other")),
            ),
            Column("audience", _word("col_audience"), required=True, longest=120),
            Column("people", _word("col_people"), Kind.NUMBER, help=_word("help_people"), longest=9_999_999),
            _text("contents"),
        ),
        key=("title", "day"),
    ),
    Filing.Kind.RULE.value: Table(
        "rule",
        _word("table_rule"),
        (
            *_COMMON,
            Column("number", _word("col_number"), longest=60),
            Column("valid_to", _word("col_valid_to"), Kind.DATE, width=13),
            _text("answers", required=True),
            _text("measure"),
            _text("text", longest=20000),
        ),
        key=("title",),
    ),
    Filing.Kind.MATERIAL.value: Table(
        "material",
        _word("table_material"),
        (
            *_COMMON,
            Column(
                "for",
                _word("col_for"),
                Kind.CHOICE,
                required=True,
                choices=_choices("for", ("staff", "students", "parents", "operators", "everyone")),
            ),
            _text("text", longest=20000),
        ),
        key=("title",),
    ),
}
"""By kind of filing; the duty list is generated and has no form."""
LONG = frozenset({"measures", "text", "attendees", "contents", "decisions", "answers", "measure"})
"""Columns written in several lines."""
EXTRA = (
    Column("unit", message("ledger_columns.col_unit"), width=26),
    Column("state", _word("col_state"), width=12),
)


def listing_table(kind: str) -> Table:
    """The table of an export: the unit, what was filed, and where it stands."""
    table = TABLES[kind]
    return Table(table.code, table.title, (EXTRA[0], *table.columns, EXTRA[1]), table.key)
