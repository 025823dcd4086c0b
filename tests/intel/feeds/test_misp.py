"""Events of MISP, one file or a feed's folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from minewarden.intel.feeds.reading import read_file
from minewarden.vocab.errors import InputError
from minewarden.vocab.indicator import Role
from tests.intel.lists import listed, refused, source, taken

UUID = "5b1e9e3c-0000-4000-8000-000000000001"


def attribute(kind: str, value: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "to_ids": True, "timestamp": "1795500000", **more}


def event(*attributes: dict[str, Any]) -> dict[str, Any]:
    return {"Event": {"info": "矿池", "Attribute": list(attributes)}}


def test_attributes_by_type() -> None:
    whole = event(
        attribute(
            "hostname", "xmr.example.net", Tag=[{"name": 'minewarden:role="proxy"'}, {"name": 'minewarden:coin="XMR"'}]
        ),
        attribute("domain|ip", "pool.example|203.0.113.9"),
        attribute("ip-dst|port", "203.0.113.9|3333"),
        attribute("ip-dst|port", "2001:db8::1|3333"),
        attribute("hostname|port", "a.example|3333"),
        attribute("comment", "free text", to_ids=False),
        attribute("ip-dst", "198.51.100.7", deleted=True),
        attribute("yara", "rule x {}"),
        attribute("domain", "com"),
    )
    whole["Event"]["Object"] = [{"name": "file", "Attribute": [attribute("sha256", "ab" * 32)]}]
    found = listed(json.dumps(whole), "misp")
    assert taken(found) == [
        "host xmr.example.net", "host pool.example", "ip-port 203.0.113.9:3333", "ip-port [2001:db8::1]:3333",
        "host-port a.example:3333", "sha256 " + "ab" * 32,
    ]  # fmt: skip
    assert [line for line, _ in refused(found)] == [8, 9]
    assert (found.entries[0].role, found.entries[0].coins, found.entries[0].said) == (Role.PROXY, ("XMR",), "矿池")
    assert found.entries[0].seen is not None


def test_the_answer_of_a_search_and_a_list_of_events() -> None:
    one = event(attribute("hostname", "a.example"))
    assert taken(listed(json.dumps({"response": [one]}), "misp")) == ["host a.example"]
    assert taken(listed(json.dumps([one, one]), "misp")) == ["host a.example"]


@pytest.mark.parametrize("text", ["{}", "[]", "[1, null]", '{"Event": 3}'])
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        listed(text, "misp")
    assert caught.value.message.id == "feed.not_misp"


def test_a_feed_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({UUID: {"info": "x"}}))
    (tmp_path / f"{UUID}.json").write_text(json.dumps(event(attribute("hostname", "a.example"))))
    assert taken(read_file(tmp_path, source("misp"))) == ["host a.example"]
    for name in ("5b1e9e3c-0000-4000-8000-000000000002", "../../etc/passwd"):
        (tmp_path / "manifest.json").write_text(json.dumps({UUID: {}, name: {}}))
        with pytest.raises(InputError) as caught:
            read_file(tmp_path, source("misp"))
        assert caught.value.message.id == "feed.half"
