"""S8: a school reports `pool.example.net:3333`, an address and the hash of a capture; the city rejects the address,
which a content network shares, and accepts the name; version 2026.12 goes to 140 units, 120 confirm."""

from types import SimpleNamespace
from typing import Any

import pytest

from minewarden.desk.library import actions, decisions, queries
from minewarden.desk.library.bridge import library
from minewarden.desk.library.models import Addressed, Issue, Submission
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Role
from minewarden.intel.library import Library
from minewarden.vocab.errors import TransitionError
from tests.desk.library.conftest import ACCEPT_NAME, FOUND, NOW, PROOF, REFUSE_ADDRESS
from tests.desk.notices.conftest import person

UNITS, CONFIRM = 140, 120
FORMS = ("rpz", "nftables", "csv")


@pytest.fixture
def wide(office: SimpleNamespace) -> list[Any]:
    """140 units below the bureau: two districts, three schools of `city`, and 135 more, each with an officer."""
    made = [office.linjiang, office.yunlu, office.first_school, office.riverside, office.yunlu_school]
    for number in range(UNITS - len(made)):
        parent = (office.linjiang, office.yunlu)[number % 2]
        name = f"云川市第{number + 10}小学"
        made.append(
            org.create_unit(by=None, kind="school", name=name, short_name=f"第{number + 10}小学", parent=parent)
        )
    return made


@pytest.mark.django_db
def test_from_a_school_to_a_block_in_a_hundred_and_twenty_units(
    office: SimpleNamespace, held: Library, wide: list[Any]
) -> None:
    # Eleven versions went out this year already.
    for _ in range(11):
        held.publish(by="周宁", note="", at=NOW)

    # The school reports; its district passes it on.
    made = actions.submit(by=office.school, now=NOW, unit=office.first_school, facts=FOUND, proofs=[PROOF])
    assert (made.name_part, made.address_part, made.state) == ("pool.example.net:3333", "104.16.1.1:3333", "reported")
    actions.relay(made, by=office.district, now=NOW)

    # The page says that the address belongs to a content network; accepting it without a reason is refused.
    page = queries.report_page(office.reviewer, Submission.objects.get(pk=made.pk), NOW)
    stops = {part.part: part.stops for part in page.parts}
    assert stops["name"] == {"host": None, "domain": None}
    assert stops["address"]["ip-port"] is not None
    wrong = [ACCEPT_NAME, {"part": "address", "accept": True, "type": "ip-port", "why": ""}]
    with pytest.raises(TransitionError):
        decisions.review(made, by=office.reviewer, now=NOW, role="pool-endpoint", verdicts=wrong)
    review = decisions.review(
        made, by=office.reviewer, now=NOW, role="pool-endpoint", verdicts=[ACCEPT_NAME, REFUSE_ADDRESS]
    )
    assert library().get("pool.example.net") is None, "one person alone puts nothing into the library"
    decisions.agree(review, by=office.second, now=NOW)
    assert library().get("pool.example.net") is not None
    assert library().get("104.16.1.1:3333") is None

    # A site of an education office stands in the library from a list, and on the allow list: caught before publication.
    education = held.get("xmr.f2pool.com")
    assert education is not None
    until = NOW.replace(year=2027)
    actions.excuse(
        by=office.reviewer,
        now=NOW,
        kind="host",
        value="xmr.f2pool.com",
        owner="市电教馆",
        until=until,
        reason="课程站点",
    )
    preview = queries.preview(NOW, queries.LEAST)
    assert [(record.value, reason.id) for record, reason in preview.excused] == [("xmr.f2pool.com", "feed.allowed")]

    proposed = actions.propose_version(by=office.reviewer, now=NOW, least=20, note="十二月版")
    issue = actions.publish(proposed, by=office.second, now=NOW)
    assert issue.label == "2026.12"
    assert Submission.objects.get(pk=made.pk).issue == issue
    values = {record.value for record in library().version(issue.number)}
    assert "pool.example.net" in values
    assert not {"104.16.1.1:3333", "104.16.1.1", "xmr.f2pool.com"} & values

    # The bureau hands it to the districts, they to their schools: 140 units have it.
    for district, officer in ((office.linjiang, office.district), (office.yunlu, office.stranger)):
        actions.hand_down(issue, by=officer, now=NOW, unit=district)
    assert Addressed.objects.filter(issue=issue).count() == UNITS

    # Each fetches what fits its devices; 120 confirm.
    for number, unit in enumerate(wide):
        form = FORMS[number % len(FORMS)]
        officer = next((who for who in unit.people.all() if who.holds(Role.OFFICER)), None)
        officer = officer or person(f"officer.{number}", "王五", unit)
        files = actions.fetch(issue, by=officer, now=NOW, form=form, unit=unit)
        text = b"\n".join(files.values())
        assert (b"pool.example.net" in text) is (form != "nftables"), "a set of addresses has no place for a name"
        assert b"104.16.1.1" not in text
        row = Addressed.objects.get(issue=issue, unit=unit)
        assert (row.state, row.forms) == ("fetched", [form])
        if number < CONFIRM:
            actions.answer(row, by=officer, now=NOW, state="confirmed", device="出口")
    counted = queries.standing(office.reviewer, issue)
    assert (counted.total, counted.fetched, counted.done, counted.waiting) == (UNITS, UNITS, CONFIRM, UNITS - CONFIRM)
    assert Issue.objects.filter(number__lt=12).count() == 11, "what the command line published is in the list too"
