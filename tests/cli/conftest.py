"""A small folder of invented logs: one host mines before the sensor's eyes, another looked a pool's name up."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.simulator.pcapfile import write_capture
from minewarden.simulator.session import Script, Session
from minewarden.vocab.net import Endpoint

START = datetime(2026, 3, 12, 4, 14, 37, tzinfo=UTC)
MINER, LOOKING, POOL = "10.12.9.14", "10.12.3.21", "203.0.113.20"
WORKER = "zhangzhe-room302"
DNS = (
    "#path\tdns\n#fields\tts\tid.orig_h\tid.resp_h\tquery\tqtype_name\n"
    f"1773321277.000000\t{LOOKING}\t10.12.0.53\tpool.supportxmr.com\tA\n"
)


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a capture and a DNS log, both sound. Not to be changed."""
    folder = tmp_path_factory.mktemp("logs")
    script = Script(jobs=6, shares=5, worker=WORKER, agent="xmrig/6.22.2")
    session = Session("cryptonote", Endpoint(MINER, 51022), Endpoint(POOL, 3333), START, script)
    write_capture(folder / "mirror.pcap", [session])
    (folder / "dns.log").write_text(DNS)
    return folder
