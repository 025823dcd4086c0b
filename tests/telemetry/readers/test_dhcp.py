"""Leases of Kea and ISC dhcpd."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.dhcp import IscLeaseReader, KeaLeaseReader
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError
from tests.telemetry.conftest import Read, read_all


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(f"2026-03-12 {text}").replace(tzinfo=UTC))


def test_recognition(samples: Path) -> None:
    kea, isc = (head_of((samples / name).read_bytes()) for name in ("kea_leases.csv", "dhcpd.leases"))
    assert KeaLeaseReader().recognises(kea)
    assert not KeaLeaseReader().recognises(isc)
    assert IscLeaseReader().recognises(isc)
    assert not IscLeaseReader().recognises(kea)


def test_kea_lease_begins_a_lifetime_before_it_expires(read: Read, samples: Path) -> None:
    rows, rejects = read(KeaLeaseReader(), samples / "kea_leases.csv", offset="-45s")
    late = 45_000_000
    first, renewed, deleted, forever, declined = rows["lease"]
    assert (first["ts"], first["until"]) == (us("12:00:00") + late, us("13:00:00") + late)
    assert (first["ip"], first["mac"], first["hostname"], first["state"], first["row"]) == (
        "10.12.9.14", "02:00:00:00:00:0a", "lab-07", "active", 2,
    )  # fmt: skip
    assert (renewed["ts"], renewed["until"]) == (us("12:30:00") + late, us("13:30:00") + late)
    assert deleted["state"] == "deleted"
    assert (forever["until"], forever["hostname"]) == (None, "printer.school.example")
    assert declined["state"] == "declined"
    assert [reject.line for reject in rejects] == [6]


@pytest.mark.parametrize(
    "line",
    [
        "10.0.0.1,02:00:00:00:00:0a,,x,1773320400",
        "10.0.0.1,02:00:00:00:00,,1,1773320400",
        "10.0.0.1,02:00:00:00:00:0a,,9,8",
        "10.0.0,02:00:00:00:00:0a,,1,1773320400",
        "10.0.0.1",
    ],
)
def test_kea_rejects_a_damaged_line(read: Read, line: str) -> None:
    rows, rejects = read(KeaLeaseReader(), f"address,hwaddr,client_id,valid_lifetime,expire\n{line}\n".encode())
    assert rows == {}
    assert [reject.line for reject in rejects] == [2]


def test_kea_without_its_columns(read: Read) -> None:
    with pytest.raises(InputError):
        read(KeaLeaseReader(), b"address,hwaddr\n10.0.0.1,02:00:00:00:00:0a\n")


def test_isc(read: Read, samples: Path) -> None:
    rows, rejects = read(IscLeaseReader(), samples / "dhcpd.leases")
    active, released, open_end = rows["lease"]
    assert (active["ts"], active["until"], active["hostname"], active["row"]) == (
        us("12:00:00"), us("14:00:00"), "lab-07", 5,
    )  # fmt: skip
    assert (released["until"], released["state"]) == (us("13:14:00"), "released")
    assert (open_end["ts"], open_end["until"], open_end["mac"]) == (us("13:00:00"), None, "02:00:00:00:00:0b")
    assert sorted(reject.line for reject in rejects) == [34, 42]


@given(st.binary(max_size=400))
def test_isc_survives_anything(noise: bytes) -> None:
    data = b"lease 10.0.0.1 {\n starts 4 2026/03/12 12:00:00;\n" + noise + b"\n}\nlease 10.0.0.2 {\n"
    rows, rejects = read_all(IscLeaseReader(), data)
    assert len(rejects) + len(rows.get("lease", [])) >= 1
