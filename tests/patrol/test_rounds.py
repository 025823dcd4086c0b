"""One round: what was asked, what was skipped for want of data, and whose findings are traced."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from minewarden.detect.detector import Context
from minewarden.intel.watchset import WatchSet
from minewarden.patrol.rounds import UNMEASURED, Round, find, patrol
from minewarden.plugins import DETECTORS
from minewarden.simulator import logs
from minewarden.simulator.city import JF07
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.packets import compiled
from minewarden.vocab.attribution import Certainty
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, Sighting, State
from minewarden.vocab.message import Message, message
from tests.detect.lake_rows import at, context_of
from tests.scenarios.silent import Silent

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
AT = NOW - timedelta(hours=20)
POOL = "pool.supportxmr.com"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A DNS log in which one PC looks a pool's name up."""
    made = tmp_path / "logs"
    made.mkdir()
    queries = [logs.Query(JF07.ip, POOL, AT), logs.Query(JF07.ip, "www.example.com", AT)]
    (made / "dns.log").write_text(logs.zeek_dns(queries, "10.12.0.53"))
    return made


def go(folder: Path, declared: str = "", **options: object) -> Round:
    if declared:
        (folder / "sources.toml").write_text(declared)
    told = Declared.load(folder / "sources.toml" if declared else None, None)
    lake = Lake(folder.parent / "lake")
    given = {"declared": told, "watchset": WatchSet.default(), "watch": Silent(), "now": NOW} | options
    return patrol([folder], lake, **given)  # type: ignore[arg-type]


def test_detectors_without_data_are_skipped_and_said(folder: Path) -> None:
    outcome = go(folder)
    said = {str(skipped.params["detector"]): str(skipped.params["tables"]).split(", ") for skipped in outcome.skipped}
    lacking = {name for name in DETECTORS if "dns" not in DETECTORS.load(name)().reads}
    assert set(said) == lacking
    assert "ids_alert" in said
    assert all(set(tables) == DETECTORS.load(name)().reads for name, tables in said.items())


def test_a_round_opens_one_database_and_gives_back_what_reading_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda *given, **named: done.append("opened") or connect(*given, **named))
    monkeypatch.setattr(compiled, "give_back", lambda: done.append("given back"))
    # With connections several detectors have something to ask.
    flow = logs.Flow(JF07.ip, 50_000, "192.0.2.7", 443, AT, 9.0, 100, 200)
    (folder / "conn.log").write_text(logs.zeek_conn([flow]))
    assert len(go(folder).traced) == 1
    assert done == ["given back", "opened"]


def test_without_a_log_to_trace_by_nothing_is_traced(folder: Path) -> None:
    (traced,) = go(folder).traced
    assert (traced.finding.host, traced.finding.server_name) == (JF07.ip, POOL)
    assert traced.attribution is None


def test_with_leases_and_the_ledger_the_device_is_named(folder: Path) -> None:
    lease = logs.Lease(JF07, AT - timedelta(hours=2), timedelta(hours=24))
    (folder / "kea.csv").write_text(logs.kea_leases([lease]))
    (folder / "ledger.csv").write_text(logs.asset_ledger([JF07], NOW - timedelta(days=300)))
    measured = '[[source]]\nmatch = "*"\nzone = "Asia/Shanghai"\noffset = "0s"\n'
    (traced,) = go(folder, measured).traced
    assert traced.attribution is not None
    (candidate,) = traced.attribution.candidates
    assert (candidate.asset, candidate.person, candidate.certainty) == (JF07.asset, JF07.person, Certainty.UNIQUE)


@pytest.mark.parametrize(("offset", "certain"), [('offset = "0s"\n', True), ("", False)])
def test_a_clock_that_nobody_measured_widens_the_window(folder: Path, offset: str, certain: bool) -> None:
    # The address changes hands half a minute after the look-up: with measured clocks that is far enough.
    change = AT + timedelta(seconds=UNMEASURED.total_seconds() / 2)
    other = logs.Lease(JF07, change, timedelta(hours=2))
    first = logs.Lease(JF07, AT - timedelta(hours=2), change - AT + timedelta(hours=2))
    text = logs.kea_leases([first, other]).splitlines(keepends=True)
    text[2] = text[2].replace(JF07.mac, "02:12:09:00:00:99")
    (folder / "kea.csv").write_text("".join(text))
    declared = f'[[source]]\nmatch = "dns.log"\n{offset}\n[[source]]\nmatch = "*"\noffset = "0s"\n'
    (traced,) = go(folder, declared).traced
    assert traced.attribution is not None
    assert len(traced.attribution.candidates) == (1 if certain else 2)
    assert {c.certainty for c in traced.attribution.candidates} == (
        {Certainty.UNIQUE} if certain else {Certainty.LIKELY, Certainty.POSSIBLE}
    )


def test_what_detectors_saw_is_doubted_before_it_is_added_up(tmp_path: Path) -> None:
    server = "198.51.100.7"
    row = {"proto": "tcp", "established": True, "dst": server, "dst_port": 8883, "src_port": 40000}
    hosts = [f"10.2.0.{n}" for n in range(1, 60)]
    conn = [{**row, "src": host, "ts": at(0), "until": at(10)} for host in hosts]
    conn.append({**row, "src": "10.1.2.3", "ts": at(0), "until": at(9000)})
    lake = context_of(tmp_path, WatchSet([]), conn=conn).lake
    text = message("patrol.skipped", detector="d", tables="t")
    pushed = Evidence("d", "shape", Grade.BEHAVED, 6.0, text, from_us(at(0)), from_us(at(9000)))

    def ask(_: Context) -> tuple[list[Sighting], tuple[Message, ...]]:
        return [Sighting(host="10.1.2.3", server=server, port=8883, evidence=pushed)], ()

    def told(lake: Lake) -> list[object]:
        return list(find(lake, (), watchset=WatchSet([]), now=NOW, ask=ask)[0])

    assert len(told(Lake(tmp_path / "nobody else"))) == 1
    assert told(lake) == []


def test_behind_an_inside_proxy_of_a_known_pool_the_clients_are_found_too(tmp_path: Path) -> None:
    # The proxy looks a pool up and connects; three PCs keep to the proxy, and twenty others to a print server.
    proxy, server, hours = "10.3.0.20", "198.51.100.7", 5 * 3600

    def flow(src: str, dst: str, port: int, down: int, up: int) -> dict[str, object]:
        counted = {"bytes_down": down * hours, "bytes_up": up * hours, "src_port": 41000, "established": True}
        return {
            "ts": at(120),
            "until": at(120 + hours),
            "src": src,
            "dst": dst,
            "dst_port": port,
            "proto": "tcp",
        } | counted

    conn = [flow(f"10.3.1.{n}", proxy, 3333, 22 + n, 9) for n in range(3)] + [flow(proxy, server, 3333, 25, 30)]
    conn += [flow(f"10.3.2.{n}", "10.3.0.30", 9100, 22, 9) for n in range(20)]
    asked = {"ts": at(0), "src": proxy, "dst": "10.0.0.53", "query": POOL, "answers": [server]}
    context = context_of(tmp_path, WatchSet.default(), conn=conn, dns=[asked])
    traced, _ = find(context.lake, (), watchset=WatchSet.default(), now=NOW)
    assert {(t.finding.host, t.finding.server, t.finding.state) for t in traced} == {
        (proxy, server, State.PROBABLE),
        *((f"10.3.1.{n}", proxy, State.PROBABLE) for n in range(3)),
    }


def test_an_empty_folder_is_a_round_too(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    outcome = go(tmp_path / "logs")
    assert (outcome.traced, outcome.sources, outcome.report.problems) == ((), (), [])
    assert len(outcome.skipped) == len(list(DETECTORS))


def test_the_same_logs_give_the_same_round(folder: Path, tmp_path: Path) -> None:
    first = go(folder)
    again = patrol(
        [folder],
        Lake(tmp_path / "other"),
        declared=Declared(),
        watchset=WatchSet.default(),
        watch=Silent(),
        now=NOW,
    )
    assert again.traced == first.traced
    assert again.sources == first.sources


def test_a_detector_that_runs_out_of_memory_is_said_and_ends_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, context: Context) -> list[Sighting]:
        raise duckdb.OutOfMemoryException("not enough")

    monkeypatch.setattr("minewarden.detect.detectors.known_pool.KnownPoolDetector.detect", broken)
    outcome = go(folder)
    assert outcome.traced == ()
    assert ("watch.detector_failed", "known_pool") in {(said.id, said.params["detector"]) for said in outcome.skipped}
