"""The plain lists: one entry a line, and an index beside them."""

import json
from datetime import timedelta

from minewarden.enforce.compilers.edl import EdlCompiler
from tests.enforce.rules import NOW, SAMPLE


def test_lists_hold_entries_and_nothing_else() -> None:
    files = EdlCompiler(now=NOW).compile(SAMPLE)
    assert files["ip-ports.txt"].decode().splitlines() == [
        "203.0.113.10:14444",
        "203.0.113.10:3333",
        "[2001:db8::10]:3333",
    ]
    for name in ("domains.txt", "ips.txt", "ip-ports.txt"):
        lines = files[name].decode().splitlines()
        assert lines == sorted(set(lines))
        assert all(line and " " not in line and "#" not in line for line in lines)


def test_the_index_explains_every_entry() -> None:
    files = EdlCompiler(now=NOW).compile(SAMPLE)
    index = json.loads(files["index.json"])
    for name in ("domains.txt", "ips.txt", "ip-ports.txt"):
        explained = {entry for rule in index["rules"] if rule["list"] == name for entry in rule["entries"]}
        assert explained == set(files[name].decode().splitlines())
    assert all(rule["expires_at"].endswith("Z") and rule["reason"] for rule in index["rules"])


def test_an_unchanged_list_keeps_its_bytes() -> None:
    later = NOW + timedelta(days=1)
    assert EdlCompiler(now=NOW).compile(SAMPLE) == EdlCompiler(now=later).compile(SAMPLE)
