"""Gaps and needs, the emergency team, requests for help with visits; and the forms of a bureau's own."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from python_calamine import CalamineWorkbook

from minewarden.desk.campaigns import actions, queries, support
from minewarden.desk.campaigns.known import overlaps, values
from minewarden.desk.campaigns.models import Form, Help, Member, Need, Task
from minewarden.desk.campaigns.questions import Question
from minewarden.desk.cases.opening import Facts, new_case
from minewarden.desk.kit.waiting import Item
from minewarden.desk.ledger.models import Duty, Line, LogSource, Protection
from minewarden.desk.notify.models import Copy
from minewarden.desk.org.actions import set_parameter
from minewarden.desk.org.models import Unit
from minewarden.desk.org.waiting import gather
from minewarden.vocab.errors import TransitionError
from tests.desk.campaigns.conftest import BEGIN


def test_gaps_are_what_the_ledgers_show_and_a_home_line_asks_for_no_firewall(city, bureau, django_assert_num_queries):
    Duty.objects.bulk_create(Duty(unit=unit, post="contact_a", name="张伟") for unit in Unit.objects.all())
    Line.objects.create(unit=city.first_school, number="1", carrier="telecom", own_egress=True)
    Line.objects.create(unit=city.kindergarten, number="1", carrier="home", own_egress=True)
    Protection.objects.create(unit=city.linjiang, type="firewall", model="甲", place="出口", signatures_on=None)
    LogSource.objects.create(unit=city.linjiang, type="nat", device="乙", keep_days=30)
    LogSource.objects.create(unit=city.riverside, type="dhcp", device="丙")
    LogSource.objects.create(unit=city.riverside, type="nat", device="丁", keep_days=184)
    with django_assert_num_queries(8):
        found = {(gap.unit.label, gap.code) for gap in queries.gaps(Unit.objects.all(), BEGIN)}
    assert found == {
        ("市一中", "no_protection"), ("市一中", "no_logs"), ("临江区", "stale"), ("临江区", "kept_short"),
        (city.riverside.label, "kept_short"),
    }  # fmt: skip
    assert values(city.riverside, ["ledger.kept_short"], BEGIN) == {"ledger.kept_short": 1}, "what a task asks for too"


def test_what_a_bureau_asks_for_itself_counts_for_its_units_from_its_day_on(city, people):
    """临江区 asks for a year of logs, and for signatures of the week; 云麓区 stays with what the desk came with."""
    for key, value in (("log_days", "365"), ("signature_days", "7")):
        set_parameter(
            key=key, value=value, unit=city.linjiang, since=BEGIN.date(), reason="局发〔2026〕4号", by=people.system,
            now=BEGIN,
        )  # fmt: skip
    for unit in (city.first_school, city.yunlu_school):
        LogSource.objects.create(unit=unit, type="nat", device="乙", keep_days=364)
        LogSource.objects.create(unit=unit, type="dhcp", device="丙", keep_days=365)
        for place, days in (("出口", 7), ("机房", 8)):
            signatures = BEGIN.date() - timedelta(days=days)
            Protection.objects.create(unit=unit, type="firewall", model="甲", place=place, signatures_on=signatures)

    def found(now):
        asked = [gap for gap in queries.gaps(Unit.objects.all(), now) if gap.code in ("kept_short", "stale")]
        return {(gap.unit.label, gap.code): gap.count for gap in asked}

    assert found(BEGIN) == {("市一中", "kept_short"): 1, ("市一中", "stale"): 1}
    assert found(BEGIN - timedelta(days=1)) == {}, "not before the day from which it holds"


def test_who_may_be_called_which_lines_ask_for_devices_and_what_was_asked_for(city, people):
    today, yesterday = BEGIN.date(), BEGIN.date() - timedelta(days=1)
    for unit, post, until in (
        (city.linjiang, "contact_a", today), (city.first_school, "contact_b", yesterday),
        (city.riverside, "head", None), (city.yunlu_school, "contact_b", None),
    ):  # fmt: skip
        Duty.objects.create(unit=unit, post=post, name="张伟", until=until)
    exits = ((city.first_school, True, today), (city.riverside, False, None), (city.yunlu_school, True, None))
    for unit, own, ended in exits:
        Line.objects.create(unit=unit, number="1", carrier="telecom", own_egress=own, ended_on=ended)
    for gap, state in (("no_logs", "installed"), ("no_protection", "asked")):
        facts = {"kind": "device", "title": "设备", "reason": "没有", "asked_by": people.stranger, "asked_at": BEGIN}
        Need.objects.create(unit=city.yunlu_school, gap=gap, state=state, **facts)
    units = Unit.objects.exclude(pk__in=[city.bureau.pk, city.yunlu.pk])
    found = list(queries.gaps(units, BEGIN))
    assert {(gap.unit.label, gap.code) for gap in found} == {
        ("市一中", "no_contact"), ("江畔小学", "no_contact"), ("云麓中学", "no_protection"), ("云麓中学", "no_logs"),
    }  # fmt: skip
    assert {gap.code: gap.asked for gap in found if gap.unit == city.yunlu_school} == {
        "no_protection": True, "no_logs": False,
    }  # fmt: skip


def test_a_need_is_funded_by_the_superior_and_installed_by_the_unit(city, people):
    need = support.ask_need(
        by=people.school_officer, now=BEGIN, unit=city.first_school, kind="device", title="出口防火墙",
        reason="没有防护设备", gap="no_protection", amount=Decimal("38000.50"),
    )  # fmt: skip
    with pytest.raises(PermissionDenied):
        support.move_need(need, by=people.school_officer, now=BEGIN, verb="fund")
    support.move_need(need, by=people.officer, now=BEGIN, verb="fund", note="2026 年专项")
    support.move_need(need, by=people.school_officer, now=BEGIN, verb="buy")
    with pytest.raises(TransitionError):
        support.move_need(need, by=people.officer, now=BEGIN, verb="fund")
    support.move_need(need, by=people.school_officer, now=BEGIN, verb="install")
    assert Need.objects.get().state == "installed"


def test_nobody_is_sent_from_the_team_of_a_district_that_the_school_is_not_of(city, people):
    row = support.ask_help(by=people.school_officer, now=BEGIN, unit=city.first_school, topic="trace", text="查不到")
    theirs = Member.objects.create(
        unit=city.yunlu, name="李云", skills="取证", since=BEGIN.date(), entered_by=people.stranger
    )
    with pytest.raises(TransitionError, match="does not stand over 云川市第一中学"):
        support.assign(row, by=people.officer, now=BEGIN, member=theirs)
    given = {"way": "site", "at": BEGIN, "did": "查看日志"}
    with pytest.raises(TransitionError, match="does not stand over"):
        support.note_visit(row, by=people.officer, now=BEGIN, member=theirs, **given)
    row.refresh_from_db()
    assert (row.state, row.member) == ("asked", None)
    ours = support.add_member(by=people.officer, now=BEGIN, unit=city.linjiang, name="孙悦", skills="取证")
    assert support.assign(row, by=people.officer, now=BEGIN, member=ours).member == ours


def test_help_about_the_case_of_another_unit_is_refused_and_not_asked_without_it(city, people):
    about = new_case(Facts(host="198.51.100.20"), unit=city.riverside, by=people.officer, now=BEGIN)
    asked = {"now": BEGIN, "topic": "trace", "text": "查不到", "case": about}
    with pytest.raises(TransitionError, match="is of 云川市临江区江畔小学"):
        support.ask_help(by=people.school_officer, unit=city.first_school, **asked)
    assert not Help.objects.exists()
    assert support.ask_help(by=people.officer, unit=city.linjiang, **asked).case == about, "the district asks for it"


def test_help_is_asked_sent_given_and_closed(city, people):
    row = support.ask_help(
        by=people.school_officer, now=BEGIN, unit=city.first_school, topic="trace", text="NAT 后面查不到"
    )
    assert row.due_at == BEGIN + timedelta(hours=24)
    assert Copy.objects.filter(person=people.officer, message__key=f"help.{row.pk}").exists()
    items = list(gather(queries.parts(people.officer, None, BEGIN)))
    assert [item.detail for item in items] == ["市一中 · NAT 后面查不到"]
    assert isinstance(items[0], Item)
    member = support.add_member(
        by=people.officer, now=BEGIN, unit=city.linjiang, name="孙悦", skills="取证、日志", phone="13800000000"
    )
    with pytest.raises(PermissionDenied):
        support.assign(row, by=people.school_officer, now=BEGIN, member=member)
    support.assign(row, by=people.officer, now=BEGIN, member=member)
    later = BEGIN + timedelta(hours=5)
    given = {"member": member, "way": "site", "did": "导出 NAT 日志，定位到机房 7 号位"}
    with pytest.raises(TransitionError):
        support.note_visit(row, by=people.officer, now=later, at=BEGIN - timedelta(hours=1), **given)
    support.note_visit(row, by=people.officer, now=later, at=later, **given)
    support.close_help(row, by=people.school_officer, now=later, note="已解决")
    fresh = Help.objects.get()
    assert (fresh.state, fresh.visits.count()) == ("closed", 1)
    assert not list(gather(queries.parts(people.officer, None, later)))


def test_what_waits_beyond_the_lines_of_the_home_page_is_counted_and_led_to(city, people, monkeypatch):
    for number in range(53):
        unit = (city.first_school, city.yunlu_school)[number % 3 == 0]
        facts = {"topic": "trace", "text": f"第{number}件", "asked_by": people.school_officer, "asked_at": BEGIN}
        Help.objects.create(unit=unit, due_at=BEGIN + timedelta(hours=24), **facts)
    shown = list(gather(queries.parts(people.officer, None, BEGIN)))
    assert len(shown) == Help.objects.filter(unit=city.first_school).count() == 35
    Help.objects.update(unit=city.first_school)
    *named, last = gather(queries.parts(people.officer, None, BEGIN))
    assert len(named) == 50
    assert (last.detail, last.href) == ("另有 3 项，点此查看列表", reverse("campaigns:helps"))
    monkeypatch.setattr("minewarden.desk.org.waiting._MOST", 52)
    *_, last = gather(queries.parts(people.officer, None, BEGIN))
    assert (last.detail, last.href) == ("超过 52 项，此处未列全，请到各栏目的列表查看", reverse("campaigns:helps"))


def test_every_form_stands_on_a_page_of_their_list(make_form, people, login):
    made = [make_form("电子大屏块数").pk for _ in range(51)]
    pages = [login("officer").get(f"{reverse('campaigns:forms')}?page={page}").content.decode() for page in (1, 2)]
    found = [pk for pk in made for page in pages if f'href="{reverse("campaigns:form", args=[pk])}"' in page]
    assert sorted(found) == made


def test_whoever_leaves_the_team_leaves_no_number_behind(city, people):
    member = support.add_member(
        by=people.officer, now=BEGIN, unit=city.linjiang, name="孙悦", skills="取证", phone="13800000000"
    )
    support.drop_member(member, by=people.officer, now=BEGIN)
    assert (Member.objects.get().active, Member.objects.get().phone) == (False, "")


@pytest.mark.parametrize(
    ("title", "book"),
    [
        ("责任人", "assets"), ("责任人手机", "assets"), ("MAC地址", "assets"), ("带宽", "lines"),
        ("联络员A角", "duties"),         ("Ｍａｃ 地址", "assets"), ("电子大屏块数", ""), ("是否开展演练", ""),
    ],
)  # fmt: skip
def test_a_field_that_a_ledger_holds_is_recognised(title, book):
    assert [row.book for row in overlaps([title])] == ([book] if book else [])


@pytest.fixture
def make_form(city, people):
    """make_form("电子大屏块数", ...) -> a form of 临江区 for its schools."""

    def make(*titles: str) -> Form:
        questions = [
            Question(f"q{n}", {"zh": title}, "number" if "数" in title else "text") for n, title in enumerate(titles)
        ]
        return support.make_form(
            by=people.officer, now=BEGIN, unit=city.linjiang, title="大屏摸底", why="省厅要数", minutes=2,
            kinds=["school"], questions=questions, due=BEGIN + timedelta(days=3),
        )  # fmt: skip

    return make


def test_a_form_goes_down_the_tree_and_its_answers_come_up_as_excel(make_form, city, people, login):
    form = make_form("电子大屏块数", "是否开展演练")
    support.send_form(form, by=people.officer, now=BEGIN)
    assert {task.unit for task in form.tasks.all()} == {city.first_school, city.riverside}
    task = form.tasks.get(unit=city.first_school)
    actions.answer(task, by=people.school_officer, now=BEGIN, texts={"q0": "１２", "q1": "=1+1"})
    rows = CalamineWorkbook.from_filelike(
        io.BytesIO(login("officer").get(reverse("campaigns:form-sheet", args=[form.pk])).content)
    ).get_sheet_by_index(0).to_python()  # fmt: skip
    assert rows[0][:3] == ["单位", "电子大屏块数*", "是否开展演练*"] or rows[0][:3] == [
        "单位",
        "电子大屏块数",
        "是否开展演练",
    ]
    table = {row[0]: row[1:3] for row in rows[1:]}
    assert table["云川市第一中学"][0] in (12, "12")
    assert table["云川市第一中学"][1] in ("=1+1", "'=1+1")
    assert table["云川市临江区江畔小学"] == ["", ""]


def test_a_field_that_a_ledger_holds_is_asked_again_only_with_a_reason(make_form, people):
    form = make_form("责任人手机", "电子大屏块数")
    with pytest.raises(TransitionError) as refused:
        support.send_form(form, by=people.officer, now=BEGIN)
    assert "责任人手机" in refused.value.said("zh")
    sent = support.send_form(form, by=people.officer, now=BEGIN, reason="省厅要求另附手机号")
    assert [row["field"] for row in sent.overlaps] == ["责任人手机"]
    assert sent.overlap_reason == "省厅要求另附手机号"


def test_a_form_that_was_sent_is_not_changed_and_keeps_its_answers_when_it_ends(make_form, people, city):
    form = make_form("电子大屏块数")
    support.send_form(form, by=people.officer, now=BEGIN)
    with pytest.raises(TransitionError):
        support.make_form(
            by=people.officer, now=BEGIN, unit=city.linjiang, title="x", why="x", minutes=1, kinds=["school"],
            questions=[Question("q0", {"zh": "别的"})], due=BEGIN + timedelta(days=1), form=form,
        )  # fmt: skip
    actions.answer(form.tasks.get(unit=city.first_school), by=people.school_officer, now=BEGIN, texts={"q0": "3"})
    support.end_form(form, by=people.officer, now=BEGIN)
    assert dict(form.tasks.values_list("unit__short_name", "state")) == {"市一中": "done", "江畔小学": "withdrawn"}


def test_a_form_whose_day_is_over_or_that_asks_nobody_is_refused(city, people):
    given = {
        "unit": city.linjiang,
        "title": "x",
        "why": "x",
        "minutes": 1,
        "questions": [Question("q0", {"zh": "别的"})],
    }
    with pytest.raises(TransitionError):
        support.make_form(by=people.officer, now=BEGIN, kinds=["school"], due=BEGIN - timedelta(days=1), **given)
    form = support.make_form(by=people.officer, now=BEGIN, kinds=["zone"], due=BEGIN + timedelta(days=1), **given)
    with pytest.raises(TransitionError):
        support.send_form(form, by=people.officer, now=BEGIN)
    assert not Task.objects.exists()
    assert Form.objects.get().state == "draft"


def test_a_form_is_made_on_its_page(city, people, login):
    given = {
        "unit": city.linjiang.pk, "title": "大屏摸底", "why": "省厅要数", "minutes": 2, "kinds": ["school"],
        "due": "2099-01-01", "title0": "大屏品牌", "kind0": "choice", "choices0": "甲、乙，丙", "must0": "on",
    }  # fmt: skip
    answer = login("officer").post(reverse("campaigns:make-form"), given)
    form = Form.objects.get()
    assert answer["Location"] == reverse("campaigns:form", args=[form.pk])
    assert [words["zh"] for words in form.questions[0]["choices"].values()] == ["甲", "乙", "丙"]
    refused = login("officer").post(reverse("campaigns:make-form"), given | {"choices0": "甲"})
    assert refused.status_code == 422
    assert "至少要有两个选项" in refused.content.decode()


def test_a_unit_merged_away_hands_over_what_a_form_asked_of_it(make_form, city, bureau, people):
    from minewarden.desk.campaigns import rounds
    from minewarden.desk.org import actions as org_actions

    form = make_form("电子大屏块数")
    support.send_form(form, by=people.officer, now=BEGIN)
    Task.objects.filter(unit=city.riverside).update(answer={"q0": 7})
    org_actions.close_unit(city.riverside, by=None, until=BEGIN.date(), successor=city.first_school)
    rounds.look(BEGIN + timedelta(days=1))
    moved = form.tasks.get(unit=city.riverside)
    assert (moved.state, moved.answer) == ("moved", {"q0": 7})
    assert moved.moved_to == form.tasks.get(unit=city.first_school)
    page = queries.task_page(people.school_officer, moved.moved_to, BEGIN)
    assert [task.unit for task in page.merged] == [city.riverside]


def test_of_very_many_units_one_is_named_and_not_picked(city, people, monkeypatch):
    from minewarden.desk.campaigns import forms

    monkeypatch.setattr(forms, "_MOST_UNITS", 1)
    units = Unit.objects.all()
    given = {"topic": "trace", "text": "查不到"}
    form = forms.HelpForm(given | {"unit": "市一中"}, units=units)
    assert form.is_valid()
    assert form.cleaned_data["unit"] == city.first_school
    assert "unit" in forms.HelpForm(given | {"unit": "没有这所学校"}, units=units).errors


def test_a_school_is_not_asked_which_unit_it_is(city, people, login):
    page = login("school_officer").get(reverse("campaigns:helps")).content.decode()
    assert f'<input type="hidden" name="unit" value="{city.first_school.pk}"' in page


def test_help_is_asked_out_of_a_case(make_case, city, people, login):
    case = make_case("start")
    address = reverse("campaigns:helps") + f"?case={case.pk}"
    page = login("school_officer").get(address).content.decode()
    assert case.number in page
    login("school_officer").post(address, {"unit": city.first_school.pk, "topic": "trace", "text": "查不到是哪台"})
    assert Help.objects.get().case == case
    shown = login("school_officer").get(f"/cases/{case.pk}/").content.decode()
    assert address in shown
    # A case of somebody else is no subject.
    assert case.number not in login("stranger").get(address).content.decode()
