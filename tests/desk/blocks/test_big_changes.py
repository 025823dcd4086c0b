"""A release that is very large goes out only when a second person has looked at its size."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.blocks import actions, queries
from minewarden.desk.blocks.models import BigChange, Block, Release
from minewarden.desk.notify.models import Copy
from minewarden.enforce.plan import FEW
from minewarden.vocab.errors import TransitionError
from tests.desk.made import typed_again


@pytest.fixture
def shrunk(asked, staff, city):
    """A unit with a release of twenty rules, of which ten were lifted since."""
    now = timezone.now()
    first = asked("p0.example.net")
    facts = {
        "unit": first.unit,
        "case": first.case,
        "target": "name",
        "basis": "plan-boundary",
        "asked_by": staff.handler,
    }
    facts |= {"asked_at": now, "expires_at": now + timedelta(days=30), "reason": "矿池", "outcome": "agreed"}
    facts |= {"decided_by": staff.principal, "decided_at": now}
    Block.objects.bulk_create([Block(value=f"q{number}.example.net", **facts) for number in range(FEW)])
    actions.release(by=staff.handler, now=now, unit=city.first_school)
    for block in Block.objects.filter(value__startswith="q1"):
        actions.lift(block, by=staff.handler, now=now, reason="误封")
    return city.first_school


def test_one_person_alone_does_not_release_it(shrunk, staff):
    with pytest.raises(TransitionError) as refusal:
        actions.release(by=staff.handler, now=timezone.now(), unit=shrunk)
    assert "另一人核对" in refusal.value.said("zh")


def test_the_second_person_looks_and_the_release_is_made(shrunk, staff, recorded):
    ask = actions.ask_release(by=staff.handler, now=timezone.now(), unit=shrunk, scope="network", reason="误封清理")
    assert (ask.added, ask.removed) == (0, 11)
    recorded()
    with pytest.raises(PermissionDenied):
        actions.decide_release(ask, by=staff.colleague, now=timezone.now(), agree=True, note="好")
    with pytest.raises(TransitionError):
        actions.decide_release(ask, by=staff.principal, now=timezone.now(), agree=True, note=" ")
    made = actions.decide_release(ask, by=staff.principal, now=timezone.now(), agree=True, note="逐条看过")
    assert (made.number, made.by, made.size.decided_by) == (2, staff.handler, staff.principal)
    assert recorded() == ["block.agree-release", "block.release"]
    with pytest.raises(TransitionError):
        actions.decide_release(ask, by=staff.principal, now=timezone.now(), agree=False, note="又不要了")


def test_the_second_person_is_told_and_so_is_whoever_asked(shrunk, staff):
    ask = actions.ask_release(by=staff.handler, now=timezone.now(), unit=shrunk, scope="network", reason="误封清理")
    assert told(f"block.change.{ask.pk}") == ["何青"]
    actions.decide_release(ask, by=staff.principal, now=timezone.now(), agree=False, note="逐条说明")
    assert told(f"block.change.{ask.pk}.decided") == ["张伟"]


def test_a_reason_that_is_too_long_is_refused_and_kept(shrunk, staff, login):
    long, plan = "长" * 2001, reverse("blocks:plan")
    typed_again(login(staff.handler).post(plan, {"note": long}), long, 2000)
    assert not BigChange.objects.exists()
    ask = actions.ask_release(by=staff.handler, now=timezone.now(), unit=shrunk, scope="network", reason="误封清理")
    typed_again(login(staff.principal).post(reverse("blocks:decide-change", args=[ask.pk, "refuse"]), {"note": long}),
                long, 2000)  # fmt: skip
    assert BigChange.objects.get().outcome == "pending"
    block = Block.objects.get(value="q2.example.net")
    typed_again(login(staff.handler).post(reverse("blocks:act", args=[block.pk, "lift"]), {"note": long}), long, 2000)
    block.refresh_from_db()
    assert block.lifted_at is None


def told(key):
    return sorted(Copy.objects.filter(message__key=key).values_list("person__name", flat=True))


def test_whoever_asked_does_not_look_himself(shrunk, staff, city):
    from minewarden.desk.org import actions as org_actions

    ask = actions.ask_release(by=staff.handler, now=timezone.now(), unit=shrunk, scope="network", reason="误封清理")
    org_actions.grant_post(staff.handler, role="approver", unit=city.first_school, by=None)
    staff.handler.__dict__.pop("_active_posts", None)
    with pytest.raises(TransitionError) as refusal:
        actions.decide_release(ask, by=staff.handler, now=timezone.now(), agree=True, note="好")
    assert "另一人" in refusal.value.said("zh")


def test_what_moved_since_is_not_released(shrunk, staff):
    ask = actions.ask_release(by=staff.handler, now=timezone.now(), unit=shrunk, scope="network", reason="误封清理")
    actions.lift(Block.objects.get(value="q2.example.net"), by=staff.handler, now=timezone.now(), reason="误封")
    with pytest.raises(TransitionError):
        actions.decide_release(ask, by=staff.principal, now=timezone.now(), agree=True, note="逐条看过")
    assert Release.objects.count() == 1
    actions.decide_release(ask, by=staff.principal, now=timezone.now(), agree=False, note="已变")
    assert BigChange.objects.get().outcome == "refused"


def test_an_ordinary_change_asks_nobody(asked, staff, city):
    actions.agree(asked(), by=staff.principal, now=timezone.now())
    with pytest.raises(TransitionError):
        actions.ask_release(by=staff.handler, now=timezone.now(), unit=city.first_school, scope="network", reason="x")
    assert actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school).size is None


def test_two_people_release_at_once_and_one_of_them_is_told(asked, staff, city):
    actions.agree(asked(), by=staff.principal, now=timezone.now())
    actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school)
    with pytest.raises(TransitionError) as refusal:
        actions.release(by=staff.colleague, now=timezone.now(), unit=city.first_school)
    assert "无需发布" in refusal.value.said("zh")


def test_the_page_leads_both_people(shrunk, staff, login):
    plan = reverse("blocks:plan")
    client = login(staff.handler)
    page = client.get(plan).content.decode()
    assert "变更量过大" in page
    assert "发布为新的一期" not in page
    assert client.post(plan, {"note": "误封清理"}).status_code == 302
    ask = BigChange.objects.get()
    assert reverse("blocks:decide-change", args=[ask.pk, "agree"]) not in client.get(plan).content.decode()
    second = login(staff.principal)
    address = reverse("blocks:decide-change", args=[ask.pk, "agree"])
    assert address in second.get(plan).content.decode()
    assert second.post(address, {"note": "逐条看过"}).status_code == 302
    made = Release.objects.get(number=2)
    assert "逐条看过" in second.get(reverse("blocks:release", args=[made.pk])).content.decode()
    assert queries.plan_page(staff.principal, shrunk, timezone.now()).lines == ()
