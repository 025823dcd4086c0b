"""Every route of the desk, for every role: one table says who gets in, and a route without a line fails."""

import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from http.cookies import SimpleCookie
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter
from django.utils import timezone

from minewarden.desk.org import actions
from minewarden.desk.org.models import Person, Role
from tests.desk.conftest import PASSWORD, made_city, made_people
from tests.desk.rules.rule import ROLES, Rule

TABLES = [
    import_module(f"tests.desk.rules.{path.stem}")
    for path in sorted((Path(__file__).parent / "rules").glob("*.py"))
    if path.stem != "rule"
]
RULES: dict[str, Rule] = {name: rule for table in TABLES for name, rule in table.RULES.items()}


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern.url_patterns, inner)
        else:
            assert pattern.name, f"a route without a name: {pattern.pattern}"
            yield space + pattern.name


# They do their work for visitors too, and lead back to where the visitor was.
OPEN_TO_VISITORS = {"org:logout", "org:language", "org:text_size"}
ROUTES = sorted(names(get_resolver().url_patterns))


class Undo(Exception):
    pass


class World(SimpleNamespace):
    """What the tables prepare. A name is given once: two tables that share it took each other's rows for their own
    whenever the numbers happened to agree."""

    def __setattr__(self, name: str, value: object) -> None:
        assert not hasattr(self, name), f"two tables prepare {name}"
        super().__setattr__(name, value)


@pytest.fixture(scope="module")
def prepared(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """The world that every table prepares, made once: to make it costs more than to knock at all doors of a route."""
    data = tmp_path_factory.mktemp("world") / "data"
    data.mkdir()
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(DATA=data, PASSWORD_HASHERS=quick):
            city = made_city()
            made = World(city=city, people=made_people(city))
            for table in TABLES:
                if hasattr(table, "prepare"):
                    table.prepare(made)
            connection.check_constraints()
            made.keys = {who: key_of(getattr(made.people, who)) for who in ROLES}
            # It holds however long the machine takes for all the routes.
            Session.objects.update(expire_date=timezone.now() + timedelta(days=1))
        made.data = data
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def world(prepared, data_folder, db) -> SimpleNamespace:
    """A copy of that world with its folder. Its rows are those that all tests here see; what a test does is undone."""
    shutil.copytree(prepared.data, data_folder, dirs_exist_ok=True)
    return deepcopy(prepared)


def key_of(person: Person) -> SimpleCookie:
    """The cookies of somebody who has signed in: to sign in costs as much as to knock."""
    browser = Client()
    browser.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return browser.cookies


def keeps_what_was_typed(response: Any, path: str) -> bool:
    """A visitor who typed something is led to the sign-in as well, by a page that takes it along."""
    if response.status_code != 200 or getattr(response, "streaming", False):
        return False
    page = response.content.decode(errors="replace")
    return f'action="/login/?next={quote(path)}"' in page and 'name="unsent"' in page


def answer(world: SimpleNamespace, route: str, rule: Rule, who: str) -> int:
    browser = Client()
    status = 0
    # Whatever the request does is undone, so that the next role meets the same world.
    try:
        with transaction.atomic():
            if who != "anonymous":
                browser.cookies = deepcopy(world.keys[who])
            path = reverse(route, kwargs=dict(rule.args(world)))
            given = getattr(browser, rule.method)(path, dict(rule.data))
            status = 302 if who == "anonymous" and keeps_what_was_typed(given, path) else given.status_code
            raise Undo
    except Undo:
        return status


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_lets_in_whom_the_table_names(route, world):
    assert route in RULES, f"{route} has no line in tests/desk/rules"
    rule = RULES[route]
    wanted = {who: rule.status if who in rule.ok.split() else rule.otherwise for who in ROLES}
    wanted["anonymous"] = rule.anonymous
    assert {who: answer(world, route, rule, who) for who in wanted} == wanted
    if rule.anonymous == 302 and route not in OPEN_TO_VISITORS:
        response = getattr(Client(), rule.method)(reverse(route, kwargs=dict(rule.args(world))), dict(rule.data))
        path = response.request["PATH_INFO"]
        assert keeps_what_was_typed(response, path) or response["Location"].startswith("/login/?next=")


def test_the_table_names_no_route_that_is_gone():
    assert sorted(set(RULES) - set(ROUTES)) == []


# A day of the calendar, and the text of a pledge, is the same for the whole city.
OF_NO_UNIT = {
    "library:version",
    "library:version-file",
    "library:urge",
    "blocks:propose-version",
    "cases:remove-day",
    "pledges:text",
}


def with_object(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """The routes whose address names a row by its number."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from with_object(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif any(isinstance(converter, IntConverter) for converter in pattern.pattern.converters.values()):
            yield space + str(pattern.name)


def test_what_belongs_to_one_unit_does_not_exist_for_any_role_of_another(world):
    """The table's own people show who gets in; here everybody with a post knocks who has it over another unit only."""
    elsewhere = []
    for role in Role:
        unit = world.city.yunlu
        person = actions.create_person(
            by=None, unit=unit, username=f"other.{role}", name="孙宁", password=PASSWORD, must_change=False
        )
        actions.grant_post(person, role=role, unit=unit, by=None)
        world.keys[f"other_{role.value}"] = key_of(person)
        elsewhere.append(f"other_{role.value}")
    routes = sorted(set(with_object(get_resolver().url_patterns)) - OF_NO_UNIT)
    assert len(routes) > 50
    got = {(route, who): answer(world, route, RULES[route], who) for route in routes for who in elsewhere}
    assert {knock: status for knock, status in got.items() if status != 404} == {}
