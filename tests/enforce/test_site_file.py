"""The site file: read whole, or refused with everything that is wrong in it."""

import ipaddress
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.guard import Limits
from minewarden.enforce.site_file import SiteError, SiteFile, load_site, parse_site
from minewarden.vocab.blockrule import Site

GOOD = """
own = ["203.0.113.0/28", "2001:db8:aa::/48"]
protected = ["198.51.100.77"]
protected_names = ["Edu.Yunchuan.example.net", "云川.example.net"]
resolvers = ["192.0.2.53", "2001:DB8::53"]
accounts = [" monitor "]
stations = ["02-00-00-00-00-0A"]
[limits]
widest_v4 = 26
longest_days = 90
"""


def problems(text: str) -> list[str]:
    """The identifiers of what is wrong, and a look at the sentences."""
    with pytest.raises(SiteError) as caught:
        parse_site(text, "site.toml")
    for language in ("zh", "en"):
        said = caught.value.said(language).splitlines()  # type: ignore[arg-type]
        assert said[0].startswith("site.toml")
        assert len(said) == 1 + len(caught.value.problems)
    return [problem.id.removeprefix("enforce.site_") for problem in caught.value.problems]


def test_everything_is_read() -> None:
    assert parse_site(GOOD) == SiteFile(
        Site(
            own=(ipaddress.ip_network("203.0.113.0/28"), ipaddress.ip_network("2001:db8:aa::/48")),
            protected=(ipaddress.ip_network("198.51.100.77/32"),),
            protected_names=frozenset({"edu.yunchuan.example.net", "xn--9kqu68a.example.net"}),
            resolvers=frozenset({"192.0.2.53", "2001:db8::53"}),
            accounts=frozenset({"monitor"}),
            stations=frozenset({"02:00:00:00:00:0a"}),
        ),
        Limits(widest_v4=26, widest_v6=48, longest=timedelta(days=90)),
    )


def test_an_empty_file_is_a_site_without_facts() -> None:
    assert parse_site("") == SiteFile()


def test_all_problems_come_at_once() -> None:
    text = """
own = ["203.0.113.1/28", "x"]
protected = "198.51.100.77"
protected_name = ["a.example.net"]
protected_names = ["*.example.net"]
resolvers = ["dns.example.net", 7]
[limits]
widest_v4 = 4
widest = 24
longest_days = true
"""
    assert problems(text) == [
        "unknown",
        "bad_own",
        "bad_own",
        "not_list",
        "bad_protected_names",
        "not_list",
        "unknown",
        "bad_limit",
        "bad_limit",
    ]


def test_a_single_problem_elsewhere() -> None:
    assert problems("own = [") == ["not_toml"]
    assert problems("limits = 3") == ["limits_not_table"]
    assert problems('resolvers = ["dns"]') == ["bad_resolvers"]
    assert problems('protected = ["dns"]') == ["bad_protected"]
    assert problems('accounts = [" "]') == ["bad_accounts"]
    assert problems('stations = ["02:00"]') == ["bad_stations"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SiteError) as caught:
        load_site(tmp_path / "absent.toml")
    assert caught.value.problems[0].id == "enforce.site_unreadable"
    path = tmp_path / "site.toml"
    path.write_bytes("own = [] # 单位".encode("gb18030"))
    with pytest.raises(SiteError) as caught:
        load_site(path)
    assert caught.value.problems[0].id == "enforce.site_not_utf8"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_site(path) == parse_site(GOOD)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(SiteError):
        parse_site(text)
