"""An address belongs to a unit for a time; the narrowest range counts, and two claims are a conflict."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from minewarden.desk.ledger import actions, queries
from minewarden.desk.ledger.directory import Outcome, attribute
from minewarden.desk.ledger.models import Asset, Line, UnitRange
from minewarden.desk.ledger.registry import contradictions, outlines, standing
from minewarden.desk.org.actions import Refused

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def claim(unit, cidr, start=START, end=None, by=None):
    return actions.add_range(by=by, unit=unit, cidr=cidr, purpose="egress", valid_from=start, valid_to=end)


def test_an_address_nobody_registered_is_nobodys(city):
    claim(city.linjiang, "203.0.113.0/25")
    assert attribute("203.0.113.200", START).unit is None


def test_the_school_inside_the_district_is_meant(city):
    claim(city.linjiang, "203.0.113.0/24")
    claim(city.first_school, "203.0.113.16/28")
    assert attribute("203.0.113.17", START).unit == city.first_school
    assert attribute("203.0.113.32", START).unit == city.linjiang


def test_two_units_that_claim_the_same_are_a_conflict(city):
    claim(city.first_school, "203.0.113.0/28")
    claim(city.riverside, "203.0.113.0/28")
    found = attribute("203.0.113.5", START)
    assert found.outcome is Outcome.CONFLICT
    assert set(found.units) == {city.first_school, city.riverside}


def test_the_time_decides(city):
    claim(city.first_school, "203.0.113.0/28", START, START + 10 * DAY)
    claim(city.riverside, "203.0.113.0/28", START + 10 * DAY)
    assert attribute("203.0.113.5", START - DAY / 24).unit is None
    assert attribute("203.0.113.5", START).unit == city.first_school
    assert attribute("203.0.113.5", START + 10 * DAY - timedelta(microseconds=1)).unit == city.first_school
    assert attribute("203.0.113.5", START + 10 * DAY).unit == city.riverside


@pytest.mark.parametrize(
    ("cidr", "ip"), [("2001:db8:100::/48", "2001:DB8:100::1"), ("203.0.113.7/32", "::ffff:203.0.113.7")]
)
def test_addresses_are_compared_as_numbers(city, cidr, ip):
    claim(city.linjiang, cidr)
    assert attribute(ip, START).unit == city.linjiang


def test_families_do_not_mix(city):
    claim(city.linjiang, "0.0.0.0/0")
    assert attribute("2001:db8::1", START).unit is None


@pytest.mark.parametrize("cidr", ["203.0.113.1/28", "203.0.113.0/33", "hello", "", "203.0.113.9-203.0.113.1"])
def test_a_range_that_is_none_is_refused(city, cidr):
    with pytest.raises(ValidationError):
        claim(city.linjiang, cidr)


def test_the_same_claim_twice_is_refused(city):
    claim(city.linjiang, "203.0.113.0/28", START, START + DAY)
    claim(city.linjiang, "203.0.113.0/28", START + DAY)
    with pytest.raises(ValidationError):
        claim(city.linjiang, "203.0.113.0/28", START + 5 * DAY)


def test_an_ended_range_keeps_its_past(city):
    row = actions.end_range(claim(city.linjiang, "203.0.113.0/28"), by=None, at=START + DAY)
    assert attribute("203.0.113.1", START).unit == city.linjiang
    assert attribute("203.0.113.1", START + 2 * DAY).unit is None
    with pytest.raises(Refused):
        actions.end_range(row, by=None)


@pytest.mark.parametrize(
    ("who", "may"),
    [("system", True), ("officer", True), ("stranger", False), ("leader", False), ("audit", False)],
)
def test_who_may_register(city, people, who, may):
    if may:
        assert claim(city.first_school, "203.0.113.0/28", by=getattr(people, who)).pk
    else:
        with pytest.raises(Refused):
            claim(city.first_school, "203.0.113.0/28", by=getattr(people, who))


def test_a_device_is_kept_in_one_spelling(city):
    actions.add_asset(
        by=None, unit=city.first_school, number="ZC-1", name="教师机", ip=" 10.21.4.37 ", mac="02-00-5E-10-00-01"
    )
    asset = Asset.objects.get()
    assert (asset.ip, asset.mac) == ("10.21.4.37", "02:00:5e:10:00:01")
    with pytest.raises(ValidationError):
        actions.add_asset(by=None, unit=city.first_school, number="ZC-1", name="重复")
    with pytest.raises(ValidationError):
        actions.add_asset(by=None, unit=city.first_school, number="ZC-2", name="错", mac="zz")


def test_a_range_is_registered_on_the_page_from_midnight_in_beijing(city, people, login):
    answer = login("officer").post(
        "/ledger/ranges/add/",
        {"unit": city.first_school.pk, "cidr": "203.0.113.0/28", "purpose": "egress", "valid_from": "2026-01-02"},
    )
    assert answer.status_code == 302
    assert attribute("203.0.113.1", datetime(2026, 1, 1, 16, 0, tzinfo=UTC)).unit == city.first_school
    assert attribute("203.0.113.1", datetime(2026, 1, 1, 15, 59, tzinfo=UTC)).unit is None


def test_lists_show_the_own_scope_only(city, people, login):
    claim(city.first_school, "203.0.113.0/28")
    actions.add_asset(by=None, unit=city.first_school, number="ZC-1", name="教师机", person_name="秦朗")
    for path, text in (("/ledger/ranges/", "203.0.113.0/28"), ("/ledger/assets/", "ZC-1")):
        assert text in login("officer").get(path).content.decode()
        assert text not in login("stranger").get(path).content.decode()
        assert (
            "市一中" in login("officer").get(path).content.decode()
            or "第一中学" in login("officer").get(path).content.decode()
        )
        assert "第一中学" not in login("stranger").get(path).content.decode()
    assert "秦朗" not in login("officer").get("/ledger/assets/").content.decode()


def test_a_search_by_address_finds_the_ranges_that_hold_it(city, people, login):
    claim(city.linjiang, "203.0.113.0/24")
    claim(city.first_school, "198.51.100.0/28")
    page = login("officer").get("/ledger/ranges/?q=203.0.113.77").content.decode()
    assert "203.0.113.0/24" in page
    assert "198.51.100.0/28" not in page


@pytest.mark.parametrize("seed", range(4))
def test_reading_contested_ranges_only_finds_every_contradiction(city, seed):
    draw = random.Random(seed)
    units = (city.bureau, city.linjiang, city.first_school, city.riverside, city.yunlu_school)
    lines = [
        None,
        *(Line.objects.create(unit=city.linjiang, number=f"L{at}", carrier="telecom") for at in range(2)),
    ]
    for _ in range(60):
        network, width = draw.choice(("203.0.113", "10.0.0", "172.31.255", "9.255.255")), draw.choice((24, 26, 28))
        address = draw.randrange(0, 256, 2 ** (32 - width))
        begins = START + draw.randrange(3) * DAY
        UnitRange.objects.create(
            unit=draw.choice(units), cidr=f"{network}.{address}/{width}", purpose="egress", line=draw.choice(lines),
            valid_from=begins, valid_to=draw.choice((None, begins + DAY)),
            allocated_by=draw.choice((None, None, city.linjiang)),
        )  # fmt: skip
    assert standing() == contradictions(outlines()) != []


def test_the_page_of_contradictions_shows_them_all_page_by_page(city, people, login):
    for at in range(0, 256, 4):
        claim(city.first_school, f"203.0.113.{at}/30")
        claim(city.riverside, f"203.0.113.{at}/30")
    assert len(queries.conflicts(people.officer)) == 64
    browser = login("officer")
    pages = [browser.get(f"/ledger/conflicts/?page={page}").content.decode() for page in (1, 2)]
    assert [page.count("203.0.113.") for page in pages] == [100, 28]
    assert "64" in pages[0]
