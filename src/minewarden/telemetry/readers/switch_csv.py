"""MAC and ARP tables of switches as CSV: what `minewarden switches` writes, and what other programs export.

A header with, in any order: `switch` (交换机, 设备; needed), `time` (时间, 采集时间; empty: not known), `mac` (MAC地址;
needed), `port` (端口, 接口), `vlan`, `ip` (IP地址). A row with an address is of the ARP table, one without of the MAC
table, which needs a port.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.headed import headed, header_of, macs, optional_seconds, spreadsheet_times
from minewarden.telemetry.reader import Batch, Head, Reject, Source

_NAMES = {
    "switch": ("switch", "device", "交换机", "交换机名称", "设备", "设备名称"),
    "time": ("time", "时间", "采集时间"),
    "mac": ("mac", "mac_address", "mac地址"),
    "port": ("port", "interface", "端口", "接口"),
    "vlan": ("vlan", "vlan_id", "vlanid"),
    "ip": ("ip", "ip_address", "ip地址"),
}
_NEEDED = ("switch", "mac")


class SwitchCsvReader:
    """MAC and ARP tables as CSV."""

    form = "switch_csv"
    grows = False

    def recognises(self, head: Head) -> bool:
        """By its header."""
        there = header_of(head, _NAMES)
        return there.issuperset(_NEEDED) and bool(there & {"port", "ip"})

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of tables `fdb` and `arp`."""
        for part in headed(source, _NAMES, _NEEDED):
            if isinstance(part, Reject):
                yield part
                continue
            spreadsheet_times(part, "time")
            resolved = pc.is_valid(part.texts("ip"))
            for table, there in (("arp", resolved), ("fdb", pc.invert(resolved))):
                rows = part.where(there)
                if not len(rows):
                    continue
                columns = {
                    "ts": optional_seconds(rows, "time"),
                    "mac": rows.need("mac", macs(rows, "mac")),
                    "port": rows.texts("port"),
                    "vlan": rows.number("vlan", 1, 4094).cast(pa.int32()),
                }
                if table == "arp":
                    columns |= {"ip": rows.address("ip"), "device": rows.need("switch", rows.texts("switch"))}
                else:
                    columns["switch"] = rows.need("switch", rows.texts("switch"))
                    columns["port"] = rows.need("port", columns["port"])
                yield from rows.rows(table, columns)
