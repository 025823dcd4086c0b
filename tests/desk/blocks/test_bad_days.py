"""Bad days at the desk: a clock that went back, a cut in the middle of an act, two people at once, half a receipt."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.blocks import actions, queries
from minewarden.desk.blocks.models import Receipt, Release
from minewarden.vocab.errors import InputError, TransitionError


@pytest.fixture
def first(asked, staff, city):
    actions.agree(asked(), by=staff.principal, now=timezone.now())
    return actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school)


def test_a_clock_that_went_back_releases_nothing(first, asked, staff, city):
    actions.agree(asked("other.example.net"), by=staff.principal, now=timezone.now())
    with pytest.raises(TransitionError) as refusal:
        actions.release(by=staff.handler, now=first.at - timedelta(hours=1), unit=city.first_school)
    assert "时钟可能被调回" in refusal.value.said("zh")
    assert Release.objects.count() == 1


@pytest.mark.parametrize("act", ["release", "agree", "take_receipts"])
def test_a_cut_in_the_middle_of_an_act_leaves_nothing_half_done(first, asked, staff, city, monkeypatch, act):
    block = asked("other.example.net")
    now, records = timezone.now(), Record.objects.count()
    row = {"schema": "minewarden/block-receipt/1", "device": "d", "state": "down", "rules_sha256": "0" * 64}
    file = json.dumps([row | {"missing_count": 0, "extra_count": 0, "problem": "no route"}]).encode()

    def cut(*args, **facts):
        raise SystemError("the power is gone")

    monkeypatch.setattr(actions, "record", cut)
    acts = {
        "release": lambda: actions.release(by=staff.handler, now=now, unit=city.linjiang),
        "agree": lambda: actions.agree(block, by=staff.principal, now=now),
        "take_receipts": lambda: actions.take_receipts(
            first, by=staff.handler, now=now, unit=city.first_school, file=file
        ),
    }
    if act == "release":
        acts["release"] = lambda: actions.release(by=staff.superior, now=now, unit=city.linjiang)
    with pytest.raises(SystemError), transaction.atomic():
        acts[act]()
    block.refresh_from_db()
    assert (Release.objects.count(), Receipt.objects.count(), block.outcome) == (1, 0, "pending")
    assert Record.objects.count() == records


def test_two_who_release_at_once_never_share_a_number(first, staff, city):
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.create(
            unit=first.unit,
            number=first.number,
            at=first.at,
            by=staff.colleague,
            orders=b"",
            rules=[],
            rules_sha256="x",
        )


def test_a_device_that_is_down_shows_on_the_release(first, staff, city):
    row = {"schema": "minewarden/block-receipt/1", "device": "出口防火墙", "state": "down", "rules_sha256": ""}
    file = json.dumps([row | {"missing_count": 0, "extra_count": 0, "problem": "no route"}]).encode()
    actions.take_receipts(first, by=staff.handler, now=timezone.now(), unit=city.first_school, file=file)
    page = queries.release_page(first, timezone.now())
    assert (page.confirmed, page.drifted, page.states[0].state) == (0, 1, "down")


def test_half_a_file_of_receipts_is_taken_not_at_all(first, staff, city):
    row = {"schema": "minewarden/block-receipt/1", "device": "d", "state": "confirmed", "rules_sha256": "0" * 64}
    whole = json.dumps([row | {"missing_count": 0, "extra_count": 0, "problem": ""}] * 3).encode()
    for file in (whole[: len(whole) // 2], json.dumps([row]).encode()):
        with pytest.raises(InputError):
            actions.take_receipts(first, by=staff.handler, now=timezone.now(), unit=city.first_school, file=file)
    assert not Receipt.objects.exists()
