"""Known pools and other sensors' alerts on the shared captures and logs: what is found, and that nothing benign is."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.detect.detector import Context, Detector
from minewarden.detect.detectors.ids_alert import IdsAlertDetector
from minewarden.detect.detectors.known_pool import KnownPoolDetector
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.reader import HEAD_BYTES, Batch, Head, Reader, Source
from minewarden.telemetry.readers.pcap import PcapReader
from minewarden.telemetry.readers.suricata_eve import EveReader
from minewarden.vocab.finding import Grade, Sighting
from minewarden.vocab.words import both
from tests.real.needs import shared

NOW = datetime(2026, 11, 24, tzinfo=UTC)

# (server, port, name) that the catalogue and the records show, by capture; the others hold no name or listed address.
CONNECTED = {
    "peafowl_ethereum.pcap": {("94.23.36.128", 4444, ""), ("91.121.222.33", 4444, "")},
    "peafowl_stratum.pcap": {("94.23.199.191", 3333, ""), ("116.211.167.195", 3333, "")},
    "zeekcm_bitcoin-mining-in-progress.pcap": {("74.84.128.158", 3333, "")},
    "zeekcm_coinhive-stratum.pcap": {
        ("192.110.160.114", 3333, "la01.supportxmr.com"),
        ("104.20.208.59", 443, "coinhive.com"),
    },
    "zeekcm_coinhive.pcap": {
        ("217.182.164.10", 443, "authedmine.com"),
        ("37.187.167.83", 443, "ws027.authedmine.com"),
    },
}


def seen(path: Path, reader: Reader, detector: Detector, folder: Path) -> list[Sighting]:
    lake = Lake(folder)
    with path.open("rb") as stream:
        head = Head(path.read_bytes()[:HEAD_BYTES])
        with lake.writer(SourceRecord(1, path.name, reader.form)) as writer:
            for part in reader.read(Source(1, path.name, path, head, stream)):
                if isinstance(part, Batch):
                    writer.write(part.table, part.rows)
    return list(detector.detect(Context(lake, WatchSet.default(), NOW, {1: path.name})))


@pytest.mark.parametrize("capture", sorted(CONNECTED))
def test_the_pools_of_the_captures_are_met(capture: str, tmp_path: Path) -> None:
    sightings = seen(shared("captures", "mining", capture), PcapReader(), KnownPoolDetector(), tmp_path)
    met = {(s.server, s.port, s.server_name) for s in sightings if s.evidence.grade is Grade.CONNECTED}
    assert met == CONNECTED[capture]
    for sighting in sightings:
        assert sighting.evidence.grade <= Grade.CONNECTED
        assert not any(re.search(r"[{}]", sentence) for sentence in both(sighting.evidence.text).values())


def test_nothing_benign_meets_a_pool(tmp_path: Path) -> None:
    captures = sorted(shared("captures", "benign").glob("*.pcap*"))
    assert len(captures) > 30
    for number, capture in enumerate(captures):
        found = seen(capture, PcapReader(), KnownPoolDetector(), tmp_path / str(number))
        assert found == [], capture.name


def test_the_sensors_alerts_are_taken_over(tmp_path: Path) -> None:
    rules: set[object] = set()
    for number, log in enumerate(sorted(shared("logs", "eve").glob("*.json"))):
        for sighting in seen(log, EveReader(), IdsAlertDetector(), tmp_path / str(number)):
            assert sighting.evidence.grade is Grade.BEHAVED
            assert sighting.host.startswith(("10.", "192.168."))
            rules.add(sighting.evidence.text.params["rule"])
    assert rules == {2016067, 2016758, 2017871, 2017878, 2022886}
