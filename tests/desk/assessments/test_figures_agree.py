"""Whatever happened to cases: stock_end = stock_start + new - closed, parts sum to the whole, lists fit counts."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from minewarden.desk.assessments.board import board
from minewarden.desk.assessments.figures import ALL, gather, listed, values_of
from minewarden.desk.assessments.indicators import BASES, BY_KEY, INDICATORS, TALLIES, Form, Window
from minewarden.desk.assessments.periods import week_of
from minewarden.desk.assessments.sources import from_others
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger.models import Asset
from minewarden.desk.org.actions import set_parameter
from minewarden.desk.org.models import Unit
from minewarden.vocab.net import is_inside

WEEK = week_of(datetime(2026, 3, 13, tzinfo=UTC).date())
MONDAY = WEEK.start
hours = st.integers(-400, 260)
STATES = ("delivered", "investigating", "locked", "handling", "closed", "watching", "withdrawn", "merged", "not-ours")
happened = st.fixed_dictionaries(
    {
        "school": st.integers(0, 3),
        "received": hours,
        "found": st.none() | st.integers(0, 120),
        "reported": st.none() | st.integers(0, 120),
        "closed": st.none() | st.integers(0, 300),
        "stretched": st.sampled_from((0, 0, 24)),
        "state": st.sampled_from(STATES),
        "conclusion": st.sampled_from(("", "true", "true", "false-alarm", "unlocatable", "not-ours")),
        "nature": st.sampled_from(("undecided", "active", "passive")),
        "origin": st.sampled_from(("notified", "self-found")),
        "mac": st.sampled_from(("", "", "02:00:5E:10:00:01", "02:00:5e:10:00:01", "02:00:5e:10:00:02")),
    }
)
moments = st.tuples(hours, st.integers(0, 240)).map(
    lambda pair: Window(MONDAY + timedelta(hours=pair[0]), MONDAY + timedelta(hours=pair[0] + pair[1]))
)


class Undo(Exception):
    pass


@given(st.ip_addresses().map(str) | st.sampled_from(("172.15.255.255", "172.32.0.0", "100.127.255.255", "100.128.0.0")))
def test_an_address_is_public_by_the_ranges_that_hold_everywhere(ip: str) -> None:
    kept = [] if is_inside(ip_address(ip)) else [ip]
    assert [*TALLIES["ips"].keep({ip, ""})] == kept


def write(case_row: Any, schools: list[Unit], given_: dict[str, Any]) -> None:
    received = MONDAY + timedelta(hours=given_["received"])

    def after(name: str) -> datetime | None:
        return None if given_[name] is None else received + timedelta(hours=given_[name])

    due48, due72 = received + timedelta(hours=48), received + timedelta(hours=72)
    more = timedelta(hours=given_["stretched"])
    case_row(
        schools[given_["school"]], received, state=given_["state"], conclusion=given_["conclusion"],
        nature=given_["nature"], origin=given_["origin"], device_mac=given_["mac"], concluded_at=after("found"),
        locked_at=after("found"), reported_at=after("reported"), closed_at=after("closed"), original48=due48,
        original72=due72, due48=due48 + more, due72=due72 + more,
        stopped_at=received if given_["state"] in ("withdrawn", "not-ours") else None,
    )  # fmt: skip


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(happened, max_size=12), moments, st.booleans(), st.integers(0, 5))
def test_figures_agree_with_one_another_and_with_their_lists(city, case_row, rows, window, merged, shown):
    schools = [city.first_school, city.riverside, city.yunlu_school, city.linjiang]
    units = list(Unit.objects.all())
    try:
        with transaction.atomic():
            for row in rows:
                write(case_row, schools, row)
            if merged:
                # 江畔小学 becomes part of the other district's school in the middle of the week.
                day = timezone.localdate(MONDAY + timedelta(days=2))
                Unit.objects.filter(pk=city.riverside.pk).update(
                    valid_from=day, valid_to=day, successor=city.yunlu_school
                )
            now = window.moment
            found = gather(city.bureau, window, now=now)
            figures = {unit.pk: found.of(unit) for unit in units}
            for unit in units:
                own = figures[unit.pk]
                counts = {key: own.number(key) for key in ALL}
                assert counts["stock_end"] == counts["stock_start"] + counts["new"] - counts["closed"], unit.name
                assert counts["self_found"] + counts["notified"] == counts["new"]
                four = ("true", "false_alarm", "not_ours", "unlocatable")
                assert sum(counts[key] for key in four) == counts["concluded"]
                for indicator in INDICATORS:
                    if indicator.form is Form.RATE and indicator.part in counts:
                        assert counts[indicator.part] <= counts[indicator.whole], indicator.key
            for key, tally in TALLIES.items():
                unit = units[shown]
                behind = len(values_of(key, unit, window)) if tally.value else listed(key, unit, window).count()
                assert behind == figures[unit.pk].number(key), (unit.name, key)
            # A row counts for one unit: the districts and what is the bureau's own make up the city.
            parts = [figures[unit.pk] for unit in (city.linjiang, city.yunlu)]
            for key, tally in TALLIES.items():
                if not tally.value:
                    assert sum(part.number(key) for part in parts) == figures[city.bureau.pk].number(key), key
            raise Undo
    except Undo:
        assert Case.objects.count() == 0


def test_every_indicator_is_made_of_tallies_that_there_are():
    from_others = {"pledged", "pledges_due", "pledges_excused", "energy_wh", "carbon_g"}
    for indicator in INDICATORS:
        assert {indicator.part, indicator.whole} - {""} <= ALL | from_others, indicator.key
        assert indicator.list in TALLIES or indicator.list in ALL | from_others
    assert {tally.base for tally in TALLIES.values()} == set(BASES)
    assert len(BY_KEY) == len(INDICATORS)


@pytest.mark.django_db
def test_what_was_not_kept_is_unknown_for_a_week_that_is_over(city: SimpleNamespace):
    window = Window(WEEK.start, WEEK.end)
    later = gather(city.bureau, window, now=WEEK.end + timedelta(days=2)).of(city.bureau)
    assert later.count("ownerless") is None, "no number is made up for devices of a week ago"
    assert later.count("cells") is None
    assert later.count("new") == 0
    assert gather(city.bureau, window, now=WEEK.end - timedelta(seconds=1)).of(city.bureau).count("ownerless") == 0


@pytest.mark.django_db
def test_devices_count_by_the_days_since_somebody_looked(city: SimpleNamespace):
    now = WEEK.end - timedelta(seconds=1)
    for number, days in enumerate((0, 30, 31, 90, 91, None)):
        checked = timezone.localdate(now) - timedelta(days=days) if days is not None else None
        facts = {"person_name": "秦朗"} if number else {}
        Asset.objects.create(unit=city.riverside, number=f"ZC-{number}", name="服务器", checked_on=checked, **facts)
    told = gather(city.bureau, Window(WEEK.start, WEEK.end), now=now).of(city.bureau)
    keys = ("assets", "unchecked_30", "unchecked_90", "ownerless")
    assert [told.count(key) for key in keys if key != "assets"] == [
        listed(key, city.bureau, Window(WEEK.start, WEEK.end)).count() for key in keys if key != "assets"
    ]
    assert (told.count("unchecked_30"), told.count("unchecked_90"), told.count("ownerless")) == (4, 2, 1)


@pytest.mark.django_db
def test_energy_is_the_part_that_lies_in_the_week_and_unknown_where_nobody_knows(city, case_row):
    known = {"conclusion": "true", "state": "handling", "first_seen": MONDAY, "last_seen": MONDAY + timedelta(hours=48)}
    case_row(city.riverside, MONDAY + timedelta(hours=50), **known, device_mac="02:00:5e:10:00:09")
    window = Window(WEEK.start, WEEK.end)

    def counted(unit: Unit) -> Any:
        counted = gather(unit, window, now=MONDAY, keys={"energy_wh", "carbon_g"})
        return from_others([counted], unit, now=MONDAY)[0].of(unit)

    assert counted(city.bureau).count("energy_wh") is None, "no device of known power: unknown, and not nought"
    Asset.objects.create(
        unit=city.riverside, number="A1", name="服务器", mac="02:00:5e:10:00:09", power=350, person_name="秦朗"
    )
    assert counted(city.bureau).count("energy_wh") == 16_800, "350 W for 48 hours"
    assert counted(city.yunlu).count("energy_wh") is None
    whole = from_others([gather(city.bureau, window, now=MONDAY, keys={"energy_wh"})], city.bureau, now=MONDAY)[0]
    assert whole.of(city.linjiang).count("energy_wh") == 16_800
    assert whole.of(city.yunlu).count("energy_wh") is None, (
        "counted together with a district of which something is known"
    )
    half = Window(WEEK.start, WEEK.start + timedelta(hours=24))
    part = from_others([gather(city.linjiang, half, now=MONDAY, keys={"energy_wh"})], city.linjiang, now=MONDAY)[0]
    assert part.of(city.linjiang).count("energy_wh") == 8_400, "only the part that lies in the window"


def test_the_board_of_clearance_counts_the_days_that_the_bureau_names(city, people, case_row, login):
    """Q8: “连续N天无新增” is thirty days unless the bureau says otherwise; the page names the number."""
    now = timezone.now()
    case_row(city.first_school, now - timedelta(days=40))
    shown = board(city.bureau, now)
    assert (shown.window, shown.calm) == (30, shown.units)
    set_parameter(
        key="calm_days", value="60", unit=city.bureau, since=timezone.localdate(now), reason="局发〔2026〕4号",
        by=people.system, now=now,
    )  # fmt: skip
    shown = board(city.bureau, now)
    assert (shown.window, shown.calm) == (60, shown.units - 1)
    assert "连续60天无新增的单位" in login(people.leader).get(reverse("assessments:clear-zero")).content.decode()


@pytest.mark.django_db
def test_what_kept_only_the_extended_time_is_reckoned_from_the_earliest_receipt(city: SimpleNamespace, case_row):
    """Told by telephone three hours before the delivery: its 48 hours were over at the 45th; found at the 47th."""
    received = MONDAY + timedelta(hours=10)

    def after(hours: int) -> datetime:
        return received + timedelta(hours=hours)

    case_row(
        city.riverside, received, told_at=after(-3), told48=after(45), told72=after(69), due48=after(60),
        due72=after(80), concluded_at=after(47), reported_at=after(71),
    )  # fmt: skip
    found = gather(city.bureau, Window(WEEK.start, WEEK.end), now=WEEK.end).of(city.bureau)
    keys = ("find_due", "find_kept", "find_extended", "report_due", "report_kept", "report_extended")
    assert [found.number(key) for key in keys] == [1] * 6
    for key in ("find_extended", "report_extended"):
        assert listed(key, city.riverside, Window(WEEK.start, WEEK.end)).count() == 1
