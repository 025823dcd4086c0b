"""The file of devices: everything that is wrong in it at once, and no device reached."""

from pathlib import Path

import pytest

from minewarden.enforce.devices_file import DevicesError, load_devices

GOOD = """
[device.resolver]
kind = "bind"
server = "192.0.2.53"
key_name = "mw"
key_file = "key"
[device.lists]
kind = "folder"
form = "edl"
folder = "lists"
[device.gateway]
kind = "nftables"
[device.sensor]
kind = "suricata"
folder = "rules"
socket = "/run/suricata.sock"
action = "drop"
"""


def test_each_kind_is_made(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("c2VjcmV0\n")
    (tmp_path / "d.toml").write_text(GOOD)
    devices = load_devices(tmp_path / "d.toml")
    assert {name: device.kind for name, device in devices.items()} == {
        "resolver": "bind", "lists": "folder", "gateway": "nftables", "sensor": "suricata"}  # fmt: skip


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(
        '[device.a]\nkind = "smoke"\n[device.b]\nkind = "bind"\n[device.c]\nkind = "nftables"\ncomand = ["nft"]\n'
        '[device.d]\nkind = "folder"\nform = "x"\nfolder = "y"\n[device.e]\nkind = "nftables"\ncommand = "nft"\n'
        '[device.f]\nkind = "suricata"\nfolder = "x"\nsocket = "y"\naction = "burn"\n'
        '[device.g]\nkind = "bind"\nserver = "pool.example.net"\nkey_name = "k"\nkey_file = "d.toml"\n'
    )
    with pytest.raises(DevicesError) as error:
        load_devices(tmp_path / "d.toml")
    assert len(error.value.problems) == 7
    for language in ("zh", "en"):
        assert "comand" in error.value.said(language)


@pytest.mark.parametrize("text", ["", "x = 1", "device = 3", "[device", '[device.a]\nkind = "nftables"\n[other]\n'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "d.toml").write_text(text)
    with pytest.raises(DevicesError):
        load_devices(tmp_path / "d.toml")
    with pytest.raises(DevicesError):
        load_devices(tmp_path / "absent.toml")
