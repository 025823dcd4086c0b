"""What stands between strangers' lists and the library: the allow list, the unit's own, and what many people share."""

import ipaddress
import os
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import duckdb

from minewarden.enforce.shared import shared
from minewarden.intake.isolation import read
from minewarden.intel import catalogue
from minewarden.intel.exports.exported import hits
from minewarden.intel.feeds.entry import Entry
from minewarden.intel.feeds.fetching import fetch
from minewarden.intel.feeds.misp import MANIFEST, gathered
from minewarden.intel.feeds.notice import notice
from minewarden.intel.feeds.reading import PARSERS, Listing, bounded, read_bytes, taken_bytes
from minewarden.intel.gate import Gate
from minewarden.intel.library import Library
from minewarden.intel.record import Record, Type
from minewarden.intel.source import Source, check
from minewarden.intel.taxii.client import login, pull
from minewarden.patrol.replay import Key, Replay, replay
from minewarden.vocab.blockrule import BlockRule, Site, Target
from minewarden.vocab.errors import ConfigError, InputError
from minewarden.vocab.indicator import ALERTING, Kind
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import parents, parse_endpoint
from minewarden.vocab.words import DISPLAY_ZONE


def gate(library: Library, site: Site | None = None, common: Mapping[Key, Message] | None = None) -> Gate:
    """The gate of a unit. `site` is what the unit owns and protects; content networks, public resolvers and shared
    names are those of the guard that stands before every block. `common`: what `replayed(...).common()` found."""
    site = site or Site()
    facts = shared()
    networks = [(block, label) for group in (facts.content, facts.resolvers) for block, label in group]
    networks += [(network, str(network)) for network in (*site.own, *site.protected)]
    networks += [(ipaddress.ip_network(address), address) for address in site.resolvers]
    return Gate(library.allow(), networks, {name: name for name in site.protected_names}, facts.names, common)


def replayed(
    library: Library,
    entries: Iterable[Entry | Record],
    lake: duckdb.DuckDBPyConnection,
    now: datetime,
    site: Site | None = None,
) -> Replay:
    """Hold the new entries of a list (or records of a bundle) against the last seven days of a lake. Hand its
    `common()` to `gate`, and what more than 0.5 % of the local clients met waits for a person.

    `site.own` says who is a local client; without it, whoever has an inside address. Where `clients` is 0, the lake
    says nothing of these days.
    """
    held = [(record.type, record.value) for record in library.records()]
    asked = [(entry.type, entry.value) for entry in entries]
    return replay(lake, asked, until=now, own=site.own if site is not None else (), held=held)


def read_notice(path: Path, source: Source, now: datetime) -> Listing:
    """The pools that an official notice names (xlsx, docx, pdf), read in a bounded process. Raises InputError."""
    data = taken_bytes(path, source)
    found = read(path.name, data, zone=DISPLAY_ZONE, latest=now)
    return bounded(notice(found, source), source, str(path), found.sha256, len(data))


def fetched(library: Library, source: Source) -> Listing:
    """What a declared source holds now: from its own server, never from a host that is itself an indicator. Raises
    InputError and ConfigError."""
    if (fault := check(source)) is not None:
        raise ConfigError(fault)
    parts = urlsplit(source.url)
    host = parts.hostname
    if not host:
        raise ConfigError(message("fetch.no_address", source=source.name))
    if listed(library, host):
        raise ConfigError(message("fetch.listed", host=host))
    if source.form == "taxii":
        return pull(source)
    if source.form not in PARSERS:
        raise ConfigError(message("feed.unknown_form", source=source.name, form=source.form, forms=", ".join(PARSERS)))
    if source.form == "misp" and (parts.path.endswith(("/", f"/{MANIFEST}"))):
        return read_bytes(_misp_feed(source), source, source.url)
    answer = fetch(source.url, source.bounds, login(source))
    return read_bytes(answer.data, source, source.url)


def listed(library: Library, host: str) -> bool:
    """Whether a host is an indicator of the library, or of the catalogue that comes with the program, whether or not
    somebody loaded that."""
    names = parents(host)
    if any((known := library.get(name)) is not None and hits(known) for name in names):
        return True
    shipped = (one for one in catalogue.load() if one.role in ALERTING)
    return any(one.value == host or (one.kind is Kind.DOMAIN and one.value in names) for one in shipped)


def _misp_feed(source: Source) -> bytes:
    """The events of a feed that a server holds as files, named by its manifest. Raises InputError."""
    base = source.url.removesuffix(MANIFEST)
    headers = login(source)
    bounds = source.bounds
    end = monotonic() + bounds.seconds

    def named(file: str) -> bytes:
        if monotonic() > end:
            raise InputError(f"{base}{file}", 0, message("feed.too_slow", most=bounds.seconds))
        return fetch(f"{base}{file}", bounds, headers).data

    return gathered(named, base, bounds)


_TARGETS = {
    Type.HOST: Target.NAME,
    Type.DOMAIN: Target.SUBTREE,
    Type.IP: Target.IP,
    Type.CIDR: Target.CIDR,
    Type.IP_PORT: Target.IP_PORT,
}


def block_rules(records: Iterable[Record], now: datetime, end: datetime, label: str) -> tuple[BlockRule, ...]:
    """What the records propose to block until `end` at most, each rule citing the version and the record. Sites that
    people read too and records without a form give none. The rules still have to pass the guard."""
    rules = []
    for record in records:
        if record.type not in _TARGETS or not hits(record) or record.over(now):
            continue
        endpoint = parse_endpoint(record.value) if record.type is Type.IP_PORT else None
        rules.append(
            BlockRule(
                target=_TARGETS[record.type],
                value=record.value if endpoint is None else endpoint.ip,
                expires_at=end if record.valid_until is None else min(end, record.valid_until),
                reason=f"library {label}: {record.id}",
                port=0 if endpoint is None else endpoint.port,
            )
        )
    return tuple(rules)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a sensor that reads it meanwhile sees the old one or the new one."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
