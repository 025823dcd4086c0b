"""Only so many files of strangers are read at once, and nobody waits for the database while one is."""

from contextlib import ExitStack

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from minewarden.desk.kit import turns
from minewarden.desk.ledger import imports
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import Import
from minewarden.desk.notices.models import Received
from minewarden.documents.sheet_write import listing
from tests.desk.made import NOW
from tests.intake.made import png

DUTY = {"unit": "市一中", "post": "contact_a", "name": "秦朗", "phone": "13800001234", "title": "主任"}


@pytest.fixture
def all_taken(monkeypatch):
    """all_taken() -> so many files are being read as may be."""
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    with ExitStack() as stack:

        def take():
            for _ in range(turns.AT_ONCE):
                stack.enter_context(turns.turn())
            return stack

        yield take


def test_who_comes_beyond_them_is_told_so_and_keeps_his_file(all_taken, login, city):
    given = {"office": city.linjiang.pk, "received_at": "2026-03-13T09:00", "source": "省厅", "text": ""}

    def bring():
        return login("officer").post("/notices/add/", given | {"file": SimpleUploadedFile("a.png", png())}, follow=True)

    held = all_taken()
    page = bring().content.decode()
    assert "系统正在读取其他人上传的文件，请一分钟后再试" in page
    assert not Received.objects.exists()
    held.close()
    bring()
    received = Received.objects.get()
    picture = reverse("notices:picture", args=[received.pk, 1])
    assert login("officer").get(picture).status_code == 200
    all_taken()
    later = login("officer").get(picture)
    assert (later.status_code, later["Retry-After"]) == (503, "60")
    assert login("officer").get("/notices/").status_code == 200


def test_three_files_are_read_at_once_and_no_fourth(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    with turns.turn(), turns.turn(), turns.turn(), pytest.raises(turns.Busy), turns.turn():
        pytest.fail("a fourth was read beside three")


def test_a_turn_is_given_back_by_whoever_failed(all_taken):
    for _ in range(turns.AT_ONCE + 1):
        with pytest.raises(ZeroDivisionError), turns.turn():
            raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_a_ledgers_file_is_read_outside_of_the_transaction(monkeypatch, people, city):
    """On SQLite who has begun one keeps all others from writing, for as long as the file takes."""
    read, within = imports.read_table, []

    def reading(*args):
        within.append(connection.in_atomic_block)
        return read(*args)

    monkeypatch.setattr(imports, "read_table", reading)
    book = BOOKS["duties"]
    facts = {"by": people.officer, "now": NOW}
    kept = imports.receive(book, unit=city.linjiang, name="a.xlsx", content=listing(book.table, [DUTY]), **facts)
    imports.confirm(kept, correct_only=False, **facts)
    assert within == [False, False]
    assert Import.objects.get().state == Import.State.DONE
