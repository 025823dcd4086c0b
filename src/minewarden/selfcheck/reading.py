"""Read what somebody hands in as a report of a self-check: against the schema, bounded, whatever wrote it.

`report.schema.json` beside this file is the promise of all front ends. It is read here itself, so that there is one
statement of the form and not two. Only the words of JSON Schema that it uses are known; another is a fault of ours.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message

LARGEST = 2 * 1024 * 1024
"""Bytes of a report; ten thousand findings with their evidence stay below it."""
DEEPEST = 40
FAULTS_NAMED = 5
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "boolean": (bool,),
}  # fmt: skip
_KNOWN = frozenset(
    {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern", "required"}
    | {"additionalProperties", "properties", "items", "maxItems", "maxLength", "minLength", "minimum"}
)


@dataclass(frozen=True, slots=True)
class Report:
    """A report that keeps the promise. `at` is when the host says that it looked, UTC; its clock may be wrong.

    mode: quick | full | watch; result: confirmed | likely | unclear | nothing-found | not-able-to-tell.
    """

    content: Mapping[str, Any]
    at: datetime
    host: str
    system: str
    mode: str
    result: str
    findings: int
    gaps: int


def read_report(data: bytes, name: str = "report.json") -> Report:
    """The report in a file. `name` is what errors call it.

    Windows PowerShell writes UTF-16 where its output is redirected, so that is read too. Raises InputError, which names
    the first faults with their places, for what is too large, no text, no JSON, or not of the schema.
    """
    if len(data) > LARGEST:
        raise InputError(name, 0, message("selfcheck_reading.too_large", most=LARGEST // 1024 // 1024))
    try:
        text = data.decode(next((codec for mark, codec in _BOMS if data.startswith(mark)), "utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(name, 0, message("selfcheck_reading.no_text")) from error
    try:
        content = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise InputError(name, line, message("selfcheck_reading.no_json")) from error
    found = list(_first(faults(content)))
    if found:
        raise InputError(name, 0, message("selfcheck_reading.faults", faults="; ".join(found)))
    try:
        at = datetime.strptime(content["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise InputError(name, 0, message("selfcheck_reading.no_day", text=content["at"])) from error
    host = content["host"]
    return Report(
        content, at, host["name"].strip()[:120], f"{host['system']} {host['release']}".strip()[:120], content["mode"],
        content["result"], len(content["findings"]), len(content["coverage"]["gaps"]),
    )  # fmt: skip


def faults(content: Any) -> Iterator[str]:
    """What is wrong with a report by the schema, each as `place: what`; nothing for one that keeps it."""
    yield from _tried(content, schema(), "$", 0)


@cache
def schema() -> Mapping[str, Any]:
    """The schema of reports."""
    found: Mapping[str, Any] = json.loads(files("minewarden.selfcheck").joinpath("report.schema.json").read_bytes())
    return found


def meaning(result: str) -> Message:
    """What one of the five results means, and what it does not mean."""
    return message(f"selfcheck.result_{result.replace('-', '_')}")


def _first(found: Iterator[str]) -> Iterator[str]:
    for number, fault in enumerate(found):
        if number == FAULTS_NAMED:
            return
        yield fault


def _tried(value: Any, rule: Mapping[str, Any], place: str, depth: int) -> Iterator[str]:
    if unknown := rule.keys() - _KNOWN:
        raise NotImplementedError(f"the schema uses {sorted(unknown)}, which nobody reads")
    if depth > DEEPEST:
        yield f"{place}: too deep"
        return
    if "$ref" in rule:
        yield from _tried(value, schema()["$defs"][rule["$ref"].rpartition("/")[2]], place, depth)
        return
    kind = rule.get("type")
    if kind and (not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield f"{place}: {kind}"
        return
    if "const" in rule and value != rule["const"]:
        yield f"{place}: {rule['const']}"
    if "enum" in rule and value not in rule["enum"]:
        yield f"{place}: {' | '.join(rule['enum'])}"
    if isinstance(value, str):
        yield from _text(value, rule, place)
    elif isinstance(value, int) and value < rule.get("minimum", value):
        yield f"{place}: >= {rule['minimum']}"
    elif isinstance(value, list):
        yield from _list(value, rule, place, depth)
    elif isinstance(value, dict):
        yield from _object(value, rule, place, depth)


def _text(value: str, rule: Mapping[str, Any], place: str) -> Iterator[str]:
    if not rule.get("minLength", 0) <= len(value) <= rule.get("maxLength", len(value)):
        yield f"{place}: {rule.get('minLength', 0)}..{rule.get('maxLength', '')}"
    if "pattern" in rule and not re.search(rule["pattern"], value):
        yield f"{place}: {rule['pattern']}"
    # A surrogate that stands alone, or a zero, is no text that a database keeps.
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        yield f"{place}: text"


def _list(value: list[Any], rule: Mapping[str, Any], place: str, depth: int) -> Iterator[str]:
    if len(value) > rule.get("maxItems", len(value)):
        yield f"{place}: <= {rule['maxItems']}"
        return
    for number, item in enumerate(value):
        yield from _tried(item, rule.get("items", {}), f"{place}[{number}]", depth + 1)


def _object(value: dict[str, Any], rule: Mapping[str, Any], place: str, depth: int) -> Iterator[str]:
    known = rule.get("properties", {})
    for key in rule.get("required", ()):
        if key not in value:
            yield f"{place}.{key}: required"
    for key, item in value.items():
        inner = f"{place}.{key[:60]}"
        if key not in known and rule.get("additionalProperties", True) is False:
            yield f"{inner}: unknown"
        else:
            yield from _tried(item, known.get(key, {}), inner, depth + 1)


def _no_number(text: str) -> Any:
    raise ValueError(text)
