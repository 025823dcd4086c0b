"""The library: loads that happen whole or not at all, a queue for people, versions, and words that come back."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from minewarden.intel.gate import Gate
from minewarden.intel.library import Library, Override, merged
from minewarden.intel.record import Type
from minewarden.intel.watchset import AllowEntry, WatchSet
from minewarden.intel.worth import worth
from minewarden.vocab.errors import ConfigError, UsageError
from minewarden.vocab.indicator import Kind, Role
from tests.intel.lists import NOW, listed, record, source, voice

LATER = NOW + timedelta(days=1)
MANY = "\n".join(f"p{n}.example" for n in range(40))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "intel.sqlite")


def test_a_load_says_what_came_went_and_stayed(library: Library) -> None:
    first = library.load(source(), listed("a.example\nb.example\n(x)\n"), NOW)
    assert (first.outcome, first.added, len(first.rejects)) == ("taken", ("host a.example", "host b.example"), 1)
    second = library.load(source(), listed("b.example\nc.example\n"), LATER)
    assert (second.before, second.after, second.renewed) == (2, 2, 1)
    assert (second.added, second.gone) == (("host c.example",), ("host a.example",))
    gone = library.get("a.example")
    assert gone is not None
    assert gone.voices[0].gone == LATER
    stayed = library.get("b.example")
    assert stayed is not None
    assert (stayed.voices[0].first, stayed.voices[0].gone) == (NOW, None)
    assert library.loads() == (first, second)


@pytest.mark.parametrize(("after", "reason"), [(27, "feed.shrunk"), (81, "feed.grown"), (0, "feed.empty")])
def test_half_a_list_changes_nothing(library: Library, after: int, reason: str) -> None:
    library.load(source(), listed(MANY), NOW)
    before = list(library.records())
    text = "\n".join(f"p{n}.example" for n in range(after))
    held = library.load(source(), listed(text), LATER)
    assert held.held is not None
    assert (held.outcome, held.held.id) == ("held", reason)
    assert list(library.records()) == before
    taken = library.load(source(), listed(text), LATER, override=Override("李", "核对过"))
    assert (taken.outcome, taken.override) == (("taken", "李: 核对过") if after else ("held", ""))


@pytest.mark.parametrize("after", [28, 80])
def test_what_is_within_the_bounds_is_taken(library: Library, after: int) -> None:
    library.load(source(), listed(MANY), NOW)
    assert library.load(source(), listed("\n".join(f"p{n}.example" for n in range(after))), LATER).outcome == "taken"


def test_what_an_allow_list_excuses_waits_until_a_person_decides(library: Library) -> None:
    library.excuse([AllowEntry("lab.example", Kind.DOMAIN, "张", LATER + timedelta(days=9), "课程")], NOW)
    report = library.load(source(), listed("x.lab.example\ny.lab.example\nz.example\n"), NOW)
    assert (report.after, len(report.waiting)) == (1, 2)
    first, second = library.waiting()
    assert (first.record.value, first.reason.id) == ("x.lab.example", "feed.allowed")
    library.decide(first.number, accept=True, by="李", why="课程已停", at=NOW)
    library.decide(second.number, accept=False, by="李", why="确在上课", at=NOW)
    assert library.get("x.lab.example") is not None
    assert library.get("y.lab.example") is None
    with pytest.raises(UsageError):
        library.decide(first.number, accept=True, by="李", why="再来", at=NOW)
    again = library.load(source(), listed("x.lab.example\ny.lab.example\nz.example\n"), LATER)
    assert (again.after, library.waiting()) == (2, ())
    with pytest.raises(UsageError):
        library.publish(by="", note="", at=LATER)


def test_a_list_does_not_turn_a_reviewed_site_into_a_pool(library: Library) -> None:
    library.load(CATALOGUE, listing(NOW), NOW)
    report = library.load(source(), listed("f2pool.com\n"), NOW)
    assert [name for name, _ in report.conflicts] == ["host f2pool.com"] or library.get("f2pool.com") is not None
    site = library.get("www.f2pool.com")
    watch = WatchSet(library.indicators(NOW))
    match = watch.match_name("www.f2pool.com", NOW)
    assert match is not None
    assert site is None or not match.alerts
    endpoint = watch.match_name("xmr.f2pool.com", NOW)
    assert endpoint is not None
    assert endpoint.alerts


def test_words_that_come_back_change_the_score(library: Library) -> None:
    library.load(source(), listed("a.example\n"), NOW)
    before = worth(next(library.records()), NOW).score
    seen = library.sight("a.example", unit="一中", at=NOW, count=3)
    assert worth(seen, NOW).score > before
    library.false_positive("a.example", unit="二中", why="教学网站", at=NOW)
    twice = library.false_positive("a.example", unit="二中", why="教学网站", at=NOW)
    assert twice.false_positives == 1
    assert worth(twice, NOW).score == pytest.approx(worth(seen, NOW).score / 2)
    with pytest.raises(UsageError):
        library.sight("nobody.example", unit="一中", at=NOW)


def test_versions_are_numbered_frozen_and_compared(library: Library) -> None:
    library.load(source(family="et"), listed("a.example\nb.example\n"), NOW)
    first = library.publish(by="李", note="首版", at=NOW)
    library.revoke("a.example", by="李", why="误报", at=LATER)
    library.load(source(name="two", family="et"), listed("c.example\n"), LATER)
    second = library.publish(by="李", note="", at=LATER)
    assert [(v.number, v.label, v.count) for v in library.versions()] == [(1, "2026.1", 2), (2, "2026.2", 2)]
    assert first.sha256 != second.sha256
    found = library.difference(1, 2)
    assert [r.value for r in found.added] == ["c.example"]
    assert [r.value for r in found.removed] == ["a.example"]
    assert {r.value for r in library.version(1)} == {"a.example", "b.example"}
    with pytest.raises(UsageError):
        library.version(9)


def test_nothing_excused_today_is_published(library: Library) -> None:
    library.load(source(family="et"), listed("a.lab.example\nb.example\n"), NOW)
    library.excuse([AllowEntry("lab.example", Kind.DOMAIN, "张", LATER, "课程")], NOW)
    library.publish(by="李", note="", at=NOW)
    assert [r.value for r in library.version(1)] == ["b.example"]


def test_a_clock_set_back_writes_nothing(library: Library) -> None:
    library.load(source(), listed("a.example\n"), LATER)
    with pytest.raises(ConfigError) as caught:
        library.load(source(), listed("b.example\n"), NOW)
    assert caught.value.message.id == "library.clock_back"
    assert [r.value for r in library.records()] == ["a.example"]


def test_a_file_that_is_no_library_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"not a database, but long enough to be taken for one" * 40)
    before = path.read_bytes()
    with pytest.raises(ConfigError):
        Library(path)
    assert path.read_bytes() == before
    newer = tmp_path / "newer"
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigError) as caught:
        Library(newer)
    assert caught.value.message.id == "library.newer"


def test_a_load_that_breaks_half_way_leaves_the_library_as_it_was(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.load(source(), listed("a.example\n"), NOW)

    class Breaking(Gate):
        def stops(self, entry: object, at: object) -> None:
            if getattr(entry, "value", "") == "c.example":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.load(source(), listed("a.example\nb.example\nc.example\n"), LATER, Breaking())
    assert [r.value for r in library.records()] == ["a.example"]
    assert len(library.loads()) == 1


def test_changes_are_asked_for_by_time_and_none_is_missed(library: Library) -> None:
    library.load(source(), listed("\n".join(f"p{n}.example" for n in range(25))), NOW)
    seen: list[str] = []
    after = 0
    while page := library.changes(after, limit=10):
        seen += [one.value for _, one in page]
        after = page[-1][0]
    assert sorted(seen) == sorted(f"p{n}.example" for n in range(25))
    library.load(source(name="other"), listed("p3.example\n"), NOW)
    assert [one.value for _, one in library.changes(after)] == ["p3.example"]


def test_what_one_source_takes_back_another_still_says() -> None:
    held = record()
    fresh = record(revoked=NOW)
    assert merged(held, fresh).revoked == NOW
    other = record(revoked=NOW, voices=(voice("stranger"),))
    assert merged(held, other).revoked is None


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=6))
@settings(max_examples=30)
def test_the_order_of_sources_does_not_matter(order: list[str]) -> None:
    made = [record(voices=(voice(name),), ports=(3333,)) for name in order]
    joined = made[0]
    for one in made[1:]:
        joined = merged(joined, one)
    assert [v.source for v in joined.voices] == sorted(set(order))
    assert joined.type is Type.HOST
    assert joined.role is Role.POOL_ENDPOINT


def test_the_sites_below_a_published_domain_go_with_it(library: Library) -> None:
    library.load(CATALOGUE, listing(NOW), NOW)
    library.publish(by="李", note="", at=NOW)
    published = {(r.type, r.value): r for r in library.version(1)}
    watch = WatchSet(made for r in published.values() if (made := r.indicator(worth(r, NOW).score)) is not None)
    whole = WatchSet.default()
    for name in ("www.f2pool.com", "de.monero.herominers.com", "monero.herominers.com", "www.nicehash.com"):
        ours, theirs = watch.match_name(name, NOW), whole.match_name(name, NOW)
        assert (ours is not None and ours.alerts) is (theirs is not None and theirs.alerts), name


def test_a_search_finds_what_the_record_says_and_nothing_that_only_its_json_says(library: Library) -> None:
    library.load(source(), listed("xmr.pool.example\nother.example\n"), NOW)
    library.revoke("other.example", by='李"四', why="Ärger", at=NOW)
    assert [r.value for r in library.records(text="POOL.ex")] == ["xmr.pool.example"]
    assert [r.value for r in library.records(text='李"')] == ["other.example"]
    assert [r.value for r in library.records(text="ärger")] == ["other.example"]
    assert list(library.records(text="voices")) == []


def test_a_word_is_listed_with_who_said_it_and_can_be_taken_back(library: Library) -> None:
    library.load(source(), listed("a.example\n"), NOW)
    before = worth(library.get("a.example"), LATER).score
    key = library.get("a.example").id
    library.false_positive("a.example", unit="二中", why="课程", at=NOW)
    library.sight("a.example", unit="一中", at=LATER, why="WK-2026-00001")
    seen, harmless = library.words(key)
    assert (seen.unit, seen.kind, harmless.unit, harmless.why) == ("一中", "seen", "二中", "课程")
    library.take_back(key, harmless, at=LATER)
    library.take_back(key, seen, at=LATER)
    assert worth(library.get("a.example"), LATER).score == before
    with pytest.raises(UsageError):
        library.take_back(key, seen, at=LATER)
    with pytest.raises(UsageError):
        library.take_back("nothing.example", seen, at=LATER)


def test_what_was_decided_stays_readable(library: Library) -> None:
    library.excuse([AllowEntry("lab.example", Kind.DOMAIN, "张", LATER, "课程")], NOW)
    library.load(source(), listed("x.lab.example\n"), NOW)
    (waiting,) = library.waiting()
    assert library.decided() == ()
    library.decide(waiting.number, accept=False, by="李", why="在上课", at=NOW)
    (decided,) = library.decided(waiting.record.id)
    assert (decided.accepted, decided.by, decided.why, decided.waiting.source) == (False, "李", "在上课", "list")
    assert library.decided("another") == ()


def test_a_withdrawal_can_be_taken_back(library: Library) -> None:
    library.load(source(), listed("a.example\n"), NOW)
    before = worth(library.get("a.example"), NOW).score
    with pytest.raises(UsageError):
        library.restore("a.example", by="李", why="误撤", at=NOW)
    library.revoke("a.example", by="李", why="停用", at=NOW)
    assert worth(library.get("a.example"), NOW).score == 0
    with pytest.raises(UsageError):
        library.restore("a.example", by="李", why=" ", at=NOW)
    library.restore("a.example", by="李", why="误撤", at=NOW)
    assert worth(library.get("a.example"), NOW).score == before


def test_an_allow_entry_can_end_before_its_day_and_then_holds_nothing_back(library: Library) -> None:
    library.load(CATALOGUE, listing(NOW), NOW)
    name = library.fit(NOW).chosen[0]
    library.excuse([AllowEntry(name.value, Kind.HOST, "张", LATER + timedelta(days=9), "课程")], NOW)
    fit = library.fit(LATER)
    assert {(record.value, reason.id) for record, reason in fit.excused} == {(name.value, "feed.allowed")}
    assert name.value not in {record.value for record in fit.chosen}
    library.excuse_no_more(Kind.HOST, name.value, LATER)
    assert library.fit(LATER).excused == ()
    with pytest.raises(UsageError):
        library.excuse_no_more(Kind.HOST, name.value, LATER)


def test_only_what_a_person_looked_at_is_published(library: Library) -> None:
    library.load(CATALOGUE, listing(NOW), NOW)
    seen = [record.id for record in library.fit(NOW).chosen]
    library.load(source(), listed("new.example\n"), NOW)
    library.sight("new.example", unit="一中", at=NOW)
    with pytest.raises(UsageError) as refused:
        library.publish(by="李", note="n", at=NOW, seen=seen)
    assert refused.value.message.id == "library.changed_meanwhile"
    assert library.versions() == ()
    made = library.publish(by="李", note="n", at=NOW, seen=[record.id for record in library.fit(NOW).chosen])
    assert made.count == len(seen) + 1


def test_a_load_is_asked_for_by_its_number_and_sources_are_counted(library: Library) -> None:
    library.load(source(), listed("a.example\nb.example\n"), NOW)
    library.load(source(name="two"), listed("a.example\n"), LATER)
    first, second = library.loads()
    assert library.load_report(second.number) == second
    assert library.loads(last=1) == (second,)
    assert (first.number < second.number, library.load_report(99)) == (True, None)
    assert library.sources() == {"list": 2, "two": 1}


def test_the_year_of_a_version_is_that_of_the_office(library: Library) -> None:
    library.load(CATALOGUE, listing(NOW), NOW)
    new_year = NOW.replace(year=NOW.year, month=12, day=31, hour=17)
    assert library.publish(by="李", note="n", at=new_year).label == f"{NOW.year + 1}.1"
