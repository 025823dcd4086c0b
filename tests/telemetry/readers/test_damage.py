"""Logs that serve to trace, cut and damaged anywhere: told with line and remedy, never a traceback; and each sample is
recognised by its own reader only."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from minewarden.plugins import READERS
from minewarden.telemetry.head import head_of
from minewarden.vocab.errors import InputError
from tests.telemetry.conftest import read_all

SAMPLES = Path(__file__).parent / "samples"
FORMS = {
    "arp_h3c.txt": "switch_mac",
    "arp_ruijie.txt": "switch_mac",
    "assets.csv": "asset_csv",
    "bind_query.log": "bind_query",
    "conntrack.log": "conntrack",
    "conntrack_list.txt": "conntrack",
    "dhcp_windows.log": "windows_dhcp",
    "dhcp_windows_zh.log": "windows_dhcp",
    "dhcpd.leases": "isc_leases",
    "dnsmasq_query.log": "dnsmasq_query",
    "first_lengths.csv": "first_lengths",
    "kea_leases.csv": "kea_leases",
    "mac_h3c.txt": "switch_mac",
    "mac_huawei.txt": "switch_mac",
    "mac_ruijie.txt": "switch_mac",
    "nat.csv": "nat_csv",
    "nat_export.csv": "nat_export",
    "nat_h3c.log": "h3c_nat",
    "nat_huawei.log": "huawei_nat",
    "nat_sangfor.log": "sangfor_nat",
    "node_debug.log": "node_log",
    "node_monero.log": "node_log",
    "portal.csv": "portal_csv",
    "radius_detail": "radius_detail",
    "switch.csv": "switch_csv",
    "unbound_query.log": "unbound_query",
}


@pytest.mark.parametrize(("name", "form"), FORMS.items())
def test_each_sample_is_one_form(name: str, form: str) -> None:
    head = head_of((SAMPLES / name).read_bytes())
    assert [one for one, reader in READERS.load_all().items() if reader().recognises(head)] == [form]


@pytest.mark.parametrize(("name", "form"), FORMS.items())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.floats(0, 1),
    place=st.floats(0, 1),
    noise=st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"\x00", b"\r", b"\n\n", b'"', b"=", b",", b";", b"9" * 30, "汉".encode(), b"\xff\xfe", b"\t"]
        ),
    ),
)
@example(cut=1.0, place=0.0, noise=b"\n")
def test_damage_is_told_and_nothing_else_happens(name: str, form: str, cut: float, place: float, noise: bytes) -> None:
    data = (SAMPLES / name).read_bytes()
    data = data[: int(len(data) * cut)]
    middle = int(len(data) * place)
    damaged = data[:middle] + noise + data[middle:]
    if not head_of(damaged).encoding:
        return
    told: InputError | None = None
    try:
        rows, _ = read_all(READERS.load(form)(), damaged, zone="Asia/Shanghai")
    except InputError as error:
        rows, told = {}, error
    assert told is None or (told.said("zh") and told.said("en"))
    for table in rows.values():
        assert all(0 < row["row"] <= damaged.count(b"\n") + 1 for row in table)
