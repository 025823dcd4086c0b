"""A stream is judged by what is said in it: not by key order, spacing, ids, batches, ports, or where one came in."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.detect.stratum.conversation import MOST_NAMES, MOST_OPEN_QUESTIONS, Conversation, Outcome, Row
from minewarden.detect.stratum.dialects import CALLS
from tests.detect.talks import CLIENT, CONVERSATIONS, SERVER, Line, Talk, conversation, rows_of

PATHS = sorted(CONVERSATIONS.glob("*.json"))
MINING = [path for path in PATHS if not path.stem.startswith("harmless_")]
HARMLESS = [path for path in PATHS if path.stem.startswith("harmless_")]
GENERIC = ("login", "submit", "job", "getjob", "keepalived", "getwork", "mining.foo", "client.reconnect", "subscribe")


def heard(talk: Talk) -> Outcome | None:
    listener = Conversation()
    for row in rows_of(talk, stream=1):
        listener.hear(Row(**{name: row[name] for name in Row._fields}))
    return listener.outcome()


def summary(outcome: Outcome | None) -> tuple[Any, ...] | None:
    if outcome is None:
        return None
    t = outcome.tally
    counts = (t.logins, t.jobs, t.shares, t.accepted, t.rejected, t.refused)
    return (outcome.miner, outcome.server, t.protocol, counts, t.users, t.agents, t.hashrate, sorted(t.next_servers))


@pytest.mark.parametrize("path", MINING, ids=lambda path: path.stem)
def test_each_dialect_is_understood(path) -> None:
    talk = conversation(path)
    outcome = heard(talk)
    assert outcome is not None
    assert talk.expect is not None
    assert (outcome.miner, outcome.server) == (CLIENT, SERVER)
    assert outcome.tally.protocol == talk.expect["protocol"]
    assert (outcome.tally.jobs, outcome.tally.shares) == (talk.expect["jobs"], talk.expect["shares"])
    assert outcome.tally.accepted == talk.expect["accepted"]
    assert outcome.tally.refused == talk.expect.get("refused", 0)


@pytest.mark.parametrize("path", HARMLESS, ids=lambda path: path.stem)
def test_harmless_dialogues_are_not_mining(path) -> None:
    assert heard(conversation(path)) is None


@pytest.mark.parametrize("path", MINING, ids=lambda path: path.stem)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), spaced=st.booleans(), text_ids=st.booleans(), ascii_only=st.booleans())
def test_key_order_spacing_and_the_form_of_ids_do_not_matter(path, seed, spaced, text_ids, ascii_only) -> None:
    talk, rng = conversation(path), random.Random(seed)

    def rewritten(value: Any, top: bool = True) -> Any:
        if isinstance(value, dict):
            items = [(key, rewritten(item, False)) for key, item in value.items()]
            rng.shuffle(items)
            out = dict(items)
            if top and text_ids and isinstance(out.get("id"), int) and out["id"]:
                out["id"] = f"q-{out['id']}"
            return out
        return [rewritten(item, False) for item in value] if isinstance(value, list) else value

    def body(value: Any) -> bytes:
        separators = (" , ", " : ") if spaced else (",", ":")
        text = json.dumps(rewritten(value), separators=separators, ensure_ascii=ascii_only)
        return (b"\xef\xbb\xbf \r\n" if spaced else b"") + text.encode() + b"\n\0"

    other = Talk(
        [Line(line.by, line.at_s, body(line.text)) for line in talk.lines],
        carrier=talk.carrier,
        http_host=talk.http_host,
        http_agent=talk.http_agent,
    )
    assert summary(heard(other)) == summary(heard(talk))


@pytest.mark.parametrize("path", MINING, ids=lambda path: path.stem)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_batches_say_the_same_as_single_texts(path, data) -> None:
    talk = conversation(path)
    lines: list[Line] = []
    for line in talk.lines:
        if lines and lines[-1].by == line.by and data.draw(st.booleans()):
            held = lines[-1].text if isinstance(lines[-1].text, list) else [lines[-1].text]
            lines[-1] = Line(line.by, lines[-1].at_s, [*held, line.text])
        else:
            lines.append(line)
    batched = Talk(lines, carrier=talk.carrier, http_host=talk.http_host, http_agent=talk.http_agent)
    assert summary(heard(batched)) == summary(heard(talk))


@pytest.mark.parametrize("path", MINING, ids=lambda path: path.stem)
def test_ports_do_not_matter(path) -> None:
    talk = conversation(path)
    other = Talk(talk.lines, ("10.20.3.17", 25), ("203.0.113.20", 61234), talk.carrier, talk.http_host, talk.http_agent)
    outcome = heard(other)
    assert outcome is not None
    assert (outcome.miner, outcome.server) == (("10.20.3.17", 25), ("203.0.113.20", 61234))


TWO_SIDED = ["v1_cgminer", "zcash", "ethproxy", "ethereumstratum_1", "ethereumstratum_2", "xmrig", "kawpow", "kaspa"]
TWO_SIDED += ["getblocktemplate", "getwork", "monerod", "coinhive"]


@pytest.mark.parametrize("name", TWO_SIDED)
@pytest.mark.parametrize("side", ["C", "S"])
def test_either_direction_alone_suffices(name, side) -> None:
    talk = conversation(CONVERSATIONS / f"{name}.json")
    half = Talk([line for line in talk.lines if line.by == side], carrier=talk.carrier, http_agent=talk.http_agent)
    outcome = heard(half)
    assert outcome is not None
    assert (outcome.miner, outcome.server) == (CLIENT, SERVER)
    assert outcome.tally.jobs == (talk.expect["jobs"] if side == "S" and talk.expect else 0)


@pytest.mark.parametrize("name", TWO_SIDED)
def test_one_may_come_in_at_any_point(name) -> None:
    talk = conversation(CONVERSATIONS / f"{name}.json")
    for start in range(len(talk.lines)):
        rest = talk.lines[start:]
        outcome = heard(Talk(rest, carrier=talk.carrier, http_agent=talk.http_agent))
        if outcome is not None:
            assert (outcome.miner, outcome.server) == (CLIENT, SERVER), start
        told = [line.text.get("method") or line.text.get("type") for line in rest]
        if any(word in ("mining.submit", "eth_submitWork", "submit", "submitblock", "submit_block") for word in told):
            assert outcome is not None, start


words = st.sampled_from([*GENERIC, *CALLS, "result", "method", "params", "id", "job", "blob", "target", "nonce"])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12) | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(words | st.text(max_size=4), inner, max_size=5),
    max_leaves=20,
)


@given(st.lists(st.tuples(st.sampled_from("CS"), values | st.binary(max_size=80)), max_size=12))
def test_no_json_breaks_it(texts) -> None:
    heard(Talk([Line(by, at, text) for at, (by, text) in enumerate(texts)]))


ordinary = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=15,
)
calls = st.fixed_dictionaries(
    {"method": st.sampled_from(GENERIC) | st.text(max_size=12), "params": ordinary},
    optional={"id": st.none() | st.integers() | st.text(max_size=4), "jsonrpc": st.just("2.0")},
)
answers = st.fixed_dictionaries({"id": st.integers(0, 3), "result": ordinary}, optional={"error": ordinary})


@given(st.lists(st.tuples(st.sampled_from("CS"), calls | answers | ordinary), max_size=12))
def test_ordinary_calls_with_mining_like_words_are_not_mining(texts) -> None:
    assert heard(Talk([Line(by, at, text) for at, (by, text) in enumerate(texts)])) is None


def test_depth_size_and_numbers_are_harmless() -> None:
    texts = [
        b"[" * 100_000,
        b'{"method":"mining.set_difficulty","params":[1e999]}',
        b'{"method":"mining.set_difficulty","params":[' + b"9" * 5000 + b"]}",
        b'{"method":"job","params":{"job_id":"1","target":"00000000","blob":"' + b"0" * 100 + b'"}}',
        b'{"id":0,"result":["0x' + b"1" * 64 + b'","0x' + b"2" * 64 + b'","0x' + b"0" * 64 + b'"]}',
        b'{"method":"mining.authorize","params":["' + "\u202e\x1b[31m".encode() + b'"]}',
        b"\xff\xfe{\x00}\x00",
        b'{"method":"mining.authorize","params":["\xc4\xe3\xba\xc3.rig","x"]}',
    ]
    outcome = heard(Talk([Line("S", at, text) for at, text in enumerate(texts)]))
    assert outcome is not None
    assert all(account.isprintable() for account, _ in outcome.tally.users)


def test_memory_of_one_stream_is_bounded() -> None:
    listener = Conversation()
    talk = Talk(
        [
            Line("C", at, {"id": at, "method": "mining.authorize", "params": [f"user{at}.w", "x"]})
            for at in range(MOST_OPEN_QUESTIONS * 2)
        ]
    )
    for row in rows_of(talk, stream=1):
        listener.hear(Row(**{name: row[name] for name in Row._fields}))
    outcome = listener.outcome()
    assert outcome is not None
    assert outcome.tally.logins == MOST_OPEN_QUESTIONS * 2
    assert len(outcome.tally.users) == MOST_NAMES
    assert len(listener._questions) == MOST_OPEN_QUESTIONS
    assert len(outcome.tally.first_rows) == 5


def test_a_template_longer_than_what_is_kept_is_still_seen() -> None:
    body = b'{"id":0,"result":{"previousblockhash":"' + b"0" * 64 + b'","transactions":[{"data":"01'
    outcome = heard(Talk([Line("S", 0, body)], carrier="http", cut=True))
    assert outcome is not None
    assert (outcome.tally.protocol, outcome.tally.jobs) == ("getblocktemplate", 1)
    assert heard(Talk([Line("S", 0, body)], carrier="http", cut=False)) is None
