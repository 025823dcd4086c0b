"""A case that comes from a notice: no finding of one's own, an address and a time that somebody else wrote down."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from minewarden.desk.cases import actions, leads, notified
from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Case
from minewarden.desk.cases.opening import Facts, Limits
from minewarden.desk.reports.export import written
from minewarden.vocab.errors import TransitionError
from tests.desk.made import NOW, road

FACTS = Facts(host="203.0.113.10", server="198.51.100.77", port=3333, last_seen=NOW - timedelta(days=1))
NAME_ONLY = Facts(server_name="pool.example.net")


@pytest.fixture
def notice(staff, city):
    return leads.enter_notice(
        by=staff.superior, now=NOW, unit=city.linjiang, received_at=NOW, source="省教育信息安全监测中心",
        number="云教网安通〔2026〕3号", text="", limits=Limits(),
    )  # fmt: skip


@pytest.fixture
def open_case(staff, city, notice):
    def make(facts=FACTS, **given):
        given = {"by": staff.superior, "now": NOW + timedelta(hours=1), "unit": city.first_school} | given
        return notified.open_for_notice(notice=notice, facts=facts, **given)

    return make


def test_the_clock_starts_when_this_unit_receives_it(open_case):
    case = open_case()
    assert (case.origin, case.state) == (Case.Origin.NOTIFIED, State.DELIVERED)
    assert case.received_at == NOW + timedelta(hours=1), "the district's own receipt is not the school's"
    assert case.due48 == case.received_at + timedelta(hours=48)
    assert case.joined.get().due72 == case.received_at + timedelta(hours=72)


def test_a_receipt_by_telephone_is_earlier_than_the_entry(open_case):
    case = open_case(received_at=NOW + timedelta(minutes=20))
    assert case.received_at == case.joined.get().received_at == NOW + timedelta(minutes=20)


def test_a_receipt_in_the_future_or_a_notice_about_nothing_is_refused(open_case):
    with pytest.raises(TransitionError):
        open_case(received_at=NOW + timedelta(hours=2))
    with pytest.raises(TransitionError):
        open_case(facts=Facts(coins="XMR"))


def test_only_an_officer_over_the_unit_opens_it(open_case, staff):
    with pytest.raises(PermissionDenied):
        open_case(by=staff.stranger)


@pytest.mark.parametrize("facts", [FACTS, NAME_ONLY], ids=["address", "name only"])
def test_every_page_copes_without_a_finding(open_case, staff, login, facts):
    case = open_case(facts=facts)
    client = login(staff.superior)
    for name in ("cases:case", "reports:report", "blocks:propose"):
        assert client.get(reverse(name, args=[case.pk])).status_code == 200, name
    for address in (reverse("home"), reverse("cases:cases") + "?q=" + (facts.host or facts.server_name)):
        assert case.number in client.get(address).content.decode() or address == reverse("home")
    for form in ("docx", "pdf"):
        assert client.get(reverse("reports:download", args=[case.pk, form])).status_code == 200


def test_it_goes_down_the_whole_road_and_the_report_tells_it(open_case, staff):
    case = open_case()
    for _, act in road(staff, NOW + timedelta(hours=2)):
        case = act(case)
    assert Case.objects.get().state == State.CLOSED
    basic = written(case)["basic"]
    assert "203.0.113.10" in basic
    assert "198.51.100.77:3333" in basic


def test_what_was_not_ours_goes_to_the_right_unit(open_case, staff, city):
    case = actions.return_not_ours(
        open_case(), by=staff.handler, now=NOW + timedelta(hours=2), reason="3月1日起属江畔小学"
    )
    at = NOW + timedelta(hours=3)
    following = leads.redispatch(case, by=staff.superior, now=at, unit=city.riverside, reason="按活动时间归属")
    assert (following.host, following.target) == (case.host, "198.51.100.77:3333")
    assert following.received_at == at
    assert following.joined.get().notice == case.joined.get().notice


def test_what_the_notice_said_is_not_written_over(open_case):
    case = open_case()
    case.host = "203.0.113.11"
    with pytest.raises(RuntimeError):
        case.save()
