"""Every page of the desk as a browser and a screen reader take it: closed elements, ids of one owner, fields with a
label, calendars with a day they can read, and no link that leads its reader to a refusal."""

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import urldefrag, urljoin

import pytest
from django.test import Client, override_settings
from django.urls import Resolver404, resolve, reverse

from tests.desk.test_every_route_has_a_rule import RULES, prepared

__all__ = ["prepared"]
pytestmark = pytest.mark.django_db
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use"}
SHAPES = {"circle", "path", "rect", "line", "polyline", "polygon", "ellipse"}
UNASKED = {"hidden", "submit", "button", "image", "reset"}
READABLE = {"date": r"\d{4}-\d\d-\d\d", "datetime-local": r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", "month": r"\d{4}-\d\d"}
# What is downloaded is no page, and is tried where it is made: to set a paper takes longer than to read ten pages.
FILES = re.compile(
    r"download|paper|sheet\b|template|file\b|picture|export|errors|original|attachment|shipped|print|feedback$"
)


class Page(HTMLParser):
    """The elements of a page, and what is wrong with them by themselves."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.fields: list[tuple[dict[str, str], bool]] = []
        self.labelled: set[str] = set()
        self.links: set[str] = set()
        self.faults: list[str] = []
        self.title = self.said = ""
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self.open]
        self.faults += [f"{count} elements have the id {name}" for name, count in self.ids.items() if count > 1]
        self.faults += [f"a label is for {name}, which is not there" for name in self.labelled - set(self.ids)]
        self.faults += list(self._unlabelled())
        if not self.title.partition("·")[0].strip():
            self.faults.append("the page has no title")
        self.faults += [f"the page says {raw}" for raw in re.findall(r"\b(?:None|undefined|NaN)\b|\{\{|\{%", self.said)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if "id" in facts:
            self.ids[facts["id"]] += 1
        if tag == "label" and "for" in facts:
            self.labelled.add(facts["for"])
        if tag == "a" and facts.get("href"):
            self.links.add(facts["href"])
        if tag in ("input", "select", "textarea") and facts.get("type") not in UNASKED:
            self.fields.append((facts, "label" in self.open))
            shape, value = READABLE.get(facts.get("type", "")), facts.get("value", "")
            if shape and value and not re.fullmatch(shape, value):
                self.faults.append(f"the calendar {facts.get('name')} cannot read {value}")
        if tag not in VOID | SHAPES:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID | SHAPES:
            return
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> closes <{self.open[-1] if self.open else ''}> at {self.getpos()[0]}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "title":
            self.title += data
        if self.open and self.open[-1] not in ("script", "style", "textarea", "code", "pre"):
            self.said += data

    def _unlabelled(self) -> Iterator[str]:
        for facts, inside in self.fields:
            named = facts.get("aria-label") or facts.get("aria-labelledby")
            if not inside and not named and facts.get("id", "") not in self.labelled:
                yield f"the field {facts.get('name')} has no label"


ANONYMOUS = "anonymous"


def pages(world: SimpleNamespace) -> Iterator[tuple[str, str, str, Page]]:
    """(route, reader, address, page) of every page, for the first who may open it."""
    for route, rule in sorted(RULES.items()):
        if rule.method != "get" or FILES.search(route):
            continue
        may = rule.ok.split()
        readers = [ANONYMOUS] if rule.anonymous == 200 else may[:1]
        for who in readers:
            path = reverse(route, kwargs=dict(rule.args(world)))
            got = knock(world, who, path, dict(rule.data))
            if got.status_code == 200 and got.get("Content-Type", "").startswith("text/html"):
                yield route, who, path, Page(got.content.decode())


def knock(world: SimpleNamespace, who: str, path: str, data: dict[str, str] | None = None):
    browser = Client()
    if who != ANONYMOUS:
        browser.cookies = deepcopy(world.keys[who])
    return browser.get(path, data)


@pytest.fixture(scope="module")
def read(prepared, django_db_blocker) -> list[tuple[str, str, str, Page]]:
    """Every page, read once for the tests of this file."""
    with django_db_blocker.unblock(), override_settings(DATA=prepared.data, WHITENOISE_AUTOREFRESH=True):
        return list(pages(prepared))


def test_every_page_is_well_made(read):
    assert len({route for route, *_ in read}) > 120
    faults = Counter(f"{route}: {fault}" for route, _, _, page in read for fault in set(page.faults))
    assert sorted(faults) == []


def test_no_link_leads_its_reader_to_a_refusal(read, prepared, django_db_blocker):
    """One link of each route for each reader: that it is there for him is decided by the route and the role."""
    asked: dict[tuple[str, str], tuple[str, str]] = {}
    wrong = []
    for route, who, at, page in read:
        for link in page.links:
            target, _ = urldefrag(urljoin(f"http://desk{at}", link))
            if not target.startswith("http://desk/"):
                continue
            path = target.removeprefix("http://desk")
            try:
                name = resolve(path.partition("?")[0]).view_name
            except Resolver404:
                wrong.append(f"{route} for {who}: {link} leads nowhere")
                continue
            if not FILES.search(name):
                asked.setdefault((name, who), (path, route))
    assert len(asked) > 150
    with django_db_blocker.unblock(), override_settings(DATA=prepared.data, WHITENOISE_AUTOREFRESH=True):
        for (name, who), (path, route) in asked.items():
            status = knock(prepared, who, path).status_code
            if status not in (200, 302, 304):
                wrong.append(f"{route} for {who}: {path} ({name}) answers {status}")
    assert wrong == []
