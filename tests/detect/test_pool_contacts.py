"""The questions to the lake: what is counted, what is kept, and that memory follows the hits and not the rows."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from minewarden.detect.pool_contacts import Contact, contacts
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.indicator import Indicator, Kind, Role
from tests.detect.lake_rows import NOON, at, context_of

POOL = "198.51.100.7"
WATCHED = WatchSet(
    [
        Indicator(Kind.HOST, "a.pool.example", Role.POOL_ENDPOINT, "op", valid_until=NOON + timedelta(seconds=100)),
        Indicator(Kind.DOMAIN, "pool.example", Role.PROXY, "other", valid_from=NOON + timedelta(seconds=50)),
    ]
)


def query(seconds: float, **more: Any) -> dict[str, Any]:
    return {
        "ts": at(seconds),
        "src": "10.1.2.3",
        "dst": "10.0.0.53",
        "query": "a.pool.example",
        "answers": None,
        **more,
    }


def flow(seconds: float, **more: Any) -> dict[str, Any]:
    row = {
        "ts": at(seconds),
        "until": at(seconds + 5),
        "src": "10.1.2.3",
        "dst": POOL,
        "dst_port": 3333,
        "proto": "TCP",
    }
    return {**row, "src_port": 40000 + int(seconds), "established": None, **more}


def asked(folder: Path, **tables: list[dict[str, Any]]) -> list[Contact]:
    context = context_of(folder, WATCHED, **tables)
    with context.lake.engine() as engine:
        return list(contacts(engine, WATCHED, timedelta(hours=1)))


def test_the_entry_of_the_time_of_the_row_decides(tmp_path: Path) -> None:
    found = asked(tmp_path, dns=[query(0), query(99.999999), query(100), query(200)])
    assert [(c.number, c.count, c.rows) for c in found] == [(0, 2, ((1, 1), (1, 2))), (1, 2, ((1, 3), (1, 4)))]


def test_the_earliest_five_rows_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    [found] = asked(tmp_path, dns=[query(90 - n) for n in range(40)])
    assert found.count == 40
    assert found.rows == ((1, 40), (1, 39), (1, 38), (1, 37), (1, 36))
    assert (found.first_us, found.last_us) == (at(51), at(90))


def test_connections_are_added_up_and_the_first_gives_the_clients_port(tmp_path: Path) -> None:
    _, joined = asked(
        tmp_path, dns=[query(0, answers=[POOL])], conn=[flow(30), flow(10, established=False), flow(20), flow(4000)]
    )
    assert (joined.how, joined.server, joined.port, joined.count, joined.host_port) == ("joined", POOL, 3333, 3, 40010)
    assert joined.established is False
    assert (joined.first_us, joined.last_us) == (at(10), at(35))


def test_one_connection_that_came_about_outweighs_failed_attempts(tmp_path: Path) -> None:
    rows = [flow(10, established=False), flow(20, established=True)]
    _, joined = asked(tmp_path, dns=[query(0, answers=[POOL])], conn=rows)
    assert joined.established is True


def test_clocks_may_disagree_a_little_on_what_came_first(tmp_path: Path) -> None:
    _, joined = asked(tmp_path, dns=[query(10, answers=[POOL])], conn=[flow(8.5), flow(7.5)])
    assert joined.count == 1


def test_answers_that_are_names_do_not_disturb(tmp_path: Path) -> None:
    rows = [query(0, query="x.example", answers=["y.example", "2001:db8::1", "192.0.2.1", ""]), query(0, answers=[])]
    [found] = asked(tmp_path, dns=rows)
    assert found.name == "a.pool.example"


def test_many_rows_without_a_hit_ask_for_each_name_once(tmp_path: Path) -> None:
    names: list[str] = []
    real = WATCHED.name_spans

    class Counting(WatchSet):
        def name_spans(self, asked_for: Any) -> Any:
            listed = list(asked_for)
            names.extend(listed)
            return real(listed)

    counting = Counting(WATCHED.indicators)
    context = context_of(tmp_path, counting, dns=[query(n, query=f"n{n % 7}.example") for n in range(5000)])
    with context.lake.engine() as engine:
        assert list(contacts(engine, counting, timedelta(hours=1))) == []
    assert sorted(names) == [f"n{n}.example" for n in range(7)]
