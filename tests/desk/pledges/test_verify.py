"""`minewarden desk pledge verify`: whatever is altered is named, and nothing else is."""

from datetime import timedelta

import pytest

from minewarden.desk.audit.models import Record
from minewarden.desk.kit.every import Every
from minewarden.desk.kit.kept import path_of
from minewarden.desk.pledges import actions, paper, retention, seals, sheets
from minewarden.desk.pledges.chain import digest, text_digest
from minewarden.desk.pledges.models import Ink, Scan, Signature, Signer, Text
from minewarden.desk.pledges.verify import verify
from tests.desk.pledges.made import signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(school, now):
    """Four from telephones, sealed, and one on paper behind them."""
    for at, row in enumerate((school.qin, school.he, school.rare, school.long)):
        signed(row, now + timedelta(minutes=at), shift=at)
    seals.seal()
    content = sheets.to_sign([school.own], now).pdf
    scan = paper.receive(school.unit, by=school.officer, now=now, name="盖章.pdf", content=content)
    paper.confirm(scan, by=school.officer, now=now, signed_on=now.date())
    return list(Signature.objects.order_by("seq"))


def faults():
    return [(fault.id.removeprefix("desk_pledges.verify_"), fault.params.get("seq")) for fault in verify().faults]


def test_all_is_whole(five):
    found = verify()
    assert (found.signatures, found.inks, found.scans, found.texts, found.seals) == (5, 4, 1, 4, 1)
    assert found.whole
    assert found.end == five[-1].hash


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "别人"), ("unit_name", "别处"), ("ip", "203.0.113.1"), ("signed_on", "2020-01-01"),
        ("guardian", "某人"), ("text_sha256", "0" * 64), ("ink_sha256", "0" * 64), ("agent", ""),
    ],
)  # fmt: skip
def test_any_fact_of_a_signature_that_is_changed_is_named(five, column, value):
    Signature.objects.filter(seq=2).update(**{column: value})
    assert ("changed", 2) in faults()
    assert {seq for _, seq in faults()} == {2}


def test_a_signature_that_is_gone_is_named(five):
    Ink.objects.filter(signature=2).delete()
    Signer.objects.filter(signature=2).update(signature=None)
    Signature.objects.filter(seq=2).delete()
    (fault,) = verify().faults
    assert (fault.id, fault.params) == ("desk_pledges.verify_removed", {"first": 2, "last": 2})


def test_a_chain_that_was_rewritten_as_a_whole_does_not_fit_the_seal(five):
    previous = five[0].prev_hash
    for row in five:
        row.prev_hash, row.ip = previous, "203.0.113.200" if row.seq == 1 else row.ip
        row.hash = previous = digest(row)
        row.save()
    assert faults() == [("resealed", 4)]


def test_a_chain_whose_end_was_cut_is_shorter_than_the_seal(five):
    Signer.objects.filter(signature__gt=2).update(signature=None)
    Ink.objects.filter(signature__gt=2).delete()
    Signature.objects.filter(seq__gt=2).delete()
    (fault,) = verify().faults
    assert (fault.id, fault.params) == ("desk_pledges.verify_cut", {"first": 3, "last": 4})


def test_a_text_that_was_changed_is_named_with_its_version(five):
    Text.objects.filter(variant="staff").update(body="{姓名}什么也不承诺")
    (fault,) = verify().faults
    assert (fault.id, fault.params["number"]) == ("desk_pledges.verify_text", 1)
    # With its hash made to fit, those who signed the other text are named.
    text = Text.objects.get(variant="staff")
    text.sha256 = text_digest(text)
    text.save()
    assert faults() == [("other_text", seq) for seq in (1, 2, 3, 4)]


def test_handwriting_that_was_changed_swapped_or_removed_is_named(five):
    first, second = (bytes(ink.sealed) for ink in Ink.objects.order_by("pk")[:2])
    Ink.objects.filter(pk=1).update(sealed=first[:-1] + bytes([first[-1] ^ 1]))
    assert faults() == [("ink", 1)]
    Ink.objects.filter(pk=1).update(sealed=second)
    Ink.objects.filter(pk=2).update(sealed=first)
    assert faults() == [("ink", 1), ("ink", 2)]
    Ink.objects.all().delete()
    assert faults() == [("ink", seq) for seq in (1, 2, 3, 4)]


def test_a_scan_that_was_changed_or_is_gone_is_named(five):
    scan = Scan.objects.get()
    path = path_of("pledges", scan.place)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert [fault.id for fault in verify().faults] == ["desk_pledges.verify_scan"]
    path.unlink()
    assert [fault.id for fault in verify().faults] == ["desk_pledges.verify_scan"]
    path.write_bytes(whole)
    assert verify().whole


def test_what_is_said_names_nobody_whole(five):
    Signature.objects.filter(seq=4).update(ip="")
    (fault,) = verify().faults
    assert fault.params["name"] == "王" + "*" * 6


def test_handwriting_goes_when_its_time_is_over_and_what_was_signed_stays(five, school, now, monkeypatch):
    facts = {"by": school.bureau, "now": now, "variant": "staff", "title": "承诺书", "note": "", "resign": True}
    actions.publish(**facts, body="{姓名}", effective_from=now.date())
    signed(school.qin, now)
    for years, gone in ((4, 0), (5, 4), (6, 0)):
        monkeypatch.setattr(retention, "_turn", Every(timedelta(hours=12)))
        assert retention.look(now.replace(year=now.year + years)) == gone
    assert verify().whole
    assert Ink.objects.exclude(deleted_at=None).count() == 4
    assert not any(bytes(ink.sealed) for ink in Ink.objects.exclude(deleted_at=None))
    assert Record.objects.filter(action="pledge.forget_ink").count() == 1
    assert Signature.objects.get(seq=1).name == "秦朗"
    # Somebody who says so before the time has come is found out.
    Ink.objects.filter(deleted_at=None).update(sealed=b"", deleted_at=now)
    assert faults() == [("ink", 6)]


def test_what_still_holds_is_kept_however_old_its_version(five, school, now, monkeypatch):
    facts = {"by": school.bureau, "now": now, "variant": "staff", "title": "承诺书", "note": "", "resign": False}
    actions.publish(**facts, body="{姓名}", effective_from=now.date())
    monkeypatch.setattr(retention, "_turn", Every(timedelta(hours=12)))
    Signer.objects.filter(pk=school.qin.pk).update(left_on=now.date())
    assert retention.look(now.replace(year=now.year + 9)) == 1, "only of who has left"
