"""An invented report that uses every element of the page."""

from datetime import date

from minewarden.documents.official import Annex, OfficialDocument, Section

RARE_NAMES = ("张喆", "李䶮", "王㛃·阿卜杜拉", "赵昇珺玥赟翀")


def report(characters: int = 700) -> OfficialDocument:
    """A report whose first section holds one unbroken run of `characters`."""
    names = "、".join(RARE_NAMES)
    return OfficialDocument(
        title="关于“挖矿”通报（云教网安通〔2026〕3号）排查处置情况的报告",
        addressee="云川市教育局",
        unit="云川市示例第一中学",
        on=date(2026, 3, 5),
        opening=("2026年3月3日17时30分，我校收到贵局转来的通报1条。现将排查处置情况报告如下。",),
        sections=(
            Section("基本情况", ("国" * characters,)),
            Section("排查过程", (f"责任人为{names}。",)),
            Section("时间线", (), (("时间", "事项"), ("2026年3月4日 10:05", f"锁定设备，责任人{names}")), level=2),
            Section("方法", ("核对日志。",), level=3),
            Section("依据", ("见附件。",), level=4),
            Section("处置措施", ("已断网。",)),
        ),
        closing="特此报告。",
        issuer_mark="云川市示例第一中学文件",
        number="云一中〔2026〕12号",
        signer="张喆",
        annexes=(
            Annex("排查处置反馈表", (Section("", (), (("项目", "内容"), ("内网IP", "10.12.3.7"))),)),
            Annex("佐证材料"),
        ),
        copies="云川市网信办",
        printed_by="云川市示例第一中学办公室",
        printed_on=date(2026, 3, 6),
        code="MW-2026-000123",
    )
