"""The pages of leads and cases: what they show, what they hide, what they offer, and to whom."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import decisions, evidence
from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Case, Lead, Notice
from tests.desk.made import NOW, candidate


def offers(client, case):
    """The verbs that a case page offers."""
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    return set(re.findall(rf"/cases/{case.pk}/do/([a-z-]+)/", page))


def act(client, case, verb, **given):
    return client.post(
        reverse("cases:act", args=[case.pk, verb]), {f"{verb}-{name}": value for name, value in given.items()}
    )


@pytest.mark.parametrize("name", ["cases:case", "reports:report"])
def test_another_units_case_does_not_exist(make_case, staff, login, name):
    address = reverse(name, args=[make_case().pk])
    assert login(staff.handler).get(address).status_code == 200
    assert login(staff.superior).get(address).status_code == 200
    assert login(staff.leader).get(address).status_code == 200
    assert login(staff.stranger).get(address).status_code == 404
    for administrator in ("system", "security", "audit", "nobody"):
        assert login(administrator).get(address).status_code == 404


def test_nobody_acts_on_another_units_case(make_case, staff, login):
    case = make_case()
    assert act(login(staff.stranger), case, "sign").status_code == 404
    assert act(login(staff.leader), case, "sign").status_code == 403
    case.refresh_from_db()
    assert case.state == State.DELIVERED


def test_a_lead_of_another_unit_does_not_exist(make_lead, staff, login):
    lead = make_lead()
    assert login(staff.handler).get(reverse("cases:lead", args=[lead.pk])).status_code == 200
    for verb in ("open", "dismiss", "take-up"):
        assert login(staff.stranger).post(reverse(f"cases:{verb}", args=[lead.pk])).status_code == 404
    assert login(staff.stranger).get(reverse("cases:lead", args=[lead.pk])).status_code == 404
    assert "10.12.8.1" not in login(staff.stranger).get(reverse("cases:leads")).content.decode()


def test_a_page_offers_only_what_the_person_may_do(make_case, staff, login):
    case = make_case("submit")
    assert "sign" not in offers(login(staff.handler), case)
    case = make_case("start", number=2)
    assert {"lock", "not-ours", "propose-false-alarm", "propose-unlocatable"} <= offers(login(staff.handler), case)
    assert offers(login(staff.leader), case) <= {"unmask"}
    assert "withdraw" in offers(login(staff.superior), case)


def test_lock_is_not_offered_while_several_devices_fit(make_case, staff, login):
    case = make_case("start", trace=[candidate(1, "likely"), candidate(2, "possible")])
    client = login(staff.handler)
    assert "lock" not in offers(client, case)
    assert "choose" in offers(client, case)
    act(client, case, "choose", candidate=case.candidates.first().pk, reason="现场核对主机名")
    assert "lock" in offers(client, case)


def test_a_case_is_made_of_a_lead_by_an_officer(make_lead, staff, city, login):
    lead = make_lead()
    answer = login(staff.superior).post(reverse("cases:open", args=[lead.pk]), {"open-unit": city.first_school.pk})
    case = Case.objects.get()
    assert answer.url == reverse("cases:case", args=[case.pk])
    assert Lead.objects.get().status == "case"


def test_another_unit_than_proposed_needs_a_reason(make_lead, staff, city, login):
    lead, client = make_lead(), login(staff.superior)
    address = reverse("cases:open", args=[lead.pk])
    assert client.post(address, {"open-unit": city.riverside.pk}).status_code == 422
    assert client.post(address, {"open-unit": city.riverside.pk, "open-reason": "按活动时间归属"}).status_code == 302
    assert Case.objects.get().unit == city.riverside


def test_a_lead_is_dismissed_with_a_reason_and_can_be_taken_up_again(make_lead, staff, login, recorded):
    lead, client = make_lead(), login(staff.handler)
    address = reverse("cases:dismiss", args=[lead.pk])
    assert client.post(address, {"dismiss-reason": "resolver", "dismiss-note": ""}).status_code == 422
    recorded()
    client.post(address, {"dismiss-reason": "resolver", "dismiss-note": "该地址为校园DNS转发器"})
    assert Lead.objects.get().status == "dismissed"
    client.post(reverse("cases:take-up", args=[lead.pk]), {"take-up-reason": "有新的证据"})
    assert Lead.objects.get().status == "open"
    assert recorded() == ["lead.dismiss", "lead.take-up"]


def test_people_accounts_and_macs_are_masked_until_somebody_says_why(make_case, staff, login):
    case, client = make_case("lock"), login(staff.handler)
    address = reverse("cases:case", args=[case.pk])
    hidden = ("秦朗", "t20180317", "02:00:5e:10:00:01", "bc1q9x7example3m5tq4")
    before = client.get(address).content.decode()
    assert not [secret for secret in hidden if secret in before]
    assert act(client, case, "unmask", reason=" ").status_code == 422
    act(client, case, "unmask", reason="现场核对设备")
    after = client.get(address).content.decode()
    assert [secret for secret in hidden if secret in after] == list(hidden)
    assert Record.objects.filter(action="case.unmask").count() == 1
    other = login(staff.colleague).get(address).content.decode()
    assert "秦朗" not in other, "one person's reason unmasks for that person only"


def test_a_lock_form_does_not_tell_what_the_page_masks(make_case, staff, login):
    case = make_case("start")
    page = login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "秦朗" not in page
    assert "02:00:5e:10:00:01" not in page
    given = {"device_ip": "10.12.8.1", "device_place": "实验楼 305", "responsible_name": "秦朗"}
    assert act(login(staff.handler), case, "lock", **given).status_code == 302
    case.refresh_from_db()
    assert case.device_mac == "02:00:5e:10:00:01", "the traced MAC is taken where none was typed"


def test_the_page_shows_both_clocks_and_the_absolute_times(make_case, staff, login):
    case = make_case(now=timezone.now() - timedelta(hours=5))
    page = login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "剩余 42 小时 59 分" in page
    assert "剩余 66 小时 59 分" in page
    assert page.count("截止") >= 2


def test_a_refusal_is_shown_and_nothing_is_lost(make_case, staff, login):
    case = make_case("start")
    answer = act(login(staff.handler), case, "lock", device_place="实验楼 305", responsible_name="秦朗")
    case.refresh_from_db()
    assert case.state == State.INVESTIGATING
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "序列号、MAC 或内网地址至少一项" in page
    assert "实验楼 305" in page


def test_a_stale_page_is_told_to_reload(make_case, staff, login):
    case, client = make_case(), login(staff.handler)
    act(client, case, "sign")
    assert "请刷新页面" in act(client, case, "sign").content.decode()


def test_a_decision_is_confirmed_on_the_page_by_the_other_person(make_case, staff, login):
    case = make_case("lock")
    decision = decisions.propose(case, by=staff.handler, now=NOW, kind="nature", value="passive", reason="弱口令")
    given = {"decide-decision": decision.pk, "decide-note": ""}
    agree = reverse("cases:act", args=[case.pk, "agree"])
    assert "agree" not in offers(login(staff.handler), case)
    assert login(staff.handler).post(agree, given).status_code == 403
    assert login(staff.principal).post(agree, given).status_code == 302
    case.refresh_from_db()
    assert case.nature == "passive"


def test_an_extension_is_decided_on_the_page(make_case, staff, login):
    case = make_case("sign", now=timezone.now())
    until = timezone.localtime(case.due48) + timedelta(days=2)
    act(
        login(staff.handler), case, "ask-extension", which="find", until=until.strftime("%Y-%m-%dT%H:%M"), reason="假期"
    )
    extension = case.extensions.get()
    act(login(staff.superior), case, "decide-extension", extension=extension.pk, allow="yes", note="")
    case.refresh_from_db()
    assert case.due48 > case.original48


def test_a_notice_joined_later_has_its_clock_satisfied(make_case, staff, city, login):
    """S3: found by oneself and locked, then notified about: 0 hours, and counted as self-found."""
    case, client = make_case("lock", now=timezone.now() - timedelta(hours=30)), login(staff.handler)
    received = timezone.localtime() - timedelta(hours=1)
    given = {"unit": city.first_school.pk, "received_at": received.strftime("%Y-%m-%dT%H:%M"), "source": "省中心"}
    assert client.post(reverse("cases:notice"), given | {"number": "豫教网通〔2026〕7号"}).status_code == 302
    act(client, case, "join-notice", notice=Notice.objects.get().pk)
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "接到前已锁定，用时 0 小时" in page
    case.refresh_from_db()
    assert case.origin == Case.Origin.SELF_FOUND


@pytest.mark.parametrize("verb", ["agree", "refuse"])
def test_a_page_from_before_the_decision_says_that_it_was_made(make_case, staff, login, verb):
    """Two tabs: in one the proposal is confirmed, in the other it still asks."""
    case = make_case("lock")
    given = {"by": staff.handler, "now": NOW, "kind": "nature", "value": "passive", "reason": "弱口令"}
    decision = decisions.propose(case, **given)
    decisions.agree(decision, by=staff.principal, now=NOW)
    answer = login(staff.principal).post(
        reverse("cases:act", args=[case.pk, verb]), {"decide-decision": decision.pk, "decide-note": ""}
    )
    assert answer.status_code == 422
    assert "此事项已处理" in answer.content.decode()


def test_only_the_form_that_was_filled_in_wrongly_is_open(make_case, staff, login):
    case = make_case("start", trace=[])
    answer = act(login(staff.handler), case, "lock", device_name="JF-07", device_place="机房", responsible_name="秦朗")
    page = answer.content.decode()
    assert "锁定须写明" in page
    opened = re.findall(r'<details class="act[^"]*" open><summary>([^<]*)</summary>', page)
    assert opened == ["锁定设备及责任人"]


def test_a_time_to_come_is_refused_with_the_rule_that_it_breaks(make_case, staff, login):
    case, later = make_case("lock", now=timezone.now()), timezone.localtime() + timedelta(hours=2)
    answer = act(login(staff.handler), case, "measure", kind="isolate", done_at=later.strftime("%Y-%m-%dT%H:%M"))
    assert "所填时间在将来" in answer.content.decode()


def test_a_notice_cannot_be_received_in_the_future(staff, city, login):
    later = timezone.localtime() + timedelta(hours=2)
    given = {"unit": city.first_school.pk, "received_at": later.strftime("%Y-%m-%dT%H:%M"), "source": "省中心"}
    answer = login(staff.handler).post(reverse("cases:notice"), given)
    assert "所填时间在将来" in answer.content.decode()
    assert Notice.objects.count() == 0


def test_the_unit_that_was_notified_earlier_has_the_earlier_receipt(make_lead, staff, city, login):
    received = timezone.localtime().replace(second=0, microsecond=0) - timedelta(hours=3)
    given = {"unit": city.first_school.pk, "received_at": received.strftime("%Y-%m-%dT%H:%M"), "source": "区网安"}
    login(staff.handler).post(reverse("cases:notice"), given)
    opened = {"open-unit": city.first_school.pk, "open-notice": Notice.objects.get().pk}
    login(staff.handler).post(reverse("cases:open", args=[make_lead().pk]), opened)
    case = Case.objects.get()
    assert (case.received_at, case.origin) == (received, Case.Origin.NOTIFIED)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {1, 2, 3}),
        ("sureness=confirmed", {1}),
        ("certainty=none", {2}),
        ("q=10.12.8.3", {3}),
        ("q=other.example", {3}),
        ("status=dismissed", set()),
        ("sureness=nonsense&page=99", {1, 2, 3}),
    ],
)
def test_leads_are_filtered(make_lead, staff, login, query, shown):
    make_lead(1)
    make_lead(2, state="probable", trace=[])
    make_lead(3, state="suspected", server_name="other.example.org")
    page = login(staff.handler).get(f"{reverse('cases:leads')}?{query}").content.decode()
    assert {n for n in (1, 2, 3) if f">10.12.8.{n}<" in page} == shown


def test_cases_are_filtered_and_found_by_number(make_case, staff, login):
    make_case(number=1)
    second = make_case("close", number=2)
    client, address = login(staff.handler), reverse("cases:cases")
    assert second.number not in client.get(address).content.decode()
    assert second.number in client.get(f"{address}?view=ended&q={second.number}").content.decode()


@pytest.mark.parametrize("name", ["cases:leads", "cases:cases"])
def test_a_lists_queries_do_not_grow_with_its_rows(make_case, make_lead, staff, login, name):
    def cost():
        client = login(staff.handler)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse(name)).status_code == 200
        return len(caught)

    make_case(number=1)
    make_lead(40)
    before = cost()
    for number in range(2, 14):
        make_case(number=number)
        make_lead(40 + number)
    assert cost() == before <= 30


def test_a_case_pages_queries_do_not_grow_with_what_happened(make_case, staff, login):
    def cost(case):
        client = login(staff.handler)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("cases:case", args=[case.pk])).status_code == 200
        return len(caught)

    few = make_case("lock", number=1)
    many = make_case("start", number=2, trace=[candidate(n, "possible") for n in range(1, 20)])
    before = cost(few)
    for _ in range(6):
        act(login(staff.handler), few, "unmask", reason="核对")
    assert cost(few) == before <= 30
    assert cost(many) <= 30


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_speaks_both_languages(make_case, make_lead, staff, login, language):
    case, lead = make_case("measure"), make_lead(2)
    staff.handler.language = language
    staff.handler.save()
    client = login(staff.handler)
    pages = [reverse(n) for n in ("home", "cases:leads", "cases:cases", "cases:notice", "blocks:board")]
    pages += [reverse(n, args=[case.pk]) for n in ("cases:case", "reports:report", "reports:edit", "blocks:propose")]
    for address in [*pages, reverse("cases:lead", args=[lead.pk])]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in answer.content.decode()


def test_a_detail_is_masked_wherever_it_stands_in_the_chain():
    """What one hop found is what the next one knew: a MAC, an account."""
    mac, login_ = "02:00:5e:10:00:01", "t20180317"
    steps = (("10.12.8.1", mac), (mac, login_), (login_, "秦朗"))
    hops = [{"kind": "lease", "known": known, "found": found, "rows": []} for known, found in steps]
    content = {"trace": [candidate(hops=hops)]}
    (shown,), (open_,) = (evidence.chains(content, revealed=revealed) for revealed in (False, True))
    assert not [secret for secret in (mac, login_, "秦朗") if secret in str(shown)]
    assert [(hop.known, hop.found) for hop in open_.hops] == list(steps)
