"""Whose an address was: by the time of the activity, by the tree, by the exit; never by a guess."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from minewarden.desk.ledger.directory import Asked, Outcome, attribute, attribute_many
from minewarden.desk.ledger.models import Line, UnitRange
from minewarden.desk.org import actions as org
from minewarden.vocab.words import render

pytestmark = pytest.mark.django_db
CITY = ZoneInfo("Asia/Shanghai")
START = datetime(2025, 1, 1, tzinfo=CITY)
AT = datetime(2026, 3, 9, 10, 0, tzinfo=CITY)


def claim(unit, cidr, start=START, end=None, purpose="egress", **given):
    return UnitRange.objects.create(unit=unit, cidr=cidr, purpose=purpose, valid_from=start, valid_to=end, **given)


def line(unit, number, **given):
    return Line.objects.create(unit=unit, number=number, carrier="education", **given)


def test_n1_the_time_of_the_activity_decides_and_not_that_of_the_notice(city):
    """198.51.100.20 was 一中's until 2026-02-28 and is 二中's since 03-01."""
    second = org.create_unit(by=None, kind="school", name="云川市第二中学", short_name="市二中", parent=city.linjiang)
    change = datetime(2026, 3, 1, tzinfo=CITY)
    claim(city.first_school, "198.51.100.16/28", end=change)
    mine = claim(second, "198.51.100.16/28", start=change)
    found = attribute("198.51.100.20", AT)
    assert (found.outcome, found.unit, found.range, found.purpose) == (Outcome.FOUND, second, mine, "egress")
    assert render(found.reason) == (
        "198.51.100.20 在 198.51.100.16/28 内，该地址段自 2026-03-01 00:00:00 起登记为云川市第二中学使用。"
    )
    assert attribute("198.51.100.20", change - timedelta(microseconds=1)).unit == city.first_school
    assert attribute("198.51.100.20", change.astimezone(UTC)).unit == second


@pytest.fixture
def shared_exit(city):
    """A district's exit with 180 schools that all use 192.168.0.0/16, each behind a tunnel of its own."""
    pool = claim(city.linjiang, "203.0.113.0/26", line=line(city.linjiang, "LJ-EXIT"))
    schools = []
    for number in range(180):
        school = org.create_unit(by=None, kind="school", name=f"临江区第{number + 1}小学", parent=city.linjiang)
        tunnel = line(school, f"LJ-{number:03}", own_egress=False, upstream=city.linjiang, key=f"vlan{1000 + number}")
        claim(school, "192.168.0.0/16", purpose="teaching", line=tunnel)
        schools.append(school)
    return pool, schools


def test_n8_a_shared_exit_is_its_districts_and_an_inside_address_names_no_school_without_the_tunnel(city, shared_exit):
    pool, schools = shared_exit
    outside = attribute("203.0.113.7", AT)
    assert (outside.unit, outside.range) == (city.linjiang, pool)

    alone = attribute("192.168.3.9", AT)
    assert (alone.outcome, alone.unit, len(alone.units)) == (Outcome.UNKNOWN, None, 180)
    assert alone.reason.id == "ledger_attribution.needs_egress"

    shared = attribute("192.168.3.9", AT, egress="203.0.113.7")
    assert (shared.outcome, shared.unit, len(shared.units)) == (Outcome.FOUND, city.linjiang, 180)
    assert shared.reason.id == "ledger_attribution.shared_exit"

    for key in ("vlan1042", "VLAN1042", "LJ-042"):
        behind = attribute("192.168.3.9", AT, egress=key)
        assert (behind.outcome, behind.unit, behind.purpose) == (Outcome.FOUND, schools[42], "teaching")
    nowhere = attribute("192.168.3.9", AT, egress="vlan9999")
    assert (nowhere.outcome, nowhere.reason.id) == (Outcome.UNKNOWN, "ledger_attribution.no_such_exit")


def test_a_single_registered_school_is_not_named_by_an_inside_address_alone(city):
    claim(city.first_school, "192.168.0.0/16", purpose="office")
    assert attribute("192.168.1.1", AT).unit is None


def test_behind_its_own_public_address_a_unit_is_named(city):
    claim(city.first_school, "203.0.113.16/28")
    claim(city.first_school, "10.12.0.0/16", purpose="office")
    claim(city.riverside, "10.12.0.0/16", purpose="office")
    assert attribute("10.12.8.9", AT, egress="203.0.113.17").unit == city.first_school
    assert attribute("10.12.8.9", AT, egress="203.0.113.200").outcome is Outcome.UNKNOWN


def test_two_exits_of_one_unit_are_told_apart(city):
    north, south = line(city.first_school, "N"), line(city.first_school, "S")
    claim(city.first_school, "203.0.113.16/28", line=north)
    claim(city.first_school, "203.0.113.32/28", line=south)
    claim(city.first_school, "10.0.0.0/16", line=north, purpose="dormitory")
    claim(city.first_school, "10.0.0.0/16", line=south, purpose="office")
    assert attribute("10.0.0.1", AT, egress="203.0.113.17").purpose == "dormitory"
    assert attribute("10.0.0.1", AT, egress="203.0.113.33").purpose == "office"


def test_one_key_at_two_exits_is_a_conflict(city):
    for unit in (city.first_school, city.yunlu_school):
        claim(unit, "10.0.0.0/16", line=line(unit, "L1", key="vlan7"))
    found = attribute("10.0.0.1", AT, egress="vlan7")
    assert found.outcome is Outcome.CONFLICT
    assert set(found.units) == {city.first_school, city.yunlu_school}


def test_a_narrower_claim_of_a_stranger_contradicts(city):
    claim(city.first_school, "203.0.113.0/24")
    claim(city.yunlu_school, "203.0.113.16/28")
    found = attribute("203.0.113.17", AT)
    assert (found.outcome, found.unit) == (Outcome.CONFLICT, None)
    assert "市一中" in render(found.reason)
    assert attribute("203.0.113.77", AT).unit == city.first_school


def test_what_was_given_out_of_anothers_range_does_not_contradict(city):
    claim(city.linjiang, "203.0.113.0/24")
    claim(city.yunlu_school, "203.0.113.16/28", allocated_by=city.linjiang)
    assert attribute("203.0.113.17", AT).unit == city.yunlu_school
    # Who gives a part keeps the rest; whoever says that he gave all of it still claims it himself.
    claim(city.yunlu_school, "203.0.113.0/24", allocated_by=city.linjiang)
    assert attribute("203.0.113.77", AT).outcome is Outcome.CONFLICT


def test_of_equal_claims_that_of_the_lower_unit_is_meant(city):
    claim(city.linjiang, "203.0.113.0/28")
    claim(city.first_school, "203.0.113.0/28")
    assert attribute("203.0.113.1", AT).unit == city.first_school


def test_a_span_that_is_no_network_is_kept_as_it_is_written(city):
    row = claim(city.first_school, "203.0.113.9 - 203.0.113.20")
    assert (row.cidr, row.size) == ("203.0.113.9-203.0.113.20", 12)
    assert claim(city.riverside, "203.0.113.32-203.0.113.47").cidr == "203.0.113.32/28"
    inside = {n for n in range(256) if attribute(f"203.0.113.{n}", AT).unit == city.first_school}
    assert inside == set(range(9, 21))


def test_a_resolver_says_so(city):
    claim(city.first_school, "203.0.113.0/24")
    claim(city.first_school, "203.0.113.53/32", purpose="resolver")
    assert attribute("203.0.113.53", AT).purpose == "resolver"


def test_what_was_a_merged_school_is_its_successors(city):
    claim(city.riverside, "203.0.113.0/28")
    city.riverside.valid_from, city.riverside.valid_to = date(2000, 9, 1), date(2026, 2, 28)
    city.riverside.successor = city.first_school
    city.riverside.save()
    found = attribute("203.0.113.1", AT)
    assert (found.unit, found.reason.id) == (city.first_school, "ledger_attribution.merged")
    assert attribute("203.0.113.1", datetime(2026, 2, 28, 23, 59, tzinfo=CITY)).unit == city.riverside
    city.riverside.successor = None
    city.riverside.save()
    assert attribute("203.0.113.1", AT).reason.id == "ledger_attribution.closed"


@pytest.mark.parametrize(
    ("at", "reason"), [(datetime(2024, 1, 1, tzinfo=UTC), "not_yet"), (datetime(2027, 1, 1, tzinfo=UTC), "until")]
)
def test_who_had_it_at_another_time_is_said(city, at, reason):
    claim(city.first_school, "203.0.113.0/28", end=datetime(2026, 6, 1, tzinfo=UTC))
    found = attribute("203.0.113.1", at)
    assert (found.outcome, found.reason.id) == (Outcome.UNKNOWN, f"ledger_attribution.{reason}")
    assert "云川市第一中学" in render(found.reason)


@pytest.mark.parametrize("text", ["", "hello", "203.0.113.1:80", "203.0.113.0/28"])
def test_a_text_that_is_no_address_is_refused(db, text):
    with pytest.raises(ValueError, match="appear"):
        attribute(text, AT)


def test_thousands_are_answered_by_three_queries_and_alike(city, shared_exit, django_assert_num_queries):
    claim(city.yunlu, "2001:db8::/32")
    asked = [Asked(f"203.0.113.{n}", AT) for n in range(256)]
    asked += [Asked("2001:db8::7", AT), Asked("192.168.1.1", AT), Asked("192.0.2.1", AT)]
    # The ranges, the units and the lines, each read once however many addresses are asked about.
    with django_assert_num_queries(3):
        many = attribute_many(asked)
    assert [answer.outcome for answer in many].count(Outcome.FOUND) == 65
    for question, answer in zip(asked[::37], many[::37], strict=True):
        alone = attribute(question.address, question.at)
        assert (alone.outcome, alone.unit, alone.range) == (answer.outcome, answer.unit, answer.range)
