"""A notice as JSON and back, so that it can cross from the bounded process: no pickles of what strangers sent."""

import dataclasses
import json
import types
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from minewarden.vocab.clock import rfc3339
from minewarden.vocab.message import Message, message
from minewarden.vocab.noticeline import Notice, NoticeLine


def encoded(notice: Notice) -> bytes:
    """The notice as one line of JSON."""
    return json.dumps(plain(notice), ensure_ascii=False, separators=(",", ":")).encode()


def decoded(raw: bytes) -> Notice:
    """The notice that `encoded` wrote. Raises ValueError or KeyError for anything else."""
    made = _made(Notice, json.loads(raw))
    assert isinstance(made, Notice)  # noqa: S101 - `_made` builds what it is asked for
    return made


def line_from(document: dict[str, Any]) -> NoticeLine:
    """A line that `plain` wrote. Raises ValueError or KeyError."""
    made = _made(NoticeLine, document)
    assert isinstance(made, NoticeLine)  # noqa: S101 - likewise
    return made


def plain(value: Any) -> Any:
    """Dataclasses, messages and times as what JSON knows; empty and missing fields are left out."""
    if isinstance(value, Message):
        return {"id": value.id, "params": {key: _param(param) for key, param in value.params.items()}}
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, StrEnum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = {name: getattr(value, name) for name in _fields(type(value))}
        return {name: plain(part) for name, part in shown.items() if part not in ("", None, ())}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    return value


@cache
def _fields(kind: type) -> dict[str, tuple[Any, bool]]:
    """Each field's type, and whether it may be missing."""
    hints = get_type_hints(kind)
    return {
        field.name: (hints[field.name], field.default is not dataclasses.MISSING) for field in dataclasses.fields(kind)
    }


def _param(param: Any) -> Any:
    return {"time": rfc3339(param)} if isinstance(param, datetime) else param


def _made(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin is tuple:
        inner = get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_made(inner[0], part) for part in value or ())
        return tuple(_made(one, part) for one, part in zip(inner, value, strict=True))
    if origin in (Union, types.UnionType):
        return None if value is None else _made(next(one for one in get_args(kind) if one is not type(None)), value)
    if kind is Message:
        params = {
            key: datetime.fromisoformat(param["time"]) if isinstance(param, dict) else param
            for key, param in value["params"].items()
        }
        return message(value["id"], **params)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        given = {
            name: _made(hint, value.get(name, _empty(hint)))
            for name, (hint, optional) in _fields(kind).items()
            if name in value or not optional
        }
        return kind(**given)
    return kind(value)


def _empty(hint: Any) -> Any:
    """What `plain` left out."""
    return () if get_origin(hint) is tuple else "" if hint is str else None
