"""Sentences in the reader's language, for views, forms and templates.

The language of the moment is Django's active one, set by `kit.middleware.PersonalLanguage`; Chinese unless somebody
chose English.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol, cast

from django.utils import translation
from django.utils.functional import lazy

from minewarden.vocab.message import Message, Param, message
from minewarden.vocab.words import DISPLAY_ZONE, Language, render

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_WEEKDAYS_ZH = "一二三四五六日"


def language() -> Language:
    """The language of the page that is being made."""
    return "en" if (translation.get_language() or "").startswith("en") else "zh"


def say(identifier: str, /, **params: Param) -> str:
    """The sentence `table.key` in the reader's language."""
    return said(message(identifier, **params))


def said(sentence: Message | Mapping[str, str] | str) -> str:
    """A message from a pure room, or a text stored in both languages, in the reader's language."""
    if isinstance(sentence, Message):
        shown = {name: local(v) if isinstance(v, datetime) else v for name, v in sentence.params.items()}
        return render(message(sentence.id, **shown), language())
    if isinstance(sentence, Mapping):
        return sentence.get(language()) or sentence.get("zh", "")
    return sentence


def chinese(identifier: str, /, **params: Param) -> str:
    """The sentence `table.key` in Chinese: what goes into official papers and messages, whoever reads the page."""
    return render(message(identifier, **params), "zh")


class InChinese(Protocol):
    """zh("key", **params): a sentence of one table in Chinese."""

    def __call__(self, key: str, /, **params: Param) -> str: ...


def chinese_of(table: str) -> InChinese:
    """What says the sentences of one table in Chinese: the papers of an app name theirs by the key alone."""

    def said_in_chinese(key: str, /, **params: Param) -> str:
        return chinese(f"{table}.{key}", **params)

    return said_in_chinese


_lazy_say = lazy(say, str)


def word(identifier: str, /, **params: Param) -> "_StrPromise":
    """The sentence, put into a language only when it is shown: for labels that outlive a request."""
    return cast("_StrPromise", _lazy_say(identifier, **params))


def local(instant: datetime | date, form: str = "full") -> str:
    """A time as the office writes it, Beijing time, 24 hours.

    full: 2026年3月13日（星期五）17:30 | date: 2026年3月13日 | stamp: 2026-03-13 17:30 | seconds: 2026-03-13 17:30:05
    day: 2026-03-13 | paper: 2026年3月13日17时30分, which official papers say whatever the language of the page
    """
    if isinstance(instant, datetime):
        instant = instant.astimezone(DISPLAY_ZONE)
    else:
        form = "date" if form == "full" else form
    if form == "stamp":
        return instant.strftime("%Y-%m-%d %H:%M")
    if form == "day":
        return instant.strftime("%Y-%m-%d")
    if form == "seconds":
        return instant.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(instant, datetime) and form == "paper":
        return f"{instant.year}年{instant.month}月{instant.day}日{instant.hour}时{instant.minute:02d}分"
    if language() == "en":
        return instant.strftime("%d %b %Y" if form == "date" else "%a %d %b %Y, %H:%M").lstrip("0")
    day = f"{instant.year}年{instant.month}月{instant.day}日"
    return day if form == "date" else f"{day}（星期{_WEEKDAYS_ZH[instant.weekday()]}）{instant:%H:%M}"


def till(instant: datetime) -> str:
    """A time up to which something is due; midnight as people say it: 24:00 of the day before."""
    at = instant.astimezone(DISPLAY_ZONE)
    if at.time() != time.min:
        return local(instant)
    return say("desk_kit.midnight", day=local((at - timedelta(minutes=1)).date()))


def span(length: timedelta) -> str:
    """A length of time: 5 小时 12 分. Hours run on beyond 24, as the measures count in hours."""
    minutes = max(int(length.total_seconds() // 60), 0)
    return say("desk_kit.span", hours=minutes // 60, minutes=minutes % 60)
