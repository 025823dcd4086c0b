"""A place is looked at, what is wrong is mended by a day, and another person looks again."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.cases.fixed import FixedError
from minewarden.desk.ledger.models import LogSource
from minewarden.desk.ledger.open_work import open_work
from minewarden.desk.notify.models import Message
from minewarden.desk.org import actions as org_actions
from minewarden.desk.org.models import Unit
from minewarden.desk.org.waiting import gather
from minewarden.desk.selfchecks import actions, export, mergers, queries, reminders, todo
from minewarden.desk.selfchecks.access import link_of
from minewarden.desk.selfchecks.actions import Seen
from minewarden.desk.selfchecks.codes import ITEMS, Place, items_of
from minewarden.desk.selfchecks.lifecycle import TRANSITIONS, State, Verb, step
from minewarden.desk.selfchecks.models import Fix, FixFile, Sheet
from minewarden.documents.pdf import to_pdf
from minewarden.documents.sheet_read import read_table
from minewarden.documents.sheet_write import listing
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.words import table
from tests.desk.conftest import PASSWORD
from tests.desk.made import NOW
from tests.desk.selfchecks.made import seen

TODAY = date(2026, 3, 13)


@pytest.fixture
def hand_in(city, staff):
    def make(by=None, page="page-1", **facts):
        answers = facts.pop("seen", None) or seen("lab", **facts.pop("problems", {"passwords": "两台电脑没有口令"}))
        wanted = {"unit": city.first_school, "kind": "lab", "place": "实验楼 305", "inspector": "秦朗"} | facts
        return actions.hand_in_sheet(by=by or staff.handler, now=NOW, seen=answers, page=page, **wanted)

    return make


def test_a_sheet_keeps_what_was_asked_and_each_problem_becomes_a_task(hand_in, recorded):
    recorded()
    sheet = hand_in()
    assert (sheet.number[:8], sheet.problems, sheet.answers.count()) == ("ZC-2026-", 1, len(items_of("lab")))
    fix = Fix.objects.get()
    assert (fix.due_on, fix.responsible, fix.state) == (TODAY + timedelta(days=3), "秦朗", "open")
    assert fix.answer.text.startswith("没有弱口令")
    assert recorded() == ["check.sheet"]
    with pytest.raises(FixedError):
        sheet.save()


def test_the_sheet_of_a_server_room_says_what_the_ledger_lacks_of_its_logs(city, people, client):
    def page(kind="room"):
        client.force_login(people.school_officer)
        place = {"unit": city.first_school.pk, "kind": kind, "place": "中心机房"}
        return client.get(reverse("selfchecks:fill"), place).content.decode()

    assert "台账没有登记日志源。" in page()
    assert "台账没有登记日志源。" not in page("office")
    for device, days in (("甲", None), ("乙", 183), ("丙", 184)):
        LogSource.objects.create(unit=city.first_school, type="nat", device=device, keep_days=days)
    assert "台账登记了 3 个日志源：保存不足 184 天的 1 个，未登记保存天数的 1 个。" in page()
    LogSource.objects.update(keep_days=184)
    assert "日志源" not in page()


def test_sending_the_same_page_twice_makes_one_sheet(hand_in):
    assert hand_in().pk == hand_in().pk
    assert Fix.objects.count() == 1


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        ({"passwords": Seen("fine")}, "没有回答"),
        (seen("lab", passwords="  "), "写一句话"),
        (seen("lab") | {"passwords": Seen("problem", "弱", due_on=date(2026, 3, 12))}, "今天"),
        (seen("lab") | {"passwords": Seen("problem", "弱", due_on=date(2027, 4, 1))}, "一年"),
    ],
)
def test_what_is_not_whole_is_refused_and_nothing_is_kept(hand_in, answers, word):
    with pytest.raises(TransitionError) as refusal:
        hand_in(seen=answers)
    assert word in refusal.value.said("zh")
    assert Sheet.objects.count() == 0


def test_nobody_hands_in_for_units_of_others(hand_in, staff):
    with pytest.raises(PermissionDenied):
        hand_in(by=staff.stranger)


def test_a_district_that_fills_in_for_a_school_is_named_as_such(hand_in, staff):
    assert hand_in(by=staff.superior).on_behalf
    assert not hand_in(page="page-2").on_behalf


def test_who_mended_it_does_not_close_it_and_the_database_holds_that_too(hand_in, staff, recorded):
    hand_in()
    recorded()
    fix = actions.mend(Fix.objects.get(), by=staff.handler, now=NOW, note="都设了口令")
    with pytest.raises(TransitionError) as refusal:
        actions.accept(fix, by=staff.handler, now=NOW)
    assert "另一人" in refusal.value.said("zh")
    with pytest.raises(IntegrityError), transaction.atomic():
        Fix.objects.filter(pk=fix.pk).update(state="closed", closed_at=NOW, closed_by=staff.handler)
    back = actions.send_back(fix, by=staff.colleague, now=NOW, note="还有一台")
    assert (back.state, back.mended_by) == ("open", None)
    fix = actions.mend(back, by=staff.handler, now=NOW, note="都设了")
    closed = actions.accept(fix, by=staff.principal, now=NOW + timedelta(hours=1))
    assert (closed.state, closed.closed_by) == ("closed", staff.principal)
    assert recorded() == ["check.mend", "check.return", "check.mend", "check.accept"]
    assert [s.verb for s in fix.steps.all()] == ["open", "mend", "return", "mend", "accept"]


def test_a_photograph_may_show_that_it_was_mended_and_nobody_has_to_take_one(hand_in, staff, login, recorded):
    hand_in()
    fix = Fix.objects.get()
    browser, path = login(staff.handler), reverse("selfchecks:act", args=[fix.pk, "mend"])
    page = browser.get(reverse("selfchecks:fix", args=[fix.pk])).content.decode()
    assert "照片或材料（可不传）" in page
    assert "multipart/form-data" in page
    recorded()
    assert browser.post(path, {"mend-note": "都设了口令"}).status_code == 302
    assert FixFile.objects.count() == 0
    actions.send_back(Fix.objects.get(), by=staff.colleague, now=NOW, note="请再看")
    many = [SimpleUploadedFile(f"{n}.jpg", b"x") for n in range(actions.MOST_FILES + 1)]
    refused = browser.post(path, {"mend-note": "都设了口令", "mend-files": many})
    assert "一次超过 5 个" in refused.content.decode()
    assert Fix.objects.get().state == State.OPEN
    photo = SimpleUploadedFile("改后<1>.jpg", b"\xff\xd8 a picture", content_type="image/jpeg")
    assert browser.post(path, {"mend-note": "都设了口令", "mend-files": photo}).status_code == 302
    assert recorded() == ["check.mend", "check.return", "check.mend", "check.file"]
    kept = FixFile.objects.get()
    address = reverse("selfchecks:fix-file", args=[fix.pk, kept.pk])
    assert f'href="{address}"' in browser.get(reverse("selfchecks:fix", args=[fix.pk])).content.decode()
    answer = browser.get(address)
    assert (answer.content, answer["Content-Type"]) == (b"\xff\xd8 a picture", "application/octet-stream")
    assert recorded() == ["check.read"]
    assert login(staff.stranger).get(address).status_code == 404


def test_more_time_is_given_by_those_who_approve_and_the_first_day_stays(hand_in, staff):
    hand_in()
    later = TODAY + timedelta(days=30)
    with pytest.raises(PermissionDenied):
        actions.postpone(Fix.objects.get(), by=staff.handler, now=NOW, note="等设备", due_on=later)
    with pytest.raises(TransitionError):
        actions.postpone(Fix.objects.get(), by=staff.principal, now=NOW, note="等设备", due_on=TODAY)
    fix = actions.postpone(Fix.objects.get(), by=staff.principal, now=NOW, note="等设备", due_on=later)
    assert (fix.due_on, fix.original_due_on) == (later, TODAY + timedelta(days=3))


@given(st.lists(st.sampled_from(list(Verb)), max_size=12))
def test_no_order_of_verbs_closes_what_nobody_mended(verbs):
    state, mended = State.OPEN, False
    for verb in verbs:
        try:
            row = step(state, verb)
        except TransitionError:
            continue
        mended = row.target is State.MENDED or (mended and row.target is not State.OPEN)
        assert row.target is not State.CLOSED or mended
        state = row.target


def test_nothing_leads_out_of_closed():
    assert not [row for row in TRANSITIONS if row.source is State.CLOSED]


def test_each_place_has_a_sheet_that_is_done_in_minutes_and_each_line_its_sentence():
    for place in Place:
        assert 6 <= len(items_of(place)) <= 20
    assert {item.code for item in ITEMS} == set(table("check_items"))
    assert all(len(entry["zh"]) <= 40 for entry in table("check_items").values())


def test_the_home_page_asks_the_unit_first_and_then_a_second_pair_of_eyes(hand_in, staff):
    hand_in()
    assert [item.detail[:3] for item in gather(todo.parts(staff.handler, None, NOW))] == ["ZG-"]
    assert list(gather(todo.parts(staff.superior, None, NOW))) == []
    actions.mend(Fix.objects.get(), by=staff.handler, now=NOW, note="好了")
    assert list(gather(todo.parts(staff.handler, None, NOW))) == []
    assert len(list(gather(todo.parts(staff.principal, None, NOW)))) == 1


def test_a_superior_is_asked_where_a_unit_has_nobody(hand_in, staff, people):
    for post in list(staff.handler.posts.all()) + list(staff.colleague.posts.all()):
        org_actions.revoke_post(post, by=people.security)
    hand_in(by=staff.superior)
    assert len(list(gather(todo.parts(staff.superior, None, NOW)))) == 1
    assert list(gather(todo.parts(staff.stranger, None, NOW))) == []


def test_the_worker_asks_once_before_the_day_and_once_a_week_after_it(hand_in):
    hand_in()
    monday = NOW + timedelta(days=3)
    assert reminders.look(NOW) == 0  # 17:30: nobody is at work
    assert [reminders.look(monday.replace(hour=2)) for _ in range(2)] == [1, 0]
    late = monday.replace(hour=2) + timedelta(days=1)
    assert [reminders.look(late) for _ in range(2)] == [1, 0]
    assert [m.word for m in Message.objects.order_by("pk")] == [
        "desk_selfchecks.tell_soon",
        "desk_selfchecks.tell_late",
    ]


def test_who_leaves_still_has_it_in_hand(hand_in, city):
    hand_in()
    assert [task.title[:3] for task in open_work(city.first_school, "秦朗")] == ["ZG-"]


def test_a_unit_merged_away_leaves_what_is_not_mended_and_its_links(hand_in, staff, city, people, login):
    hand_in()
    done = actions.mend(Fix.objects.get(), by=staff.handler, now=NOW, note="都设了口令")
    actions.accept(done, by=staff.principal, now=NOW)
    hand_in(page="page-2")
    _, token = actions.make_link(
        by=staff.handler, now=NOW, unit=city.first_school, purpose="sheet", label="机房门上", days=90, kind="lab",
        place="实验楼 305",
    )  # fmt: skip
    heir = city.riverside
    Unit.objects.update(valid_from=date(2020, 1, 1))
    city.first_school.refresh_from_db()
    org_actions.close_unit(city.first_school, by=None, until=TODAY, successor=heir)
    assert mergers.look(NOW) == 0, "today it still is"
    later = NOW + timedelta(days=1)
    assert mergers.look(later) == 2
    assert mergers.look(later) == 0
    closed, left = Fix.objects.order_by("pk")
    assert (closed.unit, left.unit) == (city.first_school, heir)
    officer = org_actions.create_person(
        by=None, unit=heir, username="river.tang", name="唐河", password=PASSWORD, must_change=False
    )
    org_actions.grant_post(officer, role="officer", unit=heir, by=None)
    browser = login(officer)
    page = browser.get(reverse("selfchecks:fix", args=[left.pk])).content.decode()
    assert "单位并入，随同移交" in page
    assert browser.get(reverse("selfchecks:sheet", args=[left.answer.sheet_id])).status_code == 200
    assert browser.get(reverse("selfchecks:sheet", args=[closed.answer.sheet_id])).status_code == 404
    assert actions.mend(left, by=officer, now=later, note="都设了").state == State.MENDED
    assert link_of(token).unit == heir


def test_two_who_look_again_at_once_decide_once(hand_in, staff):
    hand_in()
    fix = actions.mend(Fix.objects.get(), by=staff.handler, now=NOW, note="都设了口令")
    actions.accept(fix, by=staff.principal, now=NOW)
    with pytest.raises(TransitionError):
        actions.send_back(fix, by=staff.colleague, now=NOW, note="还有一台")
    fix.refresh_from_db()
    assert (fix.state, fix.closed_by) == (State.CLOSED, staff.principal)


def test_figures_of_a_unit(hand_in, staff, city):
    hand_in(problems={"passwords": "弱", "load": "风扇狂转"})
    units = [city.first_school.pk, city.riverside.pk]
    since, until = NOW - timedelta(days=1), NOW + timedelta(days=1)
    assert queries.problems_found(units, since, until) == {city.first_school.pk: (1, 2, 0)}
    fix = Fix.objects.first()
    actions.accept(actions.mend(fix, by=staff.handler, now=NOW, note="好"), by=staff.colleague, now=NOW)
    figure = queries.mended_of_due(units, NOW + timedelta(days=5))[city.first_school.pk]
    assert (figure.count, figure.of) == (1, 2)


def test_the_workbook_holds_every_line_and_is_read_again(hand_in):
    sheet = hand_in()
    rows = read_table(listing(export.TABLE, export.rows(Sheet.objects.all())), "a.xlsx", export.TABLE).rows
    assert len(rows) == sheet.answers.count()
    [wrong] = [row.texts for row in rows if row.texts["result"] == "有问题"]
    assert (wrong["note"], wrong["due_on"], wrong["inspector"]) == ("两台电脑没有口令", "2026-03-16", "秦朗")


def test_the_paper_says_what_was_wrong_and_by_when_it_is_mended(hand_in):
    import pypdfium2

    shown = queries.sheet_page(hand_in())
    made = to_pdf(export.paper(shown.sheet, shown.rows))
    document = pypdfium2.PdfDocument(made.pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "")
    assert "两台电脑没有口令" in text
    assert "2026年3月16日" in text
