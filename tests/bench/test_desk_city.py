"""The invented city of the benchmark holds what it says, every route of the desk is opened in it, and no page asks the
database more than thirty times."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from bench import desk
from bench.desk_addresses import NOT_MEASURED, furnish, routes
from bench.desk_city import SIZE, build
from minewarden.desk.audit.verify import verify
from tests.desk.conftest import data_folder

__all__ = ["data_folder"]


@pytest.fixture
def city(db: None) -> SimpleNamespace:
    made = build(SIZE.scaled(0.005), now=timezone.now(), lived=True)
    return SimpleNamespace(people=made.people, samples=made.samples, counts=made.counts)


PEOPLE = ("city officer", "city approver", "district officer", "school approver", "system", "security", "audit")
MOST_OF_A_ROUTE = 3
ALL_OF = "assessments:page"
"""Weeks, months and spans, written or not: each asks otherwise."""


def few_of_each(addresses: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A few addresses of each route, and no searches: how often a list asks does not depend on what it is asked."""
    found: dict[str, list[str]] = {}
    for route, address in addresses:
        known = found.setdefault(route, [])
        if "?" not in address and (len(known) < MOST_OF_A_ROUTE or route == ALL_OF):
            known.append(address)
    return [(route, address) for route, several in found.items() for address in several]


def test_every_route_is_opened_and_no_page_asks_the_database_more_than_thirty_times(city):
    assert (city.counts["unit"], city.counts["staff"], city.counts["asset"]) == (25, 1_500, 2_500)
    assert (city.counts["unitrange"], city.counts["case"]) == (200, 100)
    assert verify().whole
    took = desk.weekly({"samples": city.samples, "people": {role: person.pk for role, person in city.people.items()}})
    assert took["archive_kib"] > 1
    assert took["report_kib"] > 1
    asked, met, files = {}, desk.Met(), set()
    addresses = furnish(city)
    assert {route for route, _ in addresses} == {route for route, _ in routes()}
    for role in PEOPLE:
        browser = Client()
        browser.force_login(city.people[role], "django.contrib.auth.backends.ModelBackend")
        for route, address in few_of_each(addresses):
            if route in files or route in met.only_sent:
                continue
            page = desk.opened(browser, address, 0, met=met, route=route)
            if page["status"] == 200 and page["page"]:
                asked[role, address] = page["queries"]
            elif page["status"] == 200:
                files.add(route)
    unmeasured = {route: met.refused[route] for route in met.unseen - set(NOT_MEASURED)}
    assert not unmeasured, (
        f"GET routes that answered nobody of {PEOPLE}: {unmeasured}; have tests/desk/rules make what they show, "
        f"or name the reason in bench/desk_addresses.py beside {NOT_MEASURED}"
    )
    assert set(NOT_MEASURED) <= met.unseen, "measured by now, so that its reason is none"
    assert {page: n for page, n in asked.items() if n > desk.MOST_QUERIES} == {}
