"""Letters to carriers and to the police name the public address with its time; what is not known is not guessed."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from minewarden.desk.assessments import papers
from minewarden.desk.cases import side
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger.directory import Outcome, exit_of
from minewarden.desk.ledger.models import Line, UnitRange
from minewarden.desk.measures import export as measures
from minewarden.desk.measures.models import Entry
from minewarden.desk.notices.addresses import addresses_of
from minewarden.desk.notices.models import Assignment, Original, Received, Share
from minewarden.desk.notices.models import Line as NoticeLine
from tests.desk.assessments.conftest import beijing
from tests.desk.assessments.test_papers import in_word, printed
from tests.desk.assessments.test_s6_weekly_assessment import FRIDAY
from tests.desk.made import candidate

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(2026, 3, 12, 13, 14, 37, tzinfo=UTC), datetime(2026, 3, 12, 15, 2, tzinfo=UTC)
"""The activity of the case that is made, at 10.12.8.1."""
SPAN = "2026年3月12日21时14分37秒至23时02分（北京时间）"
SEVERAL, UNKNOWN = "待查（该时段出口不止一个", "待查（按现有通报、日志和台账尚不能确定公网地址）"


def line(unit: Any, number: str = "XL-1", **given: Any) -> Line:
    return Line.objects.create(unit=unit, number=number, carrier="telecom", nat="pat", **given)


def claim(unit: Any, cidr: str, purpose: str = "egress", since: datetime = START, **given: Any) -> UnitRange:
    return UnitRange.objects.create(unit=unit, cidr=cidr, purpose=purpose, valid_from=since, **given)


@pytest.fixture
def letters(staff: Any, people: Any) -> Any:
    """letters(case) -> the rows of the letter to the carrier, and the texts of both letters."""

    def make(case: Case) -> SimpleNamespace:
        made, texts = [], []
        for office, name in (("carrier", "云川电信分公司"), ("police", "云川市公安局网安支队")):
            row = side.refer(
                case, by=staff.superior, now=FRIDAY, office=office, name=name, number="", reason="公网侧仍有连接"
            )
            found = papers.paper("referral", people.officer, row.pk, FRIDAY)
            assert found is not None
            made.append(found[1].sections[0].table[1:])
            texts.append(printed(found[1]))
            assert printed(found[1]).count("10.12.8.1") == in_word(found[1]).count("10.12.8.1") == 1
            assert "秦朗" not in texts[-1], "an address is no person"
        assert made[0] == made[1], "both need the same facts"
        return SimpleNamespace(rows=list(made[0]), carrier=texts[0], police=texts[1])

    return make


def test_the_exit_of_the_ledger_is_named_with_the_time_and_the_inside_address_beside_it(
    make_case: Any, city: Any, letters: Any
) -> None:
    own = line(city.first_school)
    claim(city.first_school, "203.0.113.20/32", line=own)
    claim(city.first_school, "10.12.8.0/24", "teaching", line=own)
    found = letters(make_case("lock"))
    assert found.rows[1:4] == [
        ("涉事公网地址", "203.0.113.20（台账登记的出口地址，源端口不详）"),
        ("活动时间", SPAN),
        ("内部地址", "10.12.8.1"),
    ]
    assert "核查上述公网地址在所列时间的使用情况" in found.carrier


def test_an_exit_of_several_addresses_is_named_as_a_range_at_the_exit_of_the_unit_above(
    make_case: Any, city: Any, letters: Any
) -> None:
    above = line(city.linjiang)
    claim(city.linjiang, "203.0.113.16/28", line=above)
    behind = line(city.first_school, own_egress=False, upstream=city.linjiang)
    claim(city.first_school, "10.12.8.0/24", "teaching", line=behind)
    # The same inside addresses are used elsewhere, behind another exit.
    other = line(city.yunlu_school)
    claim(city.yunlu_school, "10.12.8.0/24", "teaching", line=other)
    claim(city.yunlu_school, "203.0.113.77/32", line=other)
    text = letters(make_case("lock")).rows[1][1]
    assert text == "203.0.113.16/28（台账登记的出口地址段，具体地址和源端口不详）"


def test_an_exit_that_is_not_the_only_one_is_not_named(make_case: Any, city: Any, letters: Any) -> None:
    own = line(city.first_school)
    claim(city.first_school, "203.0.113.20/32", line=own)
    claim(city.first_school, "203.0.113.21/32", line=own)
    claim(city.first_school, "10.12.8.0/24", "teaching", line=own)
    found = letters(make_case("lock"))
    assert found.rows[1][1].startswith(SEVERAL)
    for text in (found.carrier, found.police):
        assert "203.0.113.2" not in text
        assert "待查" in text
    assert "公网地址尚待查明" in found.carrier
    assert "上述公网地址" not in found.carrier


def test_where_nothing_names_a_public_address_the_letter_says_so(make_case: Any, letters: Any) -> None:
    found = letters(make_case("lock"))
    assert found.rows[1:4] == [("涉事公网地址", UNKNOWN), ("活动时间", SPAN), ("内部地址", "10.12.8.1")]
    assert "公网地址尚待查明" in found.carrier


def test_lines_of_notices_are_named_with_port_and_time_each_before_the_ledger_is_asked(
    make_case: Any, city: Any, people: Any, letters: Any
) -> None:
    own = line(city.first_school)
    claim(city.first_school, "203.0.113.20/32", line=own)
    claim(city.first_school, "10.12.8.0/24", "teaching", line=own)
    case = make_case("lock")
    original = Original.objects.create(sha256="0" * 64, size=1, sealed_content=b"", taken_at=FRIDAY)
    given = {"received_at": FRIDAY, "entered_at": FRIDAY, "entered_by": people.officer}
    received = Received.objects.create(
        office=city.linjiang, state="confirmed", original=original, name="通报.xlsx", form="xlsx", verdict="ok", **given
    )
    assignment = Assignment.objects.create(
        received=received, unit=city.first_school, sender=city.linjiang, kind="dispatch", state="delivered",
        dispatched_at=FRIDAY, dispatched_by=people.officer,
    )  # fmt: skip
    seen = beijing("2026-03-12 21:20")
    lines = (("203.0.113.9", 40001, ""), ("203.0.113.10", None, ""), ("203.0.113.11", 7, "withdrawn"))
    for position, (ip, port, ended) in enumerate(lines, 1):
        one = NoticeLine.objects.create(
            received=received, position=position, row=position, ip=ip, port=port, first_seen=seen, last_seen=seen
        )
        Share.objects.create(assignment=assignment, line=one, case=case, ended=ended)
    assert letters(case).rows[1:5] == [
        ("涉事公网地址", "203.0.113.9:40001"), ("涉事公网地址", "203.0.113.10（源端口不详）"),
        ("活动时间", "2026年3月12日21时20分（北京时间）"), ("内部地址", "10.12.8.1"),
    ]  # fmt: skip


def traced(number: int, known: str) -> dict[str, Any]:
    """A candidate behind a translation."""
    hop = {"kind": "nat", "known": known, "found": f"10.12.8.{number}", "note": None, "rows": []}
    hop |= {"valid_from": "2026-03-12T13:14:30Z", "valid_until": "2026-03-12T16:30:05Z"}
    return candidate(number, hops=[hop])


def test_the_translation_that_the_trace_rests_on_is_named_with_its_own_time(make_case: Any, letters: Any) -> None:
    assert letters(make_case("lock", trace=[traced(1, "203.0.113.5:40001")])).rows[1:4] == [
        ("涉事公网地址", "203.0.113.5:40001"),
        ("活动时间", "2026年3月12日21时14分30秒至2026年3月13日0时30分05秒（北京时间）"),
        ("内部地址", "10.12.8.1"),
    ]


def test_candidates_behind_different_addresses_are_not_chosen_between_until_people_did(make_case: Any) -> None:
    case = make_case(trace=[traced(1, "203.0.113.5:40001"), traced(2, "203.0.113.6:40002")])
    found = addresses_of(case)
    assert not found.known
    assert found.rows[0][1].startswith(SEVERAL)
    assert found.rows[1] == ("活动时间", SPAN)
    case.candidates.filter(position=2).update(chosen_at=FRIDAY)
    assert addresses_of(case).rows[0] == ("涉事公网地址", "203.0.113.6:40002")


def test_the_letter_of_a_measure_names_the_same(make_case: Any, city: Any, staff: Any) -> None:
    own = line(city.first_school)
    claim(city.first_school, "203.0.113.20/32", line=own)
    claim(city.first_school, "10.12.8.0/24", "teaching", line=own)
    case = make_case("lock")
    given = {"kind": "carrier", "authority": "云川电信分公司", "made_at": FRIDAY, "made_by": staff.handler}
    entry = Entry(pk=1, unit=city.first_school, case=case, **given)
    text = "".join(measures.letter(entry, date(2026, 3, 13)).sections[0].paragraphs)
    assert "涉事公网地址203.0.113.20（台账登记的出口地址，源端口不详），活动时间" + SPAN in text
    assert "内部地址10.12.8.1，通信对端pool.example.net:3333。" in text


def _two_lines(city: Any) -> None:
    line(city.first_school, "XL-2")


def _not_tied(city: Any) -> None:
    UnitRange.objects.filter(cidr="10.12.8.0/24").update(line=None)


def _ended(city: Any) -> None:
    Line.objects.update(ended_on=date(2026, 3, 1))


def _moved_meanwhile(city: Any) -> None:
    UnitRange.objects.filter(purpose="egress").update(valid_from=beijing("2026-03-12 22:00"))


def _contested(city: Any) -> None:
    claim(city.yunlu_school, "203.0.113.0/24", "server")


def _from_above(city: Any) -> None:
    claim(city.linjiang, "10.0.0.0/8", "office", line=line(city.linjiang))
    claim(city.linjiang, "203.0.113.99/32")


def _exit_of_nobody(city: Any) -> None:
    Line.objects.update(own_egress=False)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (lambda city: None, Outcome.FOUND),
        (_two_lines, Outcome.CONFLICT),
        (_not_tied, Outcome.UNKNOWN),
        (_ended, Outcome.UNKNOWN),
        (_moved_meanwhile, Outcome.UNKNOWN),
        (_contested, Outcome.CONFLICT),
        (_from_above, Outcome.CONFLICT),
        (_exit_of_nobody, Outcome.UNKNOWN),
    ],
)
def test_the_ledger_names_an_exit_only_where_there_is_one(city: Any, change: Any, outcome: Outcome) -> None:
    own = line(city.first_school)
    # Not tied to the line, as long as the unit has no other.
    claim(city.first_school, "203.0.113.20/32")
    claim(city.first_school, "10.12.8.0/24", "teaching", line=own)
    change(city)
    found, pool = exit_of(city.first_school, "10.12.8.1", FIRST, LAST)
    assert found is outcome
    assert (pool is not None) == (outcome is Outcome.FOUND)
