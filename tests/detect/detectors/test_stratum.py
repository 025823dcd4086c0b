"""The detector over a lake: sightings that name protocol, coin, account, agent, counts, time and rows."""

from dataclasses import replace

import pytest

from minewarden.detect.detectors.stratum import (
    DEFAULT,
    HANDSHAKE_NATS,
    ROWS_AT_ONCE,
    WORK_NATS,
    StratumDetector,
)
from minewarden.detect.fuse import fuse
from minewarden.detect.stratum.conversation import MOST_NAMES
from minewarden.detect.stratum.protocols import WORDS
from minewarden.intel.watchset import WatchSet
from minewarden.plugins import DETECTORS
from minewarden.vocab.finding import Grade, RowRef, Sighting, State
from minewarden.vocab.words import render
from tests.detect import lake_rows
from tests.detect.talks import CONVERSATIONS, START_US, Line, Talk, at, context_of, conversation, rows_of

PATHS = sorted(CONVERSATIONS.glob("*.json"))
MINING = [path for path in PATHS if not path.stem.startswith("harmless_")]
HARMLESS = [path for path in PATHS if path.stem.startswith("harmless_")]


def seen(tmp_path, *talks: Talk) -> list[Sighting]:
    return list(StratumDetector().detect(context_of(tmp_path / "lake", talks)))


@pytest.mark.parametrize("path", MINING, ids=lambda path: path.stem)
def test_each_dialect_becomes_a_confirmed_finding(tmp_path, path) -> None:
    talk = conversation(path)
    expect = talk.expect
    assert expect is not None
    sightings = seen(tmp_path, talk)
    main, *beside = sightings
    assert (main.host, main.server, main.port, main.host_port) == ("10.20.3.17", "203.0.113.20", 3333, 51514)
    assert main.protocol == expect["protocol"]
    assert main.protocol in WORDS
    assert sorted(main.coins) == expect["coins"]
    assert (main.account, main.worker, main.agent) == (expect["account"], expect["worker"], expect["agent"])
    assert (main.jobs, main.shares) == (expect["jobs"], expect["shares"])
    assert main.server_name == expect.get("server_name", "")
    assert main.evidence.grade.label == expect["grade"]
    assert main.evidence.weight == (WORK_NATS if expect["grade"] == "work" else HANDSHAKE_NATS)
    assert (main.evidence.detector, main.evidence.family) == ("stratum", "protocol")
    said = {sighting.evidence.text.id: sighting.evidence.text.params for sighting in beside}
    assert ("stratum.hashrate" in said) == ("hashrate" in expect)
    assert said.get("stratum.hashrate", {}).get("hashrate") == expect.get("hashrate")
    assert said.get("stratum.reconnect", {}).get("target") == expect.get("next_server")
    assert ("stratum.proxy" in said) == expect.get("proxy", False)
    for sighting in sightings:
        assert render(sighting.evidence.text, "zh")
        assert render(sighting.evidence.text, "en")
    (finding,) = fuse(sightings)
    assert finding.state is State.CONFIRMED
    assert (finding.jobs, finding.shares) == (expect["jobs"], expect["shares"])


def test_harmless_dialogues_give_nothing(tmp_path) -> None:
    assert seen(tmp_path, *(conversation(path) for path in HARMLESS)) == []


def test_an_empty_lake_gives_nothing(tmp_path) -> None:
    assert seen(tmp_path) == []


def test_the_sentence_counts_what_was_exchanged(tmp_path) -> None:
    (sighting,) = seen(tmp_path, conversation(CONVERSATIONS / "v1_cgminer.json"))
    evidence = sighting.evidence
    assert evidence.text.id == "stratum.shares"
    counts = {name: evidence.text.params[name] for name in ("jobs", "shares", "accepted", "rejected")}
    assert counts == {"jobs": 2, "shares": 2, "accepted": 1, "rejected": 1}
    assert (evidence.first_seen, evidence.last_seen) == (at(0), at(31.1))
    assert "2026-11-23 09:00:00" in render(evidence.text, "zh"), "times are shown as the offices expect them"


def test_refused_logins_are_said(tmp_path) -> None:
    (sighting,) = seen(tmp_path, conversation(CONVERSATIONS / "v1_refused.json"))
    assert sighting.evidence.text.id == "stratum.refused"
    assert sighting.evidence.text.params["refused"] == 1
    assert sighting.evidence.grade is Grade.HANDSHAKE


def test_the_first_five_rows_and_the_last_are_cited(tmp_path) -> None:
    (sighting,) = seen(tmp_path, conversation(CONVERSATIONS / "v1_cgminer.json"))
    assert sighting.evidence.rows == tuple(RowRef("message.log", row) for row in (1, 2, 3, 4, 5, 14))


def test_texts_that_mean_nothing_are_not_cited(tmp_path) -> None:
    job = {"method": "mining.set_difficulty", "params": [8]}
    (sighting,) = seen(tmp_path, Talk([Line("C", 0, {"hello": 1}), Line("S", 9, job), Line("C", 10, {"bye": 1})]))
    assert [row.row for row in sighting.evidence.rows] == [2]
    assert sighting.evidence.first_seen == sighting.evidence.last_seen == at(9)


def test_streams_between_the_same_two_are_one(tmp_path) -> None:
    talk = conversation(CONVERSATIONS / "xmrig.json")
    later = Talk([Line(line.by, line.at_s + 7200, line.text) for line in talk.lines], client=("10.20.3.17", 50000))
    (sighting,) = seen(tmp_path, later, talk)
    assert (sighting.jobs, sighting.shares) == (4, 2)
    assert (sighting.evidence.first_seen, sighting.evidence.last_seen) == (at(0), at(7320))
    assert sighting.host_port == 51514, "the port of the connection that first_seen speaks of"


def test_other_servers_ports_and_protocols_stay_apart(tmp_path) -> None:
    talk = conversation(CONVERSATIONS / "xmrig.json")
    solo = conversation(CONVERSATIONS / "getwork.json")
    talks = [talk, solo, Talk(talk.lines, server=("203.0.113.20", 443)), Talk(talk.lines, server=("2001:db8::1", 3333))]
    keys = [(s.server, s.port, s.protocol) for s in seen(tmp_path, *talks)]
    assert keys == [
        ("2001:db8::1", 3333, "cryptonote"),
        ("203.0.113.20", 443, "cryptonote"),
        ("203.0.113.20", 3333, "cryptonote"),
        ("203.0.113.20", 3333, "getwork"),
    ]


def test_several_accounts_behind_one_address_are_said(tmp_path) -> None:
    def login(user: str) -> Talk:
        return Talk([Line("C", 0, {"id": 1, "method": "mining.authorize", "params": [user, "x"]})])

    main, beside = seen(tmp_path, login("zhang.a"), login("zhang.a"), login("li.b"))
    assert (main.account, main.worker) == ("zhang", "a")
    assert beside.evidence.text.id == "stratum.several"
    assert (beside.evidence.text.params["accounts"], beside.evidence.text.params["names"]) == (2, 2)
    assert (beside.jobs, beside.shares, beside.evidence.weight) == (0, 0, 0.0)


def behind_a_proxy(nonces: list[str], users: tuple[str, ...] = ("zhang",), agent: str = "xmrig-proxy/6.21.1") -> Talk:
    logins = [
        Line("C", n, {"id": n, "method": "login", "params": {"login": user, "pass": "x", "agent": agent}})
        for n, user in enumerate(users)
    ]
    shares = [
        Line("C", 10 + n, {"id": 9, "method": "submit", "params": {"job_id": "a", "nonce": nonce, "result": "ab" * 32}})
        for n, nonce in enumerate(nonces)
    ]
    return Talk([*logins, *shares], client=("10.20.3.30", 40000))


@pytest.mark.parametrize(
    ("nonces", "users", "agent", "rigs"),
    [
        (["00000000", "00000000", "00000001", "00000001", "00000002"], ("zhang",), "xmrig-proxy/6.21.1", 2),
        (["00000001"], ("zhang.a", "zhang.b", "li.c"), "xmrig-proxy/6.21.1", 3),
        (["00000000", "00000000", "00000001", "00000001"], ("zhang",), "XMRig/6.22.2", None),
        (["00000000", "00000000"], ("zhang",), "xmrig-proxy/6.21.1", None),
    ],
    ids=["slots of nonces", "worker names", "no proxy", "one miner"],
)
def test_miners_behind_a_proxy_are_counted(tmp_path, nonces, users, agent, rigs) -> None:
    said = {s.evidence.text.id: s.evidence for s in seen(tmp_path, behind_a_proxy(nonces, users, agent))}
    assert ("stratum.rigs" in said) == (rigs is not None)
    if rigs is not None:
        assert said["stratum.rigs"].text.params["rigs"] == rigs
        assert said["stratum.rigs"].weight == 0.0


def test_inside_miners_of_a_proxy_are_counted(tmp_path) -> None:
    talk = conversation(CONVERSATIONS / "xmrig.json")
    inside = [Talk(talk.lines, client=(f"10.20.3.{n}", 50000), server=("10.20.3.30", 3333)) for n in range(40, 45)]
    sightings = seen(tmp_path, behind_a_proxy(["00000000"]), *inside)
    [said] = [s for s in sightings if s.evidence.text.id == "stratum.rigs"]
    assert (said.host, said.evidence.text.params["clients"]) == ("10.20.3.30", 5)


def test_signs_of_life_prove_mining_from_the_third_on(tmp_path) -> None:
    def beats(count: int) -> Talk:
        beat = {"id": 4, "jsonrpc": "2.0", "method": "keepalived", "params": {"id": "4f2a77d1"}}
        return Talk([Line("C", 60 * n, beat) for n in range(count)])

    assert seen(tmp_path / "a", beats(2)) == []
    (sighting,) = seen(tmp_path / "b", beats(3))
    assert (sighting.host, sighting.evidence.grade) == ("10.20.3.17", Grade.HANDSHAKE)
    assert sighting.evidence.text.id == "stratum.alive"
    assert sighting.evidence.text.params["alive"] == 3


NEXT = {"dst": "198.51.100.9", "dst_port": 443, "src": "10.20.3.17", "src_port": 52001, "proto": "tcp"}


def sent_on(tmp_path, *went: int, **changed: float) -> list[Sighting]:
    talk = Talk(
        [
            Line("C", 0, {"id": 1, "method": "mining.authorize", "params": ["lab.w", "x"]}),
            Line("S", 50, {"id": None, "method": "client.reconnect", "params": ["198.51.100.9", 443, 0]}),
        ]
    )
    rows = [NEXT | {"ts": START_US + at_s * 1_000_000, "until": START_US + (at_s + 99) * 1_000_000} for at_s in went]
    context = lake_rows.context_of(tmp_path / "lake", WatchSet(()), message=rows_of(talk, 1), conn=rows)
    return list(StratumDetector(settings=replace(DEFAULT, **changed)).detect(context))


def test_where_a_miner_was_sent_and_went_is_probable_though_nothing_is_seen_there(tmp_path) -> None:
    first, second = sorted(fuse(sent_on(tmp_path, 53, 300)), key=lambda finding: finding.port, reverse=True)
    assert (first.server, first.state) == ("203.0.113.20", State.CONFIRMED)
    assert (second.server, second.port, second.state) == ("198.51.100.9", 443, State.PROBABLE)
    [said] = second.evidence
    assert said.text in [item.text for item in first.evidence], "one explanation links both"
    assert (said.family, said.text.params["sessions"]) == ("handover", 2)
    assert (second.first_seen, second.last_seen) == (at(53), at(399))
    assert {row.source for row in said.rows} == {"message.log", "conn.log"}


def test_who_had_been_there_before_may_have_gone_by_itself(tmp_path) -> None:
    findings = {finding.server: finding for finding in fuse(sent_on(tmp_path, -9000, 53))}
    assert findings["198.51.100.9"].state is State.SUSPECTED


def test_who_did_not_go_is_not_followed_and_the_time_can_be_set(tmp_path) -> None:
    assert [finding.server for finding in fuse(sent_on(tmp_path / "a"))] == ["203.0.113.20"]
    assert [finding.server for finding in fuse(sent_on(tmp_path / "b", 200, handover_minutes=2))] == ["203.0.113.20"]


def test_a_thousand_logins_do_not_grow_without_bound(tmp_path) -> None:
    logins = [
        Talk([Line("C", n, {"id": 1, "method": "mining.authorize", "params": [f"user{n}", "x"]})]) for n in range(200)
    ]
    main, beside = seen(tmp_path, *logins)
    assert main.account == "user0"
    assert beside.evidence.text.params["accounts"] == MOST_NAMES


def test_ethereum_is_no_longer_mined(tmp_path) -> None:
    (sighting, *_) = seen(tmp_path, conversation(CONVERSATIONS / "ethproxy.json"))
    assert sighting.coins == {"ETC"}


def test_more_rows_than_are_held_at_once(tmp_path) -> None:
    submit = {"method": "mining.submit", "params": ["lab.w", "1", "00000000", "665f0000", "1a2b3c4d"]}
    lines = [Line("C", at_s, {**submit, "id": at_s}) for at_s in range(3 * ROWS_AT_ONCE)]
    (sighting,) = seen(tmp_path, Talk(lines))
    assert sighting.shares == 3 * ROWS_AT_ONCE
    assert len(sighting.evidence.rows) == 6


def test_the_same_lake_gives_the_same_sightings(tmp_path) -> None:
    talks = [conversation(path) for path in PATHS]
    assert seen(tmp_path / "a", *talks) == seen(tmp_path / "b", *talks)


def test_the_registry_knows_it() -> None:
    assert DETECTORS.load("stratum") is StratumDetector
