"""Every page of the library for the people it is for, with something on it; what is not theirs is not found."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases.access import cases_for
from minewarden.desk.library import actions, bridge, export, intake, queries
from minewarden.desk.library.bridge import ALL_FORMS, library
from minewarden.desk.library.models import Addressed, Feed, Submission
from minewarden.desk.notify.models import Message
from minewarden.intel.bundle import make_key
from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from minewarden.vocab.words import DISPLAY_ZONE

START = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(login: Any) -> Any:
    """shown(person, "library:home", …) -> the text of the page, which must be there."""

    def get(who: Any, route: str, *args: Any, query: str = "", status: int = 200) -> str:
        answer = login(who).get(reverse(route, args=args) + query)
        assert answer.status_code == status, route
        return answer.content.decode()

    return get


@pytest.fixture
def now_held(office: Any) -> Any:
    made = library()
    now = timezone.now()
    made.load(CATALOGUE, listing(now), now)
    return made


def test_the_office_searches_what_is_held_and_others_what_was_published(
    shown: Any, office: Any, now_held: Any, publish: Any
) -> None:
    text = shown(office.reviewer, "library:home", query="?q=f2pool&role=pool-endpoint")
    assert "xmr.f2pool.com" in text
    assert "矿池接入点" in text
    assert "还没有可看的版本" in shown(office.school, "library:home")
    publish(now=timezone.now())
    assert "f2pool" in shown(office.district, "library:home", query="?q=f2pool")
    assert "还没有可看的版本" in shown(office.school, "library:home"), "its district has not handed it on"
    for query in ("?standing=live", "?family=catalogue", "?operator=f2pool", "?q=XMR", "?page=2"):
        assert "没有符合条件" not in shown(office.reviewer, "library:home", query=query)
    for query in ("?standing=revoked", "?family=none", "?operator=nobody", "?q=nothing-such"):
        assert "没有符合条件" in shown(office.reviewer, "library:home", query=query)


def test_an_indicator_says_why_it_is_worth_what_it_is(shown: Any, office: Any, now_held: Any, publish: Any) -> None:
    record = now_held.get("xmr.f2pool.com")
    text = shown(office.reviewer, "library:indicator", record.id)
    assert "此类情报每 365 天减半" in text
    assert "只有 1 个独立来源提到" in text
    assert "运营者公布的接入说明" in text, "what the catalogue says is said in the reader's language"
    assert "operator&#x27;s" not in text
    assert "自有" in text
    now_held.sight(record.id, unit="市一中", at=timezone.now(), why="WK-2026-00001")
    text = shown(office.reviewer, "library:indicator", record.id)
    assert "本地流量中出现过 1 次" in text
    assert "WK-2026-00001" in text
    publish(now=timezone.now())
    text = shown(office.district, "library:indicator", record.id)
    assert "WK-2026-00001" not in text, "who saw it is the office's to know"
    assert "撤销这条情报" not in text
    shown(office.school, "library:indicator", record.id, status=404)


def test_an_indicator_is_withdrawn_and_taken_back_by_the_office_alone(
    login: Any, office: Any, now_held: Any, recorded: Any
) -> None:
    record = now_held.get("xmr.f2pool.com")
    away = reverse("library:change-indicator", args=[record.id, "revoke"])
    assert login(office.district).post(away, {"reason": "x"}).status_code == 404
    assert login(office.reviewer).post(away, {"reason": " "}).status_code == 422
    recorded()
    assert login(office.reviewer).post(away, {"reason": "已停用"}).status_code == 302
    assert now_held.get(record.id).revoked is not None
    back = reverse("library:change-indicator", args=[record.id, "restore"])
    assert login(office.reviewer).post(back, {"reason": "误撤"}).status_code == 302
    assert now_held.get(record.id).revoked is None
    assert [action for action in recorded() if action.startswith("library")] == ["library.revoke", "library.restore"]


def test_a_report_goes_from_the_page_of_a_case_to_the_library(
    login: Any, office: Any, make_case: Any, shown: Any
) -> None:
    case = make_case(now=timezone.now())
    page = reverse("library:submit-case", args=[case.pk])
    assert page in shown(office.school, "cases:case", case.pk)
    text = login(office.school).get(page).content.decode()
    assert "pool.example.net" in text
    assert "mining.subscribe" in text
    assert case.evidence.sha256[:16] in text
    assert "Stratum V1" in text, "the protocol by its name, not by its code"
    form = {"unit": office.first_school.pk, "domain": "pool[.]example[.]net:3333", "ip": "203.0.113.9", "coins": "BTC"}
    form |= {"found_at": "2026-03-12T21:14", "method": "detected", "sureness": "confirmed", "evidence": "见案件"}
    assert login(office.school).post(page, form).status_code == 302
    made = Submission.objects.get()
    assert (made.domain, made.ip, made.port, made.case) == ("pool.example.net", "203.0.113.9", 3333, case)
    assert made.proofs[0]["sha256"] == case.evidence.sha256
    assert made.number in shown(office.district, "library:reports")
    act = lambda verb: reverse("library:act", args=[made.pk, verb])  # noqa: E731  # a short name
    assert login(office.district).post(act("relay"), {"note": ""}).status_code == 302
    review = {"role": "pool-endpoint", "name_as": "host", "name_why": "", "address_as": "no", "address_why": ""}
    refused = login(office.reviewer).post(act("review"), review)
    assert refused.status_code == 422
    assert "请写明理由" in refused.content.decode()
    assert login(office.reviewer).post(act("review"), review | {"address_why": "共用地址"}).status_code == 302
    assert "待第二人复核" in shown(office.second, "library:report", made.pk)
    assert login(office.reviewer).post(act("agree"), {"note": ""}).status_code == 403
    assert login(office.second).post(act("agree"), {"note": ""}).status_code == 302
    assert library().get("pool.example.net") is not None
    assert "域名采纳；地址不采纳（共用地址）" in shown(office.school, "library:report", made.pk)
    shown(office.stranger, "library:report", made.pk, status=404)
    assert made.shown in shown(office.school, "cases:case", case.pk)


def test_what_is_sent_back_is_put_right(login: Any, office: Any, submit: Any, shown: Any) -> None:
    made = submit(relayed=False, found_at=START, now=timezone.now())
    act = lambda verb: reverse("library:act", args=[made.pk, verb])  # noqa: E731  # a short name
    assert login(office.district).post(act("back"), {"reason": "请补充端口"}).status_code == 302
    text = shown(office.school, "library:report", made.pk)
    assert "请补充端口" in text
    form = {"unit": made.unit_id, "domain": "pool.example.net", "ip": "", "port": "4444", "method": "host"}
    form |= {"found_at": "2026-03-12T21:14", "sureness": "likely", "evidence": "主机自查"}
    assert login(office.school).post(act("amend"), form).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.port, made.ip) == ("reported", 4444, None)
    assert login(office.school).post(act("withdraw"), {"reason": "误报"}).status_code == 302
    made.refresh_from_db()
    assert made.state == "withdrawn"


def test_a_version_is_fetched_in_every_form_and_answered_for(
    login: Any, office: Any, now_held: Any, accept: Any, publish: Any, shown: Any
) -> None:
    now = timezone.now()
    accept(now=now, found_at=now)
    issue = publish(now=now)
    actions.hand_down(issue, by=office.district, now=now, unit=office.linjiang)
    page = shown(office.school, "library:version", issue.pk)
    assert "pool.example.net" in page
    for form in (*ALL_FORMS, "bundle"):
        answer = login(office.school).get(reverse("library:version-file", args=[issue.pk, form]))
        assert "attachment" in answer["Content-Disposition"], form
    assert login(office.school).get(reverse("library:version-file", args=[issue.pk, "smoke"])).status_code == 404
    row = Addressed.objects.get(issue=issue, unit=office.first_school)
    assert set(row.forms) == {*ALL_FORMS, "bundle"}
    place = reverse("library:answer", args=[row.pk])
    refused = login(office.school).post(place, {"state": "confirmed", "device": ""})
    assert "请写明封禁在哪台设备上" in refused.content.decode()
    zone = SimpleUploadedFile("zone.txt", b"pool.example.net CNAME .\n")
    answered = login(office.school).post(place, {"state": "confirmed", "device": "出口", "file": zone}, follow=True)
    assert "与版本不符" in answered.content.decode()
    row.refresh_from_db()
    assert row.state == "drifted"
    whole = login(office.school).get(reverse("library:version-file", args=[issue.pk, "rpz"])).content
    given = zipfile.ZipFile(io.BytesIO(whole)).read("minewarden.rpz")
    csv = login(office.school).get(reverse("library:version-file", args=[issue.pk, "csv"])).content
    held = SimpleUploadedFile("zone.txt", given + csv)
    login(office.school).post(place, {"state": "confirmed", "device": "出口", "file": held})
    row.refresh_from_db()
    assert row.state == "confirmed"
    assert "封禁完成 1/3" in shown(office.district, "library:version", issue.pk)
    assert login(office.stranger).get(place).status_code == 404


def test_the_pages_of_the_office(shown: Any, login: Any, office: Any, now_held: Any, make_case: Any) -> None:
    now = timezone.now()
    for route in ("sources", "waiting", "allow", "feedback", "bundles", "province", "publish", "versions", "add-feed"):
        shown(office.reviewer, f"library:{route}")
        shown(office.school, f"library:{route}", status=200 if route == "versions" else 404)
    held = library().loads(CATALOGUE.name, last=1)[0]
    row = shown(office.reviewer, "library:sources")
    assert row.count("已载入") >= 2, "the catalogue too says when it was loaded"
    assert "2026.11.24 版" in shown(office.reviewer, "library:load", held.number)
    form = {"name": "list", "form": "plain", "licence": "MIT", "role": "pool-endpoint", "scope": "host", "tlp": "green"}
    form |= {"hours": "24", "enabled": "on", "family": "", "url": "", "sha256": "", "token": ""}
    assert login(office.reviewer).post(reverse("library:add-feed"), form).status_code == 302
    feed = Feed.objects.get()
    entry = {"kind": "domain", "value": "lab.example.org", "owner": "市一中", "until": "2999-01-01", "reason": "课程"}
    assert login(office.reviewer).post(reverse("library:allow"), entry).status_code == 302
    assert "lab.example.org" in shown(office.reviewer, "library:allow")
    wide = login(office.reviewer).post(reverse("library:allow"), entry | {"value": "cn"})
    assert wide.status_code == 422
    file = SimpleUploadedFile("a.txt", b"a.example.org\nx.lab.example.org\n*.cn\n")
    loaded = login(office.reviewer).post(reverse("library:take-file", args=[feed.pk]), {"file": file}, follow=True)
    text = loaded.content.decode()
    assert "a.example.org</span>" in text
    assert "第 3 行" in text
    waiting = shown(office.reviewer, "library:waiting")
    assert "x.lab.example.org" in waiting
    settle = reverse("library:settle", args=[library().waiting()[0].number])
    login(office.reviewer).post(settle, {"accept": "no", "reason": "在上课"})
    assert "在上课" in shown(office.reviewer, "library:waiting", query="?show=decided")
    end = {"kind": "domain", "value": "lab.example.org", "reason": "课程结束"}
    assert login(office.reviewer).post(reverse("library:end-allow"), end).status_code == 302
    assert library().allow() == ()
    for route in ("feed", "load"):
        shown(office.head, f"library:{route}", feed.pk if route == "feed" else 1)
    key = Path(settings.DATA) / "province"
    fingerprint = make_key(key)
    pem = SimpleUploadedFile("key.pub", Path(f"{key}.pub").read_bytes())
    login(office.reviewer).post(
        reverse("library:trust"), {"name": "省", "key": pem, "fingerprint": fingerprint.replace("-", " ").upper()}
    )
    assert fingerprint in shown(office.reviewer, "library:bundles")
    assert intake.Trusted.objects.get().added_at >= now


def test_what_goes_out_is_held_against_the_latest_version_also_after_the_next(
    office: Any, now_held: Any, publish: Any
) -> None:
    now = timezone.now()
    first = publish(now)
    assert queries.preview(now, 20).removed == ()
    gone = library().version(first.number)[0]
    library().revoke(gone.id, by="周宁", why="不是矿池", at=now)
    assert [record.id for record in queries.preview(now, 20).removed] == [gone.id]
    second = publish(now)
    assert queries.preview(now, 20).removed == ()
    assert gone.id in bridge.held_in(first)
    assert gone.id not in bridge.held_in(second)


def test_the_form_for_the_province(login: Any, office: Any, accept: Any, shown: Any) -> None:
    made = accept(found_at=START, now=timezone.now())
    text = shown(office.reviewer, "library:province")
    assert made.number in text
    for what in ("t10", "t11"):
        for form in ("xlsx", "docx", "pdf"):
            answer = login(office.head).get(reverse("library:province-file", args=[what, form]))
            assert len(answer.content) > 2000
    office.head.language = "en"
    office.head.save()
    answer = login(office.head).get(reverse("library:province-file", args=["t11", "docx"]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        assert "省教育信息安全监测中心" in parts.read("word/document.xml").decode(), "a Chinese paper for every reader"
    paper = export.t11_document([], unit=office.bureau, addressee="省", now=timezone.now())
    widths = dict(zip(export.T11_KEYS, paper.sections[0].widths, strict=True))
    assert max(widths, key=widths.__getitem__) == "unit", "its name is the longest of a row"
    for key in ("signatures_on", "licence_to"):
        share = widths[key] / sum(widths.values())
        assert share * 156 / 25.4 * 72 >= 10 * 6 + 8, "a date is one line: ten letters of 6 pt, and 4 pt at its sides"
    data = {"addressee": "省教育信息安全监测中心", "submissions": [made.pk], "note": ""}
    assert login(office.reviewer).post(reverse("library:province"), data).status_code == 302
    text = shown(office.reviewer, "library:province")
    assert "没有待报送的内容" in text
    handed = made.handed.get()
    paper = export.t10_document(handed.rows, unit=office.bureau, addressee="省", now=handed.at)
    assert "共 1 条，其中采纳 1 条" in paper.opening[0]
    refused = [*handed.rows[0][:-1], "域名不采纳（误报）"]
    paper = export.t10_document([refused], unit=office.bureau, addressee="省", now=handed.at)
    assert "共 1 条，其中采纳 0 条" in paper.opening[0]
    paper = export.t10_document([], unit=office.bureau, addressee="省", now=handed.at)
    assert "没有新发现" in paper.opening[0]
    assert paper.annexes == (), "no table without a row"
    assert handed.rows[0][1] == "pool.example.net"
    shown(office.reviewer, "library:report", made.pk)
    answer = login(office.reviewer).get(reverse("library:handed-file", args=[handed.pk, "xlsx"]))
    assert answer.content[:2] == b"PK"


def test_a_unit_is_urged_once_a_day_of_beijing_and_only_who_was_urged_is_counted(
    office: Any, now_held: Any, publish: Any
) -> None:
    issue = publish(now=timezone.now())
    tomorrow = timezone.now().astimezone(DISPLAY_ZONE) + timedelta(days=1)
    early = tomorrow.replace(hour=7, minute=30, second=0)
    units = [office.linjiang]
    times = (early, early + timedelta(hours=1), early + timedelta(hours=16, minutes=29), early + timedelta(hours=17))
    asked = [actions.urge(issue, by=office.district, now=at, units=units) for at in times]
    assert asked == [1, 0, 0, 1], "the day of UTC begins at eight, the second day of Beijing at midnight"
    assert Message.objects.filter(key__startswith=f"library.urge.{issue.pk}.").count() == 2


def test_nobody_urges_a_unit_that_is_not_below_him_as_an_officer(
    office: Any, now_held: Any, publish: Any, login: Any
) -> None:
    issue, now = publish(now=timezone.now()), timezone.now()
    for by in (office.stranger, office.school, office.head):
        with pytest.raises(PermissionDenied):
            actions.urge(issue, by=by, now=now, units=[office.linjiang])
    login(office.district).post(reverse("library:urge", args=[issue.pk]))
    told = Message.objects.filter(key__startswith=f"library.urge.{issue.pk}.")
    assert [message.unit for message in told] == [office.linjiang], "and not 云麓区, which has not answered either"


def test_out_of_every_case_and_finding_something_can_be_reported_however_many_there_are(
    office: Any, make_case: Any, make_lead: Any, login: Any
) -> None:
    cases = [make_case(number=number) for number in range(1, 14)]
    found = {make_lead(number).pk for number in range(20, 34)}
    browser, page = login(office.school), reverse("library:submit")
    shown = browser.get(page).content.decode()
    assert sum(reverse("library:submit-case", args=[case.pk]) in shown for case in cases) == 10
    assert "另有 3 起未上报的案件，请在案件页上报" in shown
    for case in cases:
        assert reverse("library:submit-case", args=[case.pk]) in browser.get(f"/cases/{case.pk}/").content.decode()
    whole = shown + browser.get(f"{page}?page=2").content.decode()
    assert {pk for pk in found if reverse("library:submit-lead", args=[pk]) in whole} == found
    assert browser.get(reverse("library:submit-lead", args=[min(found)])).status_code == 200


def test_only_cases_that_somebody_handles_are_offered_for_a_report(office: Any, make_case: Any, login: Any) -> None:
    case = make_case()
    shown = {
        who: login(who).get(reverse("library:submit")).context["sources"] for who in (office.school, office.district)
    }
    assert [row.pk for row in shown[office.school].cases] == [case.pk]
    assert [row.pk for row in shown[office.district].cases] == [case.pk]
    leader = office.people.leader
    leader.posts.create(role="officer", unit=office.yunlu)
    assert cases_for(leader).get() == case
    assert login(leader).get(reverse("library:submit")).context["sources"].cases == ()
