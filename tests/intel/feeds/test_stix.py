"""Indicators of STIX: what one value says is taken, what a pattern says beyond it is a reject."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intel.feeds.stix import read_objects
from minewarden.vocab.errors import InputError
from minewarden.vocab.indicator import Role
from tests.intel.lists import listed, only, source, taken


def indicator(pattern: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "indicator",
        "pattern": pattern,
        "pattern_type": "stix",
        "modified": "2026-11-20T00:00:00.000Z",
        **more,
    }


def read(pattern: str, **more: Any) -> list[str]:
    return taken(listed(json.dumps({"type": "bundle", "objects": [indicator(pattern, **more)]}), "stix"))


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("[domain-name:value = 'xmr.example.net']", ["host xmr.example.net"]),
        ("[domain-name:value='a.example' OR domain-name:value LIKE '%.a.example']", ["domain a.example"]),
        (
            "[domain-name:value = 'a.example'] OR [url:value = 'http://b.example/']",
            ["url http://b.example/", "host a.example"],
        ),
        ("[ipv4-addr:value = '203.0.113.0/24']", ["cidr 203.0.113.0/24"]),
        (
            "[network-traffic:dst_ref.value = '203.0.113.9' AND network-traffic:dst_port = 3333]",
            ["ip-port 203.0.113.9:3333"],
        ),
        ("[file:hashes.'SHA-256' = '" + "ab" * 32 + "']", ["sha256 " + "ab" * 32]),
        ("[url:value = 'http://a.example/x']", ["url http://a.example/x"]),
        ("[domain-name:value = 'a.example' AND ipv4-addr:value = '203.0.113.9']", []),
        ("[domain-name:value MATCHES '(a+)+$']", []),
        ("[domain-name:value LIKE '%pool%']", []),
        ("[domain-name:value LIKE '%.com']", []),
        ("[ipv4-addr:value = '0.0.0.0/0']", []),
        ("[domain-name:value = 'a.example'] FOLLOWEDBY [ipv4-addr:value = '203.0.113.9']", []),
        ("", []),
        ("[", []),
        ("'" * 3000, []),
        ("x" * 9000, []),
    ],
)
def test_patterns(pattern: str, values: list[str]) -> None:
    assert read(pattern) == values


def test_labels_ends_and_what_is_taken_back() -> None:
    one = indicator(
        "[domain-name:value = 'a.example']", labels=["role:proxy", "coin:XMR", "port:3333", "operator:示例"],
        valid_until="2027-01-01T00:00:00Z", revoked=True, name="n",
    )  # fmt: skip
    entry = only(listed(json.dumps({"objects": [one, {"type": "identity"}]}), "stix"))
    assert (entry.role, entry.coins, entry.ports, entry.operator) == (Role.PROXY, ("XMR",), (3333,), "示例")
    assert entry.revoked
    assert entry.valid_until is not None


@pytest.mark.parametrize("text", ["{}", "3", '{"type": "bundle"}'])
def test_what_is_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        listed(text, "stix")
    assert caught.value.message.id == "feed.not_stix"


@given(st.text(alphabet="[]' ORANDdomain-name:value=\\%.", max_size=300))
def test_any_pattern_is_entries_or_rejects(pattern: str) -> None:

    assert isinstance(list(read_objects([indicator(pattern)], source("stix"))), list)
