"""S3: three hosts ask for pools: the forwarder, a research crawler, and one real; a provincial notice comes later."""

from datetime import timedelta

from minewarden.desk.cases import actions, leads
from minewarden.desk.cases.models import Case, Lead
from minewarden.desk.cases.opening import Limits
from tests.desk.made import DEVICE, NOW


def test_found_by_oneself_then_notified_about_took_no_time_and_is_counted_apart(make_lead, staff, city):
    """Of three findings two are put aside by people with reasons; the real one is locked a day before the notice."""
    forwarder, crawler, real = (make_lead(number) for number in (1, 2, 3))
    leads.dismiss(forwarder, by=staff.handler, now=NOW, reason="resolver", note="校园递归DNS转发器")
    leads.dismiss(crawler, by=staff.handler, now=NOW, reason="research", note="课题组爬虫，附课题任务书")
    case = leads.open_case(real, by=staff.handler, now=NOW, unit=city.first_school)
    assert case.origin == Case.Origin.SELF_FOUND
    case = actions.start(actions.sign_for(case, by=staff.handler, now=NOW), by=staff.handler, now=NOW)
    case = actions.lock(
        case, by=staff.handler, now=NOW, device=DEVICE, responsible_name="秦朗", responsible_post="实验室管理员"
    )
    later = NOW + timedelta(days=1)
    notice = leads.enter_notice(
        by=staff.superior, now=later, unit=city.first_school, received_at=later, source="省教育信息安全监测中心",
        number="12号", text="", limits=Limits(),
    )  # fmt: skip
    joined = leads.join_notice(case, notice, by=staff.handler, now=later)
    clock = joined.clock("find")
    assert clock.done is not None
    assert clock.done < clock.received, "locked before the receipt is allowed"
    assert (clock.used(later), clock.colour(later)) == (timedelta(0), "kept")
    case.refresh_from_db()
    assert (case.origin, Case.objects.count(), case.joined.count()) == ("self-found", 1, 1)
    assert Lead.objects.filter(status=Lead.Status.DISMISSED).count() == 2
