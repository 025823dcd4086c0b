"""Reads the bodies of messages as JSON without letting a hostile one cost more than its bytes."""

from collections.abc import Sequence
from typing import Any

import orjson

MOST_BYTES = 256 * 1024
MOST_IN_BATCH = 256
MOST_LINES = 256


def objects(body: bytes) -> Sequence[dict[str, Any]]:
    """The JSON objects of a body: one, a JSON-RPC batch of them, or one per line. Anything else gives nothing."""
    if len(body) > MOST_BYTES:
        return ()
    body = body.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\0")
    if body[:1] not in (b"{", b"["):
        return ()
    whole = _read(body)
    if whole is None and b"\n" in body:
        lines = body.split(b"\n", MOST_LINES)[:MOST_LINES]
        return [item for line in lines for item in _dicts(_read(line))]
    return _dicts(whole)


def _dicts(value: Any) -> Sequence[dict[str, Any]]:
    if isinstance(value, dict):
        return (value,)
    if isinstance(value, list):
        return [item for item in value[:MOST_IN_BATCH] if isinstance(item, dict)]
    return ()


def _read(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        # Names of workers come in any encoding; the structure is ASCII all the same.
        return orjson.loads(text.decode("utf-8", "replace")) if not text.isascii() else None
    except orjson.JSONDecodeError:
        return None
