"""What units file: plans are reviewed, decisions become tasks, duty lists are signed, rules are seen below."""

import io
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from minewarden.desk.campaigns import access, actions, export, filing, queries, quiz
from minewarden.desk.campaigns.forms import lines_of
from minewarden.desk.campaigns.models import Filing, Task
from minewarden.desk.ledger.models import Asset, Duty, UnitRange
from minewarden.desk.org.models import Unit
from minewarden.documents.docx import to_docx
from minewarden.documents.pdf import to_pdf
from minewarden.vocab.errors import TransitionError
from tests.desk.campaigns.conftest import BEGIN, beijing
from tests.desk.made import typed_again


def state_of(code: str, unit) -> str:
    return Task.objects.get(code=code, unit=unit).state


def test_a_plan_counts_when_it_was_handed_up_and_no_longer_when_it_came_back(make_campaign, city, people, file_it):
    campaign = make_campaign()
    plan = file_it("plan", city.first_school, campaign, people.school_officer)
    assert (plan.state, state_of("plan", city.first_school)) == ("submitted", "done")
    filing.send_back(plan, by=people.officer, now=BEGIN, note="没有写明责任人")
    assert (Filing.objects.get().state, state_of("plan", city.first_school)) == ("returned", "open")
    texts = {"title": "整治工作方案", "day": "2026-04-02", "measures": "由何青负责排查机房"}
    again = filing.write(
        plan, by=people.school_officer, now=BEGIN, kind="plan", unit=city.first_school, campaign=campaign, texts=texts
    )
    filing.submit(again, by=people.school_officer, now=BEGIN)
    filing.accept(again, by=people.officer, now=BEGIN)
    assert (Filing.objects.get().state, state_of("plan", city.first_school)) == ("accepted", "done")


def test_two_who_review_at_once_cannot_both_decide(make_campaign, city, people, file_it):
    plan = file_it("plan", city.first_school, make_campaign(), people.school_officer)
    filing.accept(plan, by=people.officer, now=BEGIN)
    with pytest.raises(TransitionError):
        filing.send_back(plan, by=people.second_officer, now=BEGIN, note="不行")


def test_nobody_reviews_what_he_handed_up_himself(make_campaign, city, people, file_it):
    plan = file_it("plan", city.first_school, make_campaign(), people.officer)
    assert plan.on_behalf
    with pytest.raises(TransitionError):
        filing.accept(plan, by=people.officer, now=BEGIN)
    with pytest.raises(PermissionDenied):
        filing.accept(plan, by=people.stranger, now=BEGIN)


def test_a_meeting_closes_its_task_and_its_decisions_become_tasks(make_campaign, city, people, file_it):
    campaign = make_campaign()
    decisions = "1. 关闭无人管理的服务器\n（二）核对出口地址\n"
    meeting = file_it("meeting", city.linjiang, campaign, people.officer, decisions=decisions)
    assert (meeting.state, state_of("meeting", city.linjiang)) == ("accepted", "done")
    assert lines_of(meeting) == ["关闭无人管理的服务器", "核对出口地址"]
    due = beijing("2026-04-09 00:00")
    wanted = [filing.Measure(lines_of(meeting)[0], city.first_school, due)]
    (task,) = filing.make_tasks(meeting, by=people.officer, now=BEGIN, measures=wanted)
    assert (task.heading, task.unit, task.due_at) == ("关闭无人管理的服务器", city.first_school, due)
    assert lines_of(meeting) == ["核对出口地址"]
    with pytest.raises(TransitionError):
        filing.make_tasks(meeting, by=people.officer, now=BEGIN, measures=[filing.Measure("x", city.yunlu_school, due)])
    late = [filing.Measure("x", city.first_school, BEGIN - timedelta(days=1))]
    with pytest.raises(TransitionError):
        filing.make_tasks(meeting, by=people.officer, now=BEGIN, measures=late)


def test_a_meeting_that_has_not_been_held_is_not_entered(make_campaign, city, people, file_it):
    campaign = make_campaign()
    with pytest.raises(TransitionError):
        file_it("meeting", city.first_school, campaign, people.school_officer, day="2026-04-02")
    assert not Filing.objects.exists()


def test_no_photograph_no_sign_in_and_no_number_is_needed(make_campaign, city, people, file_it):
    activity = file_it("activity", city.first_school, make_campaign(), people.school_officer)
    assert activity.content == {"form": "class", "audience": "七年级"}
    assert not activity.files.exists()


def test_a_rule_of_the_superior_is_seen_below_and_not_beside(make_campaign, city, people, bureau, file_it):
    file_it("rule", city.linjiang, None, people.officer)
    assert access.filings_for(people.school_officer, "rule").count() == 1
    assert not access.filings_for(people.stranger, "rule").exists()
    rule = Filing.objects.get()
    filing.end(rule, by=people.officer, now=BEGIN, note="新制度代替")
    assert Filing.objects.get().state == "ended"


@pytest.fixture
def duties(city):
    """市一中: first and direct responsibility and contact A; two devices, one of nobody; a range of nobody."""
    for post, name in (("first", "何青"), ("direct", "吴涛"), ("contact_a", "张伟")):
        Duty.objects.create(unit=city.first_school, post=post, name=name, title="校长" if post == "first" else "")
    Asset.objects.create(unit=city.first_school, number="1", name="服务器", person_name="秦朗", department="信息中心")
    Asset.objects.create(unit=city.first_school, number="2", name="旧主机")
    UnitRange.objects.create(unit=city.first_school, cidr="203.0.113.0/28", purpose="egress", valid_from=BEGIN)


def test_the_duty_list_is_made_from_the_ledgers_names_gaps_and_is_signed_by_another(
    make_campaign, city, people, staff, duties
):
    campaign = make_campaign()
    given = {"unit": city.first_school, "campaign": campaign, "day": date(2026, 4, 1)}
    made = filing.make_duty_list(by=people.school_officer, now=BEGIN, **given)
    assert [row["label"] for row in made.content["posts"]] == ["第一责任人", "直接责任人", "联络员A"]
    assert made.content["gaps"] == {"posts": ["contact_b"], "ownerless": 1, "ranges_without_person": 1}
    assert made.content["devices"] == [{"name": "秦朗", "department": "信息中心", "devices": 1}]
    assert state_of("duty-list", city.first_school) == "open"
    with pytest.raises(PermissionDenied):
        filing.sign_duty_list(made, by=people.school_officer, now=BEGIN)
    filing.sign_duty_list(made, by=staff.principal, now=BEGIN)
    assert state_of("duty-list", city.first_school) == "done"
    # What was signed does not move with the ledger; the next list takes its place.
    Duty.objects.create(unit=city.first_school, post="contact_b", name="吴涛")
    assert Filing.objects.get(pk=made.pk).content["gaps"]["posts"] == ["contact_b"]
    again = filing.make_duty_list(by=people.school_officer, now=BEGIN, **given)
    filing.sign_duty_list(again, by=staff.principal, now=BEGIN)
    assert Filing.objects.get(pk=made.pk).state == "ended"
    assert again.sha256 != made.sha256


def test_whoever_made_a_duty_list_does_not_sign_it(make_campaign, city, bureau):
    Duty.objects.create(unit=city.kindergarten, post="first", name="李娜")
    made = filing.make_duty_list(by=bureau.head, now=BEGIN, unit=city.kindergarten, campaign=None, day=date(2026, 4, 1))
    with pytest.raises(TransitionError):
        filing.sign_duty_list(made, by=bureau.head, now=BEGIN)


def test_a_unit_whose_ledger_names_nobody_gets_no_empty_list(city, people):
    with pytest.raises(TransitionError):
        filing.make_duty_list(
            by=people.school_officer, now=BEGIN, unit=city.first_school, campaign=None, day=date(2026, 4, 1)
        )


def test_plan_minutes_and_duty_list_become_papers(make_campaign, city, people, staff, duties, file_it):
    import docx

    campaign = make_campaign()
    plan = file_it("plan", city.first_school, campaign, people.school_officer, number="云一中〔2026〕12号")
    meeting = file_it("meeting", city.first_school, campaign, people.school_officer, decisions="关闭旧服务器")
    due = beijing("2026-04-09 00:00")
    filing.make_tasks(
        meeting, by=people.school_officer, now=BEGIN,
        measures=[filing.Measure("关闭旧服务器", city.first_school, due)],
    )  # fmt: skip
    given = {"unit": city.first_school, "campaign": campaign, "day": date(2026, 4, 1)}
    duty_list = filing.make_duty_list(by=people.school_officer, now=BEGIN, **given)
    for made, words in (
        (plan, ("云一中〔2026〕12号", "排查机房", "被动型“挖矿”IP动态清零")),
        (meeting, ("云川市第一中学会议纪要", "全体教职工", "议定事项", "关闭旧服务器", "2026年4月9日")),
        (duty_list, ("第一责任人", "何青", "联络员B", "尚未签署", "签字")),
    ):
        document = export.document(made)
        assert document is not None
        text = _text(docx.Document(io.BytesIO(to_docx(document))))
        assert [word for word in words if word not in text] == []
        assert to_pdf(document).pdf.startswith(b"%PDF")
    paper = export.document(plan)
    assert paper.code == f"WK-plan-{plan.pk}", "what was handed up is no draft any more"
    assert (paper.printed_by, paper.printed_on) == (city.first_school.name, plan.day), "it has its number"
    plan.state = "returned"
    assert export.document(plan).code == f"WK-plan-{plan.pk}/draft"
    assert export.document(meeting).code == f"WK-meeting-{meeting.pk}"
    assert export.document(meeting).printed_by == ""


def _text(document) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def test_the_pages_show_what_was_filed(make_campaign, city, people, login, file_it):
    campaign = make_campaign()
    plan = file_it("plan", city.first_school, campaign, people.school_officer)
    page = login("officer").get(reverse("campaigns:filings", args=["plan"])).content.decode()
    assert "整治工作方案" in page
    assert "小星星幼儿园" in page
    page = login("officer").get(reverse("campaigns:filing", args=[plan.pk])).content.decode()
    assert "审核通过" in page
    sheet = login("officer").get(reverse("campaigns:filings-sheet", args=["plan"]))
    assert sheet["Content-Type"].endswith("sheet")


def test_a_page_files_a_meeting_with_a_file(make_campaign, city, login, people):
    from django.core.files.uploadedfile import SimpleUploadedFile

    campaign = make_campaign()
    answer = login("school_officer").post(
        reverse("campaigns:file", args=["meeting"]) + f"?campaign={campaign.pk}",
        {
            "unit": city.first_school.pk, "title": "动员会", "day": "2026-03-31", "host": "何青", "attendees": "全体",
            "contents": "部署", "file": SimpleUploadedFile("纪要.pdf", b"%PDF-1.7"),
        },
    )  # fmt: skip
    made = Filing.objects.get()
    assert answer["Location"] == reverse("campaigns:filing", args=[made.pk])
    assert made.campaign == campaign
    got = login("officer").get(reverse("campaigns:attachment", args=[made.files.get().pk]))
    assert got.content == b"%PDF-1.7"
    assert login("stranger").get(reverse("campaigns:attachment", args=[made.files.get().pk])).status_code == 404


def test_the_quiz_explains_and_keeps_nothing(login, people):
    rows = quiz.answered({"q1": "a"})
    assert (rows[0].chosen, rows[0].correct) == ("a", False)
    assert all(row.right in dict(row.choices) and row.why for row in rows)
    page = login("school_officer").post(reverse("campaigns:quiz"), {"q1": "b"}).content.decode()
    assert rows[0].why in page
    assert "分数" not in page


def test_a_scan_of_what_was_signed_by_hand_is_added(make_campaign, city, people, login, duties):
    from django.core.files.uploadedfile import SimpleUploadedFile

    given = {"unit": city.first_school, "campaign": make_campaign(), "day": date(2026, 4, 1)}
    made = filing.make_duty_list(by=people.school_officer, now=BEGIN, **given)
    address = reverse("campaigns:filing-attach", args=[made.pk])
    login("school_officer").post(address, {"file": SimpleUploadedFile("签字.pdf", b"%PDF-1.7 x")})
    assert made.files.get().name == "签字.pdf"
    login("school_officer").post(address, {"file": SimpleUploadedFile("空.pdf", b"")})
    assert made.files.count() == 1


def test_units_that_filed_nothing_are_counted_whole_where_the_first_are_named(make_campaign, login, monkeypatch):
    make_campaign()
    monkeypatch.setattr(queries, "_NAMED", 2)
    page = login("officer").get(reverse("campaigns:filings", args=["plan"])).content.decode()
    assert "还没有报的单位（4）" in page, "the bureau, its two schools and the kindergarten"
    assert "共 4 个，先列出 2 个" in page
    monkeypatch.setattr(queries, "_NAMED", 4)
    assert "先列出" not in login("officer").get(reverse("campaigns:filings", args=["plan"])).content.decode()


def test_who_has_not_filed_is_told_by_kind_by_campaign_and_by_what_was_handed_up(
    make_campaign, city, bureau, people, file_it
):
    from minewarden.desk.org import actions as org_actions

    campaign = make_campaign()
    org_actions.create_unit(by=None, kind="department", name="信息科", parent=city.linjiang)

    def missing(below=None, kind="plan"):
        return {unit.label for unit in queries._without(people.officer, kind, below)}

    everybody = {"临江区", "市一中", "江畔小学", "小星星幼儿园"}
    assert missing() == everybody, "a department files with its unit"
    file_it("meeting", city.riverside, campaign, people.officer)
    file_it("plan", city.kindergarten, None, people.officer)
    draft = filing.write(
        None, by=people.school_officer, now=BEGIN, kind="plan", unit=city.first_school, campaign=campaign,
        texts={"day": "2026-04-01", "title": "整治工作方案", "measures": "排查机房"},
    )  # fmt: skip
    assert missing() == everybody, "neither a meeting, nor a plan of another campaign, nor a draft"
    assert missing(kind="meeting") == everybody - {"江畔小学"}
    sent = filing.submit(draft, by=people.school_officer, now=BEGIN)
    assert missing() == everybody - {"市一中"}
    filing.accept(sent, by=people.officer, now=BEGIN)
    assert missing() == everybody - {"市一中"}
    assert missing(city.kindergarten) == {"小星星幼儿园"}
    Unit.objects.filter(pk=city.riverside.pk).update(valid_to=BEGIN.date())
    assert missing() == {"临江区", "小星星幼儿园"}, "who is closed files no more"
    actions.end(campaign, by=bureau.approver, now=BEGIN, reason="结束")
    assert missing() == set()


def test_a_note_that_is_too_long_is_refused_and_not_left_out(make_campaign, city, people, login, file_it):
    plan = file_it("plan", city.first_school, make_campaign(), people.school_officer)
    address = reverse("campaigns:filing-act", args=[plan.pk, "accept"])
    typed_again(login("officer").post(address, {"note": "长" * 2001}), "长" * 2001, 2000)
    assert type(plan).objects.get(pk=plan.pk).state == "submitted"
    login("officer").post(address, {"note": "长" * 2000})
    assert type(plan).objects.get(pk=plan.pk).note == "长" * 2000


def test_of_many_duty_lists_the_page_says_how_many_more_stand_in_their_list(make_campaign, city, people, duties, login):
    given = {"unit": city.first_school, "campaign": make_campaign()}
    page, browser = reverse("campaigns:duty_list"), login(people.school_officer)
    for day in range(1, 11):
        filing.make_duty_list(by=people.school_officer, now=BEGIN, day=date(2026, 4, day), **given)
    assert "点此查看列表" not in browser.get(page).content.decode()
    for day in (11, 12):
        filing.make_duty_list(by=people.school_officer, now=BEGIN, day=date(2026, 4, day), **given)
    shown, whole = browser.get(page), reverse("campaigns:filings", args=["duty-list"])
    assert [row.day.day for row in shown.context["shown"].made] == list(range(12, 2, -1))
    assert f'<a href="{whole}">另有 2 项，点此查看列表</a>' in shown.content.decode()
    assert browser.get(whole).context["found"].page.paginator.count == 12
