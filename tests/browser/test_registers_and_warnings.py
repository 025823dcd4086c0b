"""What terminals and software lack, and a warning that a second person releases."""

import pytest

from minewarden.desk.alerts.models import Alert
from minewarden.desk.registers.models import SoftwareUpkeep, Terminal

pytestmark = pytest.mark.django_db(transaction=True)


def test_gaps_are_seen_and_a_warning_is_released(walker, keep, people, city, turn):
    turn("2026-11-20 10:00")
    for name, unit in (("JX-01", city.first_school), ("JX-02", city.first_school), ("BG-01", city.riverside)):
        Terminal.objects.create(unit=unit, hostname=name, antivirus="示例 12" if name != "JX-02" else "", threat="open")
    SoftwareUpkeep.objects.create(
        unit=city.first_school, number="RJ-001", name="示例办公", kind="office", source="bought", licence="count",
        licensed=5, installed=9,
    )  # fmt: skip
    page = walker("wang.lei")
    root = page.url.rstrip("/")
    page.goto(f"{root}/registers/")
    keep(page, "registers-home")
    page.goto(f"{root}/ledger/terminals/")
    keep(page, "registers-terminals")
    page.goto(f"{root}/alerts/ask/?text=holiday")
    page.select_option("#id_unit", str(city.linjiang.pk))
    page.fill("#id_reason", "元旦假期")
    keep(page, "alerts-ask")
    page.click("main form.card button.primary")
    alert = Alert.objects.get()
    other = walker("li.fang")
    other.goto(f"{root}/alerts/{alert.pk}/")
    keep(other, "alerts-alert")
    other.click("text=批准发送")
    assert Alert.objects.get().standing == "running"
