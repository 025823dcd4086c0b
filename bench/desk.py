"""Measures every page of the desk on a city of real size, on SQLite and on PostgreSQL, and says which are slowest.

    python -m bench.desk                       # 5 000 units, 300 000 staff, 500 000 assets, 40 000 ranges, 20 000 cases
    python -m bench.desk --share 0.05          # the same city, smaller; RESULTS.md is left alone
    python -m bench.desk --on sqlite
    python -m bench.desk --keep FOLDER         # furnish once, and keep what was measured in the folder
    python -m bench.desk --keep FOLDER --slowest 60    # measure the slowest of those again, and write the section

Every route that answers GET is opened, with an address for each (`bench/desk_addresses.py`), by people who may: the city's
officer, approver and leader, a district's and a school's officer, an approver, and the administrators. Each is opened
once cold and three times warm, a download once warm, in the process itself by Django's test client, so that middleware,
templates and the session count and the network does not. Beside the wall's clock stands what the process itself computed: on a busy
machine the former says more about the neighbours. The limits are those of pages; what a download, a picture or a stream
costs stands in a table of its own.
"""

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.results import machine, table, write_section

MOST_QUERIES, MOST_MS, WARM = 30, 300, 3
PEOPLE = (
    "city officer", "city approver", "city leader", "city keeper", "district officer", "school officer",
    "school approver", "system", "security", "audit",
)  # fmt: skip


def main() -> None:
    """Furnish and measure in a process of its own for each database, then write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the full size")
    parser.add_argument("--on", choices=("sqlite", "postgresql"), action="append", help="both, if not said")
    parser.add_argument(
        "--keep", type=Path, help="furnish this folder once, use it again, and keep there what was measured"
    )
    parser.add_argument("--slowest", type=int, metavar="N", help="measure the N slowest of what is kept again")
    parser.add_argument("--weekly", action="store_true", help="only the weekly report and the export of a unit")
    parser.add_argument("--measure", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure is not None:
        again = json.load(sys.stdin) if args.slowest else None
        chosen = [(route, address, who) for route, address, who in again] if again is not None else None
        print(json.dumps(_measure(args.measure, only_weekly=args.weekly, again=chosen)))
        return
    found: dict[str, Any] = {}
    for which in args.on or ("sqlite", "postgresql"):
        with _database(which, args.keep) as environment:
            command = [sys.executable, "-m", "bench.desk", "--measure", str(args.share)]
            command += ["--weekly"] if args.weekly else []
            command += ["--slowest", str(args.slowest)] if args.slowest else []
            kept = Path(environment["MINEWARDEN_DATA"]) / "measured.json"
            before = json.loads(kept.read_text()) if args.slowest else {}
            slowest = sorted(before.get("pages", ()), key=lambda page: -page["cpu_ms"])[: args.slowest or 0]
            told = subprocess.run(
                command, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True,
                input=json.dumps([(page["route"], page["address"], page["who"]) for page in slowest]).encode(),
            )  # fmt: skip
            found[which] = json.loads(told.stdout)
            if args.slowest:
                _replace(before["pages"], found[which]["pages"])
                found[which] = before
            kept.write_text(json.dumps(found[which]))
    if args.weekly:
        lines = list(_weekly_section(found))
        if args.share == 1.0 and len(found) == 2:
            write_section("The weekly report of a city", lines)
        print("\n".join(lines))
        return
    lines = list(_section(found))
    if args.share == 1.0 and len(found) == 2:
        write_section("Every page of the desk", lines)
    print("\n".join(lines))


def _replace(pages: list[dict[str, Any]], fresh: list[dict[str, Any]]) -> None:
    newer = {(page["address"], page["who"]): page | {"again": True} for page in fresh}
    pages[:] = [newer.get((page["address"], page["who"]), page) for page in pages]


@contextmanager
def _database(which: str, keep: Path | None) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as folder:
        place = (keep or Path(folder)) / which
        environment = {"MINEWARDEN_DATA": str(place), "MINEWARDEN_SECRET_KEY": "bench" * 12}
        if which == "sqlite":
            yield environment | {"MINEWARDEN_DATABASE_URL": ""}
            return
        if os.environ.get("MINEWARDEN_DATABASE_URL"):
            # A server that goes on running keeps the city, as the folder does for SQLite.
            yield environment
            return
        from tests.real.postgresql import serving

        with serving() as server:
            server.create("city")
            yield environment | {"MINEWARDEN_DATABASE_URL": server.url("city")}


def _measure(
    share: float, *, only_weekly: bool = False, again: list[tuple[str, str, str]] | None = None
) -> dict[str, Any]:
    from minewarden.desk.start import migrate, prepare

    folder = prepare()
    logging.getLogger("django.request").setLevel(logging.ERROR)  # who may not open a page is told so, and counted out
    migrate()
    from django.test import Client
    from django.test.utils import setup_test_environment
    from django.utils import timezone

    import minewarden.desk.wsgi  # noqa: F401  # What a server's worker loads and sets, for pages are measured as served.
    from bench.desk_addresses import NOT_MEASURED, furnish
    from bench.desk_city import SIZE, build
    from minewarden.desk.org.models import Person, Unit

    note = folder / "city.json"
    begun = time.perf_counter()
    setup_test_environment()
    if fresh := not Unit.objects.exists():
        city = build(SIZE.scaled(share), now=timezone.now(), told=lambda said: print(said, file=sys.stderr))
        facts = {"samples": city.samples, "counts": city.counts}
        facts["people"] = {role: person.pk for role, person in city.people.items()}
        facts["weekly"] = weekly(facts)
        facts["addresses"] = furnish(city)
        note.write_text(json.dumps(facts | {"furnished_s": time.perf_counter() - begun}))
    facts = json.loads(note.read_text())
    if only_weekly:
        return facts | {"pages": [], "unseen": []} | ({} if fresh else {"weekly": weekly(facts)})
    measured: list[dict[str, Any]] = []
    met = Met()
    for role in PEOPLE:
        browser = Client()
        person = Person.objects.get(pk=facts["people"][role])
        browser.force_login(person, "django.contrib.auth.backends.ModelBackend")
        for route, address in facts["addresses"]:
            if again is not None and (route, address, role) not in again:
                continue
            if page := opened(browser, address, WARM, met=met, route=route):
                measured.append(page | {"route": route, "address": address, "who": role})
        # A run that is cut off leaves what it has.
        (folder / "measured.json").write_text(json.dumps(facts | {"pages": measured, "unseen": []}))
        print(f"{role}: {len(measured)}", file=sys.stderr)
    return facts | {"pages": measured, "unseen": sorted(met.unseen - set(NOT_MEASURED))}


class Met:
    """What became of each route that was asked by GET: answered to somebody, or open to sending only."""

    def __init__(self) -> None:
        self.answered: set[str] = set()
        self.only_sent: set[str] = set()
        self.refused: dict[str, set[int]] = {}

    def note(self, route: str, status: int) -> None:
        """Take down an answer."""
        if status in (200, 302):
            # What leads elsewhere is measured where it leads to.
            self.answered.add(route)
        elif status == 405:
            self.only_sent.add(route)
        else:
            self.refused.setdefault(route, set()).add(status)

    @property
    def unseen(self) -> set[str]:
        """Routes that gave nobody anything by GET, though they may."""
        return set(self.refused) - self.answered - self.only_sent


def weekly(facts: dict[str, Any]) -> dict[str, float]:
    """The weekly report of the whole city and the full export of a unit, in seconds of the clock and of computing; the
    most memory of the process in MiB; what else the machine did.

    Of the schools a tenth has handed in before and half of the rest reported zero, so that there is something to put
    together. A city that was measured before reports the week before the last that it reported.
    """
    import resource

    from django.utils import timezone

    from minewarden.desk.assessments import actions, takeout
    from minewarden.desk.assessments.models import Assessment, Version, Zero
    from minewarden.desk.assessments.periods import Kind, at
    from minewarden.desk.org.models import Person, Unit

    now = timezone.now()
    people = {role: Person.objects.get(pk=pk) for role, pk in facts["people"].items()}
    officer, approver = people["city officer"], people["city approver"]
    schools = list(Unit.objects.filter(kind__in=("school", "kindergarten")).order_by("pk"))
    city, school = Unit.objects.get(parent=None), Unit.objects.get(pk=facts["samples"]["unit"])
    while Assessment.objects.filter(unit=city, code=(period := at(Kind.WEEK, now)).code).exists():
        now -= timedelta(days=7)
    before = [
        Assessment(
            unit=unit,
            code=period.code,
            begin=period.begin,
            sections={"judgement": "平稳。"},
            saved_at=now,
            saved_by=officer,
        )
        for unit in schools[: len(schools) * 6 // 10]
    ]
    Assessment.objects.bulk_create(before, batch_size=1_000, ignore_conflicts=True)
    made = list(Assessment.objects.filter(code=period.code).exclude(unit_id=1).order_by("pk"))
    reports, zeros = made[: len(schools) // 10], made[len(schools) // 10 :]
    content = {"sections": dict.fromkeys(("judgement", "progress", "problems", "next"), "平稳。")}
    Version._base_manager.bulk_create(
        [
            Version(assessment=row, number=1, as_of=now, content=content, sha256="0" * 64, asked_by=officer, asked_at=now,
                    outcome="agreed", decided_by=approver, decided_at=now)
            for row in reports
        ],
        batch_size=1_000, ignore_conflicts=True,
    )  # fmt: skip
    Zero._base_manager.bulk_create(
        [Zero(assessment=row, as_of=now, content={}, sha256="0" * 64, at=now, by=officer) for row in zeros],
        batch_size=1_000, ignore_conflicts=True,
    )  # fmt: skip
    found: dict[str, float] = {}
    begun, own = time.perf_counter(), time.process_time()
    actions.save_draft(city, period, by=officer, now=now, sections={"judgement": "全市平稳。"}, head=actions.Head())
    version = actions.submit(city, period, by=officer, now=now)
    found["figures_s"] = time.perf_counter() - begun
    actions.approve(version, by=approver, now=now)
    found["report_s"], found["report_cpu_s"] = time.perf_counter() - begun, time.process_time() - own
    begun, own = time.perf_counter(), time.process_time()
    content_of_unit = takeout.archive(school, people["city officer"], now=now)
    found["archive_s"], found["archive_cpu_s"] = time.perf_counter() - begun, time.process_time() - own
    found["load"] = os.getloadavg()[0]
    found["archive_kib"] = len(content_of_unit) / 1024
    found["report_kib"] = sum(len(bytes(row.content)) for row in version.kept.all()) / 1024
    found["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def opened(browser: Any, address: str, times: int, *, met: Met, route: str = "") -> dict[str, Any] | None:
    """What an address costs, opened once and then `times` times; None for what this person may not open."""
    from django.db import connection

    asked = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal asked
        # What begins and ends a transaction asks nothing; a test, which stands in one already, has more of it.
        asked += not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))
        return execute(sql, params, many, context)

    took, computed = [], []
    queries = size = 0
    for _ in range(times + 1):
        asked = 0
        with connection.execute_wrapper(count):
            begun, own = time.perf_counter(), time.process_time()
            answer = browser.get(address)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            took.append((time.perf_counter() - begun) * 1000)
            computed.append((time.process_time() - own) * 1000)
        met.note(route, answer.status_code)
        if answer.status_code != 200:
            return None
        queries, size = max(queries, asked), len(content)
        page = answer["Content-Type"].startswith("text/html") and "Content-Disposition" not in answer
        if took[0] > 20_000 or (len(took) > 1 and not page):
            break
    return {
        "page": page,
        "cold_ms": took[0],
        "warm_ms": statistics.median(took[1:] or took),
        "cpu_ms": statistics.median(computed[1:] or computed),
        "queries": queries,
        "kib": size / 1024,
    }


def _weekly_section(found: dict[str, Any]) -> Iterator[str]:
    counts = next(iter(found.values()))["counts"]
    yield (
        f"Made by `python -m bench.desk --weekly` on {machine()}. The city: "
        + ", ".join(f"{count:,} {name}" for name, count in counts.items())
        + ". The report runs from the draft to the kept docx, PDF and xlsx (limit 60 s); the export is all ledgers, cases, "
        "notices and figures of one school (limit 10 s). CPU s: what the desk's own process computed; load: of the machine, "
        "with whatever else it did."
    )
    yield ""
    yield from table(
        (
            "database",
            "report s",
            "of it figures and lists s",
            "CPU s",
            "papers KiB",
            "export of a unit s",
            "CPU s",
            "export KiB",
            "most memory MiB",
            "load",
        ),
        (
            (
                which,
                *(f"{week[key]:.1f}" for key in ("report_s", "figures_s", "report_cpu_s")),
                f"{week['report_kib']:.0f}",
                *(f"{week[key]:.1f}" for key in ("archive_s", "archive_cpu_s")),
                *(f"{week[key]:.0f}" for key in ("archive_kib", "memory_mib")),
                f"{week['load']:.1f}",
            )
            for which, week in ((which, facts["weekly"]) for which, facts in found.items())
        ),
    )
    yield ""


def _section(found: dict[str, Any]) -> Iterator[str]:
    counts = next(iter(found.values()))["counts"]
    yield (
        f"Made by `python -m bench.desk` on {machine()}, with other work on the machine. The city: "
        + ", ".join(f"{count:,} {name}" for name, count in counts.items())
        + "."
    )
    yield ""
    for which, facts in found.items():
        everything = sorted(facts["pages"], key=lambda page: -page["warm_ms"])
        pages = [page for page in everything if page["page"]]
        slow = [page for page in pages if page["warm_ms"] > MOST_MS]
        computed = [page for page in pages if page["cpu_ms"] > MOST_MS]
        many = [page for page in pages if page["queries"] > MOST_QUERIES]
        routes = len({page["route"] for page in everything})
        again = sum(page.get("again", False) for page in everything)
        yield (
            f"**{which}**: {len(pages)} pages (address and person) and {len(everything) - len(pages)} downloads of {routes} "
            f"routes; over {MOST_MS} ms warm: {len(slow)}, by CPU time: {len(computed)}; over {MOST_QUERIES} queries: "
            f"{len(many)}; median of all {statistics.median(p['warm_ms'] for p in pages):.0f} ms; most queries "
            f"{max(p['queries'] for p in pages)}. Furnished in {facts['furnished_s']:.0f} s."
            + (f" The {again} slowest were measured again with nothing else running." if again else "")
        )
        if facts["unseen"]:
            yield f"Routes that gave nobody anything: {', '.join(facts['unseen'])}."
        yield ""
        yield from _table(pages[:20] + [page for page in many if page not in pages[:20]])
        yield ""
        yield "The slowest of what is no page (a download, a picture, figures):"
        yield ""
        yield from _table([page for page in everything if not page["page"]][:8])
        yield ""


def _table(pages: list[dict[str, Any]]) -> Iterator[str]:
    yield from table(
        ("page", "by", "warm ms", "CPU ms", "cold ms", "queries", "KiB"),
        (
            (
                page["address"],
                page["who"],
                *(f"{page[key]:.0f}" for key in ("warm_ms", "cpu_ms", "cold_ms", "queries", "kib")),
            )
            for page in pages
        ),
    )


if __name__ == "__main__":
    main()
