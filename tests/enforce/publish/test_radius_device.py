"""Access servers in `devices.toml`: what is wrong is said, secrets are not."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import duckdb
import pytest

from minewarden.enforce.devices_file import DevicesError, load_devices
from minewarden.enforce.publish.radius import RadiusPublisher
from minewarden.enforce.publisher import PublishError
from tests.enforce.rules import NOW
from tests.enforce.test_sessions import lake, rule, told

COA = 'act = "coa"\n'


def opened(folder: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    return nullcontext(lake(told(30, "start")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    servers(tmp_path, "# comment\n192.0.2.1 192.0.2.1 s3cret\nsw-lib [2001:db8::1]:1700 s4cret\n")
    return tmp_path


def servers(folder: Path, content: str) -> None:
    (folder / "servers").write_text(content)
    (folder / "servers").chmod(0o600)


def loaded(folder: Path, more: str = "", lakes=opened) -> RadiusPublisher:
    (folder / "d.toml").write_text(f'[device.access]\nkind = "radius"\nlake = "lake"\nservers = "servers"\n{more}')
    device = load_devices(folder / "d.toml", lakes)["access"]
    assert isinstance(device, RadiusPublisher)
    return device


def test_a_device_with_its_servers_and_its_accounting(folder: Path) -> None:
    device = loaded(folder)
    assert {name: str(server.at) for name, server in device.servers.items()} == {
        "192.0.2.1": "192.0.2.1:3799",
        "sw-lib": "[2001:db8::1]:1700",
    }
    assert device.wanted([rule()], now=NOW) == {"off S1@192.0.2.1"}
    assert device.held() == frozenset()
    assert device.state == folder / "access.radius.json"


def test_rights_of_a_session(folder: Path) -> None:
    device = loaded(folder, 'act = "coa"\naside = { vlan = 999 }\nnormal = { filter = "student" }\n')
    assert (device.manner.aside[2][1], device.manner.normal) == (b"999", ((11, b"student"),))


@pytest.mark.parametrize(
    "more",
    [
        'act = "kick"', 'act = "coa"', COA + "aside = { vlan = 9 }", COA + 'aside = { vlan = "" }\nnormal = {vlan=1}',
        COA + 'aside = { vlan = 9, filter = "x" }\nnormal = {vlan=1}', COA + "aside = 999\nnormal = {vlan=1}",
        'station_form = "aa"', "tries = 0", "tries = true", "wait = 0", "wait = 600", "quiet_hours = 0",
        'message_authenticator = "no"', 'secret = "x"',
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(folder: Path, more: str) -> None:
    with pytest.raises(DevicesError):
        loaded(folder, more)


@pytest.mark.parametrize("content", ["", "# none\n", "192.0.2.1 s3cret\n", "a b c s3cret\n", "a sw-lib s3cret\n"])
def test_a_wrong_file_of_servers_names_the_line_and_not_the_secret(folder: Path, content: str) -> None:
    servers(folder, content)
    with pytest.raises(DevicesError) as told_:
        loaded(folder)
    assert "s3cret" not in told_.value.said("zh")


def test_a_file_of_servers_that_others_may_read_is_refused(folder: Path) -> None:
    (folder / "servers").chmod(0o644)
    with pytest.raises(DevicesError):
        loaded(folder)


def test_accounting_that_cannot_be_read_is_a_device_that_does_not_answer(folder: Path) -> None:
    device = loaded(folder, lakes=lambda folder: nullcontext(duckdb.connect(":memory:")))
    with pytest.raises(PublishError):
        device.wanted([rule()], now=NOW)
    (folder / "lake").rmdir()
    with pytest.raises(PublishError):
        loaded(folder).held()


def test_nobody_opens_lakes(folder: Path) -> None:
    with pytest.raises(DevicesError):
        loaded(folder, lakes=None)
