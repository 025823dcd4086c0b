"""What is wanted of a zone. Updates and transfers are tried with BIND itself in tests/real/test_block_devices.py."""

import socket

import pytest

from minewarden.enforce.publish.bind import BindPublisher, _parts
from minewarden.enforce.publisher import PublishError
from tests.enforce.rules import NOW, SAMPLE


def test_owner_names_and_nothing_else() -> None:
    wanted = BindPublisher("d", "127.0.0.1", "k", "c2VjcmV0").wanted(SAMPLE, now=NOW)
    assert {"pool.example.net CNAME .", "*.bad.example.net CNAME .", "24.0.100.51.198.rpz-ip CNAME ."} <= wanted
    assert all(item.endswith(" CNAME .") for item in wanted)


def test_many_changes_go_in_several_messages() -> None:
    parts = list(_parts((str(n), True) for n in range(1001)))
    assert [len(part) for part in parts] == [500, 500, 1]


def test_a_server_that_is_down_is_named_with_what_to_look_at() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused
        device = BindPublisher("dns-1", "127.0.0.1", "k", "c2VjcmV0", port=bound.getsockname()[1])
        with pytest.raises(PublishError) as told:
            device.held()
    assert told.value.message.id == "block_plan.unreachable"
    assert "dns-1" in str(told.value)
    assert "端口" in told.value.said("zh")
