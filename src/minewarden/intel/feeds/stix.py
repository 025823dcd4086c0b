"""Indicators of STIX 2.1 (and 2.0) out of a bundle or an envelope.

Source: OASIS STIX 2.1, sections 4.7 (Indicator) and 9 (patterning). Of patterns only comparisons that name one value
are taken, joined by OR; anything else (AND, FOLLOWEDBY, MATCHES, windows of time) says more than a value can, and is a
reject.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from minewarden.intel.feeds.documents import document
from minewarden.intel.feeds.entry import Entry, Item, bare, made, one_line, reject
from minewarden.intel.record import Type
from minewarden.intel.source import Source
from minewarden.vocab.errors import InputError
from minewarden.vocab.indicator import Role
from minewarden.vocab.message import message

LONGEST_PATTERN = 4096

_TERM = re.compile(r"\s*([A-Za-z0-9:.'_-]{1,80})\s*(=|LIKE)\s*'((?:[^'\\]|\\.){1,2048})'\s*", re.ASCII)
_PATHS = {
    "domain-name:value": None,
    "ipv4-addr:value": Type.IP,
    "ipv6-addr:value": Type.IP,
    "url:value": Type.URL,
    "file:hashes.'SHA-256'": Type.SHA256,
    "file:hashes.SHA-256": Type.SHA256,
    "x509-certificate:hashes.'SHA-256'": Type.CERT_SHA256,
}
_PAIR = re.compile(
    r"\[\s*network-traffic:dst_ref\.(value)\s*=\s*'([^'\\]{1,253})'\s+AND\s+network-traffic:dst_port\s*=\s*(\d{1,5})\s*\]",
    re.ASCII,
)


def stix(data: bytes, source: Source, file: str) -> Iterator[Item]:
    """The indicators of a file, numbered in the order of the objects."""
    whole = document(data, file)
    if isinstance(whole, dict) and isinstance(whole.get("objects"), list):
        objects = whole["objects"]
    elif isinstance(whole, list):
        objects = whole
    elif isinstance(whole, dict) and whole.get("type") == "indicator":
        objects = [whole]
    else:
        raise InputError(file, 0, message("feed.not_stix"))
    yield from read_objects(objects, source)


def read_objects(objects: list[Any], source: Source, first: int = 1) -> Iterator[Item]:
    """The indicators among objects; other objects are context."""
    for number, one in enumerate(objects, first):
        if isinstance(one, dict) and one.get("type") == "indicator":
            yield from _indicator(number, one, source)


def _indicator(number: int, one: Mapping[str, Any], source: Source) -> Iterator[Item]:
    pattern = one.get("pattern")
    if one.get("pattern_type", "stix") != "stix" or not isinstance(pattern, str):
        yield reject(number, pattern, message("feed.not_stix_pattern"))
        return
    if len(pattern) > LONGEST_PATTERN:
        yield reject(number, pattern, message("feed.long_pattern", size=len(pattern), most=LONGEST_PATTERN))
        return
    for item in _values(number, pattern, source):
        yield _filled(item, one) if isinstance(item, Entry) else item


def _values(number: int, pattern: str, source: Source) -> list[Item]:
    if pair := _PAIR.fullmatch(pattern.strip()):
        host, port = pair[2], pair[3]
        return [bare(number, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", source.scope)]
    found: list[tuple[str, str, str]] = []
    for part in _terms(pattern):
        term = _TERM.fullmatch(part)
        if term is None or term[1] not in _PATHS:
            return [reject(number, pattern, message("feed.stix_only_or"))]
        found.append((term[1], term[2], re.sub(r"\\(.)", r"\1", term[3])))
    exact = {value for path, sign, value in found if path == "domain-name:value" and sign == "="}
    items: list[Item] = []
    below: set[str] = set()
    for path, sign, value in found:
        if sign == "LIKE":
            if path != "domain-name:value" or not value.startswith("%.") or set(value[2:]) & {"%", "_"}:
                return [reject(number, pattern, message("feed.stix_like"))]
            below.add(value[2:])
            items.append(made(number, Type.DOMAIN, value[2:]))
        elif (kind := _PATHS[path]) is not None:
            items.append(made(number, Type.CIDR if kind is Type.IP and "/" in value else kind, value))
    # `name` beside `%.name` is one thing, the name with everything below it.
    items.extend(made(number, source.scope, name) for name in sorted(exact - below))
    return items


def _terms(pattern: str) -> list[str]:
    """The comparisons of `[a OR b] OR [c]`; what has another shape comes out as something that is no comparison."""
    plain = pattern.strip()
    quoted = re.split(r"('(?:[^'\\]|\\.)*')", plain)
    flat = "".join(part if number % 2 else part.replace("[", "").replace("]", "") for number, part in enumerate(quoted))
    parts = re.split(r"('(?:[^'\\]|\\.)*')\s*OR\s", flat)
    return [parts[n] + (parts[n + 1] if n + 1 < len(parts) else "") for n in range(0, len(parts), 2)]


def _filled(entry: Entry, one: Mapping[str, Any]) -> Entry:
    labels = [str(label) for label in one["labels"]] if isinstance(one.get("labels"), list) else []
    roles = [label.removeprefix("role:") for label in labels]
    ports = [label.removeprefix("port:") for label in labels if label.startswith("port:")]
    coins = [label.removeprefix("coin:") for label in labels if label.startswith("coin:")]
    seen = _moment(one.get("modified")) or _moment(one.get("created"))
    return replace(
        entry,
        role=next((Role(name) for name in roles if name in set(Role)), None),
        coins=tuple(coin for coin in coins if coin.isalnum())[:16],
        ports=tuple(int(port) for port in ports if port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536)[
            :64
        ],
        operator=next((one_line(la.removeprefix("operator:")) for la in labels if la.startswith("operator:")), ""),
        seen=seen,
        valid_until=_moment(one.get("valid_until")),
        revoked=one.get("revoked") is True,
        said=one_line(one.get("description") or one.get("name") or ""),
    )


def _moment(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
