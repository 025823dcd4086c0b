"""What the heads of columns mean."""

import pytest

from minewarden.intake.columns import role_of


@pytest.mark.parametrize(
    ("role", "heads"),
    [
        ("row", ["序号", "No.", "#"]),
        ("number", ["通报编号", "事件编号", "编号"]),
        ("sender", ["通报单位", "来源", "监测单位"]),
        ("sent", ["通报时间", "下发日期"]),
        ("deadline", ["反馈截止时间", "整改期限", "办结时限"]),
        ("unit", ["归属单位", "单位名称", "*单位名称", "学校名称", "IP归属单位", "涉事单位", "责任单位"]),
        (
            "address",
            [
                "IP",
                "IP 地址",
                "IP地址（公网）",
                "源IP",
                "源 地址",
                "失陷主机IP",
                "src_ip",
                "Source IP",
                "公网IP",
                "挖矿IP",
            ],
        ),
        ("port", ["源端口", "公网端口", "src_port"]),
        ("destination", ["目的IP", "目的地址", "矿池IP", "矿池地址", "外联IP", "dst_ip"]),
        ("destination_port", ["目的端口", "矿池端口", "dst port"]),
        ("bare_port", ["端口", "端口号"]),
        ("domain", ["矿池域名", "请求域名", "域名"]),
        ("url", ["URL", "矿池链接"]),
        ("coin", ["币种", "虚拟货币类型", "虚拟币名称"]),
        ("protocol", ["协议", "通信协议"]),
        ("first", ["首次发现时间", "发现时间", "时间", "活动时间", "监测日期"]),
        ("last", ["末次发现时间", "最近活跃时间", "结束时间"]),
        ("answer.is_ours", ["是否本单位IP", "是否为本校"]),
        ("answer.inside_ip", ["内网IP", "内网地址"]),
        ("answer.mac", ["MAC", "MAC地址", "物理地址"]),
        ("answer.person", ["责任人"]),
        ("answer.phone", ["联系电话"]),
        ("answer.is_true", ["是否属实"]),
        ("answer.nature", ["挖矿性质（主动/被动/误报/无法核实）"]),
        ("answer.measures", ["处置措施", "整改情况"]),
        ("answer.done_at", ["处置时间", "完成时间"]),
        ("", ["备注", "通信次数", "归属地市", "运营商", "威胁类型", "联系地址", "联系人"]),
        (None, ["某某中学", "203.0.113.5", "", "description", "一" * 80]),
    ],
)
def test_heads(role: str | None, heads: list[str]) -> None:
    assert {head: role_of(head) for head in heads} == dict.fromkeys(heads, role)
