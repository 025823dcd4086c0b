"""Events of MISP as JSON: one event, a list of them, or the answer of a search. A feed's folder is read by `misp_feed`.

Source: the MISP core format (draft-dulaunoy-misp-core-format). Attributes that are not
`to_ids` are context and are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from minewarden.intel.feeds.documents import document
from minewarden.intel.feeds.entry import Entry, Item, made, one_line, reject
from minewarden.intel.record import Type
from minewarden.intel.source import Source
from minewarden.vocab.errors import InputError
from minewarden.vocab.indicator import Role
from minewarden.vocab.message import message

_TYPES = {
    "hostname": Type.HOST,
    "ip-dst": Type.IP,
    "ip-src": Type.IP,
    "url": Type.URL,
    "sha256": Type.SHA256,
    "ja3-fingerprint-md5": Type.JA3,
    "x509-fingerprint-sha256": Type.CERT_SHA256,
    "user-agent": Type.USER_AGENT,
}
_WITH_PORT = {"ip-dst|port": Type.IP_PORT, "ip-src|port": Type.IP_PORT, "hostname|port": Type.HOST_PORT}


def misp(data: bytes, source: Source, file: str) -> Iterator[Item]:
    """The attributes of the events of a file, numbered in their order."""
    for number, (attribute, event) in enumerate(_attributes(document(data, file), file), 1):
        if isinstance(attribute, dict) and attribute.get("deleted") not in (True, "1", 1):
            yield from _read(number, attribute, event, source)


def misp_feed(folder: Path, source: Source) -> bytes:
    """The events of a feed's folder (`manifest.json` and one file for each event) as one document that `misp` reads.

    Only files that the manifest names by the UUID of their event are opened. Raises InputError where the manifest
    cannot be read, where an event that it names is absent (half a feed), or where all are beyond the bounds together.
    """
    manifest = folder / "manifest.json"
    try:
        with manifest.open("rb") as opened:
            listed = document(opened.read(source.bounds.size + 1), str(manifest))
    except OSError as error:
        raise InputError(str(manifest), 0, message("intel.unreadable", detail=error.strerror or "?")) from error
    if not isinstance(listed, dict):
        raise InputError(str(manifest), 0, message("feed.not_misp"))
    events: list[bytes] = []
    size = 0
    for name in sorted(listed):
        try:
            path = folder / f"{UUID(name)}.json"
            with path.open("rb") as opened:
                events.append(opened.read(source.bounds.size + 1))
        except (ValueError, OSError) as error:
            raise InputError(str(manifest), 0, message("feed.half", detail=one_line(name, 60))) from error
        size += len(events[-1])
        if size > source.bounds.size:
            raise InputError(str(folder), 0, message("feed.too_large", most=source.bounds.size))
        document(events[-1], str(path))
    return b"[" + b",".join(events) + b"]"


def _attributes(whole: Any, file: str) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    if isinstance(whole, dict) and "response" in whole:
        whole = whole["response"]
    if isinstance(whole, dict) and "Attribute" in whole and "Event" not in whole:
        whole = [{"Event": whole}]
    found = False
    for wrapped in whole if isinstance(whole, list) else [whole]:
        event = wrapped.get("Event") if isinstance(wrapped, dict) else None
        if not isinstance(event, dict):
            continue
        found = True
        held = event.get("Attribute")
        yield from ((attribute, event) for attribute in (held if isinstance(held, list) else ()))
        objects = event.get("Object")
        for one in objects if isinstance(objects, list) else ():
            inner = one.get("Attribute") if isinstance(one, dict) else None
            yield from ((attribute, event) for attribute in (inner if isinstance(inner, list) else ()))
    if not found:
        raise InputError(file, 0, message("feed.not_misp"))


def _read(number: int, attribute: Mapping[str, Any], event: Mapping[str, Any], source: Source) -> Iterator[Item]:
    if not attribute.get("to_ids"):
        return
    kind, value = str(attribute.get("type", "")), str(attribute.get("value", ""))
    if kind == "domain":
        item = made(number, source.scope, value)
    elif kind == "domain|ip":  # The address is what the name led to once; it is not taken for an indicator.
        item = made(number, source.scope, value.partition("|")[0])
    elif kind in _WITH_PORT:
        host, _, port = value.partition("|")
        item = made(number, _WITH_PORT[kind], f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    elif kind in _TYPES:
        typed = Type.CIDR if _TYPES[kind] is Type.IP and "/" in value else _TYPES[kind]
        item = made(number, typed, value)
    else:
        item = reject(number, f"{kind} {value}", f"the type {kind!r} is not taken")
    if not isinstance(item, Entry):
        yield item
        return
    roles = [name.removeprefix("minewarden:role=").strip('"') for name in _tags(attribute)]
    role = next((Role(name) for name in roles if name in set(Role)), None)
    coins = [name.removeprefix("minewarden:coin=").strip('"') for name in _tags(attribute) if "coin=" in name]
    said = one_line(attribute.get("comment") or event.get("info") or "")
    yield replace(item, role=role, coins=tuple(coins)[:16], seen=_moment(attribute), said=said)


def _tags(attribute: Mapping[str, Any]) -> list[str]:
    tags = attribute.get("Tag")
    return [str(tag.get("name", "")) for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []


def _moment(attribute: Mapping[str, Any]) -> datetime | None:
    try:
        if text := attribute.get("last_seen"):
            at = datetime.fromisoformat(str(text))
            return at if at.tzinfo else at.replace(tzinfo=UTC)
        return datetime.fromtimestamp(int(str(attribute["timestamp"])), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
