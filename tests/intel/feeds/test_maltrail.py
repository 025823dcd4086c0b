"""Lists in the manner of Maltrail."""

from tests.intel.lists import listed, taken


def test_trails_with_their_references() -> None:
    text = (
        "# Copyright\n"
        "# Reference: https://example.org/report\n\npool.example\n203.0.113.9:14444\n\n# Reference: other\n"
        "/only/a/path\nevil.example/miner.js\n198.51.100.0/24\n"
    )
    found = listed(text, "maltrail")
    assert taken(found) == [
        "host pool.example",
        "ip-port 203.0.113.9:14444",
        "url http://evil.example/miner.js",
        "cidr 198.51.100.0/24",
    ]
    assert [entry.said for entry in found.entries] == ["https://example.org/report"] * 2 + ["other"] * 2
    assert len(found.rejects) == 1
