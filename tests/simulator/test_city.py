"""The invented city: consistent in itself, and nothing in it is anybody's."""

import ipaddress

import pytest

from minewarden.simulator import city
from minewarden.vocab.net import canonical_ip, canonical_mac

DOCUMENTATION = [ipaddress.ip_network(block) for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
DEVICES = [*city.NOTED, *city.classroom(city.MIDDLE, 40), *city.classroom(city.PRIMARY, 40)]
BY_NAME = {unit.name: unit for unit in city.UNITS}


def test_every_unit_has_a_superior_up_to_the_bureau() -> None:
    for unit in city.UNITS:
        assert unit is city.BUREAU or unit.parent in BY_NAME
    assert len({unit.code for unit in city.UNITS}) == len(city.UNITS)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.hostname)
def test_a_device_stands_in_the_range_of_its_unit(device: city.Device) -> None:
    unit = BY_NAME[device.unit]
    assert ipaddress.ip_address(device.ip) in ipaddress.ip_network(unit.inside)
    assert canonical_ip(device.ip) == device.ip
    assert canonical_mac(device.mac) == device.mac
    assert int(device.mac[:2], 16) & 2, "a MAC address that no maker was given"


def test_no_two_devices_share_what_must_be_their_own() -> None:
    for own in ("ip", "mac", "hostname"):
        values = [getattr(device, own) for device in DEVICES]
        assert len(set(values)) == len(values), own
    named = [device.asset for device in DEVICES if device.asset]
    assert len(set(named)) == len(named)


def test_public_addresses_are_those_kept_for_documentation() -> None:
    for unit in city.UNITS:
        if unit.egress:
            assert any(ipaddress.ip_network(unit.egress).subnet_of(block) for block in DOCUMENTATION)
    assert any(ipaddress.ip_address(city.DISTRICT_EXIT) in block for block in DOCUMENTATION)
