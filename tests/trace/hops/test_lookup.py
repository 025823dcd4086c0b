"""From a resolver to those who asked it."""

from minewarden.trace.hop import Known, Step, TraceSettings, set_clocks
from minewarden.trace.hops.lookup import Listed, LookupHop
from minewarden.vocab.attribution import Certainty
from tests.trace.conftest import Log, MakeLake, us

RESOLVER = "10.0.0.53"
KNOWN = Known(RESOLVER, us("21:13:37"), us("21:15:37"), us("21:14:37"), us("21:14:37"))


def query(clock: str, client: str, name: str, server: str | None = RESOLVER) -> dict[str, object]:
    return {"ts": us(clock), "src": client, "dst": server, "query": name}


LOG = Log(
    "query.log",
    {
        "dns": [
            query("21:14:37", "10.1.1.1", "xmr.pool.example.net"),
            query("21:14:00", "10.1.1.2", "pool.example.net", None),
            query("21:14:00", "10.1.1.3", "notpool.example.net"),
            query("21:14:00", "10.1.1.4", "pool.example.net", "10.0.0.54"),
            query("22:14:00", "10.1.1.5", "pool.example.net"),
            query("21:14:00", RESOLVER, "pool.example.net", "192.0.2.53"),
        ]
    },
)


def find(make_lake: MakeLake, names: tuple[str, ...], listed: Listed | None = None) -> list[Step]:
    lake = make_lake(LOG)
    with lake.connect() as connection:
        set_clocks(connection, lake.sources(), TraceSettings())
        return LookupHop([names], listed).find(connection, [KNOWN], TraceSettings())[0]


def test_who_asked_for_the_name_or_one_below_it_in_the_window(make_lake: MakeLake) -> None:
    steps = find(make_lake, ("pool.example.net",))
    assert [(step.found, step.also, step.certainty) for step in steps] == [
        ("10.1.1.1", "xmr.pool.example.net", Certainty.LIKELY),
        ("10.1.1.2", "pool.example.net", Certainty.POSSIBLE),
    ]


def test_a_list_says_which_names_are_pools_where_the_notice_names_none(make_lake: MakeLake) -> None:
    seen: list[str] = []

    def listed(names):  # type: ignore[no-untyped-def]
        seen.extend(names)
        return [name for name in names if name.startswith("xmr.")]

    assert [step.found for step in find(make_lake, (), listed)] == ["10.1.1.1"]
    assert sorted(seen) == ["notpool.example.net", "pool.example.net", "xmr.pool.example.net"]


def test_without_names_and_without_a_list_nobody_is_found(make_lake: MakeLake) -> None:
    assert find(make_lake, ()) == []
