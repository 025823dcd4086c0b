"""What is blocked: asked by one, ordered by another, guarded twice, ending; the program hands out files and no more."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.blocks import actions
from minewarden.desk.blocks.bridge import FORMS, compiled
from minewarden.desk.blocks.models import Block, Standing
from minewarden.desk.ledger.models import UnitRange
from minewarden.desk.org import actions as org_actions
from minewarden.vocab.errors import GuardRefusal, TransitionError
from tests.desk.made import NOW


@pytest.fixture
def propose(make_case, staff):
    case = make_case()

    def ask(by=None, **given):
        facts = {"target": "name", "value": "pool.example.net", "port": 0, "basis": "plan-boundary", "reason": "矿池"}
        facts |= {"expires_at": NOW + timedelta(days=30), "now": NOW, "case": case, "unit": case.unit}
        return actions.propose(by=by or staff.handler, **(facts | given))

    return ask


def test_it_counts_only_when_a_second_person_orders_it(propose, staff, recorded):
    recorded()
    block = propose()
    assert block.standing(NOW) is Standing.PENDING
    block = actions.agree(block, by=staff.principal, now=NOW)
    assert block.standing(NOW) is Standing.ACTIVE
    assert recorded() == ["block.propose", "block.agree"]


def test_the_proposer_never_orders_it_himself(propose, staff, city):
    block = propose()
    org_actions.grant_post(staff.handler, role="approver", unit=city.first_school, by=None)
    staff.handler.__dict__.pop("_active_posts", None)
    with pytest.raises(TransitionError) as refusal:
        actions.agree(block, by=staff.handler, now=NOW)
    assert "另一人" in refusal.value.said("zh")
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.filter(pk=block.pk).update(outcome="agreed", decided_by=staff.handler, decided_at=NOW)


def test_a_colleague_without_the_duty_does_not_order_it(propose, staff):
    with pytest.raises(PermissionDenied):
        actions.agree(propose(), by=staff.colleague, now=NOW)


def test_who_has_no_post_there_proposes_nothing(propose, staff):
    with pytest.raises(PermissionDenied):
        propose(by=staff.stranger)


@pytest.mark.parametrize(
    ("target", "value", "port"),
    [("ip", "10.12.8.1", 0), ("name", "com.cn", 0), ("ip-port", "114.114.114.114", 53), ("name", "not a name", 0)],
)
def test_the_guard_refuses_in_words(propose, target, value, port):
    with pytest.raises(GuardRefusal) as refusal:
        propose(target=target, value=value, port=port)
    assert refusal.value.said("zh") != refusal.value.said("en")
    assert Block.objects.count() == 0


def test_own_addresses_of_any_unit_are_never_blocked(propose, city):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    UnitRange.objects.create(unit=city.yunlu_school, cidr="203.0.113.0/28", purpose="egress", valid_from=start)
    with pytest.raises(GuardRefusal):
        propose(target="ip-port", value="203.0.113.9", port=3333)


def test_the_guard_is_asked_again_when_it_is_ordered(propose, staff, city):
    block = propose(target="ip-port", value="198.51.100.9", port=3333)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    UnitRange.objects.create(unit=city.yunlu_school, cidr="198.51.100.0/28", purpose="egress", valid_from=start)
    with pytest.raises(GuardRefusal):
        actions.agree(block, by=staff.principal, now=NOW)


def test_the_same_thing_is_not_blocked_twice(propose):
    propose()
    with pytest.raises(TransitionError):
        propose()


def test_one_thing_has_one_spelling(propose):
    assert propose(value="Pool.Example.NET.").value == "pool.example.net"
    with pytest.raises(TransitionError):
        propose(value="POOL.example.net")
    one = propose(target="cidr", value="198.51.100.9/32")
    assert (one.target, one.value) == ("ip", "198.51.100.9")


def test_every_block_ends(propose, staff):
    with pytest.raises(TransitionError):
        propose(expires_at=NOW)
    with pytest.raises(GuardRefusal):
        propose(expires_at=NOW + timedelta(days=400))
    block = actions.agree(propose(), by=staff.principal, now=NOW)
    assert block.standing(block.expires_at) is Standing.EXPIRED
    after = block.expires_at + timedelta(seconds=1)
    assert not any(b"pool.example.net" in data for data in actions.export(
        Block.objects.all(), by=staff.handler, now=after, form="edl").values())  # fmt: skip


def test_a_block_can_be_lifted_with_a_reason(propose, staff, recorded):
    block = actions.agree(propose(), by=staff.principal, now=NOW)
    with pytest.raises(TransitionError):
        actions.lift(block, by=staff.handler, now=NOW, reason=" ")
    recorded()
    block = actions.lift(block, by=staff.handler, now=NOW, reason="误封，已核实为教学平台")
    assert (block.standing(NOW), recorded()) == (Standing.LIFTED, ["block.lift"])
    with pytest.raises(TransitionError):
        actions.lift(block, by=staff.handler, now=NOW, reason="再次")


@pytest.mark.parametrize("form", FORMS)
def test_only_what_was_ordered_is_compiled(propose, staff, form):
    propose(value="waiting.example.org")
    actions.agree(propose(), by=staff.principal, now=NOW)
    actions.agree(propose(target="ip-port", value="198.51.100.9", port=3333), by=staff.principal, now=NOW)
    active = list(Block.objects.all().standing(Standing.ACTIVE, NOW))
    text = b"".join(compiled(active, form, NOW).values())
    assert b"pool.example.net" in text or b"198.51.100.9" in text
    assert b"waiting.example.org" not in text


def live(make_case, staff, **given):
    case = make_case(now=timezone.now())
    facts = {"target": "name", "value": "pool.example.net", "port": 0, "basis": "plan-boundary", "reason": "矿池"}
    now = timezone.now()
    return actions.propose(
        by=staff.handler, now=now, case=case, unit=case.unit, expires_at=now + timedelta(days=30), **(facts | given)
    )


def test_the_board_offers_a_decision_to_the_second_person_only(make_case, staff, login):
    block = live(make_case, staff)
    board = reverse("blocks:board") + "?standing=pending"
    action = reverse("blocks:act", args=[block.pk, "agree"])
    order = reverse("blocks:order", args=[block.pk])
    for person, decides in ((staff.handler, False), (staff.principal, True)):
        assert ("审批</a>" in login(person).get(board).content.decode()) is decides
        # Decided is where it stands whom it would meet, and nowhere else.
        assert (action in login(person).get(order).content.decode()) is decides
    assert login(staff.stranger).post(action).status_code == 404
    login(staff.principal).post(action, {"note": "同意"})
    block.refresh_from_db()
    assert block.outcome == "agreed"


def test_taking_the_files_is_audited(make_case, staff, login):
    block = live(make_case, staff)
    actions.agree(block, by=staff.principal, now=timezone.now())
    for form in FORMS:
        answer = login(staff.handler).get(reverse("blocks:download", args=[form]))
        assert answer.status_code == 200
        assert "attachment" in answer["Content-Disposition"]
    assert Record.objects.filter(action="block.export").count() == len(FORMS)


def test_the_page_shows_what_the_guard_says(make_case, staff, login, city):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    UnitRange.objects.create(unit=city.yunlu_school, cidr="203.0.113.0/28", purpose="egress", valid_from=start)
    page = login(staff.handler).get(reverse("blocks:propose", args=[make_case().pk])).content.decode()
    assert "护栏通过" in page
    assert 'class="guard no"' in page


def test_a_proposal_is_made_on_the_page(make_case, staff, login):
    case = make_case(now=timezone.now())
    given = {"target": "ip-port", "value": "198.51.100.9", "port": "3333", "days": "30", "basis": "plan-boundary"}
    answer = login(staff.handler).post(reverse("blocks:propose", args=[case.pk]), given | {"reason": "矿池地址"})
    assert answer.status_code == 302
    assert Block.objects.get().shown == "198.51.100.9:3333"


def test_the_boards_queries_do_not_grow_with_its_rows(make_case, staff, login, django_assert_max_num_queries):
    def cost():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client = login(staff.principal)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("blocks:board") + "?standing=pending").status_code == 200
        return len(caught)

    live(make_case, staff)
    before = cost()
    case = Block.objects.get().case
    now = timezone.now()
    for number in range(12):
        actions.propose(
            by=staff.handler, now=now, case=case, unit=case.unit, target="name", value=f"p{number}.example.net",
            port=0, basis="plan-boundary", reason="矿池", expires_at=now + timedelta(days=30),
        )  # fmt: skip
    assert cost() == before
