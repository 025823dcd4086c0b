"""Signatures from telephones: written once, linked, with everything that they say by value."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.pledges import actions, seals
from minewarden.desk.pledges.chain import GENESIS, digest
from minewarden.desk.pledges.evidence import strokes_of
from minewarden.desk.pledges.models import Ink, Signature, Signer
from minewarden.desk.pledges.signing import Desk, Refused, Wish, _Waiting, sign
from minewarden.desk.pledges.texts import in_force
from minewarden.desk.pledges.verify import verify
from tests.desk.pledges.made import signed, strokes

pytestmark = pytest.mark.django_db


def wish(signer: Signer, now, **facts) -> Wish:
    texts = in_force(timezone.localdate(now))
    return Wish(signer.pk, texts.text_for(signer), texts, strokes(), now, **facts)


def test_a_signature_says_by_value_what_was_signed(school, now):
    made = signed(school.qin, now)
    kept = Signature.objects.get(seq=1)
    assert (kept.name, kept.unit_name, kept.group, kept.number) == ("秦朗", "云川市第一中学", "信息中心", "T20180317")
    assert (kept.text_sha256, kept.text.number, kept.ip) == (made.text.sha256, 1, "203.0.113.9")
    assert (kept.prev_hash, kept.hash) == (GENESIS, digest(kept))
    assert strokes_of(kept) == strokes()
    assert b"[[100" not in bytes(Ink.objects.get().sealed), "the handwriting lies sealed"
    school.qin.refresh_from_db()
    assert (school.qin.signature_id, school.qin.signed_at) == (1, now)


def test_signing_twice_writes_one_signature(school, now):
    first = signed(school.qin, now)
    again, repeated = sign(wish(school.qin, now + timedelta(seconds=1)))
    assert (again.seq, repeated, Signature.objects.count()) == (first.seq, True, 1)


def test_the_same_person_twice_in_one_batch_is_one_signature(school, now):
    """Two tabs whose forms wait at the door together."""
    desk = Desk()
    waiting = [
        _Waiting(wish(school.qin, now), b"x"),
        _Waiting(wish(school.he, now), b"y"),
        _Waiting(wish(school.qin, now), b"z"),
    ]
    desk._queue.extend(waiting)
    made, repeated = desk.take(wish(school.rare, now))
    assert not repeated
    assert sorted(Signature.objects.values_list("number", flat=True)) == ["T20180317", "T20180402", "T20190001"]
    assert [one.repeated for one in waiting] == [False, False, True]
    assert waiting[0].answer is waiting[2].answer
    assert [row.prev_hash for row in Signature.objects.order_by("seq")][1:] == [
        row.hash for row in Signature.objects.order_by("seq")
    ][:-1]
    assert made.seq == 3


def test_one_refusal_in_a_batch_leaves_the_others(school, now):
    school.qin.left_on = now.date()
    school.qin.save()
    desk, gone = Desk(), _Waiting(wish(school.qin, now), b"x")
    desk._queue.append(gone)
    made, _ = desk.take(wish(school.he, now))
    assert isinstance(gone.answer, Refused)
    assert (made.seq, Signature.objects.count()) == (1, 1)


def test_who_left_and_a_unit_do_not_sign_on_a_telephone(school, now):
    with pytest.raises(Refused):
        sign(wish(school.own, now))
    Signer.objects.filter(pk=school.qin.pk).update(left_on=now.date())
    with pytest.raises(Refused):
        sign(wish(school.qin, now))


def test_a_guardian_signs_for_a_child(school, now):
    with pytest.raises(Refused):
        sign(wish(school.child, now))
    made = signed(school.child, now, guardian="秦岳", relation="父亲")
    assert (made.text.variant, made.name, made.guardian, made.relation) == ("guardian", "秦小满", "秦岳", "父亲")


def test_a_text_that_is_no_longer_in_force_is_not_signed(school, now):
    old = wish(school.qin, now)
    actions.publish(
        by=school.bureau, now=now, variant="staff", title=old.text.title, body="新的内容\n{姓名}承诺遵守。",
        effective_from=timezone.localdate(now), resign=False, note="",
    )  # fmt: skip
    with pytest.raises(Refused):
        sign(Wish(school.qin.pk, old.text, in_force(timezone.localdate(now)), strokes(), now))


def test_a_reason_for_not_signing_is_over_when_somebody_signs(school, now):
    actions.note_reason([school.qin], by=school.officer, now=now, reason="leave")
    actions.excuse([school.qin], by=school.principal, now=now)
    signed(school.qin, now)
    assert (school.qin.reason, school.qin.excused_at) == ("", None)


def test_the_end_of_the_chain_is_sealed_into_the_log_once(school, now):
    assert seals.look(now) == 0
    signed(school.qin, now)
    end = signed(school.he, now)
    assert seals.look(now) == 2
    assert seals.look(now) == 0
    assert Record.objects.get(action="pledge.seal").after == {"seq": 2, "hash": end.hash, "count": 2, "phone": 2}


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_all_written_in_one_chain(school, now):
    """Twenty telephones, each answered by a thread with a connection of its own."""
    rows = [
        Signer.objects.create(unit=school.unit, number=f"N{n}", name=f"王{n}", group="甲", category="staff")
        for n in range(20)
    ]
    problems: list[BaseException] = []

    def one(row: Signer) -> None:
        try:
            sign(wish(row, now))
        except BaseException as error:  # noqa: BLE001  # shown by the test
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert Signature.objects.count() == 20
    assert verify().whole
