"""The control socket of a sensor, played here; tests/real/test_suricata_inline.py asks Suricata itself."""

import json
import socket
import threading
from pathlib import Path

import pytest

from minewarden.enforce.publish.suricata import SuricataPublisher
from minewarden.enforce.publisher import PublishError
from tests.enforce.rules import NOW, SAMPLE


def sensor(path: Path, failed: int) -> threading.Thread:
    """Answers two connections as the protocol says, in pieces."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        with server:
            for _ in range(2):
                with server.accept()[0] as link:
                    for message in ("ok", [{"id": 0, "rules_loaded": 9, "rules_failed": failed}]):
                        if not link.recv(4096):
                            return
                        whole = json.dumps({"return": "OK", "message": message}).encode()
                        link.sendall(whole[:5])
                        link.sendall(whole[5:])

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize("failed", [0, 2])
def test_rules_that_were_refused_are_a_failure(tmp_path: Path, failed: int) -> None:
    thread = sensor(tmp_path / "s", failed)
    device = SuricataPublisher("d", tmp_path / "rules", tmp_path / "s", action="drop")
    if failed:
        with pytest.raises(PublishError, match="rules_failed: 2"):
            device.push(SAMPLE, now=NOW)
    else:
        device.push(SAMPLE, now=NOW)
        assert device.held() == device.wanted(SAMPLE, now=NOW)
        assert any("drop tcp" in item for item in device.held())
    thread.join(10)


def test_a_sensor_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(PublishError) as told:
        SuricataPublisher("d", tmp_path, tmp_path / "nobody").push(SAMPLE, now=NOW)
    assert told.value.message.id == "block_plan.unreachable"
