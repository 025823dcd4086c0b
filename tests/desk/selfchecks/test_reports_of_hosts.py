"""Reports of hosts come in through the page and through the door; what is none is kept; people join them."""

import io
import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases.fixed import FixedError
from minewarden.desk.kit.every import Every
from minewarden.desk.ledger.models import Asset
from minewarden.desk.org.models import Unit
from minewarden.desk.reports import export as papers
from minewarden.desk.selfchecks import actions, intake, mergers, queries, retention
from minewarden.desk.selfchecks.models import HostReport, Link, Refusal, Reject
from minewarden.selfcheck.build import words
from minewarden.selfcheck.host import program
from minewarden.selfcheck.host.words import Words
from minewarden.vocab.errors import TransitionError
from tests.desk.made import NOW
from tests.desk.selfchecks.made import host_report, report_bytes

DOOR = "/selfchecks/hosts/take/"


@pytest.fixture
def device(city):
    return Asset.objects.create(
        unit=city.first_school, number="ZC-1", name="JF-07", hostname="jf-07", category="server", ip="10.12.8.1"
    )


@pytest.fixture
def link(city, staff):
    now = timezone.now()
    return actions.make_link(
        by=staff.handler, now=now, unit=city.first_school, purpose="reports", label="信息中心机房", days=30
    )


def knock(token, data, **headers):
    return Client().post(
        DOOR, data, content_type="application/json", headers={"Authorization": f"Bearer {token}", **headers}
    )


def test_a_report_is_kept_whole_and_matched_by_the_name_of_its_host(city, staff, device, recorded):
    recorded()
    taken = intake.take(report_bytes(), now=NOW, by=staff.handler, unit=city.first_school, name="a.json")
    report = taken.report
    assert (report.asset, report.matched, report.result) == (device, "by-name", "confirmed")
    assert report.content == host_report()
    assert recorded() == ["check.report"]
    again = intake.take(report_bytes(), now=NOW, by=staff.handler, unit=city.first_school)
    assert again.known
    assert again.report.pk == report.pk
    report.result = "likely"
    with pytest.raises(FixedError):
        report.save()


def test_two_devices_of_one_name_are_nobody_until_a_person_says_which(city, staff, device):
    twin = Asset.objects.create(unit=city.first_school, number="ZC-2", name="别的", hostname="JF-07", category="server")
    report = intake.take(report_bytes(), now=NOW, by=staff.handler, unit=city.first_school).report
    assert report.asset is None
    assert intake.match(report, by=staff.handler, now=NOW, asset=twin).matched == "by-hand"
    elsewhere = Asset.objects.create(unit=city.riverside, number="ZC-3", name="别处", category="server")
    with pytest.raises(TransitionError):
        intake.match(report, by=staff.handler, now=NOW, asset=elsewhere)


def test_whoever_takes_a_unit_over_has_its_reports_with_details_and_each_file_once(city, staff, people, recorded):
    school, heir = city.first_school, city.riverside
    one, both, old = (
        intake.take(report_bytes(name), now=NOW, by=staff.handler, unit=school).report for name in ("a", "b", "c")
    )
    theirs = intake.take(report_bytes("b"), now=NOW, by=people.officer, unit=heir).report
    HostReport._base_manager.filter(pk=old.pk).update(content={}, deleted_at=NOW)
    ended = timezone.localdate(NOW)
    Unit.objects.filter(pk=school.pk).update(valid_from=date(2020, 1, 1), valid_to=ended, successor=heir)
    later = NOW + timedelta(days=1)
    recorded()
    assert [mergers.look(now) for now in (NOW, later, later)] == [0, 1, 0]
    assert recorded() == ["check.move"], "what is left with the old unit is not looked at as a move again"
    for report, unit in ((one, heir), (both, school), (old, school), (theirs, heir)):
        report.refresh_from_db()
        assert (report.unit, report.sha256) == (unit, report.sha256)
    assert intake.match(one, by=staff.superior, now=later, asset=None).matched == "by-hand"


def test_what_is_no_report_is_kept_with_the_reason(city, staff):
    taken = intake.take(b"{}" + b"x" * 100_000, now=NOW, by=staff.handler, unit=city.first_school, name="../b.json")
    assert taken.report is None
    reject = Reject.objects.get()
    assert (reject.name, reject.size) == ("b.json", 100_002)
    assert "JSON" in reject.reason["zh"]
    assert len(intake.beginning(reject)) == intake.KEPT
    assert b"xxxx" not in bytes(reject.beginning)


def test_the_door_takes_a_report_for_a_token_and_says_what_it_means(link, city):
    made, token = link
    answer = knock(token, report_bytes())
    assert answer.status_code == 201
    assert "市" in answer.json()["said"] or "云川" in answer.json()["said"]
    assert "先保留证据" in answer.json()["said"]
    assert knock(token, report_bytes()).status_code == 200
    report = HostReport.objects.get()
    assert (report.link, report.by, report.unit) == (made, None, city.first_school)


def test_the_token_itself_is_nowhere(link):
    _, token = link
    assert token not in json.dumps(list(Link.objects.values()), default=str)
    assert len(token) > 40


@pytest.mark.parametrize("token", ["", "mw-guessed", "x" * 5000])
def test_without_a_token_nothing_is_kept_but_a_count(db, token):
    for _ in range(3):
        assert knock(token, report_bytes()).status_code == 401
    assert HostReport.objects.count() == Reject.objects.count() == 0
    assert [(row.reason, row.count) for row in Refusal.objects.all()] == [("token", 3)]


def test_a_link_that_is_over_or_was_revoked_opens_nothing(link, staff, monkeypatch):
    made, token = link
    actions.revoke_link(made, by=staff.colleague, now=timezone.now())
    assert knock(token, report_bytes()).status_code == 401
    Link.objects.update(revoked_at=None)
    later = timezone.now() + timedelta(days=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    answer = knock(token, report_bytes())
    assert answer.status_code == 401
    assert "到期" in answer.json()["said"]


def test_a_link_for_a_sheet_takes_no_reports(city, staff):
    given = {"by": staff.handler, "now": timezone.now(), "unit": city.first_school, "label": "楼管", "days": 7}
    _, token = actions.make_link(**given, purpose="sheet", kind="dormitory", place="3号楼")
    assert knock(token, report_bytes()).status_code == 401


def test_what_is_too_large_is_not_even_read(link):
    _, token = link
    answer = knock(token, b"x" * (3 * 1024 * 1024))
    assert answer.status_code == 413
    assert Reject.objects.count() == 0


def test_too_many_within_an_hour_wait_outside(link, monkeypatch):
    monkeypatch.setattr(intake, "PER_HOUR", 2)
    _, token = link
    codes = [knock(token, report_bytes(f"H-{n}")).status_code for n in range(3)]
    assert codes == [201, 201, 429]
    assert Refusal.objects.get().reason == "rate"


def test_what_is_wrong_is_said_to_the_host_and_kept(link):
    _, token = link
    answer = knock(token, b'{"schema": "minewarden/selfcheck/1"}')
    assert answer.status_code == 422
    assert "$.program" in answer.json()["said"]
    assert Reject.objects.get().link is not None


@pytest.mark.django_db(transaction=True)
def test_the_program_itself_hands_in_over_the_wire(live_server, link, tmp_path, capsys):
    _, token = link
    (tmp_path / "token").write_text(token + "\n")
    args = SimpleNamespace(send=f"{live_server.url}{DOOR}", yes=True, token_file=str(tmp_path / "token"), language="zh")
    say = Words(words())
    stated = host_report(result="nothing-found")
    assert program.send(args, stated, json.dumps(stated, ensure_ascii=False), say) == 0
    assert "这不等于没有" in capsys.readouterr().out
    (tmp_path / "token").write_text("wrong")
    assert program.send(args, stated, json.dumps(stated), say) == 1
    assert "口令不对" in capsys.readouterr().err


def test_a_report_joins_the_network_side_of_a_case(city, staff, device, make_case, recorded, login):
    case = make_case()
    report = intake.take(report_bytes(), now=NOW, by=staff.handler, unit=city.first_school).report
    quiet = intake.take(report_bytes(result="nothing-found"), now=NOW, by=staff.handler, unit=city.first_school).report
    side = queries.host_side(case)
    assert {one.pk for one in side.suggested} == {report.pk, quiet.pk}
    recorded()
    joined = intake.join(case, report, by=staff.handler, now=NOW)
    intake.join(case, quiet, by=staff.handler, now=NOW)
    assert recorded() == ["case.join-host-report"] * 2
    with pytest.raises(TransitionError):
        intake.join(case, report, by=staff.handler, now=NOW)
    side = queries.host_side(case)
    assert [same for _, _, same in side.joined] == [1, 0]
    assert side.suggested == ()
    page = login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "连接的对端与本案相同" in page
    assert "网络侧有通信记录而主机未发现" in page
    case.refresh_from_db()
    assert (case.nature, case.conclusion, case.state) == ("undecided", "", "delivered")
    text, head = papers.text_of(case)
    paper = papers.document(case, text, head, on=NOW, code="WK-2026-1/draft")
    table = next(one for one in paper.annexes if one.title == "主机自查结果").sections[0].table
    assert [row[1:] for row in table[1:]] == [
        ("JF-07", "2026年3月13日18时05分", "确认", "1", "1"),
        ("JF-07", "2026年3月13日18时05分", "未发现", "0", "0"),
    ]  # fmt: skip
    intake.part(joined, by=staff.colleague, now=NOW)
    assert {one.pk for one in queries.host_side(case).suggested} == {report.pk}


def test_what_a_host_showed_is_deleted_when_its_time_is_over_but_not_while_its_case_is_open(
    city, staff, device, make_case, recorded, login, monkeypatch
):
    def look(at):
        monkeypatch.setattr(retention, "_turn", Every(timedelta(hours=12)))
        return retention.look(at)

    case = make_case()
    free = intake.take(report_bytes(), now=NOW, by=staff.handler, unit=city.first_school).report
    held = intake.take(report_bytes("JF-08"), now=NOW, by=staff.handler, unit=city.first_school).report
    intake.take(b"none", now=NOW, by=staff.handler, unit=city.first_school)
    intake.join(case, held, by=staff.handler, now=NOW)
    recorded()
    assert look(NOW + timedelta(days=183)) == 0
    assert look(NOW + timedelta(days=184)) == 2
    assert recorded() == ["check.forget"]
    free.refresh_from_db()
    held.refresh_from_db()
    assert (free.content, free.result, free.findings, free.asset) == ({}, "confirmed", 1, device)
    assert held.deleted_at is None
    assert bytes(Reject.objects.get().beginning) == b""
    page = login(staff.handler).get(reverse("selfchecks:report", args=[free.pk])).content.decode()
    assert "保存期满" in page
    case.closed_at = NOW + timedelta(days=200)
    type(case).objects.filter(pk=case.pk).update(closed_at=case.closed_at)
    assert look(NOW + timedelta(days=383)) == 0
    assert look(NOW + timedelta(days=384)) == 1
    assert [same for _, _, same in queries.host_side(case).joined] == [1], "what it meant for the case stays"


def test_a_report_of_another_unit_joins_no_case(city, staff, people, make_case):
    case = make_case()
    other = intake.take(report_bytes(), now=NOW, by=people.officer, unit=city.riverside).report
    with pytest.raises(TransitionError):
        intake.join(case, other, by=staff.superior, now=NOW)
    with pytest.raises(PermissionDenied):
        intake.join(case, other, by=staff.stranger, now=NOW)


def test_a_usb_stick_of_reports_is_handed_in_at_once(login, staff, city):
    files = [io.BytesIO(report_bytes(f"H-{n}").decode().encode("utf-16")) for n in range(3)] + [io.BytesIO(b"")]
    for number, file in enumerate(files):
        file.name = f"{number}.json"
    page = login(staff.handler).post("/selfchecks/hosts/", {"unit": city.first_school.pk, "reports": files})
    assert page.status_code == 200
    assert HostReport.objects.count() == 3
    assert Reject.objects.count() == 1
    text = page.content.decode()
    for word in ("确认", "很可能", "存疑", "未发现", "无法判断"):
        assert word in text
    assert "干净" in text  # only to say that there is no such result


def test_figures_of_hosts(city, staff):
    intake.take(report_bytes(), now=NOW, by=staff.handler, unit=city.first_school)
    found = queries.hosts_seen([city.first_school.pk], NOW, NOW + timedelta(days=1))
    assert found[city.first_school.pk]["confirmed"] == 1
