"""Finds mining that is spoken openly: every dialect of Stratum and its kin, on any port, from any point of a session.

Source: the protocols' public texts, as said in each file of `minewarden.detect.stratum`. A stream counts where at least
one text alone proves mining; words that other applications use too count only in such company.

Grades: WORK where work was exchanged (a job was pushed to the client, a request for work was answered with a job, or a
share was handed in), HANDSHAKE where there was only a subscription, a login, a setting or a request.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, ClassVar

from minewarden.config.settings import setting
from minewarden.detect.detector import Context
from minewarden.detect.stratum.coins import coins
from minewarden.detect.stratum.conversation import Conversation, Outcome, Row, Tally, merged
from minewarden.detect.stratum.effort import estimate
from minewarden.detect.stratum.handover import Followed, Sent, followed, target_of
from minewarden.detect.stratum.protocols import FETCHED, WORDS
from minewarden.telemetry.engine import tuples
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.message import Message, Param, message
from minewarden.vocab.net import Endpoint

WORK_NATS = 25.0
"""A parsed job or share: no ordinary application was seen to say one in the captures tried; odds of more than 1e10."""
HANDSHAKE_NATS = 18.0
"""A parsed subscription or login: the same, but a person may have tried out a program for a moment."""
ROWS_AT_ONCE = 1024

_QUERY = """
    SELECT origin, stream, ts, row, sender, sender_port, receiver, receiver_port, carrier, http_host, http_agent, body,
           cut
    FROM message ORDER BY origin, stream, ts, row, sender_port, body
"""

_Key = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class Settings:
    """Weights in nats. Whatever they are, a parsed handshake or work confirms (docs/adr/0007-what-may-confirm.md). A
    session that was opened within `handover_minutes` where a server had sent its miner counts `weight_handover`: just
    above the base rate; half of it where the host had been there before, and so may have gone by itself."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    weight_work: float = setting(WORK_NATS, 10, 40)
    weight_handshake: float = setting(HANDSHAKE_NATS, 10, 40)
    weight_handover: float = setting(10.0, 0, 14)
    handover_minutes: float = setting(30.0, 1, 1440)


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class StratumDetector:
    """Reads the JSON texts of the lake, stream by stream, and keeps one stream and the sums of the miners."""

    name: str = "stratum"
    reads: frozenset[str] = frozenset({"message"})
    settings: Settings = DEFAULT

    def detect(self, context: Context) -> Iterator[Sighting]:
        """One sighting per (miner, server, port, protocol), and what else a reader must know, without weight."""
        found: dict[_Key, tuple[int, Tally]] = {}
        for outcome in self._outcomes(context):
            tally = outcome.tally
            key = (outcome.miner[0], *outcome.server, tally.protocol)
            if key not in found:
                found[key] = (outcome.miner[1], tally)
                continue
            port, whole = found[key]
            # The port of the earliest connection goes with `first_seen`: both are needed to trace through a NAT.
            found[key] = (outcome.miner[1] if tally.first_us < whole.first_us else port, merged(whole, tally))
        clients = defaultdict[str, set[str]](set)
        for host, server, _, _ in found:
            clients[server].add(host)
        gone = self._followed(found, context)
        for key in sorted(found):
            yield from _sightings(key, *found[key], context, self.settings)
            for one in gone.get(key, ()):
                yield from self._handover(key, found[key][1], one, context)
            if rigs := _rigs(found[key][1], len(clients[key[0]])):
                yield _beside(key, found[key][1], rigs, context)

    def _followed(self, found: dict[_Key, tuple[int, Tally]], context: Context) -> dict[_Key, list[Followed]]:
        """Which miners went where their server had sent them."""
        keys: list[_Key] = []
        sent: list[Sent] = []
        for key in sorted(found):
            for text, (at_us, origin, row) in sorted(found[key][1].next_servers.items()):
                if (target := target_of(text, key[2])) is not None:
                    keys.append(key)
                    sent.append(Sent(*key[:3], *target, at_us, origin, row))
        out = defaultdict[_Key, list[Followed]](list)
        if sent:
            with context.lake.engine() as engine:
                for number, one in followed(engine, sent, round(self.settings.handover_minutes * 60e6)):
                    out[keys[number]].append(one)
        return out

    def _handover(self, key: _Key, tally: Tally, gone: Followed, context: Context) -> Iterator[Sighting]:
        """The session that was opened next, and beside the first one that it was."""
        text = message(
            "stratum.handover",
            client=key[0],
            server=str(Endpoint(key[1], key[2])),
            protocol=WORDS[key[3]],
            told=from_us(gone.sent.at_us),
            target=str(Endpoint(gone.sent.target, gone.sent.port)),
            next=str(Endpoint(gone.ip, gone.sent.port)),
            first=from_us(gone.first_us),
            sessions=gone.sessions,
        )
        rows = [(gone.sent.origin, gone.sent.row), *gone.rows]
        evidence = Evidence(
            detector="stratum",
            family="handover",
            grade=Grade.CONNECTED,
            weight=self.settings.weight_handover / (2 if gone.before else 1),
            text=text,
            first_seen=from_us(gone.first_us),
            last_seen=from_us(gone.last_us),
            rows=tuple(RowRef(context.sources.get(origin, f"#{origin}"), row) for origin, row in rows),
        )
        name = "" if gone.sent.target == gone.ip else gone.sent.target
        yield Sighting(
            *(key[0], gone.ip, gone.sent.port, evidence),
            server_name=name,
            coins=coins(tally),
            host_port=gone.host_port,
        )
        yield _beside(key, tally, text, context)

    @staticmethod
    def _outcomes(context: Context) -> Iterator[Outcome]:
        for _, rows in groupby(_rows(context), key=lambda row: (row.origin, row.stream)):
            conversation = Conversation()
            for row in rows:
                conversation.hear(row)
            outcome = conversation.outcome()
            if outcome is not None:
                yield outcome


def _rows(context: Context) -> Iterator[Row]:
    with context.lake.engine() as engine:
        rows: Any = tuples(engine.ask(_QUERY, ROWS_AT_ONCE))
        for values in rows:
            yield Row(*values)


def _sightings(key: _Key, host_port: int, tally: Tally, context: Context, own: Settings) -> Iterator[Sighting]:
    host, server, port, protocol = key
    (account, worker), agent, told = _commonest_user(tally), _commonest(tally.agents), coins(tally)
    yield Sighting(
        host=host,
        server=server,
        port=port,
        evidence=_evidence(
            tally, _main_text(key, tally), context, own.weight_work if tally.worked else own.weight_handshake
        ),
        server_name=_commonest(tally.server_names),
        protocol=protocol,
        coins=told,
        account=account,
        worker=worker,
        agent=agent,
        host_port=host_port,
        shares=tally.shares,
        jobs=tally.jobs,
    )
    for text in _side_texts(tally, agent, told):
        yield _beside(key, tally, text, context)


def _beside(key: _Key, tally: Tally, text: Message, context: Context) -> Sighting:
    """What else a reader must know, without weight."""
    host, server, port, protocol = key
    return Sighting(host, server, port, _evidence(tally, text, context, 0.0), protocol=protocol)


def _evidence(tally: Tally, text: Message, context: Context, weight: float) -> Evidence:
    places = [*tally.first_rows, *([tally.last_row] if tally.last_row is not None else [])]
    return Evidence(
        detector="stratum",
        family="protocol",
        grade=Grade.WORK if tally.worked else Grade.HANDSHAKE,
        weight=weight,
        text=text,
        first_seen=from_us(tally.first_us),
        last_seen=from_us(tally.last_us),
        rows=tuple(RowRef(context.sources.get(origin, f"#{origin}"), row) for origin, row in places),
    )


def _main_text(key: _Key, tally: Tally) -> Message:
    place: dict[str, Param] = {"client": key[0], "server": key[1], "port": key[2], "protocol": WORDS[key[3]]}
    place |= {"first": from_us(tally.first_us), "last": from_us(tally.last_us)}
    if tally.shares:
        place |= {"jobs": tally.jobs, "shares": tally.shares, "accepted": tally.accepted, "rejected": tally.rejected}
        return message("stratum.shares", **place)
    if tally.jobs and key[3] in FETCHED:
        return message("stratum.fetched", **place, jobs=tally.jobs)
    if tally.jobs:
        return message("stratum.jobs", **place, jobs=tally.jobs)
    if tally.refused:
        return message("stratum.refused", **place, refused=tally.refused)
    return (
        message("stratum.alive", **place, alive=tally.alive)
        if tally.only_alive
        else message("stratum.handshake", **place)
    )


def _side_texts(tally: Tally, agent: str, told: frozenset[str]) -> Iterator[Message]:
    for target in sorted(tally.next_servers):
        yield message("stratum.reconnect", target=target)
    if tally.hashrate:
        yield message("stratum.hashrate", hashrate=_per_second(tally.hashrate))
    strength = estimate(tally, told)
    if strength is not None:
        rate, error = _per_second(strength.hashrate), strength.error_percent
        yield message("stratum.estimate", hashrate=rate, error=error, difficulty=f"{tally.difficulty:.6g}")
    accounts = {account for account, _ in tally.users}
    if len(accounts) > 1 or len(tally.users) > 1:
        yield message("stratum.several", accounts=len(accounts), names=len(tally.users))
    if "proxy" in agent.lower():
        yield message("stratum.proxy", agent=agent)


def _rigs(tally: Tally, clients: int) -> Message | None:
    """How many miners stand behind a proxy, by what each way of counting shows; None where it is one, or no proxy."""
    proxy = any("proxy" in agent.lower() for agent in tally.agents)
    if not (proxy or clients):
        return None
    # A slot of which there was one share only may be a miner's that has long gone.
    slots = sum(shares > 1 for shares in tally.slots.values()) if proxy else 0
    rigs = max(len(tally.users), slots, clients)
    if rigs < 2:
        return None
    return message("stratum.rigs", rigs=rigs, names=len(tally.users), slots=slots, clients=clients)


def _per_second(rate: float) -> str:
    for unit in ("H/s", "kH/s", "MH/s", "GH/s", "TH/s", "PH/s"):
        if rate < 1000:
            return f"{rate:.4g} {unit}"
        rate /= 1000
    return f"{rate:.4g} EH/s"


def _commonest(names: dict[str, int]) -> str:
    return min(names, key=lambda name: (-names[name], name), default="")


def _commonest_user(tally: Tally) -> tuple[str, str]:
    return min(tally.users, key=lambda user: (-tally.users[user], user), default=("", ""))
