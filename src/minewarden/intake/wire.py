"""A notice as JSON and back, so that it can cross from the bounded process: no pickles of what strangers sent."""

import dataclasses
import json
import types
from collections.abc import Callable
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
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is tuple or kind is list:
        return [plain(part) for part in value]
    if kind is Message:
        return {"id": value.id, "params": {key: _param(param) for key, param in value.params.items()}}
    if kind is datetime:
        return rfc3339(value)
    if isinstance(value, StrEnum):
        return value.value
    if dataclasses.is_dataclass(kind):
        shown = ((name, getattr(value, name)) for name in _fields(kind))
        return {name: plain(part) for name, part in shown if part not in ("", None, ())}
    return value


_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


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
    return _maker(kind)(value)


@cache
def _maker(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of a type out of what `plain` wrote; a notice has half a million of them, so that each type
    is looked at only once."""
    origin = get_origin(kind)
    if origin is tuple:
        return _tuple_maker(get_args(kind))
    if origin in (Union, types.UnionType):
        inner = _maker(next(one for one in get_args(kind) if one is not type(None)))
        return lambda value: None if value is None else inner(value)
    if kind is Message:
        return _message
    if kind is datetime:
        return datetime.fromisoformat
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _dataclass_maker(kind)
    made: Callable[[Any], Any] = kind
    return made


def _tuple_maker(inner: tuple[Any, ...]) -> Callable[[Any], Any]:
    makers = [_maker(one) for one in inner if one is not Ellipsis]
    if len(inner) == 2 and inner[1] is Ellipsis:
        (maker,) = makers
        return lambda value: tuple([maker(part) for part in value]) if value else ()
    return lambda value: tuple(make(part) for make, part in zip(makers, value, strict=True))


def _dataclass_maker(kind: type) -> Callable[[Any], Any]:
    known = {name: (_maker(hint), _empty(hint)) for name, (hint, _) in _fields(kind).items()}
    needed = [name for name, (_, optional) in _fields(kind).items() if not optional]

    def make(value: dict[str, Any]) -> Any:
        given = {name: known[name][0](part) for name, part in value.items() if name in known}
        for name in needed:
            if name not in given:
                maker, empty = known[name]
                given[name] = maker(empty)
        return kind(**given)

    return make


def _message(value: dict[str, Any]) -> Message:
    params = {
        key: datetime.fromisoformat(param["time"]) if isinstance(param, dict) else param
        for key, param in value["params"].items()
    }
    return message(value["id"], **params)


def _empty(hint: Any) -> Any:
    """What `plain` left out."""
    return () if get_origin(hint) is tuple else "" if hint is str else None
