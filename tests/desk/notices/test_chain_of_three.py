"""市 → 区 → 校: a line goes down two steps, comes back to the one that sent it, and goes to the right school."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse

from minewarden.desk.cases import actions as cases
from minewarden.desk.cases import leads
from minewarden.desk.cases.models import Case
from minewarden.desk.notices import actions, export, queries
from minewarden.desk.notices.access import line_for
from minewarden.desk.notices.models import Assignment
from minewarden.desk.notify.models import Message
from minewarden.desk.org import actions as org
from minewarden.vocab.errors import TransitionError
from tests.desk.notices.conftest import at, claim
from tests.intake.made import xlsx

ROWS = [["IP", "时间", "责任人"], ["203.0.113.10", "2026-03-12 21:14", ""]]
WRONG, RIGHT = "VLAN 217 为市一中隧道", "VLAN 219 才是"


@pytest.fixture
def returned(desk: Any, take: Any, confirm: Any) -> Assignment:
    """From the city at 9:00 to the district, at 10:30 to 市一中, which returns it at 13:00."""
    claim(desk.linjiang, "203.0.113.0/28")
    district = confirm(take(xlsx(ROWS), "2026-03-13 09:00"))["临江区"]
    first = actions.relay(district, by=desk.district, now=at("2026-03-13 10:30"), unit=desk.first_school, reason=WRONG)
    return actions.give_back(first, by=desk.first, now=at("2026-03-13 13:00"), reason="隧道已拆除")


def test_who_relayed_it_is_told_and_hands_it_to_the_right_school(desk: Any, returned: Assignment, login: Any) -> None:
    district = Assignment.objects.get(unit=desk.linjiang)
    told = Message.objects.get(key__startswith=f"told_return.{returned.pk}.")
    assert told.link == f"/assignments/{district.pk}/", "the district does not see the document of the city"
    browser = login(desk.district)
    page = browser.get(told.link).content.decode()
    (line,) = returned.received.lines.all()
    assert "隧道已拆除" in page
    place = reverse("notices:anew", args=[line.pk])
    assert place in page
    assert login(desk.first).get(place).status_code == 404
    assert browser.get(place).status_code == 200
    assert browser.post(place, {"unit": "云麓中学", "reason": RIGHT}).status_code == 422, "nobody outside the district"
    given = {"unit": "市二中", "reason": RIGHT}
    answer = browser.post(place, given)
    assert (answer.status_code, answer["Location"]) == (302, told.link)
    assert "隧道已拆除" not in browser.get(told.link).content.decode()


def test_each_hop_has_its_delay_and_the_answer_is_the_last_schools(desk: Any, returned: Assignment) -> None:
    (line,) = returned.received.lines.all()
    second = actions.hand_out_anew(
        line, by=desk.district, now=at("2026-03-13 14:10"), unit=desk.second_school, reason=RIGHT
    )
    assert (second.sender, second.received_at, second.due48) == (
        desk.linjiang, at("2026-03-13 14:10"), at("2026-03-15 14:10"),
    )  # fmt: skip
    document = queries.document(returned.received, {}, at("2026-03-13 15:00"))
    assert [(hop.assignment.unit, hop.depth, hop.took.total_seconds() / 60) for hop in document.hops] == [
        (desk.linjiang, 0, 0), (desk.first_school, 1, 90), (desk.second_school, 2, 70),
    ]  # fmt: skip
    assert document.returned_count == 0
    case = Case.objects.get(unit=desk.second_school)
    case = cases.start(
        cases.sign_for(case, by=desk.second, now=at("2026-03-13 15:00")), by=desk.second, now=at("2026-03-13 15:00")
    )
    device = {"device_ip": "192.168.1.7", "device_place": "机房"}
    cases.lock(
        case, by=desk.second, now=at("2026-03-13 16:00"), device=device, responsible_name="苏河", responsible_post=""
    )
    (row,) = export.answered(returned.received)
    assert row.cases == [case]
    assert ("责任人", "苏河") in export.answer_rows(returned.received, Case.objects.get(pk=case.pk))
    assert queries.statistics([returned.received]).cases == 1


def test_the_city_may_take_it_up_as_well_and_a_district_hands_to_nobody_outside(
    desk: Any, returned: Assignment
) -> None:
    (line,) = returned.received.lines.all()
    with pytest.raises(PermissionDenied):
        actions.hand_out_anew(
            line, by=desk.district, now=at("2026-03-13 14:10"), unit=desk.yunlu_school, reason="不在本区"
        )
    assert queries.document(returned.received, {}, at("2026-03-13 14:00")).returned_count == 1
    made = actions.hand_out_anew(
        line, by=desk.zhou, now=at("2026-03-13 14:20"), unit=desk.yunlu_school, reason="云麓区学校"
    )
    assert made.sender == desk.bureau


def test_what_a_school_says_on_the_page_of_its_case_goes_on_with_its_notices(
    desk: Any, take: Any, confirm: Any, login: Any
) -> None:
    """Two notices rest on one case; handed on from its page it stays one case, and both senders are answered."""
    claim(desk.first_school, "203.0.113.0/28")
    documents = [take(xlsx(ROWS), "2026-03-13 09:00"), None]
    confirm(documents[0])
    documents[1] = take(xlsx(ROWS), "2026-03-13 10:00", source="市公安局")
    confirm(documents[1])
    case = Case.objects.get()
    cases.return_not_ours(case, by=desk.first, now=at("2026-03-13 11:00"), reason="3月1日起为市二中")
    following = leads.redispatch(
        case, by=desk.district, now=at("2026-03-13 12:00"), unit=desk.second_school, reason="改派"
    )
    assert (following.unit, following.previous, following.received_at) == (
        desk.second_school, case, at("2026-03-13 12:00"),
    )  # fmt: skip
    assert Case.objects.count() == 2
    assert following.joined.count() == 2
    for document in documents:
        (row,) = export.answered(document)
        assert row.cases == [following]
        assert queries.document(document, {}, at("2026-03-13 13:00")).returned_count == 0
    with pytest.raises(TransitionError):
        leads.redispatch(case, by=desk.district, now=at("2026-03-13 12:00"), unit=desk.second_school, reason="再次")


def test_what_waits_to_be_reached_is_not_handed_on_twice(desk: Any, take: Any, confirm: Any) -> None:
    """A kindergarten without an account: no case follows until it is reached, and the line is with it all the same."""
    claim(desk.first_school, "203.0.113.0/28")
    confirm(take(xlsx(ROWS), "2026-03-13 09:00"))
    case = Case.objects.get()
    cases.return_not_ours(case, by=desk.first, now=at("2026-03-13 11:00"), reason="非本校")
    given = {"by": desk.district, "now": at("2026-03-13 12:00"), "unit": desk.riverside, "reason": "改派"}
    assert leads.redispatch(case, **given) == case
    assert Assignment.objects.get(unit=desk.riverside).state == "pending"
    with pytest.raises(TransitionError):
        leads.redispatch(case, **given)
    assert Case.objects.count() == 1


def test_a_line_goes_down_only_with_a_reason_and_by_whoever_handles_it(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.linjiang, "203.0.113.0/28")
    district = confirm(take(xlsx(ROWS), "2026-03-13 09:00"))["临江区"]
    given = {"now": at("2026-03-13 10:30"), "reason": WRONG}
    for by, unit, reason, refusal in (
        (desk.second, desk.first_school, WRONG, PermissionDenied),
        (desk.zhou, desk.linjiang, WRONG, TransitionError),
        (desk.zhou, desk.yunlu_school, WRONG, TransitionError),
        (desk.district, desk.first_school, " ", TransitionError),
    ):
        with pytest.raises(refusal):
            actions.relay(district, by=by, unit=unit, **given | {"reason": reason})
    with pytest.raises(PermissionDenied):
        actions.give_back(district, by=desk.second, **given)
    assert Assignment.objects.get().state == "delivered"


def test_a_line_is_seen_where_it_came_back_to_and_not_before_nor_elsewhere(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.linjiang, "203.0.113.0/28")
    district = confirm(take(xlsx(ROWS), "2026-03-13 09:00"))["临江区"]
    now = at("2026-03-13 10:30")
    first = actions.relay(district, by=desk.district, now=now, unit=desk.first_school, reason=WRONG)
    (line,) = first.received.lines.all()
    with pytest.raises(Http404):
        line_for(desk.district, line.pk)
    actions.give_back(first, by=desk.first, now=now, reason="隧道已拆除")
    assert line_for(desk.district, line.pk) == line_for(desk.zhou, line.pk) == line
    for who in (desk.first, desk.people.stranger, desk.people.system, desk.people.keeper):
        with pytest.raises(Http404):
            line_for(who, line.pk)


def test_what_was_given_to_nobody_is_handed_out_by_its_office_and_only_where_it_stands_open(
    desk: Any, take: Any, confirm: Any
) -> None:
    received = take(xlsx(ROWS), "2026-03-13 09:00")
    (line,) = received.lines.all()
    given = {"now": at("2026-03-13 10:30"), "unit": desk.first_school, "reason": RIGHT}
    with pytest.raises(TransitionError):
        actions.hand_out_anew(line, by=desk.zhou, **given)
    confirm(received)
    with pytest.raises(PermissionDenied):
        actions.hand_out_anew(line, by=desk.district, **given)
    outside = org.create_unit(by=None, kind="city", name="邻市教育局", region_code="419801")
    with pytest.raises(PermissionDenied):
        actions.hand_out_anew(line, by=desk.zhou, **given | {"unit": outside})
    actions.withdraw(received, by=desk.zhou, now=given["now"], reason="撤回", lines=[line])
    with pytest.raises(TransitionError):
        actions.hand_out_anew(line, by=desk.zhou, **given)
    assert not Assignment.objects.exists()
