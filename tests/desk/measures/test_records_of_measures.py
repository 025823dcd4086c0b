"""Records of the nine measures: basis, letter by a second person, answer, decision, day and document."""

from datetime import date, timedelta
from urllib.parse import unquote

import pymupdf
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.audit.models import Record
from minewarden.desk.measures import actions, export, queries, todo
from minewarden.desk.measures.codes import KINDS, OFFICES, SIGNS, VERDICTS
from minewarden.desk.measures.lifecycle import OVER, State, Verb, step
from minewarden.desk.measures.models import Entry
from minewarden.desk.org.waiting import gather
from minewarden.documents.docx import to_docx
from minewarden.documents.pdf import to_pdf
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.words import table
from tests.desk.made import NOW

TODAY = date(2026, 3, 13)


@pytest.fixture
def make(staff, city):
    def note(by=None, **given):
        facts = {
            "kind": "carrier", "unit": city.first_school, "subject": "北校区互联网专线", "office": "carrier",
            "authority": "示例通信公司云川分公司", "basis": "《若干措施》九", "text": "线路上有与矿池的通信。",
        }  # fmt: skip
        return actions.note(by=by or staff.handler, now=NOW, **(facts | given))

    return note


def test_a_letter_goes_out_by_a_second_person_and_its_answer_and_decision_are_kept(make, staff, recorded):
    recorded()
    entry = make()
    given = {"now": NOW, "number": "云一中函〔2026〕3号", "sent_on": TODAY, "answer_due": TODAY + timedelta(days=10)}
    with pytest.raises(PermissionDenied):
        actions.send(entry, by=staff.colleague, **given)
    stale, entry = entry, actions.send(entry, by=staff.principal, **given)
    with pytest.raises(TransitionError):
        actions.send(stale, by=staff.principal, **given)
    later = NOW + timedelta(days=11)
    assert entry.is_late(date(2026, 3, 24))
    entry = actions.answer(entry, by=staff.handler, now=later, answered_on=date(2026, 3, 20), text="已停机整改")
    entry = actions.decide(entry, by=staff.handler, now=later, decided_on=date(2026, 3, 21), text="停机三个月")
    entry = actions.contest(entry, by=staff.handler, now=later, text="用户称已整改")
    entry = actions.close(entry, by=staff.principal, now=later)
    assert entry.state == "closed"
    verbs = ["measure.note", "measure.send", "measure.answer", "measure.decide", "measure.object", "measure.close"]
    assert recorded() == verbs


def test_who_wrote_the_letter_does_not_send_it_and_the_database_holds_that_too(make, staff, city):
    entry = make(by=staff.principal, kind="accountability", office="discipline", subject="某工作人员")
    with pytest.raises(TransitionError):
        actions.send(entry, by=staff.principal, now=NOW, number="1", sent_on=TODAY, answer_due=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(sent_by=staff.principal)


@pytest.mark.parametrize(("sent_on", "due"), [(TODAY + timedelta(days=1), None), (TODAY, TODAY - timedelta(days=1))])
def test_days_that_cannot_be_are_refused(make, staff, sent_on, due):
    with pytest.raises(TransitionError):
        actions.send(make(), by=staff.principal, now=NOW, number="1", sent_on=sent_on, answer_due=due)


@given(st.lists(st.sampled_from(list(Verb)), max_size=12))
def test_nothing_is_closed_without_an_answer_or_a_decision(verbs):
    state, met = State.DRAFT, False
    for verb in verbs:
        try:
            state = step(state, verb).target
        except TransitionError:
            assert state is not State.CLOSED or met
            continue
        met = met or state in (State.ANSWERED, State.DECIDED)
        assert state is not State.CLOSED or met


def test_what_is_decided_about_a_person_exists_for_approvers_only(make, staff, people, login):
    with pytest.raises(PermissionDenied):
        make(kind="accountability", office="discipline")
    entry = make(by=staff.principal, kind="accountability", office="discipline", subject="秦某", text="参与挖矿")
    path = reverse("measures:entry", args=[entry.pk])
    assert login(staff.handler).get(path).status_code == 404
    assert login(staff.leader).get(path).status_code == 404
    browser = login(staff.principal)
    assert "秦某" not in browser.get(path).content.decode()
    letter = reverse("measures:letter", args=[entry.pk, "letter-pdf"])
    assert browser.get(letter).status_code == 302
    browser.post(reverse("measures:unlock", args=[entry.pk]), {"reason": "办理处分"})
    assert "秦某" in browser.get(path).content.decode()
    answer = browser.get(letter)
    assert answer.status_code == 200
    name = unquote(answer["Content-Disposition"]).rpartition("''")[2]
    assert name.startswith(f"{entry.unit.name}_关于"), "under the name of its unit and its title"
    assert name.endswith(".pdf")
    assert entry.code in name
    assert "秦某" not in name
    told = str(list(Record.objects.values("after", "before")))
    assert "秦某" not in told
    assert "参与挖矿" not in told


def test_the_authority_reads_whom_to_call_and_not_of_a_list_that_it_does_not_have(make):
    text = "".join(text for part in export.letter(make(), TODAY).sections for text in part.paragraphs)
    assert "请函复我单位。联系人：____" in text, "the desk keeps no number beside a name; whoever signs fills it in"
    assert "责任清单" not in text


def test_the_line_for_name_and_telephone_is_one_line(make):
    """Of two the first was torn apart over its whole width, since a row of strokes does not break."""
    document = to_pdf(export.letter(make(), TODAY)).pdf
    pages = pymupdf.open(stream=document, filetype="pdf")
    places = [page.search_for(word)[0] for page in pages for word in ("联系人：", "电话：") if page.search_for(word)]
    assert len(places) == 2
    assert places[0].y0 == places[1].y0
    stroke = pages[0].search_for("____") or pages[1].search_for("____")
    assert {round(place.y0) for place in stroke} == {round(places[0].y0)}


def test_honours_stand_once_a_year_and_end_with_it(make, staff, login):
    entry = make(kind="honours", office="honours", year=2026)
    with pytest.raises(TransitionError):
        make(kind="honours", office="honours", year=2026)
    made = actions.decide(entry, by=staff.handler, now=NOW, decided_on=TODAY, text="取消2026年度评先资格")
    assert made.valid_to == date(2026, 12, 31)
    assert make(kind="honours", office="honours", year=2027).pk


def test_the_list_of_honours_shows_the_cases_and_sends_nothing(make_case, staff, city, login):
    for number in (1, 2, 3):
        case = make_case("lock", number=number)
        type(case).objects.filter(pk=case.pk).update(conclusion="true")
    rows = queries.honours_rows(staff.superior_approver, 2026, queries.honoured(staff.superior_approver, 2026, NOW))
    assert [(row.unit, len(row.cases), entry) for row, entry in rows] == [(city.first_school, 3, None)]
    page = login(staff.superior_approver).get(reverse("measures:honours") + "?year=2026").content.decode()
    assert page.count("WK-2026-") == 3
    assert Entry.objects.count() == 0


def test_letters_and_record_sheets_are_official_papers_without_personal_details(make, make_case, staff):
    import pypdfium2

    case = make_case("lock")
    entry = make(case=case)
    for kind in KINDS:
        entry.kind = kind
        made = pypdfium2.PdfDocument(to_pdf(export.letter(entry, TODAY)).pdf)
        text = "".join(page.get_textpage().get_text_range() for page in made).replace("\r\n", "")
        assert "pool.example.net:3333" in text
        assert "秦朗" not in text
        assert "02:00:5e" not in text
    assert to_docx(export.letter(entry, TODAY))[:2] == b"PK"
    assert to_pdf(export.decision(entry, TODAY)).pdf[:4] == b"%PDF"


def test_a_project_is_held_against_the_signs_and_a_second_person_decides(staff, city, recorded):
    given = {"unit": city.first_school, "name": "智算中心", "number": "", "partner": "示例科技", "kilowatts": 400}
    signs = dict.fromkeys(SIGNS, "no") | {"power": "yes", "revenue": "unknown"}
    with pytest.raises(TransitionError) as refusal:
        actions.review(by=staff.handler, now=NOW, **given, answers=signs, verdict="clear", reason="没问题")
    assert "没核实" in refusal.value.said("zh")
    recorded()
    made = actions.review(by=staff.handler, now=NOW, **given, answers=signs, verdict="stop", reason="容量远超需要")
    assert made.signs == ["power"]
    assert [item.href for item in gather(todo.parts(staff.principal, None, NOW))] == [f"/measures/reviews/{made.pk}/"]
    with pytest.raises(PermissionDenied):
        actions.decide_review(made, by=staff.colleague, now=NOW, allow=True)
    made = actions.decide_review(made, by=staff.principal, now=NOW, allow=True)
    with pytest.raises(TransitionError):
        actions.decide_review(made, by=staff.principal, now=NOW, allow=False, note="不")
    assert recorded() == ["measure.review", "measure.review_decide"]
    assert to_pdf(export.opinion(made)).pdf[:4] == b"%PDF"


def test_the_home_page_tells_of_letters_that_wait_and_answers_that_are_late(make, staff):
    entry = make()
    assert len(list(gather(todo.parts(staff.principal, None, NOW)))) == 1
    assert list(gather(todo.parts(staff.handler, None, NOW))) == []
    actions.send(entry, by=staff.principal, now=NOW, number="1", sent_on=TODAY, answer_due=TODAY)
    assert list(gather(todo.parts(staff.handler, None, NOW))) == []
    assert len(list(gather(todo.parts(staff.handler, None, NOW + timedelta(days=1))))) == 1


def test_figures_of_units(make, staff, city):
    entry = actions.send(make(), by=staff.principal, now=NOW, number="1", sent_on=TODAY, answer_due=TODAY)
    found = queries.entries_of([city.first_school.pk], NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert found[city.first_school.pk]["sent_on"] == 1
    figure = queries.answered_of_sent([city.first_school.pk], NOW + timedelta(days=1))[city.first_school.pk]
    assert (figure.count, figure.of) == (0, 1)
    assert entry.state not in OVER


def test_every_kind_state_and_sign_has_its_words():
    words = table("desk_measures")
    for kind in KINDS:
        assert {f"{group}_{kind}" for group in ("kind", "matter", "ask", "basis")} <= words.keys()
    for group, codes in (
        ("state", State), ("act", Verb), ("step", Verb), ("office", OFFICES), ("sign", SIGNS), ("verdict", VERDICTS),
    ):  # fmt: skip
        assert {f"{group}_{code}" for code in codes} <= words.keys()
    assert {f"measure_{n}" for n in range(1, 10)} | {f"about_{n}" for n in range(1, 10)} <= words.keys()
    assert {kind.measure for kind in KINDS.values()} == set(range(1, 10))
