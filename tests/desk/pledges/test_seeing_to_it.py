"""What people of a unit do: codes, reasons and excuses, texts, papers; and what they may not."""

import io
from datetime import date, timedelta

import pymupdf
import pytest
import segno
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from PIL import Image

from minewarden.desk.audit.models import Record
from minewarden.desk.notify.models import Message
from minewarden.desk.org import actions as org
from minewarden.desk.pledges import actions, everywhere, paper, queries, reminders, roll, sheets
from minewarden.desk.pledges.codes import MOST_ON_PAPER, paper_code, read_paper_code
from minewarden.desk.pledges.counts import Tally, figure, tallies, together, weeks
from minewarden.desk.pledges.models import Page, Signature, Signer, Text
from minewarden.desk.pledges.signing import Refused
from minewarden.desk.pledges.texts import built_in
from minewarden.desk.pledges.verify import verify
from minewarden.vocab.errors import InputError, TransitionError
from tests.desk.kit.test_who_looks_and_who_takes_out import DRAWN, bears
from tests.desk.pledges.made import signed, technician
from tests.documents.test_scans import as_pdf, scanned

pytestmark = pytest.mark.django_db


def whole(unit, now) -> Tally:
    return together(tallies(unit, now, "unit_id").values())


@pytest.mark.parametrize(
    ("tally", "rate"),
    [
        (Tally(), "—"),
        (Tally(due=3, excused=3), "—"),
        (Tally(due=3200, signed=3080, excused=100), "99.4%"),
        (Tally(due=10_000, signed=9_999), "99.9%"),
        (Tally(due=7, signed=7), "100%"),
        (Tally(due=3), "0%"),
    ],
)
def test_a_rate_is_never_rounded_to_a_hundred(tally, rate):
    assert tally.rate == rate


def test_a_reason_excuses_when_a_second_person_agrees_and_as_long_as_it_holds(school, now):
    actions.note_reason([school.qin], by=school.officer, now=now, reason="medical", until=date(2026, 4, 10))
    assert (whole(school.unit, now).excused, whole(school.unit, now).asked) == (0, 1)
    with pytest.raises(PermissionDenied):
        actions.excuse([school.qin], by=school.officer, now=now)
    actions.excuse([school.qin], by=school.principal, now=now)
    assert whole(school.unit, now).excused == 1
    later = now + timedelta(days=10)
    assert (whole(school.unit, later).excused, whole(school.unit, later).missing) == (0, 6)


def test_the_log_names_everybody_whose_row_was_written(school, now):
    more = [
        Signer.objects.create(
            unit=school.unit, name=f"员工{number}", number=f"X{number:03}", category=school.qin.category
        )
        for number in range(30)
    ]
    actions.note_reason(more, by=school.officer, now=now, reason="medical", until=date(2026, 4, 10))
    after = Record.objects.get(action="pledge.reason").after
    assert after["count"] == 30
    assert [row.number for row in more if row.number not in after["who"]] == []


def test_whoever_notes_a_reason_does_not_agree_to_it(school, people, now):
    # 临江区's approver may do both by her posts, and still not for the same person.
    org.grant_post(people.approver, role="officer", unit=school.unit, by=None)
    actions.note_reason([school.qin], by=people.approver, now=now, reason="leave")
    with pytest.raises(Refused):
        actions.excuse([school.qin], by=people.approver, now=now)


def test_a_refusal_is_noted_and_excuses_nobody(school, now):
    actions.note_reason([school.qin], by=school.officer, now=now, reason="refused")
    with pytest.raises(Refused):
        actions.excuse([school.qin], by=school.principal, now=now)
    tally = whole(school.unit, now)
    assert (tally.refused, tally.excused, tally.missing) == (1, 0, 6)


def test_reasons_in_the_past_without_words_or_for_who_signed_are_refused(school, now):
    signed(school.he, now)
    for rows, facts in (
        ([school.qin], {"reason": "leave", "until": date(2026, 3, 1)}),
        ([school.qin], {"reason": "other"}),
        ([school.qin], {"reason": "nonsense"}),
        ([school.he], {"reason": "leave"}),
        ([], {"reason": "leave"}),
    ):
        with pytest.raises(Refused):
            actions.note_reason(rows, by=school.officer, now=now, **facts)


def test_a_text_is_published_by_the_city_with_every_fault_named_at_once(school, people, now):
    facts = {"now": now, "variant": "guardian", "resign": False, "note": ""}
    with pytest.raises(PermissionDenied):
        actions.publish(by=people.approver, title="承诺书", body="{姓名}", effective_from=date(2026, 4, 2), **facts)
    with pytest.raises(ValidationError) as wrong:
        actions.publish(by=school.bureau, title=" ", body="{姓名}承诺", effective_from=date(2026, 3, 1), **facts)
    assert set(wrong.value.error_dict) == {"title", "body", "effective_from"}
    body = "{监护人}代{姓名}承诺"
    made = actions.publish(by=school.bureau, title="承诺书", body=body, effective_from=date(2026, 4, 2), **facts)
    assert made.number == 2
    with pytest.raises(ValidationError):
        actions.publish(by=school.bureau, title="承诺书", body=body, effective_from=date(2026, 4, 3), **facts)
    with pytest.raises(ValidationError):
        actions.publish(by=school.bureau, title="承诺书", body=body + "。", effective_from=date(2026, 4, 1), **facts)


def test_the_handwriting_bears_the_mark_of_whoever_looks_and_the_page_of_the_person_does_not(school, now, login):
    made = signed(school.qin, now)
    reveal = reverse("pledges:reveal", args=[school.qin.pk, made.seq])
    assert DRAWN not in login(school.officer).get(reverse("pledges:person", args=[school.qin.pk])).content.decode()
    assert bears(login(school.officer).post(reveal, {"reason": "本人核对"}).content.decode(), school.officer)


def test_a_version_to_come_is_not_signed_yet(school, now):
    actions.publish(
        by=school.bureau, now=now, variant="staff", title="承诺书", body="{姓名}", effective_from=date(2026, 4, 5),
        resign=True, note="",
    )  # fmt: skip
    assert signed(school.qin, now).text.number == 1
    assert whole(school.unit, now).signed == 1
    assert whole(school.unit, now + timedelta(days=5)).again == 1


def test_handwriting_is_shown_for_a_reason_that_the_log_keeps(school, people, now):
    made = signed(school.qin, now)
    with pytest.raises(ValidationError):
        actions.reveal(made, by=school.officer, reason=" ")
    with pytest.raises(PermissionDenied):
        actions.reveal(made, by=people.stranger, reason="想看")
    assert actions.reveal(made, by=school.officer, reason="本人核对").sha256 == made.ink_sha256
    assert Record.objects.get(action="pledge.reveal").after == {"seq": made.seq, "reason": "本人核对"}


def upload(school, now, pages, name="扫描.pdf"):
    return paper.receive(school.unit, by=school.officer, now=now, name=name, content=as_pdf(pages, 150))


def papers(*signers, now, turn=0.0):
    return scanned(sheets.to_sign(list(signers), now).pdf, dpi=150, turn=turn)


def test_a_heap_of_papers_is_told_apart(school, people, now):
    signed(school.he, now)
    elsewhere = Signer.objects.create(unit=people.stranger.unit, number="T1", name="孙宁", category="staff")
    pages = [
        *papers(school.qin, school.own, now=now, turn=180),
        *papers(school.he, elsewhere, now=now),
        *papers(school.qin, now=now, turn=2),
        Image.new("L", (1240, 1754), 250),
    ]
    scan = upload(school, now, pages)
    states = list(scan.page_rows.values_list("state", flat=True))
    assert states == ["read", "read", "signed", "foreign", "twice", "unread"]
    assert paper.confirm(scan, by=school.officer, now=now, signed_on=date(2026, 3, 30)) == 2
    made = Signature.objects.get(signer=school.own)
    assert (made.way, made.page, made.signed_on, made.text.variant) == ("paper", 2, date(2026, 3, 30), "unit")
    scan.refresh_from_db()
    assert scan.state == "waiting", "three pages still ask"
    last = scan.page_rows.get(number=6)
    with pytest.raises(Refused):
        paper.match(last, by=school.officer, now=now, signer=elsewhere)
    with pytest.raises(Refused):
        paper.match(last, by=school.officer, now=now, signer=school.qin)
    paper.match(last, by=school.officer, now=now, signer=school.rare)
    for number in (4, 5):
        paper.match(scan.page_rows.get(number=number), by=school.officer, now=now, signer=None)
    assert paper.confirm(scan, by=school.officer, now=now, signed_on=date(2026, 3, 30)) == 1
    scan.refresh_from_db()
    assert scan.state == "done"
    assert Signature.objects.get(signer=school.rare).page == 6


def test_who_signed_on_a_telephone_meanwhile_is_not_taken_twice(school, now):
    scan = upload(school, now, papers(school.qin, now=now))
    signed(school.qin, now)
    assert paper.confirm(scan, by=school.officer, now=now, signed_on=now.date()) == 0
    assert scan.page_rows.get().state == Page.State.SIGNED
    assert Signature.objects.count() == 1


@pytest.mark.parametrize("handed_in_by", ["first_school", "riverside"])
def test_who_serves_several_schools_signs_one_paper_that_names_them(school, city, now, handed_in_by):
    units = (school.unit, city.riverside, city.yunlu_school)
    for number, unit in enumerate(units, start=1):
        technician(unit, f"W{number}")
    technician(city.riverside, "W7", phone="13900000008")
    roll.take_over(city.bureau, now=now)
    mine, _, third, _ = Signer.objects.filter(number__startswith="W").order_by("number")
    signed(third, now)
    printed = sheets.to_sign([mine], now).pdf
    said = "".join(pymupdf.open(stream=printed)[0].get_text().split())
    assert f"作同样承诺：{city.riverside.name}。" in said, "where it is signed already it is not signed again"
    unit = getattr(city, handed_in_by)
    by = school.officer if unit == school.unit else school.bureau
    org.grant_post(school.bureau, role="officer", unit=city.riverside, by=None)
    content = as_pdf(scanned(printed, dpi=150, turn=180), 150)
    scan = paper.receive(unit, by=by, now=now, name="扫描.pdf", content=content)
    page = scan.page_rows.get()
    assert (page.signer.unit, page.state) == (unit, Page.State.READ)
    assert paper.confirm(scan, by=by, now=now, signed_on=now.date()) == 2
    assert {(row.number, row.unit_name, row.scan, row.page) for row in Signature.objects.filter(way="paper")} == {
        ("W1", school.unit.name, scan, 1), ("W2", city.riverside.name, scan, 1),
    }  # fmt: skip
    assert Signature.objects.filter(signer=third).count() == 1
    assert verify().whole
    assert paper.confirm(scan, by=by, now=now, signed_on=now.date()) == 0


def test_who_is_in_the_staff_of_a_school_but_not_yet_in_its_roll_is_not_named_there(school, city, now):
    staff = [technician(unit, "W1") for unit in (school.unit, city.riverside)]
    mine = Signer.objects.create(unit=school.unit, staff=staff[0], number="W1", name="孙玥", category="staff")
    assert everywhere.elsewhere(mine) == []
    there = Signer.objects.create(unit=city.riverside, staff=staff[1], number="W1", name="孙玥", category="staff")
    assert everywhere.elsewhere(mine) == [there]


def test_two_papers_of_one_person_in_one_heap_are_one_signature_to_each_unit(school, city, now):
    for number, unit in enumerate((city.riverside, city.first_school), start=1):
        technician(unit, f"W{number}")
    roll.take_over(city.bureau, now=now)
    both = [Signer.objects.get(number=number) for number in ("W1", "W2")]
    by, content = school.bureau, as_pdf(papers(*both, now=now), 150)
    org.grant_post(by, role="officer", unit=city.bureau, by=None)
    scan = paper.receive(city.bureau, by=by, now=now, name="扫描.pdf", content=content)
    assert paper.confirm(scan, by=by, now=now, signed_on=now.date()) == 2
    assert sorted(Signature.objects.values_list("number", "page")) == [("W1", 1), ("W2", 1)]
    assert list(scan.page_rows.values_list("state", flat=True)) == ["read", "signed"]


@pytest.mark.parametrize("kind", ["papers", "download"])
def test_more_papers_than_one_file_holds_are_refused_with_their_number(school, login, now, monkeypatch, kind):
    for row in (school.qin, school.he, school.rare):
        signed(row, now)
    address, browser = f"/pledges/units/{school.unit.pk}/{kind}/", login(school.officer)
    monkeypatch.setattr(sheets, "MOST", 3)
    assert browser.get(address)["Content-Type"] == "application/pdf"
    monkeypatch.setattr(sheets, "MOST", 2)
    told = browser.get(address, follow=True)
    assert "共 3 份，一个文件至多 2 份" in told.content.decode()
    assert Record.objects.filter(action="pledge.export").count() == 1


def test_one_code_names_so_many_rows_and_no_others():
    rows = list(range(10**11, 10**11 + MOST_ON_PAPER + 1))
    code = paper_code(rows, 7)
    assert read_paper_code(code) == (tuple(rows), 7)
    assert read_paper_code(code.replace(str(rows[3]), str(rows[3] + 1_000), 1)) is None
    assert read_paper_code(paper_code([*rows, 1], 7)) is None


def test_a_paper_names_the_version_that_was_printed(school, now):
    pages = papers(school.qin, now=now)
    actions.publish(
        by=school.bureau,
        now=now,
        variant="staff",
        title="承诺书",
        body="{姓名}",
        effective_from=now.date(),
        resign=False,
        note="",
    )
    scan = upload(school, now, pages)
    paper.confirm(scan, by=school.officer, now=now, signed_on=now.date())
    assert Signature.objects.get().text.number == 1


def test_scans_that_are_none_or_come_twice_or_are_forged_are_refused(school, people, now):
    with pytest.raises(InputError):
        paper.receive(school.unit, by=school.officer, now=now, name="a.docx", content=b"PK\x03\x04")
    with pytest.raises(Refused):
        paper.receive(school.unit, by=school.officer, now=now, name="a.pdf", content=b"")
    with pytest.raises(PermissionDenied):
        paper.receive(school.unit, by=people.stranger, now=now, name="a.pdf", content=b"%PDF-")
    content = as_pdf(papers(school.qin, now=now), 150)
    scan = paper.receive(school.unit, by=school.officer, now=now, name="扫描.pdf", content=content)
    with pytest.raises(Refused):
        paper.receive(school.unit, by=school.officer, now=now, name="又一次.pdf", content=content)
    with pytest.raises(Refused):
        paper.confirm(scan, by=school.officer, now=now, signed_on=now.date() + timedelta(days=1))
    paper.drop(scan, by=school.officer, now=now)
    with pytest.raises(Refused):
        paper.confirm(scan, by=school.officer, now=now, signed_on=now.date())
    forged = io.BytesIO()
    segno.make(f"MWP1-{school.qin.pk}-1-0123456789").save(forged, kind="png", scale=8, border=8)
    scan = paper.receive(school.unit, by=school.officer, now=now, name="假.png", content=forged.getvalue())
    assert scan.page_rows.get().state == Page.State.UNREAD


def test_superiors_ask_so_many_times_a_day(school, people, now):
    missing = queries.missing_count(school.unit, now)
    assert missing == 7, "six people and the unit itself"
    with pytest.raises(PermissionDenied):
        actions.remind(school.unit, by=school.officer, now=now, missing=missing)
    for _ in range(2):
        actions.remind(school.unit, by=people.officer, now=now, missing=missing)
    with pytest.raises(TransitionError):
        actions.remind(school.unit, by=people.officer, now=now, missing=missing)
    assert Message.objects.filter(text__contains="还有 7 份未签").count() == 2


def test_a_unit_with_somebody_overdue_is_told_once_a_week(school, now, monkeypatch):
    monkeypatch.setattr(reminders, "_looked", {})
    late = now + timedelta(days=14)
    assert late.weekday() < 5
    assert reminders.look(now) == 0, "nobody is overdue on the first day"
    monkeypatch.setattr(reminders, "_looked", {})
    assert reminders.look(late) == 1
    monkeypatch.setattr(reminders, "_looked", {})
    assert reminders.look(late + timedelta(hours=1)) == 0
    assert "其中逾期 6 份" in Message.objects.get(key__startswith="pledges.").text


def test_a_week_counts_what_stood_when_it_ended(school, now):
    start, end = now - timedelta(days=2), now + timedelta(days=5)
    signed(school.qin, now)
    actions.note_reason([school.he], by=school.officer, now=now, reason="leave")
    actions.excuse([school.he], by=school.principal, now=now)
    signed(school.rare, end + timedelta(hours=1))
    (week,) = weeks(school.unit, start, end)
    assert (week.due, week.signed, week.signed_in_week, week.excused, week.missing) == (6, 1, 1, 1, 4)
    assert (dict(week.reasons), week.rate, week.unit_signed_on) == ({"leave": 1}, "20%", None)
    (after,) = weeks(school.unit, end, end + timedelta(days=7))
    assert (after.signed, after.signed_in_week) == (2, 1)


def test_the_figure_of_a_bureau_is_that_of_all_below_it(school, city, now):
    signed(school.qin, now)
    units = [city.bureau.pk, city.linjiang.pk, school.unit.pk, city.yunlu.pk]
    found = figure(units, now)
    assert {pk: (one.count, one.of) for pk, one in found.items()} == dict.fromkeys(units[:3], (1, 6))


def test_names_are_whole_for_the_school_and_masked_above_it(school, people, login, now):
    page = login(school.officer).get(f"/pledges/units/{school.unit.pk}/people/?state=missing").content.decode()
    assert "王㛃·阿卜杜拉" in page
    page = login("officer").get(f"/pledges/units/{school.unit.pk}/people/?state=missing").content.decode()
    assert "王㛃" not in page
    assert "王*" in page


def test_a_long_list_is_turned_page_by_page_and_searched(school, city, login):
    made = [Signer(unit=city.riverside, number=f"R{n:03}", name="宁安", group=f"{n % 3}组") for n in range(230)]
    Signer.objects.bulk_create(made)
    browser, address = login("officer"), f"/pledges/units/{city.linjiang.pk}/people/"

    def shown(asked: str) -> list[str]:
        return [row.number for row in browser.get(f"{address}?state=missing{asked}").context["page"]]

    pages = [shown(f"&page={number}") for number in (1, 2, 3)]
    ordered = Signer.objects.exclude(category="unit").order_by("unit__path", "group", "number")
    assert [number for page in pages for number in page] == [row.number for row in ordered]
    assert [len(page) for page in pages] == [100, 100, 36]
    assert shown("&q=R22") == ["R222", "R225", "R228", "R220", "R223", "R226", "R229", "R221", "R224", "R227"]


def test_groups_to_choose_from_are_those_that_the_choice_finds(school, login):
    above, below = (f"/pledges/units/{unit.pk}/people/" for unit in (school.unit.parent, school.unit))
    assert login("officer").get(above).context["listed"].groups == ()
    groups = login(school.officer).get(below).context["listed"].groups
    assert groups == ("信息中心", "初一（3）班", "初三（1）班", "语文组")


def test_the_board_of_a_city_takes_few_queries(school, login, django_assert_max_num_queries, city):
    browser = login("officer")
    with django_assert_max_num_queries(30):
        assert browser.get(f"/pledges/units/{city.linjiang.pk}/").status_code == 200


def test_the_text_of_the_plan_stands_word_for_word(school):
    title, body = built_in()["unit"]
    assert title == "坚决抵制虚拟货币“挖矿”活动承诺书"
    assert body.splitlines() == [
        "虚拟货币“挖矿”活动极易引发能源、网络、金融等领域安全风险，开展虚拟货币“挖矿”活动专项整治对促进产业结构优化、"
        "推动节能减排、助力如期实现碳达峰、碳中和目标具有重要意义。",
        "{单位}，现郑重承诺如下：",
        "1.严格遵守国家有关要求，决不参与虚拟货币“挖矿”活动；",
        "2.自觉加强网络安全防范，提高网络安全等级，杜绝出现因病毒或网络攻击造成的被动型“挖矿”现象；",
        "3.自愿接受相关部门的监督检查，如违背承诺自愿承担相应法律后果和责任。",
    ]
    assert Text.objects.get(variant="unit", number=1).body == body


def test_of_very_many_groups_the_list_of_people_leads_to_all(school, login):
    address, browser = f"/pledges/units/{school.unit.pk}/people/", login(school.officer)
    assert "个班级、部门" not in browser.get(address).content.decode()
    Signer.objects.bulk_create(
        Signer(unit=school.unit, number=f"G{n}", name="宁安", group=f"{n}班") for n in range(450)
    )
    shown = browser.get(address).content.decode()
    assert f'<a href="/pledges/units/{school.unit.pk}/">全部 454 个班级、部门</a>' in shown
    whole = browser.get(f"/pledges/units/{school.unit.pk}/").content.decode()
    assert "449班" in whole


def test_a_scan_of_many_unread_pages_tells_how_many_wait_and_shows_the_next_as_they_are_matched(school, now, login):
    scan = upload(school, now, papers(school.qin, now=now))
    Page.objects.bulk_create(Page(scan=scan, number=n, state=Page.State.UNREAD) for n in range(2, 72))
    browser, address = login(school.officer), reverse("pledges:scan", args=[scan.pk])
    shown = browser.get(address).content.decode()
    assert "另有 70 页等您指认" in shown
    assert "这里先列 60 页，共 70 页等您指认" in shown
    for number in range(2, 15):
        browser.post(reverse("pledges:match", args=[scan.pk, number]), {"blank": "1"})
    shown = browser.get(address)
    assert [row.number for row in shown.context["shown"].asks] == list(range(15, 72))
    assert "这里先列" not in shown.content.decode()


def test_in_a_large_roll_whoever_signed_is_typed_and_found_also_behind_those_who_are_offered(
    school, now, login, monkeypatch
):
    for limit, value in (("_FEW", 3), ("_MOST_CHOSEN", 4)):
        monkeypatch.setattr(queries, limit, value)
    scan = upload(school, now, papers(school.qin, now=now))
    Page.objects.bulk_create(Page(scan=scan, number=n, state=Page.State.UNREAD) for n in range(2, 7))
    Signer.objects.create(unit=school.unit, number="T9", name="何晓", group="语文组", category="staff")
    browser, address = login(school.officer), reverse("pledges:scan", args=[scan.pk])
    shown = browser.get(address).content.decode()
    assert shown.count("<datalist") == 1
    assert shown.count("<select") == 0
    assert shown.count("<option") == 4

    def typed(number: int, text: str) -> str:
        return browser.post(
            reverse("pledges:match", args=[scan.pk, number]), {"named": text}, follow=True
        ).content.decode()

    assert "不止一位" in typed(2, "何晓")
    assert "没有这个姓名或编号" in typed(2, "孙悦")
    for number, text in (
        (2, "何晓　T9　语文组"),
        (3, "T20190001"),
        (4, "王㛃·阿卜杜拉"),
        (5, queries.called(school.own)),
    ):
        assert "不止一位" not in typed(number, text)
    signers = {row.number: row.signer for row in scan.page_rows.filter(state=Page.State.MATCHED)}
    assert {number: signer.number for number, signer in signers.items()} == {
        2: "T9", 3: "T20190001", 4: "T20190002", 5: "单位",
    }  # fmt: skip
