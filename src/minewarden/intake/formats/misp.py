"""MISP events as JSON: attributes of addresses, names and URLs, and objects that hold several of them."""

from typing import Any

from minewarden.intake.grid import Grid
from minewarden.intake.moments import Cell

HEAD: list[Cell] = [
    *("uuid", "source ip", "source port", "destination ip", "destination port", "domain", "url", "protocol"),
    *("first seen", "last seen", "comment"),
]
# The place of each attribute type; `|` parts a value into two.
_PLACES: dict[str, tuple[int, ...]] = {
    "ip-src": (1,),
    "ip-src|port": (1, 2),
    "ip-dst": (3,),
    "ip-dst|port": (3, 4),
    "domain": (5,),
    "hostname": (5,),
    "hostname|port": (5, 4),
    "domain|ip": (5, 3),
    "url": (6,),
}
_RELATIONS = {"src-port": 2, "dst-port": 4, "layer4-protocol": 7, "layer7-protocol": 7, "first-packet-seen": 8}


def is_event(document: Any) -> bool:
    """Whether the JSON is a MISP event, alone or as the server answers it."""
    return bool(_events(document))


def sender(document: Any) -> str:
    """The organisation that made the event."""
    for event in _events(document):
        for key in ("Orgc", "Org"):
            organisation = event.get(key)
            if isinstance(organisation, dict) and isinstance(organisation.get("name"), str):
                return str(organisation["name"])
    return ""


def grid(document: Any) -> Grid:
    """One row for each attribute that names an address, a name or a URL, and one for each object that holds some."""
    rows: list[list[Cell]] = [list(HEAD)]
    for event in _events(document):
        for attribute in _dicts(event.get("Attribute")):
            row = _row(attribute)
            if _put(attribute, row):
                rows.append(row)
        for thing in _dicts(event.get("Object")):
            row = _row(thing)
            named = [_put(attribute, row) for attribute in _dicts(thing.get("Attribute"))]
            if any(named):
                rows.append(row)
    return Grid("MISP", rows)


def _events(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, dict) and "response" in document:
        document = document["response"]
    found = []
    for one in document if isinstance(document, list) else [document]:
        event = one.get("Event", one) if isinstance(one, dict) else None
        if isinstance(event, dict) and (
            isinstance(event.get("Attribute"), list) or isinstance(event.get("Object"), list)
        ):
            found.append(event)
    return found


def _row(thing: dict[str, Any]) -> list[Cell]:
    return [
        _text(thing, "uuid"),
        *[""] * 7,
        _text(thing, "first_seen"),
        _text(thing, "last_seen"),
        _text(thing, "comment"),
    ]


def _put(attribute: dict[str, Any], row: list[Cell]) -> bool:
    """Put an attribute into its places of the row; whether it names anything that can be attributed."""
    kind, value = _text(attribute, "type"), _text(attribute, "value")
    relation = _RELATIONS.get(_text(attribute, "object_relation"))
    if relation is not None and value:
        row[relation] = row[relation] or value
        return False
    places = _PLACES.get(kind)
    if not places or not value:
        return False
    parts = value.split("|") if len(places) > 1 else [value]
    for place, part in zip(places, parts, strict=False):
        row[place] = row[place] or part.strip()
    row[8], row[9] = row[8] or _text(attribute, "first_seen"), row[9] or _text(attribute, "last_seen")
    return True


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(thing: dict[str, Any], key: str) -> str:
    value = thing.get(key)
    return value if isinstance(value, str) else ""
