"""The ledgers in a real browser: gaps, lists, a file handed in and confirmed, a leaver; wide and on a phone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from minewarden.desk.ledger.columns import ASSETS
from minewarden.desk.ledger.models import Asset, Duty, Line, LogSource, Protection, Sighting, Staff, UnitRange
from minewarden.documents.sheet_write import listing

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ledgers(city: Any, people: Any) -> Any:
    """A district whose ledgers are half kept."""
    school, today = city.first_school, date.today()
    line = Line.objects.create(
        unit=school, number="LJ-001", carrier="telecom", person_name="秦朗", contract_to=today + timedelta(days=20)
    )
    UnitRange.objects.create(unit=school, cidr="10.12.0.0/16", purpose="teaching", valid_from=START, line=line)
    for unit in (school, city.riverside):
        UnitRange.objects.create(unit=unit, cidr="203.0.113.0/28", purpose="egress", valid_from=START)
    UnitRange.objects.create(unit=city.riverside, cidr="192.168.0.0/16", purpose="office", valid_from=START)
    for number, name in ((1, "秦朗"), (2, ""), (3, "秦朗")):
        Asset.objects.create(
            unit=school, number=f"ZC-2026-{number:04}", name="机房教师机", ip=f"10.12.8.{number}",
            mac=f"02:00:5e:10:00:{number:02x}", place="实验楼 302", department="信息中心", person_name=name,
            person_number="T1" if name else "", performance="to_check" if number == 3 else "", on_behalf=number == 1,
        )  # fmt: skip
    Duty.objects.create(
        unit=school, post="contact_a", name="秦朗", number="T1", title="信息中心主任", phone="13800001234"
    )
    LogSource.objects.create(unit=school, type="nat", device="出口防火墙", keep_days=30)
    Protection.objects.create(unit=school, type="firewall", model="示例 F1000", place="网络中心")
    Sighting.objects.create(
        unit=school, mac="02:00:5e:77:00:01", ip="10.12.9.9", first_seen=START, last_seen=START, source="无线控制器"
    )
    people.staff = Staff.objects.create(
        unit=school, number="T1", name="秦朗", department="信息中心", phone="13800001234", account=people.school_officer
    )
    return people


def rows() -> bytes:
    right = {
        "number": "ZC-2026-0009", "unit": "云川市第一中学", "name": "教学终端", "category": "teaching",
        "use": "teaching", "place": "教学楼 101", "department": "信息中心", "person_name": "秦朗", "ip": "10.12.1.9",
        "mac": "02:00:5e:10:00:09", "person_phone": "13800001234",
    }  # fmt: skip
    wrong = right | {"number": "ZC-2026-0010", "mac": "zz", "ip": "10.99.1.1", "person_phone": "1380000123"}
    graphics = right | {"number": "ZC-2026-0011", "use": "", "gpu": "8×A100", "ip": "10.12.1.11", "mac": ""}
    return listing(ASSETS, [right, wrong, graphics])


def test_pages_of_the_ledgers_fit_a_window_and_a_phone(walker, keep, ledgers, city, live_server):
    page = walker("tang.ning")
    asset = Asset.objects.get(number="ZC-2026-0001")
    duty = Duty.objects.get()
    paths = (
        "", "conflicts/", "ownerless/", "assets/", "ranges/", "lines/", "duties/", "seen/", "logs/", "units/",
        "assets/add/", f"assets/{asset.pk}/", f"duties/{duty.pk}/", f"leavers/{ledgers.staff.pk}/",
    )  # fmt: skip
    for path in paths:
        assert page.goto(f"{live_server.url}/ledger/{path}").status == 200
        keep(page, f"ledger-{path.replace('/', '-').rstrip('-') or 'home'}")


def test_a_file_is_handed_in_looked_at_and_taken_in(walker, keep, ledgers, tmp_path: Path, live_server):
    file = tmp_path / "临江区_信息资产台账_20261123.xlsx"
    file.write_bytes(rows())
    page = walker("tang.ning")
    page.goto(live_server.url + "/ledger/assets/import/")
    keep(page, "ledger-import")
    page.set_input_files("input[type=file]", file)
    page.click("main form.card button.primary")
    page.wait_for_selector("text=ZC-2026-0010")
    keep(page, "ledger-preview")
    with page.expect_download() as loading:
        page.click("a[href$='/errors/']")
    assert loading.value.suggested_filename.startswith("临江区_信息资产台账错误行_")
    page.click("text=只导入正确的 2 行")
    page.click("dialog button.primary")
    page.wait_for_selector("text=已导入")
    assert Asset.objects.filter(number__in=("ZC-2026-0009", "ZC-2026-0011")).count() == 2
    page.goto(live_server.url + "/ledger/assets/?show=to_check")
    page.wait_for_selector("text=ZC-2026-0011")
