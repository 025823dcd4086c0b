"""The book: what a power cut leaves, two people at once, a clock that goes back."""

import fcntl
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.enforce.book import JOURNAL, LOCK, Book, row_of, rule_of
from minewarden.vocab.errors import InputError, TransitionError
from tests.enforce.rules import NOW, SAMPLE


def begin(book: Book, device: str = "a") -> int:
    return book.append("begin", by="甲", now=NOW, device=device, rules="r", kept="k", plan="p")


def test_a_beginning_without_an_end_is_seen(tmp_path: Path) -> None:
    book = Book(tmp_path / "book")
    assert (book.entries(), book.unfinished(), book.standing("a")) == ([], [], None)
    first, second = begin(book), begin(book, "b")
    book.append("rolled-back", by="甲", now=NOW, device="a", begun=first)
    assert [one.number for one in book.unfinished()] == [second]


def test_half_a_line_is_cut_and_a_broken_one_is_named(tmp_path: Path) -> None:
    book = Book(tmp_path)
    begin(book)
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n": 2, "act": "do')
    assert len(book.entries()) == 1
    assert begin(book, "b") == 2
    assert [entry["device"] for entry in book.entries()] == ["a", "b"]
    path.write_bytes(b"nonsense\n" + whole)
    with pytest.raises(InputError, match=f"{JOURNAL}:1"):
        book.entries()


def test_one_holds_it_alone_and_is_named(tmp_path: Path) -> None:
    second = Book(tmp_path).held(by="乙", now=NOW)
    with Book(tmp_path).held(by="甲", now=NOW), pytest.raises(TransitionError, match="甲"), second:
        pass
    (tmp_path / LOCK).write_text("half")
    unnamed = Book(tmp_path).held(by="乙", now=NOW)
    with (tmp_path / LOCK).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TransitionError, match="somebody else"), unnamed:
            pass
    with Book(tmp_path).held(by="乙", now=NOW):
        pass


def test_a_clock_that_went_back_is_not_believed(tmp_path: Path) -> None:
    begin(Book(tmp_path))
    with pytest.raises(TransitionError, match="clock"), Book(tmp_path).held(by="甲", now=NOW - timedelta(hours=1)):
        pass


def test_what_is_kept_is_whole_or_refused(tmp_path: Path) -> None:
    book = Book(tmp_path)
    name = book.put_rules(SAMPLE)
    assert book.rules(name) == SAMPLE
    assert tuple(rule_of(row_of(rule)) for rule in SAMPLE) == SAMPLE
    (tmp_path / "kept" / name).write_bytes(b"[]")
    with pytest.raises(InputError):
        book.rules(name)


def test_many_entries_are_one_write_in_their_order(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.append("begin", by="甲", now=NOW)
    assert book.append_all("lift", [{"value": str(n)} for n in range(3)], by="甲", now=NOW) == 4
    assert [(entry["n"], entry.get("value")) for entry in book.entries()] == [(1, None), (2, "0"), (3, "1"), (4, "2")]
    assert book.append_all("lift", [], by="甲", now=NOW) == 4


def test_lifting_many_rules_takes_no_longer_for_each_of_them(tmp_path: Path) -> None:
    book, reads = Book(tmp_path), 0
    read = book.entries

    def counted() -> list:
        nonlocal reads
        reads += 1
        return read()

    book.entries = counted  # type: ignore[method-assign]
    book.append_all("lift", [{"value": str(n)} for n in range(5000)], by="甲", now=NOW)
    assert reads == 1
