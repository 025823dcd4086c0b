"""Session and NAT logs exported as CSV from gateways, such as Ruijie's (EG, RG-WALL) and Sangfor's (AF, AC).

Neither maker publishes the columns of these exports and they differ between versions, so the form is documented here
instead: a header with, in any order and under any of the names below, the columns that tell a translation. Rename a
column in the spreadsheet where yours is called otherwise. Separators: comma, semicolon, tab; UTF-8 or GB18030.

`开始时间` (时间, 记录时间, 建立时间, 日期时间; needed), `结束时间` (释放时间, 断开时间; empty: not known to have
ended), `源IP` (源地址, 内网IP, NAT前源IP, 转换前源IP; needed), `源端口`, `NAT后源IP` (转换后IP, 转换后源IP, NAT地址,
NAT IP; needed), `NAT后源端口` (转换后端口, 转换后源端口, NAT端口), `目的IP` (目的地址), `目的端口`, `协议`, `动作`
(释放, 断开, 拆除, 结束, 老化: the line tells the end of a translation, at its `开始时间`; anything else: its beginning;
where a row has both times it is whole). English: start_time, end_time, src_ip, src_port, nat_src_ip, nat_src_port,
dst_ip, dst_port, protocol, action.

A row whose source is not translated is passed over and counted. Times are local unless they carry a zone.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.headed import headed, header_of, optional_seconds, spreadsheet_times
from minewarden.telemetry.reader import Batch, Head, Reject, Source

_NAMES = {
    "start": ("start_time", "starttime", "开始时间", "时间", "记录时间", "建立时间", "日期时间", "会话开始时间"),
    "end": ("end_time", "endtime", "结束时间", "释放时间", "断开时间", "会话结束时间"),
    "src": ("src_ip", "srcip", "源ip", "源地址", "源ip地址", "内网ip", "nat前源ip", "转换前源ip", "转换前ip"),
    "src_port": ("src_port", "srcport", "源端口", "内网端口", "nat前源端口", "转换前源端口", "转换前端口"),
    "nat": (
        "nat_src_ip", "natsrcip", "nat后源ip", "nat后ip", "nat源ip", "转换后ip", "转换后源ip", "转换后源地址",
        "转换后地址", "natip", "nat地址",
    ),
    "nat_port": (
        "nat_src_port", "natsrcport", "nat后源端口", "nat后端口", "nat源端口", "转换后端口", "转换后源端口", "nat端口",
    ),
    "dst": ("dst_ip", "dstip", "目的ip", "目的地址", "目的ip地址", "目标ip", "目标地址"),
    "dst_port": ("dst_port", "dstport", "目的端口", "目标端口"),
    "proto": ("protocol", "proto", "协议", "协议类型"),
    "action": ("action", "动作", "操作", "事件", "日志类型"),
}  # fmt: skip
_NEEDED = ("start", "src", "nat")
_CLOSED = pa.array(
    ["delete", "deleted", "end", "close", "释放", "断开", "拆除", "结束", "老化", "会话结束", "会话拆除"]
)


class NatExportReader:
    """CSV exports of gateways' session and NAT logs."""

    form = "nat_export"
    grows = False

    def recognises(self, head: Head) -> bool:
        """By its header."""
        return set(_NEEDED) <= header_of(head, _NAMES)

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `nat`."""
        for part in headed(source, _NAMES, _NEEDED):
            if isinstance(part, Reject):
                yield part
                continue
            spreadsheet_times(part, "start", "end")
            inside, outside = part.texts("src"), part.texts("nat")
            # An empty or equal address behind the translation: the session was let through as it is.
            untouched = pc.fill_null(pc.or_(pc.equal(inside, outside), pc.equal(outside, "0.0.0.0")), False)  # noqa: S104
            untouched = pc.or_(untouched, pc.is_null(outside))
            if untouched.true_count:
                source.pass_over("untranslated", untouched.true_count)
                part = part.where(pc.invert(untouched))
            until = optional_seconds(part, "end")
            event = _event(part.texts("action"), until)
            columns = {
                "ts": part.seconds("start"),
                "until": pc.if_else(pc.equal(event, "session"), until, None),
                "event": event,
                "proto": pc.utf8_lower(part.texts("proto")),
                "inside": part.address("src"),
                "inside_port": part.port("src_port"),
                "outside": part.address("nat"),
                "outside_port": part.port("nat_port"),
                "dst": part.address("dst", required=False),
                "dst_port": part.port("dst_port"),
            }
            yield from part.rows("nat", columns)


def _event(action: pa.Array, until: pa.Array) -> pa.Array:
    """session where both ends are told, else what the action says; a start alone is a create."""
    spelled = pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(action, "")))
    closed = pc.is_in(spelled, _CLOSED)
    return pc.if_else(pc.is_valid(until), "session", pc.if_else(closed, "delete", "create"))
