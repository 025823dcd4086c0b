"""Tables with a head, in either language and in what spreadsheets write."""

from datetime import UTC, datetime

import pytest

from minewarden.intel.record import Verified
from minewarden.vocab.errors import InputError
from minewarden.vocab.indicator import Role
from tests.intel.lists import listed, only, refused, taken


def test_the_form_on_which_pools_are_reported_upward() -> None:
    head = "矿池域名,IP,端口,协议/币种,发现时间,备注\n"
    text = head + "xmr[.]example[.]net,203.0.113.9,3333,stratum/XMR,2026年11月20日,教学楼\n"
    found = listed(text.encode("gb18030"), "csv")
    assert taken(found) == ["host xmr.example.net", "ip-port 203.0.113.9:3333"]
    host = found.entries[0]
    assert (host.ports, host.seen, host.said) == ((3333,), datetime(2026, 11, 19, 16, tzinfo=UTC), "教学楼")
    assert "XMR" in host.coins


def test_every_column_says_what_it_says() -> None:
    text = (
        "type;value;role;coins;verified;valid_until\ndomain;pool.example;proxy;xmr btc;stratum-handshake;2026-12-31\n"
    )
    one = only(listed(text, "csv"))
    assert (one.role, one.coins, one.verified) == (Role.PROXY, ("XMR", "BTC"), Verified.HANDSHAKE)
    assert one.valid_until == datetime(2026, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "row",
    [
        "=cmd|' /C calc'!A0,",
        "pool.example,pool",
        "a.example,proxy,surplus",
        ",proxy",
        "@SUM(1),proxy",
        f"{'x' * 9000},proxy",
    ],
)
def test_a_hostile_row_is_a_reject_and_the_rest_is_read(row: str) -> None:
    found = listed(f"value,role\n{row}\nok.example,proxy\n", "csv")
    assert taken(found) == ["host ok.example"]
    assert [line for line, _ in refused(found)] == [2]


@pytest.mark.parametrize("text", ["", "colour,shape\nred,round\n"])
def test_a_table_without_a_column_for_indicators_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        listed(text, "csv")
    assert caught.value.message.id == "feed.no_column"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a.example,70000,2026-11-20,proxy,", "feed.wrong_port"),
        ("a.example,3333,昨天,proxy,", "feed.wrong_day"),
        ("a.example,3333,2026-13-40,proxy,", "feed.wrong_day"),
        ("a.example,3333,2026-11-20,矿池,", "feed.wrong_role"),
        ("a.example,3333,2026-11-20,proxy,domain2", "feed.wrong_type"),
        (",3333,2026-11-20,proxy,", "feed.no_value"),
        ("a.example,3333,2026-11-20,proxy,,more", "feed.more_columns"),
        ("@SUM(A1),3333,2026-11-20,proxy,", "feed.formula"),
    ],
)
def test_a_wrong_cell_is_named(row: str, reason: str) -> None:
    found = listed(f"域名,端口,发现时间,身份,类型\n{row}\n", "csv")
    assert refused(found) == [(2, reason)]


def test_a_role_may_stand_in_the_words_of_the_pages() -> None:
    assert only(listed("域名,身份\nwww.example.net,矿池网站\n", "csv")).role is Role.POOL_WEBSITE
