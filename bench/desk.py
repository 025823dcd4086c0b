"""Measures every page of the desk on a city of real size, on SQLite and on PostgreSQL, and says which are slowest.

    python -m bench.desk                       # 5 000 units, 300 000 staff, 500 000 assets, 40 000 ranges, 20 000 cases
    python -m bench.desk --share 0.05          # the same city, smaller; RESULTS.md is left alone
    python -m bench.desk --on sqlite
    python -m bench.desk --lived               # with what gathers around its cases and ledgers in a year (desk_year.py)
    python -m bench.desk --keep FOLDER         # furnish once, and keep the city and what was measured in the folder
    python -m bench.desk --keep FOLDER --furnish-only       # the first of its two parts, some ten minutes a database
    python -m bench.desk --keep FOLDER --slowest 60    # measure the slowest of those again, and write the section
    python -m bench.desk --keep FOLDER --write-only    # write the section from what the folder keeps

Every route that answers GET is opened, with an address for each (`bench/desk_addresses.py`), by people who may: the city's
officer, approver and leader, a district's and a school's officer, an approver, and the administrators. Each is opened
once cold and three times warm, in the process itself by Django's test client, so that middleware, templates and the
session count and the network does not. A page that takes long, or is far below the limit, is opened twice. A download is opened once, by the first
who may, who sees the most; what takes longer than the bound is ended there. What was not measured is told with its reason.
A run that was cut off goes on where it stopped if its city was kept.

Beside the wall's clock stands what the process itself computed: on a busy machine the former says more about the
neighbours. The limits are those of pages; what a download, a picture or a stream costs stands in a table of its own.
PostgreSQL runs with the settings it comes with.
"""

import argparse
import json
import logging
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.results import machine, table, write_section

MOST_QUERIES, MOST_MS, WARM = 30, 300, 3
BOUND_S = 30
"""Seconds after which what is opened is ended and told as such."""
LONG_MS = 1_000
"""A page whose first opening took longer is opened once more only."""
QUICK_MS = 100
"""A page that was twice quicker than this is opened no more: it is far from the limit."""
DATABASES = ("sqlite", "postgresql")
PEOPLE = (
    "city officer", "city approver", "city leader", "city keeper", "district officer", "school officer",
    "school approver", "system", "security", "audit",
)  # fmt: skip


def main() -> None:
    """Furnish and measure in a process of its own for each database, then write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the full size")
    parser.add_argument("--lived", action="store_true", help="a city that has lived a year; RESULTS.md is left alone")
    parser.add_argument("--on", choices=DATABASES, action="append", help="both, if not said")
    parser.add_argument(
        "--keep", type=Path, help="furnish this folder once, use it again, and keep there what was measured"
    )
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--furnish-only", action="store_true", help="make the city and measure nothing yet")
    parts.add_argument("--write-only", action="store_true", help="measure nothing, tell what is kept")
    parts.add_argument("--slowest", type=int, metavar="N", help="measure the N slowest of what is kept again")
    parts.add_argument("--weekly", action="store_true", help="only the weekly report and the export of a unit")
    parser.add_argument("--part", choices=("furnish", "measure", "again", "weekly"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if (args.furnish_only or args.write_only or args.slowest) and not args.keep:
        parser.error("this needs --keep FOLDER")
    if args.part:
        print(json.dumps(_part(args.part, args.share, args.lived)))
        return
    # Whoever ends this program ends the server that it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = args.on or DATABASES
    part = "weekly" if args.weekly else "furnish" if args.furnish_only else "again" if args.slowest else "measure"
    found = {} if args.write_only else {which: _run(which, part, args) for which in chosen}
    if args.furnish_only:
        print({which: facts["counts"] for which, facts in found.items()})
        return
    for which in DATABASES if args.keep and not args.weekly else ():
        if (kept := args.keep / which / MEASURED).exists():
            found[which] = json.loads(kept.read_text())
    found = {which: found[which] for which in DATABASES if which in found}
    title, lines = (
        ("The weekly report of a city", list(_weekly_section(found)))
        if args.weekly
        else ("Every page of the desk", list(_section(found)))
    )
    if args.share == 1.0 and not args.lived and len(found) == len(DATABASES):
        write_section(title, lines)
    else:
        print("\n".join(lines))


MEASURED, SO_FAR = "measured.json", "measured-so-far.jsonl"
"""What a whole run found, and what an unfinished one has found, a line for each that was opened."""


def _run(which: str, part: str, args: argparse.Namespace) -> dict[str, Any]:
    """One part on one database, in a process of its own."""
    with _database(which, args.keep) as environment:
        kept = Path(environment["MINEWARDEN_DATA"]) / MEASURED
        before = json.loads(kept.read_text()) if part == "again" else {}
        slowest = sorted((page for page in before.get("pages", ()) if page["page"]), key=lambda page: -page["warm_ms"])
        told = subprocess.run(
            [sys.executable, "-m", "bench.desk", "--part", part, "--share", str(args.share), *["--lived"] * args.lived],
            env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True,
            input=json.dumps([(page["address"], page["who"]) for page in slowest[: args.slowest or 0]]).encode(),
        )  # fmt: skip
        found: dict[str, Any] = json.loads(told.stdout)
        if part == "again":
            newer = {(page["address"], page["who"]): page | {"again": True} for page in found["pages"]}
            before["pages"] = [newer.get((page["address"], page["who"]), page) for page in before["pages"]]
            found = before
        if part in ("measure", "again"):
            kept.write_text(json.dumps(found))
            (kept.parent / SO_FAR).unlink(missing_ok=True)
    return found


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

        with serving(as_installed=True, folder=keep and keep / "postgresql-server") as server:
            with server.connect("postgres", "postgres") as master:
                there = master.execute("SELECT 1 FROM pg_database WHERE datname = 'city'").fetchone()
            if not there:
                server.create("city")
            yield environment | {"MINEWARDEN_DATABASE_URL": server.url("city")}


def _part(part: str, share: float, lived: bool) -> dict[str, Any]:
    from minewarden.desk.start import migrate, prepare

    folder = prepare()
    migrate()
    from django.test.utils import setup_test_environment

    import minewarden.desk.wsgi  # noqa: F401  # What a server's worker loads and sets, for pages are measured as served.
    from minewarden.desk.org.models import Unit

    setup_test_environment()
    logging.getLogger("django.request").setLevel(logging.ERROR)  # who may not open a page is told so, and counted out
    facts = json.loads((folder / "city.json").read_text()) if Unit.objects.exists() else _furnish(folder, share, lived)
    if part == "weekly":
        return facts | {"pages": [], "weekly": weekly(facts)}
    if part == "furnish":
        return facts
    chosen = {(address, who) for address, who in json.load(sys.stdin)} if part == "again" else None
    # Measured again is measured anew, and not what an unfinished run has found.
    so_far = folder / (SO_FAR if chosen is None else "again.jsonl")
    return facts | {"server": _server(), **measure(facts, so_far, chosen)}


def _furnish(folder: Path, share: float, lived: bool) -> dict[str, Any]:
    from django.db import connection
    from django.utils import timezone

    from bench.desk_addresses import furnish
    from bench.desk_city import SIZE, build

    begun = time.perf_counter()
    city = build(SIZE.scaled(share), now=timezone.now(), lived=lived, told=lambda said: print(said, file=sys.stderr))
    facts: dict[str, Any] = {"samples": city.samples, "counts": city.counts}
    facts["people"] = {role: person.pk for role, person in city.people.items()}
    facts["weekly"] = weekly(facts)
    facts["addresses"] = furnish(city)
    if connection.vendor == "postgresql":
        # As the server does by itself in the hours in which a real city is entered.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    facts["furnished_s"] = time.perf_counter() - begun
    (folder / "city.json").write_text(json.dumps(facts))
    return facts


def _server() -> str:
    """The database and, of a server, the settings that decide what a query costs there."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            return f"SQLite {cursor.fetchone()[0]}"
        told = []
        for name in ("shared_buffers", "work_mem", "random_page_cost", "jit", "autovacuum", "fsync"):
            cursor.execute(f"SHOW {name}")
            told.append(f"{name} {cursor.fetchone()[0]}")
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]} with {', '.join(told)}"


def measure(facts: dict[str, Any], so_far: Path, chosen: set[tuple[str, str]] | None = None) -> dict[str, Any]:
    """Open what people may open, or only what is `chosen` by address and person, and go on where an earlier run stopped:
    `so_far` has a line for each that was opened."""
    from django.test import Client

    from bench.desk_addresses import NOT_MEASURED
    from minewarden.desk.org.models import Person

    known = [json.loads(line) for line in so_far.read_text().splitlines()] if so_far.exists() else []
    before = sum(page["spent_s"] for page in known)
    met = Met()
    for page in known:
        met.note(page["route"], page["status"])
    done = {(page["address"], page["who"]) for page in known}
    begun = time.perf_counter()
    with so_far.open("a") as kept:
        for role in PEOPLE:
            # One page that fails is told of, and does not end the run.
            browser = Client(raise_request_exception=False)
            person = Person.objects.get(pk=facts["people"][role])
            browser.force_login(person, "django.contrib.auth.backends.ModelBackend")
            # Who opened what is no page is the first who may; the widest view comes first in PEOPLE.
            files = {page["address"] for page in known if page["status"] == 200 and not page["page"]}
            for route, address in facts["addresses"]:
                if (chosen is not None and (address, role) not in chosen) or (address, role) in done:
                    continue
                if route in met.only_sent or (address in files and chosen is None):
                    continue
                at = time.perf_counter()
                page = opened(browser, address, WARM, met=met, route=route)
                known.append(
                    page | {"route": route, "address": address, "who": role, "spent_s": time.perf_counter() - at}
                )
                kept.write(json.dumps(known[-1]) + "\n")
                kept.flush()
            print(f"{role}: {sum(page['who'] == role and page['status'] == 200 for page in known)}", file=sys.stderr)
    if chosen is not None:
        so_far.unlink()
    return {
        "pages": [page for page in known if page["status"] == 200],
        "refused": sum(page["status"] not in (200, 405) and page["status"] < 500 for page in known),
        "failed": [{key: page[key] for key in ("address", "who")} for page in known if page["status"] >= 500],
        "only_sent": len(met.only_sent),
        "unseen": {route: NOT_MEASURED.get(route, "answered nobody") for route in sorted(met.unseen)},
        "measured_s": before + time.perf_counter() - begun,
        "load": os.getloadavg()[0],
    }


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

    from minewarden.desk.assessments import actions, export, takeout
    from minewarden.desk.assessments.models import Assessment, Version, Zero
    from minewarden.desk.assessments.periods import Kind, at
    from minewarden.desk.org.models import Person, Unit
    from minewarden.documents.watermark import Watermark

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
    made = list(Assessment.objects.filter(code=period.code).exclude(unit_id=1).select_related("unit").order_by("pk"))
    reports, zeros = made[: len(schools) // 10], made[len(schools) // 10 :]
    # What one school counts stands for all of them; their pages and the city's report show it.
    like = export.content_of(reports[0], now=now) | {
        "sections": dict.fromkeys(("judgement", "progress", "problems", "next"), "平稳。")
    }
    contents = [like | {"unit": row.unit.name, "unit_id": row.unit_id} for row in reports]
    Version._base_manager.bulk_create(
        [
            Version(assessment=row, number=1, as_of=now, content=content, sha256=export.digest(content), asked_by=officer, asked_at=now,
                    outcome="agreed", decided_by=approver, decided_at=now)
            for row, content in zip(reports, contents, strict=True)
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
    mark = Watermark(officer.name, officer.username, now)
    content_of_unit = takeout.archive(school, officer, watermark=mark, now=now)
    found["archive_s"], found["archive_cpu_s"] = time.perf_counter() - begun, time.process_time() - own
    found["load"] = os.getloadavg()[0]
    found["archive_kib"] = len(content_of_unit) / 1024
    found["report_kib"] = sum(len(bytes(row.content)) for row in version.kept.all()) / 1024
    found["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


class _TimeIsUp(BaseException):  # no error: nothing on its way may take it for one and go on
    pass


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """End what is done within after so many seconds; a question that the database is just answering comes first."""

    def end(*_: object) -> None:
        raise _TimeIsUp

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def opened(
    browser: Any, address: str, times: int, *, met: Met, route: str = "", bound: float = BOUND_S
) -> dict[str, Any]:
    """What an address costs, opened once and then `times` times; of what this person may not open, only the status."""
    from django.db import connection

    asked = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal asked
        # What begins and ends a transaction asks nothing; a test, which stands in one already, has more of it.
        asked += not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))
        return execute(sql, params, many, context)

    took: list[float] = []
    computed: list[float] = []
    queries = size = 0
    page = ended = False
    while len(took) <= times:
        asked = 0
        begun, own = time.perf_counter(), time.process_time()
        try:
            with _bounded(bound), connection.execute_wrapper(count):
                answer = browser.get(address)
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        except _TimeIsUp:
            # A server may still be busy with what it was asked; whoever comes next asks elsewhere.
            connection.close()
            ended = True
        took.append((time.perf_counter() - begun) * 1000)
        computed.append((time.process_time() - own) * 1000)
        queries = max(queries, asked)
        if ended:
            met.note(route, 200)
            break
        met.note(route, answer.status_code)
        if answer.status_code != 200:
            return {"status": answer.status_code}
        size = len(content)
        page = answer["Content-Type"].startswith("text/html") and "Content-Disposition" not in answer
        if not page or (len(took) > 1 and (took[0] > LONG_MS or max(took) < QUICK_MS)):
            break
    return {
        "status": 200,
        "page": page,
        "ended": ended,
        "opened": len(took),
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


_SHOWN, _FILES = 25, 12


def _section(found: dict[str, Any]) -> Iterator[str]:
    counts = next(iter(found.values()))["counts"]
    yield (
        f"Made by `python -m bench.desk` on {machine()}. The city: "
        + ", ".join(f"{count:,} {name}" for name, count in counts.items())
        + f". Each page once cold and {WARM} times warm; one that took over {LONG_MS:,} ms at first, or under {QUICK_MS} ms "
        f"twice, once cold and once warm; warm and CPU are medians of the warm ones, the CPU time is of the desk's own process. The limits are "
        f"{MOST_MS} ms and {MOST_QUERIES} queries."
    )
    yield ""
    for which, facts in found.items():
        yield from _of_database(which, facts)
    if len(found) == len(DATABASES):
        yield from _beside(found)


def _of_database(which: str, facts: dict[str, Any]) -> Iterator[str]:
    everything = sorted(facts["pages"], key=lambda page: -page["warm_ms"])
    pages = [page for page in everything if page["page"]]
    files = [page for page in everything if not page["page"]]
    slow, computed = ([page for page in pages if page[key] > MOST_MS] for key in ("warm_ms", "cpu_ms"))
    many = [page for page in pages if page["queries"] > MOST_QUERIES]
    again = sum(page.get("again", False) for page in everything)
    yield (
        f"**{which}** ({facts['server']}): {len(pages)} pages (address and person) and {len(files)} downloads of "
        f"{len({page['route'] for page in everything})} routes, opened by {len({page['who'] for page in everything})} "
        f"people in {facts['measured_s']:.0f} s; load of the machine at the end {facts['load']:.1f}. Over {MOST_MS} ms "
        f"warm: **{len(slow)}** ({_addresses(slow)}), by CPU time: {len(computed)} ({_addresses(computed)}); over "
        f"{MOST_QUERIES} queries: **{len(many)}**. Median of all {statistics.median(p['warm_ms'] for p in pages):.0f} ms, "
        f"nine of ten within {sorted(p['warm_ms'] for p in pages)[len(pages) * 9 // 10]:.0f} ms, most queries "
        f"{max(p['queries'] for p in pages)}. Furnished in {facts['furnished_s']:.0f} s."
        + (f" The {again} slowest were measured again." if again else "")
    )
    yield ""
    yield f"The slowest addresses, each by the one of those who opened it for whom it was slowest; all that are over {MOST_MS} ms:"
    yield ""
    shown = _each(pages)
    yield from _table([page for n, page in enumerate(shown) if n < _SHOWN or page in slow or page in many])
    yield ""
    yield f"The slowest of what is no page (a download, a picture, figures), each opened once, cold, and ended at {BOUND_S} s:"
    yield ""
    yield from _table([page for n, page in enumerate(files) if n < _FILES or page["ended"]])
    yield ""
    yield from _left_out(facts, pages, files)
    yield ""


def _left_out(facts: dict[str, Any], pages: list[dict[str, Any]], files: list[dict[str, Any]]) -> Iterator[str]:
    """What was not measured, or less than the rest, each with its reason."""
    few = [page for page in pages if page["opened"] <= WARM and page["cold_ms"] > LONG_MS]
    yield f"Not measured: {facts['refused']} addresses that led elsewhere or that a person may not open; "
    yield f"{facts['only_sent']} routes that only take what is sent;"
    yield f"each of the {len(files)} downloads for anybody but the first who may."
    yield f"Opened fewer times than the rest, being slow at first: {len(few)} ({_addresses(few)}). "
    yield f"Failed: {len(facts['failed'])} ({_addresses(facts['failed'])})."
    ended = [page for page in (*pages, *files) if page["ended"]]
    yield f"Ended at {BOUND_S} s: {len(ended)} ({_addresses(ended)})."
    for route, reason in facts["unseen"].items():
        yield f"Route without an answer: `{route}`, {reason}."


def _addresses(pages: Iterable[dict[str, Any]]) -> str:
    """Which addresses these are, and by how many people."""
    told = Counter(page["address"] for page in pages)
    return ", ".join(f"{address} by {n}" if n > 1 else address for address, n in told.items()) or "none"


def _each(pages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each address once, as the first of `pages` that has it."""
    found: dict[str, dict[str, Any]] = {}
    for page in pages:
        found.setdefault(page["address"], page)
    return list(found.values())


def _beside(found: dict[str, Any]) -> Iterator[str]:
    """Where PostgreSQL takes the most time more than SQLite, page by page."""
    here, there = ({(p["address"], p["who"]): p for p in found[which]["pages"] if p["page"]} for which in DATABASES)
    both = sorted(here.keys() & there.keys(), key=lambda key: here[key]["warm_ms"] - there[key]["warm_ms"])
    more = [key for key in both if there[key]["warm_ms"] > here[key]["warm_ms"]]
    yield (
        f"Of {len(both)} pages that were opened on both, {len(more)} are slower on PostgreSQL; all of them warm take "
        f"{sum(here[key]['warm_ms'] for key in both) / 1000:.1f} s on SQLite and "
        f"{sum(there[key]['warm_ms'] for key in both) / 1000:.1f} s on PostgreSQL. Where it loses most:"
    )
    yield ""
    worst: dict[str, tuple[str, str]] = {}
    for key in both:
        worst.setdefault(key[0], key)
    yield from table(
        ("page", "by", "SQLite ms", "PostgreSQL ms", "queries"),
        (
            (*key, f"{here[key]['warm_ms']:.0f}", f"{there[key]['warm_ms']:.0f}", f"{there[key]['queries']}")
            for key in list(worst.values())[:10]
        ),
    )
    yield ""


def _table(pages: list[dict[str, Any]]) -> Iterator[str]:
    yield from table(
        ("address", "by", "warm ms", "CPU ms", "cold ms", "queries", "KiB"),
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
