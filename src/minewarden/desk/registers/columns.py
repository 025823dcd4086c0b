"""The registers as tables: their columns, once, for template, import, export, form and list."""

from collections.abc import Iterable, Mapping
from typing import Any

from minewarden.desk.registers.models import Admission, SoftwareDetail, SoftwareUpkeep, Terminal
from minewarden.documents.sheet import Column, Kind, Table
from minewarden.vocab.message import Message, message


def _choices(labels: Iterable[Any], prefix: str) -> Mapping[str, Message]:
    return {choice.value: message(f"register_columns.{prefix}_{choice.value}") for choice in labels}


def _column(key: str, kind: Kind = Kind.TEXT, **facts: Any) -> Column:
    return Column(key, message(f"register_columns.col_{key}"), kind, **facts)


ADMISSIONS = Table(
    "admissions",
    message("register_columns.table_admissions"),
    (
        _column("unit", Kind.REFERENCE, required=True, example="云川市第一中学", width=24),
        _column("area", required=True, example="教学楼有线", width=20),
        _column(
            "medium",
            Kind.CHOICE,
            choices=_choices(Admission.Medium, "medium"),
            required=True,
            example="wired",
            width=10,
        ),
        _column(
            "method",
            Kind.CHOICE,
            choices=_choices(Admission.Method, "method"),
            required=True,
            example="dot1x",
            width=14,
        ),
        _column("real_name", Kind.FLAG, required=True, example="yes", width=10),
        _column("system", example="示例认证系统", width=18),
        _column("terminals", Kind.NUMBER, example="320", width=10),
        _column("log_days", Kind.NUMBER, example="184", width=14),
        _column("person_name", longest=60, example="秦朗", width=10),
        _column("checked_on", Kind.DATE, example="2026-11-20", width=13),
        _column("note", longest=200, width=24),
    ),
    key=("unit", "area"),
)

TERMINALS = Table(
    "terminals",
    message("register_columns.table_terminals"),
    (
        _column("unit", Kind.REFERENCE, required=True, example="云川市第一中学", width=24),
        _column("hostname", required=True, example="JX-0301", width=18, also=("计算机名", "终端名称", "主机")),
        _column("ip", Kind.IP, example="10.12.8.66", width=16, also=("IP地址", "IP")),
        _column("mac", Kind.MAC, example="00-1F-E2-12-91-E3", width=19, also=("MAC", "物理地址")),
        _column("person_name", longest=60, example="秦朗", width=10),
        _column("place", example="实验楼 301", width=18),
        _column("antivirus", example="示例防病毒 12", width=18, also=("杀毒软件", "防病毒软件名称")),
        _column("version", longest=60, example="12.0.3", width=12),
        _column("signatures_on", Kind.DATE, example="2026-11-20", width=13, also=("病毒库日期", "特征库日期")),
        _column("scanned_on", Kind.DATE, example="2026-11-20", width=13, also=("最近扫描时间", "上次查杀日期")),
        _column(
            "threat",
            Kind.CHOICE,
            choices=_choices(Terminal.Result, "threat"),
            example="nothing",
            width=12,
            also=("威胁状态",),
        ),
        _column("admitted", Kind.FLAG, example="yes", width=10),
        _column("checked_on", Kind.DATE, example="2026-11-20", width=13),
        _column("note", longest=200, width=24),
    ),
    key=("unit", "hostname"),
)

SUMMARY = Table(
    "software-summary",
    message("register_columns.table_software_summary"),
    (
        _column("unit", Kind.REFERENCE, required=True, example="云川市第一中学", width=24),
        _column("year", Kind.NUMBER, required=True, example="2026", width=8),
        _column("staff", Kind.NUMBER, required=True, example="180", width=10),
        _column("computers", Kind.NUMBER, required=True, example="420", width=10),
        _column("os_bought", Kind.NUMBER, example="0", width=14),
        _column("os_preinstalled", Kind.NUMBER, example="0", width=14),
        _column("os_free", Kind.NUMBER, example="0", width=14),
        _column("office_bought", Kind.NUMBER, example="0", width=14),
        _column("office_preinstalled", Kind.NUMBER, example="0", width=14),
        _column("office_free", Kind.NUMBER, example="0", width=14),
        _column("av_bought", Kind.NUMBER, example="0", width=14),
        _column("av_preinstalled", Kind.NUMBER, example="0", width=14),
        _column("av_free", Kind.NUMBER, example="0", width=14),
        _column("person_name", longest=60, example="秦朗", width=10),
        _column("checked_on", Kind.DATE, example="2026-11-20", width=13),
        _column("note", longest=200, width=24),
    ),
    key=("unit", "year"),
)

DETAIL = Table(
    "software-detail",
    message("register_columns.table_software_detail"),
    (
        _column("unit", Kind.REFERENCE, required=True, example="云川市第一中学", width=24),
        _column("computer", longest=60, required=True, example="ZC-2026-0301", width=16),
        _column("user_name", longest=60, required=True, example="秦朗", width=10),
        _column("department", example="教务处", width=14),
        _column("mac", Kind.MAC, example="00-1F-E2-12-91-E3", width=19),
        _column("os", required=True, example="示例操作系统 V10", width=18),
        _column(
            "os_source",
            Kind.CHOICE,
            choices=_choices(SoftwareDetail.Source, "source"),
            required=True,
            example="preinstalled",
            width=12,
        ),
        _column("office", example="示例办公 2019", width=18),
        _column(
            "office_source", Kind.CHOICE, choices=_choices(SoftwareDetail.Source, "source"), example="bought", width=12
        ),
        _column("av", example="示例防病毒 12", width=18),
        _column(
            "av_source", Kind.CHOICE, choices=_choices(SoftwareDetail.Source, "source"), example="bought", width=12
        ),
        _column("checked_on", Kind.DATE, example="2026-11-20", width=13),
        _column("note", longest=200, width=24),
    ),
    key=("unit", "computer"),
)

UPKEEP = Table(
    "software-upkeep",
    message("register_columns.table_software_upkeep"),
    (
        _column("unit", Kind.REFERENCE, required=True, example="云川市第一中学", width=24),
        _column("number", longest=60, required=True, example="RJ-001", width=12),
        _column("name", required=True, example="示例办公软件", width=18),
        _column("version", longest=60, example="2019", width=10),
        _column(
            "kind",
            Kind.CHOICE,
            choices=_choices(SoftwareUpkeep.Kind, "kind"),
            required=True,
            example="office",
            width=12,
        ),
        _column(
            "source",
            Kind.CHOICE,
            choices=_choices(SoftwareDetail.Source, "source"),
            required=True,
            example="bought",
            width=12,
        ),
        _column(
            "licence",
            Kind.CHOICE,
            choices=_choices(SoftwareUpkeep.Licence, "licence"),
            required=True,
            example="count",
            width=12,
        ),
        _column("licence_number", width=18),
        _column("licensed", Kind.NUMBER, example="200", width=10),
        _column("bought_on", Kind.DATE, example="2024-09-01", width=13),
        _column("valid_to", Kind.DATE, example="2027-08-31", width=13),
        _column("department", example="全校", width=14),
        _column("person_name", longest=60, example="秦朗", width=10),
        _column("place", example="办公楼", width=14),
        _column("installed", Kind.NUMBER, example="180", width=10),
        _column("removed", Kind.NUMBER, example="3", width=10),
        _column("upgraded_on", Kind.DATE, example="2026-09-01", width=13),
        _column("upkeep", longest=200, example="2026年9月统一升级", width=24),
        _column("stopped_on", Kind.DATE, width=13),
        _column("checked_on", Kind.DATE, example="2026-11-20", width=13),
        _column("note", longest=200, width=24),
    ),
    key=("unit", "number"),
)
