"""Plain lists and files of hosts."""

from minewarden.intel.record import Type
from tests.intel.lists import listed, refused, taken


def test_a_plain_list() -> None:
    text = (
        "# remark\n\npool.example # why\n"
        + "||ads.example^$third-party\n! adblock\n[Adblock Plus]\ntwo words\n203.0.113.9:3333\n"
    )
    found = listed(text)
    assert taken(found) == ["host pool.example", "domain ads.example", "ip-port 203.0.113.9:3333"]
    assert refused(found) == [(7, "feed.many_words")]


def test_bare_names_are_as_wide_as_the_source_was_declared() -> None:
    assert taken(listed("pool.example\n", scope=Type.DOMAIN)) == ["domain pool.example"]


def test_a_hosts_file_lists_names_and_never_where_they_are_sent() -> None:
    text = "127.0.0.1 localhost\n0.0.0.0 a.example b.example # two\n203.0.113.66 bank.example\n::1 ip6-localhost\n"
    found = listed(text, "hosts")
    assert taken(found) == ["host a.example", "host b.example"]
    assert refused(found) == [(3, "feed.hosts_elsewhere")]
