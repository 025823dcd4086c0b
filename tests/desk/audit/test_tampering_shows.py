"""Whoever changes, removes, inserts or cuts off records behind the program's back is found, and the record is named."""

import json
from urllib.parse import quote

import pytest
from django.db import DatabaseError, connection, transaction

from minewarden.desk.audit import record as recording
from minewarden.desk.audit import views
from minewarden.desk.audit.chain import Anchor, anchor_path, digest, read_anchor
from minewarden.desk.audit.guard import switch
from minewarden.desk.audit.models import Frozen, Record
from minewarden.desk.audit.record import record
from minewarden.desk.audit.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log():
    for number in range(1, 7):
        record("case.note", by=None, actor="王磊", after={"text": f"第 {number} 条", "number": number})
    return Record.objects.order_by("seq")


@pytest.fixture
def behind(log):
    """SQL as somebody would run it who owns the database and took the guard down."""

    def run(sql: str, *params: object) -> None:
        switch(connection, on=False)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
        switch(connection, on=True)

    return run


def test_an_untouched_log_is_whole(log):
    verdict = verify()
    assert (verdict.whole, verdict.held, verdict.end) == (True, 6, read_anchor())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "李芳"),
        ("after", '{"text": "别的", "number": 3}'),
        ("action", "case.close"),
        ("at", "2026-01-01 00:00:00"),
        ("result", "refused"),
        ("ip", "192.0.2.9"),
        ("unit_path", "1/"),
        ("hash", "0" * 64),
    ],
)
def test_a_changed_field_is_found(behind, column, value):
    behind(f"UPDATE audit_record SET {column} = %s WHERE seq = 3", value)
    verdict = verify()
    assert (verdict.fault, verdict.seq, verdict.held) == ("changed", 3, 2)


def test_a_removed_record_is_found(behind):
    behind("DELETE FROM audit_record WHERE seq = 4")
    verdict = verify()
    assert (verdict.fault, verdict.seq) == ("removed", 4)


def test_a_removed_beginning_is_found(behind):
    behind("DELETE FROM audit_record WHERE seq <= 2")
    assert (verify().fault, verify().seq) == ("removed", 1)


def test_a_removal_that_was_renumbered_is_found(behind):
    behind("DELETE FROM audit_record WHERE seq = 4")
    behind("UPDATE audit_record SET seq = seq - 1 WHERE seq > 4")
    assert (verify().fault, verify().seq) == ("unlinked", 4)


def test_a_record_in_between_is_found(behind, log):
    forged = log.get(seq=3)
    behind("UPDATE audit_record SET seq = seq + 100 WHERE seq > 3")
    behind("UPDATE audit_record SET seq = seq - 99 WHERE seq > 100")
    forged.seq, forged.prev_hash, forged.after = 4, forged.hash, {"text": "插入"}
    forged.hash = digest(forged)
    forged._state.adding = True
    forged.save()
    assert (verify().fault, verify().seq) == ("unlinked", 5)


@pytest.mark.parametrize("cut", [1, 3, 6])
def test_a_cut_end_is_found_by_the_anchor(behind, cut):
    behind("DELETE FROM audit_record WHERE seq > %s", 6 - cut)
    verdict = verify()
    assert (verdict.fault, verdict.seq, verdict.held) == ("cut", 7 - cut, 6 - cut)


def test_a_rewritten_end_is_found_by_the_anchor(behind, log):
    last = log.get(seq=6)
    last.after = {"text": "改写"}
    behind("UPDATE audit_record SET after = %s, hash = %s WHERE seq = 6", json.dumps(last.after), digest(last))
    assert (verify().fault, verify().seq) == ("rewritten", 6)


def test_a_rewritten_anchor_is_found_by_what_was_written_down(behind, log):
    noted = read_anchor()
    behind("DELETE FROM audit_record WHERE seq > 4")
    fourth = log.get(seq=4)
    anchor_path().write_text(json.dumps({"seq": 4, "hash": fourth.hash}))
    assert verify().whole
    assert verify(noted).fault == "cut"
    assert verify(Anchor(4, "1" * 64)).fault == "rewritten"


@pytest.mark.parametrize("content", ["", "[]", '{"seq": "6"}', "\x00"])
def test_a_spoilt_anchor_is_said(log, content):
    anchor_path().write_text(content)
    assert verify().fault == "anchor_unreadable"


def test_a_missing_anchor_is_said(log):
    anchor_path().unlink()
    assert verify().fault == "unanchored"


def test_the_database_refuses_changes(log):
    for sql in ("UPDATE audit_record SET actor = 'x'", "DELETE FROM audit_record"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert verify().whole


def test_the_model_refuses_changes(log):
    entry = log[0]
    for act in (entry.save, entry.delete, log.delete, lambda: log.update(actor="x")):
        with pytest.raises(Frozen):
            act()


def test_many_records_of_one_transaction_move_the_anchor_once(log, monkeypatch):
    moved = []
    monkeypatch.setattr(recording, "raise_anchor", moved.append)
    with transaction.atomic():
        for number in range(20):
            record("case.note", by=None, after={"number": number})
    assert [anchor.seq for anchor in moved] == [26]


def test_an_undone_part_leaves_the_anchor_at_what_stands(log):
    with transaction.atomic():
        record("case.note", by=None)
        point = transaction.savepoint()
        record("case.note", by=None)
        transaction.savepoint_rollback(point)
    assert read_anchor().seq == 7
    assert verify().whole


def test_fractions_do_not_depend_on_how_a_database_writes_them(log):
    record("case.note", by=None, after={"hours": 0.1, "large": 1e16, "count": 3})
    assert log.last().after == {"hours": "0.1", "large": "1e+16", "count": 3}
    assert verify().whole


def test_the_anchor_never_goes_back(log):
    from minewarden.desk.audit.chain import raise_anchor

    before = read_anchor()
    raise_anchor(Anchor(2, "2" * 64))
    assert read_anchor() == before


def test_a_long_chain_is_checked_piece_by_piece_and_the_last_piece_holds_the_anchor(behind):
    first = verify(most=4)
    assert (first.more, first.whole, first.held, first.end.seq) == (True, False, 4, 4)
    second = verify(after=first.end, most=4)
    assert (second.whole, second.held) == (True, 6)
    behind("UPDATE audit_record SET actor = %s WHERE seq = 5", "李芳")
    assert verify(most=4).more, "what lies behind the bound was not looked at yet"
    assert (verify(after=first.end, most=4).fault, verify(after=first.end, most=4).seq) == ("changed", 5)


def test_a_cut_behind_the_bound_shows_in_the_last_piece(behind):
    first = verify(most=4)
    behind("DELETE FROM audit_record WHERE seq = 6")
    assert verify(after=first.end, most=4).fault == "cut"


def test_the_page_goes_on_by_itself_and_believes_no_address_that_was_made_up(log, login, monkeypatch):
    monkeypatch.setattr(views, "AT_ONCE", 4)
    browser = login("audit")
    page = browser.get("/audit/verify/")
    assert page.context["verdict"].more
    assert f"?after={quote(page.context['after'], safe='')}" in page.content.decode()
    assert browser.get("/audit/verify/", {"after": "4:abc"}).context["verdict"].held == 4
    for _ in range(20):
        if not page.context["verdict"].more:
            break
        page = browser.get("/audit/verify/", {"after": page.context["after"]})
    assert page.context["verdict"].whole
