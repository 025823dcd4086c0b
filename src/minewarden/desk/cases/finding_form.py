"""Whether a JSON object has the form of a finding, as far as the desk relies on it; else the name of the wrong field.

The form is promised by patrol/finding.schema.json. Lines come from files that people hand in, so nothing is believed.
"""

import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from minewarden.vocab.finding import State

GRADES = ("looked-up", "connected", "behaved", "handshake", "work")
CERTAINTIES = ("unique", "likely", "possible")
LARGEST = (1 << 63) - 1
MOST = 2_000
"""Entries in any list; a finding's own evidence is bounded far below."""
Check = Callable[[Any], bool]


def problem(content: Mapping[str, Any]) -> str:
    """The name of the first field that is not as promised; empty where all is well."""
    return next((name for name, check in _FINDING.items() if not check(content.get(name))), "")


def instant(text: str) -> datetime:
    """An RFC 3339 time, in UTC. Raises ValueError, also for a time without a zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def _text(longest: int, *, empty: bool = True) -> Check:
    def check(given: Any) -> bool:
        return isinstance(given, str) and len(given) <= longest and "\0" not in given and (empty or bool(given))

    return check


def _or_none(check: Check) -> Check:
    return lambda given: given is None or check(given)


def _among(words: tuple[str, ...]) -> Check:
    return lambda given: isinstance(given, str) and given in words


def _number(lowest: int, highest: int) -> Check:
    def check(given: Any) -> bool:
        return isinstance(given, int) and not isinstance(given, bool) and lowest <= given <= highest

    return check


def _list(check: Check, *, empty: bool = True) -> Check:
    def whole(given: Any) -> bool:
        return isinstance(given, list) and len(given) <= MOST and (empty or bool(given)) and all(map(check, given))

    return whole


def _record(checks: Mapping[str, Check]) -> Check:
    def whole(given: Any) -> bool:
        return isinstance(given, dict) and all(check(given.get(name)) for name, check in checks.items())

    return whole


def _parses(parse: Callable[[str], object]) -> Check:
    def check(given: Any) -> bool:
        try:
            return isinstance(given, str) and bool(parse(given))
        except (ValueError, OverflowError):
            return False

    return check


def _weight(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < 1e9


def _address(given: Any) -> bool:
    # A zone such as fe80::1%eth0 means something on one machine only.
    return _parsed_address(given) and "%" not in given


def _address_or_empty(given: Any) -> bool:
    return given == "" or _address(given)


_time = _parses(instant)
_parsed_address = _parses(ipaddress.ip_address)
_words = _record({"zh": _text(4_000, empty=False), "en": _text(4_000, empty=False)})
_rows = _list(_record({"source": _text(255), "row": _number(0, LARGEST)}))
_EVIDENCE: dict[str, Check] = {
    "text": _words, "grade": _among(GRADES), "detector": _text(64), "weight": _weight, "first_seen": _time,
    "last_seen": _time, "rows": _rows,
}  # fmt: skip
_HOP: dict[str, Check] = {
    "kind": _among(("nat", "dns", "lease", "arp", "login", "switch_port", "asset", "person")), "known": _text(255),
    "found": _text(255), "valid_from": _or_none(_time), "valid_until": _or_none(_time), "rows": _rows,
    "note": _or_none(_words),
}  # fmt: skip
_CANDIDATE: dict[str, Check] = {
    "internal_ip": _address_or_empty, "mac": _text(17), "login": _text(128), "switch_port": _text(128),
    "asset": _text(128), "person": _text(64), "certainty": _among(CERTAINTIES), "hops": _list(_record(_HOP)),
}  # fmt: skip
_FINDING: dict[str, Check] = {
    "id": _text(64, empty=False), "host": _address, "server": _or_none(_address), "server_name": _or_none(_text(253)),
    "port": _or_none(_number(1, 65535)), "protocol": _or_none(_text(64)), "coins": _list(_text(32)),
    "account": _text(512), "worker": _text(512), "agent": _text(512), "state": _among(tuple(State)),
    "first_seen": _time, "last_seen": _time, "shares": _number(0, LARGEST), "jobs": _number(0, LARGEST),
    "evidence": _list(_record(_EVIDENCE), empty=False), "trace": _list(_record(_CANDIDATE)),
    "trace_warnings": _or_none(_list(_words)),
    "sources": _list(_record({"name": _text(255), "form": _text(64), "sha256": _text(64)})),
}  # fmt: skip
