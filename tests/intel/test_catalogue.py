"""The shipped catalogue, and how a wrong one is refused: all faults at once, each with its line."""

from datetime import UTC, datetime

import pytest

from minewarden.intel import catalogue
from minewarden.intel.catalogue import read
from minewarden.intel.faults import CatalogueError
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.indicator import ALERTING, Kind, Role
from minewarden.vocab.message import message
from minewarden.vocab.words import render

NOW = datetime(2026, 11, 25, tzinfo=UTC)
HEAD = """\
version = "1"
reviewed = 2026-11-24
valid_until = 2028-11-24
[sources]
help = "the operator's own page"
[ordinary]
pool-website = ["www", "blog"]
pool-api = ["api"]
"""


def operator(*entries: str, name: str = "Example", coins: str = '["XMR"]') -> str:
    return f'[[operator]]\nname = "{name}"\ncoins = {coins}\nentries = [\n' + ",\n".join(entries) + "\n]\n"


def entry(values: str, kind: str = "host", role: str = "pool-endpoint", more: str = "") -> str:
    return f'{{ kind = "{kind}", role = "{role}", values = [{values}], source = "help"{more} }}'


def faults(*operators: str) -> tuple[str, ...]:
    with pytest.raises(CatalogueError) as caught:
        read(HEAD + "".join(operators), "c.toml")
    assert len(caught.value.said("zh").splitlines()) == len(caught.value.faults) + 1
    return tuple(f"{fault.line} {fault.reason.id.removeprefix('intel.')}" for fault in caught.value.faults)


def test_the_shipped_catalogue_holds_at_least_a_hundred_operators() -> None:
    shipped = catalogue.shipped()
    assert shipped.version == catalogue.version() == "2026.11.24"
    alerting = [o for o in shipped.operators if any(e.indicator.alerts or e.indicator.ports for e in o.entries)]
    assert len(alerting) >= 100
    assert len({o.name for o in shipped.operators}) == len(shipped.operators)
    assert catalogue.load() == shipped.indicators()
    assert catalogue.load()[0] is catalogue.load()[0]


def test_everything_that_alerts_says_whence_when_reviewed_and_until_when() -> None:
    for indicator in catalogue.load():
        assert indicator.source
        assert indicator.reviewed is not None
        if indicator.role in ALERTING:
            assert indicator.valid_until is not None
            assert indicator.confidence >= 60


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("btc.f2pool.com", Role.POOL_ENDPOINT),
        ("www.f2pool.com", Role.POOL_WEBSITE),
        ("f2pool.com", Role.POOL_WEBSITE),
        ("gulf.moneroocean.stream", Role.POOL_ENDPOINT),
        ("moneroocean.stream", Role.POOL_WEBSITE),
        ("api.moneroocean.stream", Role.POOL_API),
        ("kawpow.mine.zpool.ca", Role.POOL_ENDPOINT),
        ("zpool.ca", Role.POOL_WEBSITE),
        ("de.monero.herominers.com", Role.POOL_ENDPOINT),
        ("monero.herominers.com", Role.POOL_WEBSITE),
        ("www.nicehash.com", Role.MARKETPLACE),
        ("randomxmonero.auto.nicehash.com", Role.POOL_ENDPOINT),
        ("donate.v2.xmrig.com", Role.POOL_ENDPOINT),
        ("xmrig.com", Role.MINER_DOWNLOAD),
        ("coinhive.com", Role.EDUCATION),
        ("pool.minexmr.com", Role.POOL_WEBSITE),
    ],
)
def test_sites_and_endpoints_are_told_apart_today(name: str, role: Role) -> None:
    match = WatchSet.default().match_name(name, NOW)
    assert match is not None
    assert match.indicator.role is role


def test_what_was_is_matched_at_its_time() -> None:
    watchset = WatchSet.default()
    then = datetime(2018, 9, 11, tzinfo=UTC)
    for name, role in (("ws027.authedmine.com", Role.JS_MINER), ("pool.minexmr.com", Role.POOL_ENDPOINT)):
        match = watchset.match_name(name, then)
        assert match is not None
        assert match.indicator.role is role
    old = watchset.match_address("94.23.199.191", 3333, datetime(2017, 12, 25, tzinfo=UTC))
    assert old is not None
    assert old.alerts
    assert watchset.match_address("94.23.199.191", 3333, NOW) is None


@pytest.mark.parametrize(
    "name",
    ["pool.ntp.org", "cn.pool.ntp.org", "liverpoolfc.com", "aminer.cn", "redmine.org", "studypool.com", "stratum1.ru",
     "carpool.com", "us.to", "mooo.com", "bitcoin.com", "www.bitcoin.com", "neocities.org", "softether.net", "btc.com"],
)  # fmt: skip
def test_ordinary_names_never_alert(name: str) -> None:
    match = WatchSet.default().match_name(name, NOW)
    assert match is None or not match.alerts


def test_exceptions_make_the_site_more_specific_and_written_entries_win() -> None:
    text = HEAD + operator(
        entry('"pool.example"', "domain", more=', except = "names", ports = [3333]'),
        entry('"www.pool.example"', "domain"),
    )
    found = {(i.kind, i.value): i.role for i in read(text, "c.toml").indicators()}
    assert found == {
        (Kind.DOMAIN, "pool.example"): Role.POOL_ENDPOINT,
        (Kind.HOST, "pool.example"): Role.POOL_WEBSITE,
        (Kind.DOMAIN, "blog.pool.example"): Role.POOL_WEBSITE,
        (Kind.DOMAIN, "api.pool.example"): Role.POOL_API,
        (Kind.DOMAIN, "www.pool.example"): Role.POOL_ENDPOINT,
    }


def test_all_faults_are_told_at_once_with_their_lines() -> None:
    wrong = operator(
        entry('"Pool.Example"'),
        entry('"mooo.com"', "domain"),
        entry('"a.example"', more=", ports = [0]"),
        entry('"b.example"', more=", from = 2026-01-02, until = 2026-01-01"),
        entry('"c.example"', more=', coins = ["xmr"]'),
        entry('"d.example"', more=", confidence = 101"),
        entry('"e.example"', "guess"),
        entry('"f.example"', role="pool"),
        entry('"203.0.113.5:3333"', "ip-port"),
        entry('"not a name"'),
        entry('"g.example"', more=", colour = 1"),
    )
    assert faults(wrong) == (
        "13 spelling", "14 shared_suffix", "15 ports", "16 dates", "17 coin", "18 confidence", "19 unknown_word",
        "20 unknown_word", "21 address_undated", "22 not_canonical", "23 unknown_word",
    )  # fmt: skip


def test_a_value_may_repeat_only_at_another_time() -> None:
    first = operator(entry('"a.example"', more=", until = 2020-01-01"), name="One")
    assert faults(first, operator(entry('"a.example"', more=", from = 2019-01-01"), name="Two")) == ("19 duplicate",)
    assert (
        len(read(HEAD + first + operator(entry('"a.example"', more=", from = 2020-01-01"), name="Two"), "c").operators)
        == 2
    )


@pytest.mark.parametrize("text", ["", "x = [", 'version = "1"\n[[operator]]\nname = "x"\n'])
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(CatalogueError):
        read(text, "c.toml")


def test_what_a_source_means_is_said_in_both_languages() -> None:
    shown = catalogue.shipped().sources
    assert shown
    for key, text in shown.items():
        sentence = message(f"desk_library.catalogue_{key}")
        assert render(sentence, "en") == text
        assert render(sentence, "zh") != text
