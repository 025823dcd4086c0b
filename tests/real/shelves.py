"""The library and the blocks of a furnished desk, used by its people, and every page of both looked at."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

APPS = ("library", "blocks")
NOW = datetime.now(UTC)


def person(username: str) -> Any:
    from minewarden.desk.org.models import Person

    return Person.objects.get(username=username)


def walk() -> dict[str, Any]:
    """From a school's report to a version, and from the version to blocks that were released and answered for.

    Answers with what was made, and the codes that the city's officer gets for all addresses.
    """
    from minewarden.desk.audit.verify import verify
    from minewarden.desk.blocks import actions as blocks
    from minewarden.desk.blocks import queries
    from minewarden.desk.library import actions, decisions, intake
    from minewarden.desk.library.bridge import library
    from minewarden.desk.library.models import Addressed
    from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing

    reviewer, second, school, principal = (person(n) for n in ("zhoulan", "linshu", "chenyiming", "shenzhiyuan"))
    minutes = iter(range(1000))

    def act(by: Any) -> dict[str, Any]:
        return {"by": by, "now": NOW + timedelta(minutes=next(minutes))}

    library().load(CATALOGUE, listing(NOW), NOW)
    facts = {"domain": "pool.example.org", "ip": None, "port": 3333, "protocol": "stratum-v1", "coins": "XMR"}
    facts |= {"found_at": NOW, "method": "detected", "sureness": "confirmed", "evidence": "抓包", "note": ""}
    report = actions.submit(**act(school), unit=school.unit, facts=facts)
    yes = [{"part": "name", "accept": True, "type": "host", "why": ""}]
    decisions.agree(decisions.review(report, **act(reviewer), role="pool-endpoint", verdicts=yes), **act(second))
    issue = actions.publish(actions.propose_version(**act(reviewer), least=20, note="版"), **act(second))
    row = Addressed.objects.get(issue=issue, unit=school.unit)
    actions.fetch(issue, **act(school), form="rpz", unit=school.unit)
    actions.answer(row, **act(school), state="confirmed", device="出口")
    row.refresh_from_db()
    list_ = {"name": "list", "form": "plain", "licence": "own", "family": "", "role": "pool-endpoint", "scope": "host"}
    list_ |= {"tlp": "green", "url": "", "hours": 24, "token": "", "sha256": "", "enabled": True}
    feed = intake.declare(**act(reviewer), facts=list_)
    intake.take_file(feed, **act(reviewer), name="a.txt", content=b"a.example.org\ncom\n")
    until = NOW + timedelta(days=90)
    actions.excuse(**act(reviewer), kind="host", value="x.example.org", owner="馆", until=until, reason="课程")
    report.refresh_from_db()
    actions.hand_up(**act(reviewer), addressee="省", note="", submissions=[report], rows=[["1"] * 11])
    asked = actions.propose_version(**act(reviewer), least=20, note="版")

    [held] = [one for one in library().version(issue.number) if one.value == "pool.example.org"]
    ways = {"unit": school.unit, "issue": issue, "keys": [held.id], "basis": "plan-boundary", "reason": "矿池"}
    [block] = blocks.propose_version(**act(school), **ways, expires_at=NOW + timedelta(days=30))
    blocks.agree_version(**act(principal), unit=school.unit, issue=issue, note="")
    released = blocks.release(**act(school), unit=school.unit)
    blocks.confirm(released, **act(school), unit=school.unit, device="出口防火墙")
    known = {"key": held.id, "issue_id": issue.pk, "submission_id": report.pk, "row_id": row.pk, "feed_id": feed.pk}
    known |= {"publication_id": asked.pk, "release_id": released.pk, "block_id": block.pk}
    return {
        "report": report.state,
        "receipt": row.state,
        "rules": [rule["value"] for rule in released.rules],
        "confirmed": queries.release_page(released, NOW + timedelta(hours=2)).confirmed,
        "pages": _codes(reviewer, known),
        "whole": verify().whole,
    }


def _codes(who: Any, known: dict[str, Any]) -> dict[str, int]:
    from django.test import Client

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(who, "django.contrib.auth.backends.ModelBackend")
    return {place: browser.get(place).status_code for place in _places(known)}


def _places(known: dict[str, Any]) -> Iterator[str]:
    """The address of every page of both apps, with files that it offers, and searches of the lists."""
    from django.urls import get_resolver, reverse

    lists = ("library:home", "library:reports", "library:versions", "blocks:board", "blocks:plan")
    yield from (f"{reverse(name)}?q=a%27%25_%5C&page=2&standing=ended&scope=terminals" for name in lists)
    for app in APPS:
        [resolver] = [one for one in get_resolver().url_patterns if getattr(one, "namespace", None) == app]
        for pattern in resolver.url_patterns:
            yield from _addresses(f"{app}:{pattern.name}", set(pattern.pattern.converters), known)


def _addresses(name: str, wanted: set[str], known: dict[str, Any]) -> Iterator[str]:
    from django.urls import reverse

    from minewarden.desk.cases.models import Case, Lead

    papers = ("xlsx", "docx", "pdf")
    files = {
        "library:version-file": ["rpz", "bundle"],
        "library:province-file": papers,
        "library:handed-file": papers,
        "blocks:release-file": ["orders", "edl"],
        "blocks:download": ["rpz"],
    }
    more = {"case_id": Case.objects.order_by("pk")[0].pk, "lead_id": Lead.objects.order_by("pk")[0].pk}
    more |= {"handed_id": 1, "number": 1}
    for form in files.get(name, [""]):
        for what in ("t10", "t11") if "what" in wanted else [""]:
            given = {
                key: value for key, value in (known | more | {"form": form, "what": what}).items() if key in wanted
            }
            if set(given) == wanted:
                yield reverse(name, kwargs=given)
