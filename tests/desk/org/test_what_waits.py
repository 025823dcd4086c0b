"""What waits for a person in several lists: of one that is endless the page names some, and of the others all."""

from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.kit.waiting import Item
from minewarden.desk.ledger.models import LogSource, Protection
from minewarden.desk.org import waiting
from minewarden.desk.org.waiting import gather, part


@pytest.mark.parametrize("most", [3, 6, 7])
def test_a_list_without_end_hides_no_other(city: Any, monkeypatch: Any, most: int) -> None:
    monkeypatch.setattr(waiting, "_MOST", most)
    now, unit = timezone.now(), city.first_school
    for n in range(5):
        LogSource.objects.create(unit=unit, type="nat", device=f"日志{n}", entered_at=now)
    for n in range(2):
        Protection.objects.create(unit=unit, type="ips", model=f"防护{n}", place="机房", entered_at=now)

    def items(rows: Any) -> list[Item]:
        return [Item(row.text, "", "") for row in rows]

    lists = (
        part("log", LogSource.objects.all(), items, whole="/logs/", text="device"),
        part("protection", Protection.objects.all(), items, whole="/protections/", text="model"),
    )
    for given in (lists, lists[::-1]):
        told = list(gather(given))
        assert {item.what for item in told} >= {"防护0", "防护1"}
        leads_on = [item.href for item in told if item.href]
        assert leads_on in {3: (["/logs/"],), 6: (["/logs/"], []), 7: ([],)}[most]


def test_nothing_waits_where_no_list_is_given() -> None:
    assert list(gather(())) == []
