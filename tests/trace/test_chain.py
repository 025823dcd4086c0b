"""The whole chain on stated rows: clocks, certainty, warnings."""

from datetime import datetime, timedelta

import pytest

from minewarden.trace.chain import Question, trace
from minewarden.trace.directory import LakeDirectory
from minewarden.vocab.attribution import Attribution, Certainty
from minewarden.vocab.finding import RowRef
from minewarden.vocab.net import Endpoint
from minewarden.vocab.words import render
from tests.trace.conftest import Log, MakeLake, at, us

OUT = "203.0.113.10"
A, B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def nat(inside: str, since: str, till: str | None, port: int = 40213, **more: object) -> dict[str, object]:
    return {
        "ts": us(since), "until": us(till) if till else None, "event": "session", "proto": "tcp", "inside": inside,
        "inside_port": 50000, "outside": OUT, "outside_port": port, **more,
    }  # fmt: skip


def lease(ip: str, mac: str, since: str, till: str | None, **more: object) -> dict[str, object]:
    return {"ts": us(since), "until": us(till) if till else None, "ip": ip, "mac": mac, "state": "active", **more}


def ask(lake: object, *questions: Question) -> list[Attribution]:
    return trace(lake, questions, LakeDirectory(lake))  # type: ignore[arg-type]


def said(attribution: Attribution) -> set[str]:
    return {warning.id for warning in attribution.warnings}


NOTICE = Question(OUT, 40213, at("21:14:37"))


def test_whole_chain_to_the_person_with_rows(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("nat.log", {"nat": [nat("10.1.1.1", "20:00:00", "22:00:00")]}),
        Log("dhcp.csv", {"lease": [lease("10.1.1.1", A, "18:00:00", "23:00:00", hostname="lab-07")]}),
        Log(
            "detail",
            {
                "session": [
                    {"ts": us("19:00:00"), "event": "start", "session": "s1", "login": "zhangz", "ip": None, "mac": A},
                    {"ts": us("19:10:00"), "event": "interim", "session": "s1", "login": "zhangz", "ip": "10.1.1.1",
                     "mac": A},
                    {"ts": us("22:30:00"), "event": "stop", "session": "s1", "login": "zhangz", "ip": "10.1.1.1",
                     "mac": A},
                ]
            },
        ),
        Log(
            "mac.txt",
            {
                "fdb": [
                    {"ts": us("21:00:00"), "switch": "CORE", "port": "XGE1/0/1", "mac": A},
                    {"ts": us("21:00:00"), "switch": "CORE", "port": "XGE1/0/1", "mac": B},
                    {"ts": us("21:00:00"), "switch": "SW-3F-02", "port": "GE1/0/17", "mac": A},
                ]
            },
        ),
        Log(
            "assets.csv",
            {"asset": [{"asset": "ZC-0001", "name": "实训机", "mac": A, "person": "张喆", "place": "三楼机房"}]},
        ),
    )  # fmt: skip
    [answer] = ask(lake, NOTICE)
    [one] = answer.candidates
    assert (one.internal_ip, one.mac, one.login, one.switch_port, one.asset, one.person) == (
        "10.1.1.1", A, "zhangz", "SW-3F-02 GE1/0/17", "ZC-0001", "张喆",
    )  # fmt: skip
    assert one.certainty is Certainty.UNIQUE
    assert [hop.kind for hop in one.hops] == ["nat", "lease", "login", "switch_port", "asset", "person"]
    assert [hop.rows for hop in one.hops] == [
        (RowRef("nat.log", 1),), (RowRef("dhcp.csv", 1),), (RowRef("detail", 1),), (RowRef("mac.txt", 3),),
        (RowRef("assets.csv", 1),), (RowRef("assets.csv", 1),),
    ]  # fmt: skip
    assert one.hops[0].valid_from == at("20:00:00")
    assert answer.warnings == ()
    for hop in one.hops:
        if hop.note:
            assert render(hop.note, "zh")
            assert render(hop.note, "en")


def test_second_candidate_anywhere_in_the_window_takes_uniqueness_away(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("n", {"nat": [nat("10.1.1.1", "20:00:00", "21:15:30"), nat("10.1.1.2", "21:15:31", "22:00:00")]})
    )
    [answer] = ask(lake, NOTICE)
    assert [(c.internal_ip, c.certainty) for c in answer.candidates] == [
        ("10.1.1.1", Certainty.LIKELY),
        ("10.1.1.2", Certainty.POSSIBLE),
    ]
    assert said(answer) == {"trace.not_unique"}


@pytest.mark.parametrize(
    ("till", "certainty"),
    [("21:15:35", Certainty.UNIQUE), ("21:15:34", Certainty.LIKELY), ("21:14:34", Certainty.POSSIBLE)],
)
def test_unique_needs_the_whole_window_to_the_second(make_lake: MakeLake, till: str, certainty: Certainty) -> None:
    """The window ends at 21:15:37, the tolerance of the source's clock is 2 s."""
    [answer] = ask(make_lake(Log("n", {"nat": [nat("10.1.1.1", "20:00:00", till)]})), NOTICE)
    assert [c.certainty for c in answer.candidates] == [certainty]


def test_two_rows_of_one_host_may_cover_the_window_together_but_not_with_a_gap(make_lake: MakeLake) -> None:
    rows = [
        nat("10.1.1.1", "20:00:00", "21:14:20"), nat("10.1.1.1", "21:14:22", "22:00:00"),
        nat("10.1.1.2", "20:00:00", "21:14:20", port=40214), nat("10.1.1.2", "21:14:29", "22:00:00", port=40214),
    ]  # fmt: skip
    first, second = ask(make_lake(Log("n", {"nat": rows})), NOTICE, Question(OUT, 40214, at("21:14:37")))
    assert first.candidates[0].certainty is Certainty.UNIQUE
    assert len(first.candidates[0].hops[0].rows) == 2
    assert second.candidates[0].certainty is Certainty.LIKELY


def test_clock_nobody_registered_is_never_unique_and_is_said(make_lake: MakeLake) -> None:
    lake = make_lake(Log("n", {"nat": [nat("10.1.1.1", "20:00:00", "22:00:00")]}, offset=None))
    [answer] = ask(lake, NOTICE)
    assert [c.certainty for c in answer.candidates] == [Certainty.POSSIBLE]
    assert [render(w, "zh") for w in answer.warnings if "时间偏差未登记，结果不唯一" in render(w, "zh")]


def test_peer_chooses_among_translations_of_one_port(make_lake: MakeLake) -> None:
    rows = [
        nat("10.1.1.1", "20:00:00", "22:00:00", dst="198.51.100.77", dst_port=3333),
        nat("10.1.1.2", "20:00:00", "22:00:00", dst="198.51.100.78", dst_port=443),
    ]
    lake = make_lake(Log("n", {"nat": rows}))
    both, one = ask(lake, NOTICE, Question(OUT, 40213, at("21:14:37"), peer=Endpoint("198.51.100.77", 3333)))
    assert [c.internal_ip for c in both.candidates] == ["10.1.1.1", "10.1.1.2"]
    assert [(c.internal_ip, c.certainty) for c in one.candidates] == [("10.1.1.1", Certainty.UNIQUE)]


def test_inside_address_starts_at_the_lease(make_lake: MakeLake) -> None:
    lake = make_lake(Log("d", {"lease": [lease("10.1.1.1", A, "18:00:00", None)]}))
    [answer] = ask(lake, Question("10.1.1.1", 51000, at("21:14:37"), at("23:00:00")))
    assert [(c.internal_ip, c.mac, c.certainty) for c in answer.candidates] == [("10.1.1.1", A, Certainty.UNIQUE)]


def test_nothing_is_known_is_said_and_names_nobody(make_lake: MakeLake) -> None:
    lake = make_lake(Log("n", {"nat": [nat("10.1.1.1", "20:00:00", "22:00:00")]}))
    inside, outside, forced = ask(
        lake,
        Question("10.9.9.9", 0, at("21:14:37")),
        Question(OUT, 1, at("21:14:37")),
        Question("203.0.113.99", 1, at("21:14:37"), needs_nat=True),
    )
    assert inside.candidates == outside.candidates == forced.candidates == ()
    assert said(inside) == {"trace.nothing_known"}
    assert said(outside) == said(forced) == {"trace.no_translation"}


def test_rows_a_whole_zone_away_make_the_zone_suspect(make_lake: MakeLake) -> None:
    lake = make_lake(Log("n", {"nat": [nat("10.1.1.1", "13:00:00", "13:30:00")]}))
    [answer] = ask(lake, NOTICE)
    assert answer.candidates == ()
    assert "可能时区有误" in " ".join(render(w, "zh") for w in answer.warnings)


def test_a_busy_log_makes_no_zone_suspect_by_chance(make_lake: MakeLake) -> None:
    """The log covers the time; that the same port was used eight hours before means nothing."""
    rows = [
        nat("10.1.1.1", "13:00:00", "13:30:00", dst="198.51.100.77", dst_port=3333),
        nat("10.1.1.2", "23:00:00", "23:30:00", port=2),
    ]
    lake = make_lake(Log("n", {"nat": rows}))
    by_chance, same_peer = ask(lake, NOTICE, Question(OUT, 40213, at("21:14:37"), peer=Endpoint("198.51.100.77", 3333)))
    assert said(by_chance) == {"trace.no_translation"}
    assert said(same_peer) == {"trace.no_translation", "trace.zone_suspect"}


def test_resolver_is_pointed_out(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("d", {"dns": [{"ts": us("21:00:00"), "src": "10.1.1.1", "dst": "203.0.113.53", "query": "pool.example"}]}),
        Log("a", {"asset": [{"asset": "Z1", "ip": "10.1.1.53", "kind": "DNS服务器"}]}),
    )
    by_log, by_ledger = ask(lake, Question("203.0.113.53", 0, at("21:14:37")), Question("10.1.1.53", 0, at("21:14:37")))
    assert "trace.resolver" in said(by_log)
    assert "trace.resolver" in said(by_ledger)


def test_static_mapping_and_port_block(make_lake: MakeLake) -> None:
    rows = [
        {"ts": us("00:00:00", -30), "event": "session", "inside": "10.5.0.5", "outside": "203.0.113.5"},
        {"ts": us("08:00:00"), "event": "block", "inside": "10.6.0.6", "outside": OUT, "outside_port": 10000,
         "outside_port_last": 10255},
        {"ts": us("21:20:00"), "event": "delete", "inside": "10.6.0.6", "outside": OUT, "outside_port": 10000,
         "outside_port_last": 10255},
    ]  # fmt: skip
    lake = make_lake(Log("n", {"nat": rows}))
    static, block, after, beside = ask(
        lake,
        Question("203.0.113.5", 3333, at("21:14:37")),
        Question(OUT, 10255, at("21:14:37")),
        Question(OUT, 10255, at("21:30:00")),
        Question(OUT, 10256, at("21:14:37")),
    )
    assert [(c.internal_ip, c.certainty) for c in static.candidates] == [("10.5.0.5", Certainty.UNIQUE)]
    assert [(c.internal_ip, c.certainty) for c in block.candidates] == [("10.6.0.6", Certainty.UNIQUE)]
    assert after.candidates == beside.candidates == ()


def test_bad_questions_are_refused(make_lake: MakeLake) -> None:
    lake = make_lake()
    for question in (
        Question("nonsense", 0, at("21:14:37")),
        Question("10.0.0.1", 0, datetime(2026, 3, 12)),
        Question("10.0.0.1", 0, at("21:14:37"), at("21:14:36")),
        Question("10.0.0.1", 0, at("21:14:37"), tolerance=timedelta(seconds=-1)),
    ):
        with pytest.raises(ValueError):
            ask(lake, question)


def test_no_question_and_an_empty_lake(make_lake: MakeLake) -> None:
    lake = make_lake()
    assert ask(lake) == []
    [answer] = ask(lake, NOTICE)
    assert answer.candidates == ()


def test_static_address_gets_its_device_from_the_login(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log(
            "r",
            {"session": [
                {"ts": us("20:00:00"), "event": "start", "session": "1", "login": "liy", "ip": "10.2.2.2", "mac": A},
                {"ts": us("20:30:00"), "event": "stop", "session": "1", "login": "liy", "ip": "10.2.2.2", "mac": A},
                {"ts": us("20:30:05"), "event": "start", "session": "2", "login": "wangj", "ip": "10.2.2.2", "mac": B},
                {"ts": us("21:30:05"), "event": "interim", "session": "2", "login": "wangj", "ip": "10.2.2.2",
                 "mac": B},
            ]},
        )
    )  # fmt: skip
    early, late, after = ask(
        lake, *(Question("10.2.2.2", 0, at(time)) for time in ("20:10:00", "21:14:37", "23:00:00"))
    )
    assert [(c.login, c.mac, c.certainty) for c in early.candidates] == [("liy", A, Certainty.UNIQUE)]
    assert [(c.login, c.mac, c.certainty) for c in late.candidates] == [("wangj", B, Certainty.UNIQUE)]
    # Its stop record is lost: after the last record nobody can say that it still lasted.
    assert [(c.login, c.mac, c.certainty) for c in after.candidates] == [("wangj", B, Certainty.POSSIBLE)]


def test_account_of_another_device_names_the_person_only(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("d", {"lease": [lease("10.1.1.1", A, "18:00:00", None)]}),
        Log("r", {"session": [{"ts": us("20:00:00"), "event": "start", "session": "1", "login": "liy", "ip": "10.1.1.1",
                               "mac": A}]}),
        Log("a", {"asset": [{"asset": "Z2", "mac": B, "login": "liy", "person": "李䶮"}]}),
    )  # fmt: skip
    [answer] = ask(lake, Question("10.1.1.1", 0, at("20:00:00")))
    assert [(c.asset, c.person) for c in answer.candidates] == [("", "李䶮")]


def test_more_candidates_than_are_listed_are_counted(make_lake: MakeLake) -> None:
    rows = [nat(f"10.1.{n // 250}.{n % 250}", "21:00:00", "22:00:00", port=n + 1) for n in range(2100)]
    [answer] = ask(make_lake(Log("nat", {"nat": rows})), Question(OUT, 0, at("21:14:37")))
    assert len(answer.candidates) == 2048
    [told] = [warning for warning in answer.warnings if warning.id == "trace.more_found"]
    assert (told.params["count"], told.params["shown"]) == (2100, 2048)


@pytest.mark.parametrize(("state", "certainty"), [("active", Certainty.UNIQUE), ("assigned", Certainty.POSSIBLE)])
def test_a_lease_of_unknown_length_is_sure_only_as_long_as_the_log_goes_on(
    make_lake: MakeLake, state: str, certainty: Certainty
) -> None:
    lake = make_lake(Log("dhcp", {"lease": [lease("10.1.1.1", A, "18:00:00", None) | {"state": state}]}))
    [answer] = ask(lake, Question("10.1.1.1", 0, at("21:14:37")))
    assert [(one.mac, one.certainty) for one in answer.candidates] == [(A, certainty)]
