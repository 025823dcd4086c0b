"""What a case took: from what people measured, from the ledger, or not known; never counted as nought."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from python_calamine import CalamineWorkbook

from minewarden.desk.ledger.models import Asset
from minewarden.desk.measures import actions, queries
from minewarden.desk.measures.bridge import figures_now
from minewarden.desk.measures.columns import ENERGY
from minewarden.documents.sheet_read import read_table
from minewarden.documents.sheet_write import listing
from minewarden.vocab.errors import TransitionError
from tests.desk.made import NOW

SPAN = {"began_at": NOW - timedelta(days=6), "ended_at": NOW - timedelta(days=1)}


@pytest.fixture
def case(make_case, staff):
    found = make_case("lock")
    type(found).objects.filter(pk=found.pk).update(conclusion="true")
    return type(found).objects.select_related("unit").get(pk=found.pk)


def note(case, staff, **given):
    facts = {"method": "device", "watts": Decimal(350), "basis": "现场功率计", **SPAN} | given
    return actions.note_energy(case, by=staff.handler, now=NOW, **facts)


def test_the_figures_of_the_plan_to_the_cent(case, staff, recorded):
    recorded()
    note(case, staff)
    assert recorded() == ["case.energy"]
    _, made = queries.case_energy(case)
    assert (made.kwh, made.kg, made.yuan) == (Decimal("42.00"), Decimal("24.77"), Decimal("21.00"))


def test_a_meter_counts_the_mining_days(case, staff):
    note(case, staff, method="meter", watts=None, meter_kwh=Decimal(1200), meter_days=30, mining_days=12)
    _, made = queries.case_energy(case)
    assert (made.kwh, made.yuan) == (Decimal("480.00"), Decimal("240.00"))


def test_the_idle_power_is_taken_off_and_a_correction_is_a_new_version(case, staff):
    first = note(case, staff)
    second = note(case, staff, idle_watts=Decimal(100), hours=Decimal(60))
    assert (first.version, second.version) == (1, 2)
    assert queries.case_energy(case)[1].kwh == Decimal("15.00")


def test_without_a_word_the_rated_power_of_the_ledger_counts_for_the_time_that_was_seen(case, city):
    energy, made = queries.case_energy(case)
    assert (made, energy.missing) == (None, "watts")
    asset = Asset.objects.create(unit=city.first_school, number="1", name="JF-07", mac="02:00:5e:10:00:01", power=1000)
    energy, made = queries.case_energy(case)
    assert made.kwh == Decimal("1.79")  # 1 h 47 min 23 s
    assert energy.how.params["watts"] == 1000
    Asset.objects.create(unit=city.first_school, number="2", name="另一台", mac="02:00:5e:10:00:01", power=500)
    assert queries.case_energy(case)[0].missing == "watts"
    # Two devices with its MAC stay two, whatever its address says.
    case.device_ip = "10.0.0.9"
    Asset.objects.create(unit=city.first_school, number="3", name="打印机", ip="10.0.0.9", power=300)
    assert queries.case_energy(case)[0].missing == "watts"
    case.device_mac = ""
    assert queries.case_energy(case)[0].how.params["watts"] == 300
    asset.delete()


def test_the_device_of_another_school_does_not_tell_the_power(case, city):
    case.device_mac, case.device_ip = "02:00:5e:10:00:01", "10.0.0.9"
    Asset.objects.create(unit=city.yunlu_school, number="1", name="同址", mac=case.device_mac, ip="10.0.0.9", power=900)
    assert queries.case_energy(case)[0].missing == "watts"
    Asset.objects.create(unit=city.first_school, number="1", name="JF-07", ip="10.0.0.9", power=300)
    assert queries.case_energy(case)[0].how.params["watts"] == 300


@pytest.mark.parametrize(
    "given",
    [
        {"watts": Decimal(0)},
        {"idle_watts": Decimal(400)},
        {"hours": Decimal(121)},
        {"method": "meter", "meter_kwh": Decimal(10), "meter_days": 3, "mining_days": 4},
    ],
)
def test_figures_that_cannot_be_are_refused(case, staff, given):
    with pytest.raises(ValidationError):
        note(case, staff, **given)


def test_times_that_cannot_be_and_strangers_are_refused(case, staff):
    with pytest.raises(TransitionError):
        note(case, staff, ended_at=NOW + timedelta(days=1))
    with pytest.raises(PermissionDenied):
        actions.note_energy(case, by=staff.stranger, now=NOW, method="device", watts=Decimal(1), basis="x", **SPAN)


def test_a_period_takes_its_part_and_names_what_is_missing(case, staff, make_case):
    note(case, staff)
    other = make_case("lock", number=2)
    type(other).objects.filter(pk=other.pk).update(conclusion="true")
    day = date(2026, 3, 8)
    shown = queries.energy_list(staff.superior, None, day, day)
    assert (shown.kwh, shown.yuan, shown.missing) == (Decimal("8.40"), Decimal("4.20"), 0)
    year = queries.energy_list(staff.superior, None, date(2026, 1, 1), date(2026, 12, 31))
    assert (year.kwh, year.kg, year.missing) == (Decimal("42.00"), Decimal("24.77"), 1)
    assert queries.energy_list(staff.superior, None, date(2025, 1, 1), date(2025, 12, 31)).rows == ()
    assert queries.energy_list(staff.stranger, None, date(2026, 1, 1), date(2026, 12, 31)).rows == ()
    content = listing(ENERGY, queries.energy_rows(year))
    rows = read_table(content, "a.xlsx", ENERGY).rows
    assert [row.texts.get("kwh", "") for row in rows] == ["42", ""]
    given = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert given[1][4:7] == [42.0, 24.77, 21.0], "numbers, which can be added up"
    assert "没有设备功率" in rows[1].texts["how"]


def test_a_case_stands_once_in_a_period_however_often_it_was_said_and_in_no_period_for_parts_of_two(case, staff):
    began = NOW - timedelta(days=200)
    for _ in range(2):
        note(case, staff, began_at=began, ended_at=began + timedelta(days=2))
    said, between = began.date() + timedelta(days=1), began.date() + timedelta(days=40)
    assert len(queries.energy_list(staff.superior, None, said, said).rows) == 1
    note(case, staff)
    assert queries.energy_list(staff.superior, None, between, between).rows == ()


def test_a_unit_whose_cases_have_no_estimate_shows_no_data_and_no_nought(case, staff, login):
    browser, span = login(staff.handler), {"since": "2026-01-01", "until": "2026-12-31"}
    page = browser.get(reverse("measures:energy"), span).content.decode()
    assert page.count("无数据") == 6, "three sums, and three cells of the case"
    assert "<strong>0</strong><span>估算" not in page
    note(case, staff)
    page = browser.get(reverse("measures:energy"), span).content.decode()
    assert "无数据" not in page
    assert "<strong>42.00</strong>" in page


def test_what_is_announced_later_counts_from_then_on(case, staff, people, recorded):
    note(case, staff)
    with pytest.raises(PermissionDenied):
        actions.add_figure(by=staff.superior, now=NOW, what="rate", region="41", value=Decimal(2), source="省")
    recorded()
    given = {"by": people.system, "now": NOW}
    actions.add_figure(**given, what="rate", region="4199", value=Decimal(2), source="市发改委", since=date(2026, 3, 1))
    actions.add_figure(**given, what="factor", region="41", value=Decimal("0.5"), source="公告", year=2024)
    assert recorded() == ["measure.figure"] * 2
    _, made = queries.case_energy(case)
    assert (made.kg, made.yuan) == (Decimal("21.00"), Decimal("84.00"))
    assert figures_now().rate("4198", date(2026, 3, 1)).yuan == Decimal("0.5")


def test_the_pages_always_say_that_it_is_an_estimate(case, staff, login):
    note(case, staff)
    browser = login(staff.handler)
    for path in (reverse("cases:case", args=[case.pk]), reverse("measures:energy")):
        text = browser.get(path).content.decode()
        assert "估算电量" in text
        assert "不是电费单" in text


def test_figures_of_units(case, staff, city):
    note(case, staff)
    found = queries.energy_of_units([case.unit_id, city.riverside.pk], NOW - timedelta(days=30), NOW)
    assert found == {case.unit_id: (Decimal("42.00"), Decimal("24.77"), Decimal("21.00"))}
