"""Tables with a header, as people write them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.fields import Fields
from minewarden.telemetry.head import head_of
from minewarden.telemetry.headed import headed, header_of, macs, optional_days, optional_seconds
from minewarden.telemetry.reader import Reject
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError
from tests.telemetry.conftest import source_of

NAMES = {"key": ("编号", "key"), "mac": ("mac", "mac地址"), "day": ("日期", "day"), "time": ("时间", "time")}


def parts(text: str, zone: str | None = None) -> list[Fields]:
    found = list(headed(source_of(text.encode(), zone), NAMES, ("key",)))
    assert not any(isinstance(part, Reject) for part in found)
    return [part for part in found if isinstance(part, Fields)]


@pytest.mark.parametrize("header", ["编号,MAC地址", "MAC;编号*", "\ufeff编 号\tMAC（接入）", '"key","mac"'])
def test_headings_in_their_many_spellings(header: str) -> None:
    assert header_of(head_of(f"{header}\n".encode()), NAMES) == {"key", "mac"}


def test_empty_fields_are_null_and_rows_keep_their_numbers() -> None:
    [part] = parts("\nkey,mac,other\nA,,x\nB,-,y\n")
    assert part.texts("mac").to_pylist() == [None, None]
    assert part.lines.to_pylist() == [3, 4]


def test_missing_column_is_named_with_the_header() -> None:
    with pytest.raises(InputError) as error:
        parts("mac,day\n,\n")
    assert "编号" in error.value.said("zh")
    assert "mac,day" in error.value.said("zh")


def test_days_in_the_spellings_of_offices() -> None:
    [part] = parts("key,day\nA,2026-03-12\nB,2026/3/2\nC,2026年3月12日\nD,20260312\nE,\n")
    city = ZoneInfo("Asia/Shanghai")
    whole, short = (to_us(datetime(2026, 3, day, tzinfo=city)) for day in (12, 2))
    assert optional_days(part, "day", end=False).to_pylist() == [whole, short, whole, whole, None]
    assert optional_days(part, "day", end=True)[0].as_py() == whole + 86_400_000_000 - 1


def test_what_is_there_and_cannot_be_read_is_a_reject_at_its_line() -> None:
    [part] = parts("key,mac,time\nA,02-00-00-00-00-0A,2026-03-12T00:00:00Z\nB,nonsense,\nC,,later\n")
    assert macs(part, "mac").to_pylist() == ["02:00:00:00:00:0a", None, None]
    optional_seconds(part, "time")
    rejects = [item for item in part.rows("asset", {"asset": part.texts("key")}) if isinstance(item, Reject)]
    assert [reject.line for reject in rejects] == [3, 4]
