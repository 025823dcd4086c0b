"""The asset ledger."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.assets import AssetCsvReader
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError
from tests.telemetry.conftest import Read


def day(*parts: int) -> int:
    return to_us(datetime(*parts, tzinfo=ZoneInfo("Asia/Shanghai")))  # type: ignore[misc, arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_official_headings_in_any_encoding(read: Read, samples: Path, encoding: str) -> None:
    data = (samples / "assets.csv").read_text(encoding="utf-8").encode(encoding)
    assert AssetCsvReader().recognises(head_of(data))
    rows, rejects = read(AssetCsvReader(), data)
    first, second = rows["asset"]
    assert first == {
        "ts": day(2025, 9, 1), "until": None, "asset": "ZC-2026-0001", "name": "机房实训机07", "kind": "教学终端",
        "ip": "10.12.9.14", "mac": "02:00:00:00:00:0a", "hostname": "lab-07", "switch_port": "SW-3F-02 GE1/0/17",
        "login": "zhangz", "place": "三楼机房", "department": "信息中心", "person": "张喆", "unit": "云川市第一中学",
        "origin": 1, "row": 2,
    }  # fmt: skip
    assert (second["name"], second["mac"], second["person"]) == ("服务器,旧", "02:00:00:00:00:0b", "李䶮")
    assert (second["ts"], second["until"]) == (day(2024, 1, 1), day(2026, 3, 1) - 1)
    assert sorted(reject.line for reject in rejects) == [4, 5]


def test_english_headings_in_any_order(read: Read) -> None:
    rows, rejects = read(AssetCsvReader(), b"person;MAC;asset;valid_until\nLi Yan;0200-0000-000a;A1;20260312\n")
    assert rejects == []
    [row] = rows["asset"]
    assert (row["asset"], row["person"], row["mac"]) == ("A1", "Li Yan", "02:00:00:00:00:0a")
    assert row["until"] == day(2026, 3, 13) - 1


@pytest.mark.parametrize("field", ["13.3.2026", "2026-02-30", "soon"])
def test_a_date_that_is_none_is_a_reject(read: Read, field: str) -> None:
    rows, rejects = read(AssetCsvReader(), f"asset,mac,ip,valid_from\nA1,,,{field}\n".encode())
    assert rows == {}
    assert [reject.line for reject in rejects] == [2]


def test_a_ledger_without_numbers_is_refused_with_what_it_lacks(read: Read) -> None:
    with pytest.raises(InputError) as error:
        read(AssetCsvReader(), "资产名称,内网IP,MAC\n机,10.0.0.1,\n".encode())
    assert "资产编号" in error.value.said("zh")
