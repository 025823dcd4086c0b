"""Login records of portals and access controllers as CSV: one row per session, with when somebody came and went.

Every maker names the columns otherwise, so the form is documented here: a header with, in any order and under any of
the names below, `上线时间` (登录时间, 认证时间, 开始时间; needed), `下线时间` (注销时间, 结束时间; empty: still there,
or not logged), `账号` (用户名, 用户账号, 上网账号, 学工号; needed), `IP` (用户IP, 终端IP, IP地址, 内网IP), `MAC`
(用户MAC, 终端MAC, MAC地址), `接入设备` (NAS, NAS IP, 设备IP, AP名称), `接入端口` (端口, NAS端口, 位置), `会话ID`
(会话标识).
English: login_time, logout_time, account, ip, mac, nas, nas_port, session_id. Address or MAC address must be there.

Times are local unless they carry a zone. Separators: comma, semicolon, tab; UTF-8 or GB18030.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.fields import Fields
from minewarden.telemetry.headed import headed, header_of, macs, optional_seconds, spreadsheet_times
from minewarden.telemetry.reader import Batch, Head, Reject, Source
from minewarden.telemetry.schema import TABLES

_NAMES = {
    "login": ("login_time", "上线时间", "登录时间", "认证时间", "开始时间"),
    "logout": ("logout_time", "下线时间", "注销时间", "结束时间"),
    "account": ("account", "username", "user_name", "账号", "用户名", "用户账号", "上网账号", "学工号"),
    "ip": ("ip", "user_ip", "ip地址", "用户ip", "终端ip", "内网ip"),
    "mac": ("mac", "user_mac", "mac地址", "用户mac", "终端mac"),
    "nas": ("nas", "nas_ip", "nasip", "接入设备", "接入设备ip", "设备ip", "ap名称"),
    "port": ("nas_port", "nasport", "接入端口", "端口", "nas端口", "位置"),
    "session": ("session_id", "sessionid", "会话id", "会话标识"),
}
_NEEDED = ("login", "account")


class PortalCsvReader:
    """CSV exports of portals' login records."""

    form = "portal_csv"
    grows = False

    def recognises(self, head: Head) -> bool:
        """By its header."""
        there = header_of(head, _NAMES)
        return there.issuperset(_NEEDED) and bool(there & {"ip", "mac"})

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `session`: a start for each row, and a stop where it has one."""
        for part in headed(source, _NAMES, _NEEDED):
            if isinstance(part, Reject):
                yield part
                continue
            for item in self._rows(part):
                if isinstance(item, Reject):
                    yield item
                else:
                    yield from _ends(item)

    def _rows(self, part: Fields) -> Iterator[Batch | Reject]:
        """Starts that still carry the length of their session."""
        spreadsheet_times(part, "login", "logout")
        begun, gone = part.seconds("login"), optional_seconds(part, "logout")
        length = pc.subtract(gone, begun)
        backwards = pc.fill_null(pc.less(length, 0), False)
        part.need("logout", pc.if_else(backwards, None, 0))
        account = part.need("account", pc.utf8_trim_whitespace(part.texts("account")))
        ip, mac = part.address("ip", required=False), macs(part, "mac")
        place = part.need("ip", pc.coalesce(ip, mac))
        # Without a number of its own a session is told by who came when and where.
        own = pc.binary_join_element_wise(account, place, begun.cast(pa.string()), "|", null_handling="replace")
        columns = {
            "ts": begun,
            "event": pa.repeat(pa.scalar("start"), len(part)),
            "session": pc.coalesce(part.texts("session"), own),
            "login": account,
            "ip": ip,
            "mac": mac,
            "nas": part.texts("nas"),
            "nas_port": part.texts("port"),
            "duration_us": length,
        }
        yield from part.rows("session", columns)


def _ends(starts: Batch) -> Iterator[Batch]:
    """The starts without their lengths, and the stops that they tell."""
    schema, rows = TABLES["session"], starts.rows
    length = rows.column("duration_us")
    begun = {name: rows.column(name) for name in schema.names}
    yield Batch("session", _batch(begun | {"duration_us": pa.nulls(len(rows), pa.int64())}))
    over = rows.filter(pc.is_valid(length))
    if len(over):
        ended = {name: over.column(name) for name in schema.names}
        ended["ts"] = pc.add(ended["ts"], ended["duration_us"])
        ended["event"] = pa.repeat(pa.scalar("stop"), len(over))
        yield Batch("session", _batch(ended))


def _batch(columns: dict[str, pa.Array]) -> pa.RecordBatch:
    schema = TABLES["session"]
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)
