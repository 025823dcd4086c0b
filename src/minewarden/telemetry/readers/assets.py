"""The asset ledger as CSV, with the headings of the official form or English ones, in any order.

资产编号 asset (needed), 资产名称 name, 资产类别 kind, 内网IP ip, MAC mac, 主机名 hostname, 部署位置 place,
管理部门 department, 责任人 person, 接入端口 switch_port (`SW-3F-02 GE1/0/17`), 上网账号 login, 单位 unit,
启用日期 valid_from, 停用日期 valid_until.

UTF-8 (with or without a mark) or GB 18030; fields parted by comma, semicolon or tab. A day begins and ends in the
declared zone, else in the city's. An entry with an address, MAC address or date that is none is a reject, not half an
entry.
"""

from collections.abc import Iterator

import pyarrow.compute as pc

from minewarden.telemetry.headed import headed, header_of, macs, optional_days
from minewarden.telemetry.reader import Batch, Head, Reject, Source

_COLUMNS = {
    "asset": ("资产编号", "asset", "asset_id", "asset_no", "编号"),
    "name": ("资产名称", "name", "设备名称"),
    "kind": ("资产类别", "kind", "type", "类别"),
    "ip": ("内网ip", "ip", "ip地址", "内网ip地址", "inside_ip"),
    "mac": ("mac", "mac地址", "mac_address"),
    "hostname": ("主机名", "hostname"),
    "place": ("部署位置", "place", "location"),
    "department": ("管理部门", "department"),
    "person": ("责任人", "person", "owner"),
    "switch_port": ("接入端口", "switch_port", "vlan/接入端口"),
    "login": ("上网账号", "login", "account"),
    "unit": ("单位", "unit", "使用单位"),
    "valid_from": ("启用日期", "valid_from"),
    "valid_until": ("停用日期", "valid_until"),
}
_TEXTS = ("asset", "name", "kind", "switch_port", "login", "place", "department", "person", "unit")
_TELLING = frozenset({"ip", "mac", "hostname", "place", "department", "person"})


class AssetCsvReader:
    """The ledger's devices."""

    form = "asset_csv"
    grows = False

    def recognises(self, head: Head) -> bool:
        """By its header: the asset's number and at least two of what a ledger tells."""
        there = header_of(head, _COLUMNS)
        return "asset" in there and len(there & _TELLING) >= 2

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `asset`."""
        for part in headed(source, _COLUMNS, ("asset",)):
            if isinstance(part, Reject):
                yield part
                continue
            columns = {name: pc.utf8_trim_whitespace(part.texts(name)) for name in _TEXTS}
            part.need("asset", columns["asset"])
            columns |= {
                "ts": optional_days(part, "valid_from", end=False),
                "until": optional_days(part, "valid_until", end=True),
                "ip": part.address("ip", required=False),
                "mac": macs(part, "mac"),
                "hostname": part.name("hostname"),
            }
            yield from part.rows("asset", columns)
