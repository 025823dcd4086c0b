"""Events of MISP as JSON: one event, a list of them, or the answer of a search. A feed's folder is read by `misp_feed`.

Source: the MISP core format (draft-dulaunoy-misp-core-format). Attributes that are not
`to_ids` are context and are left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from minewarden.intel.feeds.documents import document
from minewarden.intel.feeds.entry import Entry, Item, made, one_line, reject
from minewarden.intel.record import Type
from minewarden.intel.source import Bounds, Source
from minewarden.vocab.errors import InputError
from minewarden.vocab.indicator import Role
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

MANIFEST = "manifest.json"
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

    Raises InputError as `gathered` does, and where the manifest cannot be read.
    """

    def named(file: str) -> bytes:
        with (folder / file).open("rb") as opened:
            return opened.read(source.bounds.size + 1)

    return gathered(named, f"{folder}/", source.bounds)


def gathered(named: Callable[[str], bytes], place: str, bounds: Bounds) -> bytes:
    """The events of a feed as one document. `named` gives the bytes of a file of the feed; `place`, with its last
    stroke, is where it lies, for errors.

    Only files that the manifest names by the UUID of their event are asked for. Raises InputError where the manifest
    cannot be read, where an event that it names is absent (half a feed), or where all are beyond the bounds together.
    """
    manifest = f"{place}{MANIFEST}"
    try:
        whole = named(MANIFEST)
    except OSError as error:
        raise InputError(manifest, 0, message("intel.unreadable", detail=reason_of(error))) from error
    held = document(whole, manifest)
    if not isinstance(held, dict):
        raise InputError(manifest, 0, message("feed.not_misp"))
    events: list[bytes] = []
    size = 0
    for name in sorted(held):
        try:
            file = f"{UUID(name)}.json"
            events.append(named(file))
        except (ValueError, OSError) as error:
            raise InputError(manifest, 0, message("feed.half", detail=one_line(name, 60))) from error
        size += len(events[-1])
        if size > bounds.size:
            raise InputError(place, 0, message("feed.too_large", most=bounds.megabytes))
        document(events[-1], f"{place}{file}")
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
        item = reject(number, f"{kind} {value}", message("feed.misp_type", kind=one_line(kind, 40)))
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
