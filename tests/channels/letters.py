"""A letter as the desk writes them, and a moment."""

from datetime import UTC, datetime

from minewarden.channels.channel import Letter

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
LETTER = Letter(
    key="case.7.find.soon",
    subject="待办提醒",
    text="您单位有1个案件距48小时时限不足12小时，编号WK-2026-00007。",
    link="https://desk.example.net/cases/7/",
)
