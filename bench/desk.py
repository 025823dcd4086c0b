"""Measures every page of the desk on a city of real size, on SQLite and on PostgreSQL, and says which are slowest.

    python -m bench.desk                       # 5 000 units, 300 000 staff, 500 000 assets, 40 000 ranges, 20 000 cases
    python -m bench.desk --share 0.05          # the same city, smaller; RESULTS.md is left alone
    python -m bench.desk --on sqlite

Every route that answers GET with a page is opened by people who may: the city's officer and leader, a district's and a
school's officer, an approver, and the administrators. Each page is opened once cold and three times warm, in the process
itself by Django's test client, so that middleware, templates and the session count and the network does not. Beside
the wall's clock stands what the process itself computed: on a busy machine the former says more about the neighbours.
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
from pathlib import Path
from typing import Any

from bench.results import machine, table, write_section

MOST_QUERIES, MOST_MS, WARM = 30, 300, 3
PEOPLE = (
    "city officer", "city leader", "district officer", "school officer", "school approver", "system", "security", "audit",
)  # fmt: skip
# What a list is asked beside its first page.
ASKED = {
    "cases:cases": ("view=overdue", "view=closed", "page=30", "q=JF-07"),
    "cases:leads": ("unit=none", "page=20"),
    "notices:register": ("page=3",),
    "notices:tasks": ("page=5",),
    "org:people": ("q=u12", "page=20"),
    "audit:log": ("page=500", "action=case.lock", "q=王"),
    "ledger:listing": ("q=201", "q=王", "q=T0", "show=gaps", "page=100", "page=3000", "page=5000"),
}
# A download, a picture or a stream is not a page.
NOT_PAGES = frozenset({"ledger:template", "notices:export", "notices:original", "notices:answer", "audit:export"})


def main() -> None:
    """Furnish and measure in a process of its own for each database, then write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the full size")
    parser.add_argument("--on", choices=("sqlite", "postgresql"), action="append", help="both, if not said")
    parser.add_argument("--keep", type=Path, help="furnish this folder once and use it again (SQLite)")
    parser.add_argument("--weekly", action="store_true", help="only the weekly report and the export of a unit")
    parser.add_argument("--measure", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure is not None:
        print(json.dumps(_measure(args.measure, only_weekly=args.weekly)))
        return
    found: dict[str, Any] = {}
    for which in args.on or ("sqlite", "postgresql"):
        with _database(which, args.keep) as environment:
            command = [sys.executable, "-m", "bench.desk", "--measure", str(args.share)]
            command += ["--weekly"] if args.weekly else []
            told = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True)
        found[which] = json.loads(told.stdout)
    if args.weekly:
        lines = list(_weekly_section(found))
        if args.share == 1.0 and len(found) == 2:
            write_section("The weekly report of a city", lines)
        print("\n".join(lines))
        return
    lines = list(_section(found))
    if args.share == 1.0 and len(found) == 2:
        write_section("Every page of the desk", lines)
    else:
        print("\n".join(lines))


@contextmanager
def _database(which: str, keep: Path | None) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as folder:
        environment = {"MINEWARDEN_DATA": str(keep or folder), "MINEWARDEN_SECRET_KEY": "bench" * 12}
        if which == "sqlite":
            yield environment
            return
        from tests.real.postgresql import serving

        with serving() as server:
            server.create("city")
            yield environment | {"MINEWARDEN_DATABASE_URL": server.url("city")}


def _measure(share: float, *, only_weekly: bool = False) -> dict[str, Any]:
    from minewarden.desk.start import migrate, prepare

    folder = prepare()
    logging.getLogger("django.request").setLevel(logging.ERROR)  # who may not open a page is told so, and counted out
    migrate()
    from django.test import Client
    from django.test.utils import setup_test_environment
    from django.utils import timezone

    from bench.desk_city import SIZE, build
    from minewarden.desk.org.models import Person, Unit

    note = folder / "city.json"
    begun = time.perf_counter()
    if not Unit.objects.exists():
        city = build(SIZE.scaled(share), now=timezone.now(), told=lambda said: print(said, file=sys.stderr))
        people = {role: person.pk for role, person in city.people.items()}
        note.write_text(json.dumps({"people": people, "samples": city.samples, "counts": city.counts}))
    furnished_s = time.perf_counter() - begun
    city_facts = json.loads(note.read_text())
    setup_test_environment()
    weekly_facts = weekly(city_facts)
    measured: list[dict[str, Any]] = []
    unseen: set[str] = set()
    for role in () if only_weekly else PEOPLE:
        browser = Client()
        person = Person.objects.get(pk=city_facts["people"][role])
        browser.force_login(person, "django.contrib.auth.backends.ModelBackend")
        for route, address in addresses(city_facts["samples"], unseen):
            if page := opened(browser, address, WARM):
                measured.append(page | {"route": route, "address": address, "who": role})
    seen = {page["route"] for page in measured}
    return {
        "pages": measured,
        "unseen": sorted(unseen - seen),
        "counts": city_facts["counts"],
        "weekly": weekly_facts,
        "furnished_s": furnished_s,
    }


def addresses(samples: dict[str, int], unseen: set[str]) -> Iterator[tuple[str, str]]:
    """Each route with its address, and what its list is asked; a route whose parameters nobody knows is noted."""
    from django.urls import NoReverseMatch, reverse

    from minewarden.desk.ledger.books import BOOKS

    known = {
        "unit_id": samples["unit"], "person_id": samples["person"], "case_id": samples["case"],
        "lead_id": samples["lead"], "received_id": samples["document"], "assignment_id": samples["assignment"],
        "line_id": samples["line"], "kind": "wecom",
    }  # fmt: skip
    entries = {"assets": samples["asset"], "ranges": samples["range"], "staff": samples["staff"]}
    for route, names in _routes():
        if route in NOT_PAGES:
            continue
        choices: list[dict[str, Any]] = [{name: known[name] for name in names if name in known}]
        if "code" in names and route.startswith("assessments:"):
            choices = [{"unit_id": samples["unit"], "code": _running()}, {"unit_id": 1, "code": _running()}]
        elif "code" in names:
            books = entries if "entry_id" in names else BOOKS
            choices = [{"code": code} | ({"entry_id": entries[code]} if "entry_id" in names else {}) for code in books]
        elif "entry_id" in names:
            choices = [{"entry_id": samples["staff"]}]
        elif names == ("case_id",):
            choices = [{"case_id": samples["case"]}, {"case_id": samples["case for approval"]}]
        for given in choices:
            try:
                address = reverse(route, kwargs=given)
            except NoReverseMatch:
                unseen.add(route)
                continue
            yield route, address
            for asked in ASKED.get(route, ()):
                yield route, f"{address}?{asked}"


def _running() -> str:
    from django.utils import timezone

    from minewarden.desk.assessments.periods import Kind, at

    return at(Kind.WEEK, timezone.now()).code


def weekly(facts: dict[str, Any]) -> dict[str, float]:
    """The weekly report of the whole city and the full export of a unit, in seconds; the most memory of the process in MiB.

    Every school of a tenth has handed in before, half of the rest reported zero, so that there is something to put together.
    """
    import resource

    from django.utils import timezone

    from minewarden.desk.assessments import actions, takeout
    from minewarden.desk.assessments.models import Assessment, Version, Zero
    from minewarden.desk.assessments.periods import Kind, at
    from minewarden.desk.org.models import Person, Unit

    now = timezone.now()
    period = at(Kind.WEEK, now)
    people = {role: Person.objects.get(pk=pk) for role, pk in facts["people"].items()}
    officer, approver = people["city officer"], people["city approver"]
    schools = list(Unit.objects.filter(kind__in=("school", "kindergarten")).order_by("pk"))
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
    city, school = Unit.objects.get(parent=None), Unit.objects.get(pk=facts["samples"]["unit"])
    found: dict[str, float] = {}
    begun = time.perf_counter()
    actions.save_draft(city, period, by=officer, now=now, sections={"judgement": "全市平稳。"}, head=actions.Head())
    version = actions.submit(city, period, by=officer, now=now)
    found["figures_s"] = time.perf_counter() - begun
    actions.approve(version, by=approver, now=now)
    found["report_s"] = time.perf_counter() - begun
    begun = time.perf_counter()
    content_of_unit = takeout.archive(school, people["city officer"], now=now)
    found["archive_s"] = time.perf_counter() - begun
    found["archive_kib"] = len(content_of_unit) / 1024
    found["report_kib"] = sum(len(bytes(row.content)) for row in version.kept.all()) / 1024
    found["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def _routes() -> Iterator[tuple[str, tuple[str, ...]]]:
    from django.urls import URLResolver, get_resolver

    def walk(patterns: Any, space: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
            else:
                yield space + pattern.name, tuple(pattern.pattern.converters)

    yield from walk(get_resolver().url_patterns, "")


def opened(browser: Any, address: str, times: int) -> dict[str, Any] | None:
    """What a page costs, opened once and then `times` times; None for what this person may not open and for what is no page."""
    from django.db import connection

    asked = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal asked
        asked += 1
        return execute(sql, params, many, context)

    took, computed = [], []
    queries = size = 0
    for _ in range(times + 1):
        asked = 0
        with connection.execute_wrapper(count):
            begun, own = time.perf_counter(), time.process_time()
            answer = browser.get(address)
            took.append((time.perf_counter() - begun) * 1000)
            computed.append((time.process_time() - own) * 1000)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            return None
        queries, size = max(queries, asked), len(answer.content)
        if took[0] > 20_000:
            break
    return {
        "cold_ms": took[0],
        "warm_ms": statistics.median(took[1:] or took),
        "cpu_ms": statistics.median(computed[1:] or computed),
        "queries": queries,
        "kib": size / 1024,
    }


def _weekly_section(found: dict[str, Any]) -> Iterator[str]:
    counts = next(iter(found.values()))["counts"]
    yield (
        f"Made by `python -m bench.desk --weekly` on {machine()}, with other work on the machine. The city: "
        + ", ".join(f"{count:,} {name}" for name, count in counts.items())
        + ". The report runs from the draft to the kept docx, PDF and xlsx (limit 60 s); the export is all ledgers, cases, "
        "notices and figures of one school (limit 10 s)."
    )
    yield ""
    yield from table(
        (
            "database",
            "report s",
            "of it figures and lists s",
            "papers KiB",
            "export of a unit s",
            "export KiB",
            "most memory MiB",
        ),
        (
            (
                which,
                *(f"{week[key]:.1f}" for key in ("report_s", "figures_s")),
                f"{week['report_kib']:.0f}",
                f"{week['archive_s']:.1f}",
                f"{week['archive_kib']:.0f}",
                f"{week['memory_mib']:.0f}",
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
        pages = sorted(facts["pages"], key=lambda page: -page["warm_ms"])
        slow = [page for page in pages if page["warm_ms"] > MOST_MS]
        many = [page for page in pages if page["queries"] > MOST_QUERIES]
        routes = len({page["route"] for page in pages})
        yield (
            f"**{which}**: {len(pages)} pages (address and person) of {routes} routes; over {MOST_MS} ms warm: {len(slow)}; "
            f"over {MOST_QUERIES} queries: {len(many)}; median of all {statistics.median(p['warm_ms'] for p in pages):.0f} ms; "
            f"most queries {max(p['queries'] for p in pages)}. Furnished in {facts['furnished_s']:.0f} s."
        )
        if facts["unseen"]:
            yield f"Routes that no address was known for: {', '.join(facts['unseen'])}."
        yield ""
        shown = pages[:12] + [page for page in many if page not in pages[:12]]
        yield from table(
            ("page", "by", "warm ms", "CPU ms", "cold ms", "queries", "KiB"),
            (
                (
                    page["address"],
                    page["who"],
                    f"{page['warm_ms']:.0f}",
                    f"{page['cpu_ms']:.0f}",
                    f"{page['cold_ms']:.0f}",
                    str(page["queries"]),
                    f"{page['kib']:.0f}",
                )
                for page in shown
            ),
        )
        yield ""


if __name__ == "__main__":
    main()
