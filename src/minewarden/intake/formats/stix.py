"""STIX 2.1 bundles (OASIS): network traffic, observed addresses and names, indicators whose patterns compare them."""

import re
from typing import Any

from minewarden.intake.grid import Grid
from minewarden.intake.moments import Cell

HEAD: list[Cell] = [
    *("id", "source ip", "source port", "destination ip", "destination port", "domain", "url", "protocol"),
    *("first seen", "last seen", "name"),
]
_COMPARED = re.compile(r"([a-z0-9-]+:[A-Za-z0-9_.'\[\]-]+?)\s*=\s*(?:'((?:[^'\\]|\\.){0,2048})'|(\d{1,5}))")
_PLACES = {
    "ipv4-addr:value": 1,
    "ipv6-addr:value": 1,
    "network-traffic:src_ref.value": 1,
    "network-traffic:src_port": 2,
    "network-traffic:dst_ref.value": 3,
    "network-traffic:dst_port": 4,
    "domain-name:value": 5,
    "url:value": 6,
}


def is_bundle(document: Any) -> bool:
    """Whether the JSON is a STIX bundle."""
    return isinstance(document, dict) and document.get("type") == "bundle" and isinstance(document.get("objects"), list)


def sender(document: dict[str, Any]) -> str:
    """The name of the identity that made the bundle, where it names one."""
    names = [_text(thing, "name") for thing in _objects(document) if thing.get("type") == "identity"]
    return names[0] if names else ""


def grid(document: dict[str, Any]) -> Grid:
    """One row for each network traffic, for each address or name that no traffic refers to, and for each indicator."""
    things = {str(thing.get("id", "")): thing for thing in _objects(document)}
    times = _seen(things)
    rows: list[list[Cell]] = [list(HEAD)]
    used: set[str] = set()
    for key, thing in things.items():
        if thing.get("type") != "network-traffic":
            continue
        source, target = str(thing.get("src_ref", "")), str(thing.get("dst_ref", ""))
        used |= {key, source, target}
        place = things.get(target, {})
        named = _text(place, "value") if place.get("type") == "domain-name" else ""
        protocols = thing.get("protocols")
        first, last = times.get(key, ("", ""))
        rows.append(
            [
                *(key, _text(things.get(source, {}), "value"), thing.get("src_port")),
                *("" if named else _text(place, "value"), thing.get("dst_port"), named, ""),
                "/".join(map(str, protocols)) if isinstance(protocols, list) else "",
                *(_text(thing, "start") or first, _text(thing, "end") or last, ""),
            ]
        )
    for key, thing in things.items():
        kind, (first, last) = str(thing.get("type", "")), times.get(key, ("", ""))
        value = _text(thing, "value")
        row: list[Cell] = [key, *[""] * 7, first, last, _text(thing, "name")]
        if kind == "indicator":
            _compare(_text(thing, "pattern"), row)
            row[8] = first
        elif key in used or f"{kind}:value" not in _PLACES:
            continue
        else:
            row[_PLACES[f"{kind}:value"]] = value
        rows.append(row)
    return Grid("STIX", rows)


def _objects(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [thing for thing in document["objects"] if isinstance(thing, dict)]


def _seen(things: dict[str, dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """When each object was observed, by the observed data and sightings that refer to it."""
    times: dict[str, tuple[str, str]] = {}
    for thing in things.values():
        if thing.get("type") == "observed-data":
            span = _text(thing, "first_observed"), _text(thing, "last_observed")
            for reference in _list(thing, "object_refs"):
                times.setdefault(str(reference), span)
        if thing.get("type") == "sighting":
            span = _text(thing, "first_seen"), _text(thing, "last_seen")
            times.setdefault(_text(thing, "sighting_of_ref"), span)
            for data in _list(thing, "observed_data_refs"):
                for reference in _list(things.get(str(data), {}), "object_refs"):
                    times.setdefault(str(reference), span)
    return times


def _compare(pattern: str, row: list[Cell]) -> None:
    for path, text, number in _COMPARED.findall(pattern[:20_000]):
        place = _PLACES.get(path)
        if place is not None and not row[place]:
            row[place] = text or number


def _text(thing: dict[str, Any], key: str) -> str:
    value = thing.get(key)
    return value if isinstance(value, str) else ""


def _list(thing: dict[str, Any], key: str) -> list[Any]:
    value = thing.get(key)
    return value if isinstance(value, list) else []
