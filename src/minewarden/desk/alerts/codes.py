"""What a warning may say, whom it may reach and by which ways; what it costs."""

import re
from collections.abc import Iterator

WAYS = ("inbox", "sms", "mail", "wecom", "dingtalk", "feishu")
AUDIENCES = ("accounts", "contacts", "staff")
TEXTS = ("general", "holiday", "case")
LONGEST = 300
_ONE, _PART = 70, 67
_FORBIDDEN = {
    "url": re.compile(r"https?://|www\.|[a-z0-9-]+\.(?:com|cn|net|org|edu)\b", re.IGNORECASE),
    "address": re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,}", re.IGNORECASE),
    "phone": re.compile(r"(?<!\d)1\d{10}(?!\d)"),
    "identity": re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),
}


def faults(text: str) -> Iterator[str]:
    """Why a text may not go out: what it holds that must not stand in a short message. Nothing for a text that may."""
    if not text.strip():
        yield "empty"
    if len(text.strip()) > LONGEST:
        yield "long"
    for name, pattern in _FORBIDDEN.items():
        if pattern.search(text):
            yield name


def parts(text: str) -> int:
    """How many short messages a text takes: 70 characters, or 67 each where there are more."""
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= _ONE else -(-length // _PART)
