"""Captures of played sessions: the same bytes for the same seed, right on the wire, and found by whoever shall."""

import asyncio
import io
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.detect.detector import Context
from minewarden.detect.detectors.stratum import StratumDetector
from minewarden.intel.watchset import WatchSet
from minewarden.simulator.dialogues import DIALOGUES, ENCRYPTED_MINING, HARMLESS, MINING
from minewarden.simulator.pcapfile import play, write_capture
from minewarden.simulator.session import Lookup, Script, Session, Wire
from minewarden.telemetry.head import head_of
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.reader import HEAD_BYTES, Batch, Source
from minewarden.telemetry.readers.pcap import PcapReader
from minewarden.vocab.finding import Sighting
from minewarden.vocab.net import Endpoint

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CLIENT, SERVER = Endpoint("10.20.3.17", 51514), Endpoint("203.0.113.20", 3333)
SCRIPT = Script(jobs=6, shares=5, rejected=2, worker="rig1")


def session(dialogue: str, script: Script = SCRIPT, wire: Wire | None = None, seed: int = 1) -> Session:
    return Session(dialogue, CLIENT, SERVER, START, script, wire or Wire(), seed)


def tables(folder: Path, sessions: list[Session | Lookup], **form: bool) -> tuple[Lake, Context]:
    path = folder / "played.pcap"
    write_capture(path, sessions, **form)
    data = path.read_bytes()
    lake = Lake(folder / "lake")
    source = Source(1, path.name, path, head_of(data[:HEAD_BYTES]), io.BufferedReader(io.BytesIO(data)))
    with lake.writer(SourceRecord(1, path.name, "pcap")) as writer:
        for item in PcapReader().read(source):
            assert isinstance(item, Batch), item
            writer.write(item.table, item.rows)
    return lake, Context(lake, WatchSet(()), START, {1: path.name})


def sightings(folder: Path, *sessions: Session, **form: bool) -> list[Sighting]:
    _, context = tables(folder, list(sessions), **form)
    return [s for s in StratumDetector().detect(context) if s.evidence.weight]


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_the_same_seed_gives_the_same_file(tmp_path, dialogue) -> None:
    first, second, third = (tmp_path / name for name in ("a", "b", "c"))
    assert write_capture(first, [session(dialogue)]) == write_capture(second, [session(dialogue)])
    write_capture(third, [session(dialogue, seed=2)])
    assert first.read_bytes() == second.read_bytes() != third.read_bytes()


@pytest.mark.parametrize("dialogue", MINING)
def test_every_mining_dialogue_is_found_with_its_exact_counts(tmp_path, dialogue) -> None:
    (found,) = sightings(tmp_path, session(dialogue))
    assert (found.host, found.server, found.port) == ("10.20.3.17", "203.0.113.20", 3333)
    assert found.protocol == dialogue.removesuffix("-plain")
    assert (found.jobs, found.shares) == (6, 5)
    verdicts = (found.evidence.text.params["accepted"], found.evidence.text.params["rejected"])
    assert verdicts == ((3, 2) if dialogue != "coinhive" else (5, 0)), "a mining page's service refuses nothing"
    assert found.evidence.first_seen >= START


@pytest.mark.parametrize("dialogue", [*HARMLESS, *ENCRYPTED_MINING])
def test_nothing_is_found_in_the_rest(tmp_path, dialogue) -> None:
    assert sightings(tmp_path, session(dialogue)) == []


WIRES = {
    "small segments": Wire(mss=100),
    "vlan": Wire(vlan=120),
    "sent again": Wire(retransmit=0.5),
    "out of order": Wire(mss=300, reorder=0.7),
    "reset": Wire(ending="rst"),
    "still going on": Wire(ending=""),
}


@pytest.mark.parametrize("name", WIRES)
@pytest.mark.parametrize("dialogue", ["stratum-v1", "zcash", "cryptonote", "getblocktemplate", "coinhive"])
def test_the_wire_does_not_change_the_counts(tmp_path, dialogue, name) -> None:
    (found,) = sightings(tmp_path, session(dialogue, wire=WIRES[name]))
    assert (found.jobs, found.shares) == (6, 5)


@pytest.mark.parametrize("form", [{"nanoseconds": True}, {"big_endian": True}])
def test_other_forms_of_the_file(tmp_path, form) -> None:
    (found,) = sightings(tmp_path, session("cryptonote"), **form)
    assert (found.jobs, found.shares) == (6, 5)
    assert 0 <= (found.evidence.first_seen - START).total_seconds() < 1


def test_version_six(tmp_path) -> None:
    six = replace(session("cryptonote"), client=Endpoint("2001:db8:20::17", 51514), server=Endpoint("2001:db8::9", 443))
    (found,) = sightings(tmp_path, six)
    assert (found.host, found.server, found.port, found.jobs) == ("2001:db8:20::17", "2001:db8::9", 443, 6)


@pytest.mark.parametrize("dialogue", ["stratum-v1", "zcash", "ethproxy", "kawpow", "kaspa", "cryptonote"])
def test_a_sensor_that_came_late(tmp_path, dialogue) -> None:
    (found,) = sightings(tmp_path, session(dialogue, wire=Wire(joined_after_s=50)))
    assert (found.host, found.server, found.port) == ("10.20.3.17", "203.0.113.20", 3333)
    assert 0 < found.jobs < 6
    assert found.shares


@pytest.mark.parametrize("dialogue", ["stratum-v1", "zcash", "ethproxy", "kawpow", "kaspa", "cryptonote"])
@pytest.mark.parametrize("only", ["up", "down"])
def test_a_sensor_that_saw_one_direction(tmp_path, dialogue, only) -> None:
    (found,) = sightings(tmp_path, session(dialogue, wire=Wire(only=only)))
    assert (found.host, found.server, found.port) == ("10.20.3.17", "203.0.113.20", 3333)
    assert (found.jobs, found.shares) == ((0, 5) if only == "up" else (6, 0))


def test_losses_lose_no_more_than_was_lost(tmp_path) -> None:
    (found,) = sightings(tmp_path, session("cryptonote", Script(jobs=40, shares=40), Wire(lose=0.1)))
    assert 20 < found.jobs < 41
    assert 20 < found.shares < 41


@pytest.mark.parametrize("dialogue", ["stratum-v1", "ethproxy", "cryptonote"])
def test_a_refused_login(tmp_path, dialogue) -> None:
    (found,) = sightings(tmp_path, session(dialogue, replace(SCRIPT, refusal="Unauthorized worker")))
    assert (found.jobs, found.shares) == (0, 0)
    assert found.evidence.text.id == "stratum.refused"


def test_reconnect_keepalive_and_hash_rate(tmp_path) -> None:
    moved = replace(SCRIPT, reconnect=Endpoint("198.51.100.7", 4444))
    steady = replace(SCRIPT, keepalive_s=60)
    strong = replace(SCRIPT, hashrate=58_000_000, hashrate_every_s=60)
    sessions = [session("stratum-v1", moved), session("cryptonote", steady), session("ethproxy", strong)]
    sessions = [replace(s, client=Endpoint("10.20.3.17", 40_000 + n)) for n, s in enumerate(sessions)]
    _, context = tables(tmp_path, list(sessions))
    said = {s.evidence.text.id: s.evidence.text.params for s in StratumDetector().detect(context)}
    assert said["stratum.reconnect"]["target"] == "198.51.100.7:4444"
    assert said["stratum.hashrate"]["hashrate"] == "58 MH/s"


def test_a_lookup_and_its_answer(tmp_path) -> None:
    client, resolver = Endpoint("10.20.3.17", 5353), Endpoint("10.0.0.53", 53)
    lookups = [
        Lookup(client, resolver, "pool.example", START, ("203.0.113.20",)),
        Lookup(client, resolver, "six.example", START, ("2001:db8::9",)),
        Lookup(client, resolver, "gone.example", START),
    ]
    lake, _ = tables(tmp_path, list(lookups))
    with lake.connect() as connection:
        rows = connection.execute("SELECT query, qtype, rcode, answers FROM dns ORDER BY query").fetchall()
    assert rows == [
        ("gone.example", "A", "NXDOMAIN", []),
        ("pool.example", "A", "NOERROR", ["203.0.113.20"]),
        ("six.example", "AAAA", "NOERROR", ["2001:db8::9"]),
    ]


def test_hellos_are_those_of_the_programs(tmp_path) -> None:
    web = replace(session("tls-browser", Script(host="www.school.example")), client=Endpoint("10.20.3.18", 40_000))
    lake, _ = tables(tmp_path, [session("tls-xmrig"), web])
    with lake.connect() as connection:
        rows = connection.execute("SELECT src, sni, alpn, ja3, hello_length FROM tls ORDER BY src").fetchall()
    # The fingerprint is that of OpenSSL 3.0 without a server name; 292 bytes follow the head of the record.
    assert rows[0][:4] == ("10.20.3.17", None, None, "c216e752cae6f8755fd27f561d031636")
    assert rows[1][:3] == ("10.20.3.18", "www.school.example", "h2,http/1.1")
    first = next(chunk for chunk in play(session("tls-xmrig")) if chunk.up)
    assert len(first.data) == 297


def test_packets_are_in_the_order_of_time(tmp_path) -> None:
    path = tmp_path / "a.pcap"
    count = write_capture(path, [session("cryptonote", wire=Wire(retransmit=0.5)), session("chat")])
    data, at, times = path.read_bytes(), 24, []
    while at < len(data):
        seconds, micros, kept, _ = struct.unpack_from("<IIII", data, at)
        times.append(seconds * 1_000_000 + micros)
        at += 16 + kept
    assert len(times) == count
    assert times == sorted(times)


def test_wrong_wishes_are_said() -> None:
    with pytest.raises(ValueError, match="no such dialogue: 'unknown'"):
        play(session("unknown"))
    mixed = replace(session("chat"), client=Endpoint("2001:db8::1", 1))
    with pytest.raises(ValueError, match="IPv4 and IPv6"):
        write_capture(Path("/dev/null"), [mixed])


def test_it_plays_inside_a_running_loop_too() -> None:
    start = datetime(2026, 3, 12, 13, 14, 37, tzinfo=UTC)
    session = Session("stratum-v1", Endpoint("10.1.2.3", 50000), Endpoint("192.0.2.1", 3333), start, Script(jobs=2))

    async def caller() -> int:
        return len(play(session))

    assert asyncio.run(caller()) == len(play(session)) > 0
