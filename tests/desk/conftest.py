"""The invented city 云川市 and its people, for every test of the desk.

城市: 云川市教育局 > 临江区教育局 (> 第一中学, 江畔小学), 云麓区教育局 (> 云麓中学). Everybody's password is PASSWORD.
"""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from minewarden.desk.audit.guard import statements
from minewarden.desk.org import actions
from minewarden.desk.org.models import Person, Role, Unit
from tests.desk.again import again

PASSWORD = "Qing-Shan-2026"


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> Path:
    """Each test has a data folder of its own; logins are checked with a quick hash, and a client does not read all
    static files before its first request."""
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True
    return settings.DATA


@pytest.fixture(scope="session", autouse=True)
def _log_can_be_emptied_between_tests() -> Iterator[None]:
    """Tests with real transactions end by emptying all tables, which the guard of the log refuses; lift it for that."""
    operations = connection.ops
    flush = operations.sql_flush

    def lifted(*args: Any, **kwargs: Any) -> list[str]:
        vendor = connection.vendor
        return [*statements(vendor, on=False), *flush(*args, **kwargs), *statements(vendor, on=True)]

    operations.sql_flush = lifted
    yield
    operations.sql_flush = flush


@pytest.fixture
def city(db: None) -> SimpleNamespace:
    """The units of the city."""
    return again(made_city)


def made_city() -> SimpleNamespace:
    """Units: bureau, linjiang and yunlu (districts), first_school and riverside (in linjiang), yunlu_school."""

    def unit(kind: str, name: str, short: str, parent: Unit | None = None, **codes: str) -> Unit:
        return actions.create_unit(by=None, kind=kind, name=name, short_name=short, parent=parent, **codes)

    bureau = unit("city", "云川市教育局", "市教育局", region_code="419901")
    linjiang = unit("district", "云川市临江区教育局", "临江区", bureau, region_code="419902")
    yunlu = unit("district", "云川市云麓区教育局", "云麓区", bureau, region_code="419903")
    first = unit("school", "云川市第一中学", "市一中", linjiang, school_code="3441990001")
    riverside = unit("school", "云川市临江区江畔小学", "江畔小学", linjiang, school_code="2141990002")
    yunlu_school = unit("school", "云川市云麓中学", "云麓中学", yunlu, school_code="3141990003")
    return SimpleNamespace(
        bureau=bureau,
        linjiang=linjiang,
        yunlu=yunlu,
        first_school=first,
        riverside=riverside,
        yunlu_school=yunlu_school,
    )


@pytest.fixture
def people(city: SimpleNamespace) -> SimpleNamespace:
    """The people of the city."""
    return again(made_people, city)


def made_people(city: SimpleNamespace) -> SimpleNamespace:
    """People by what they are: system, security, audit (of the bureau); officer, approver, leader (of linjiang);

    keeper and second_officer (of linjiang), school_officer (of first_school), stranger (officer of yunlu), nobody (of
    linjiang, without a post).
    """

    def person(username: str, name: str, unit: Unit, role: str = "") -> Person:
        made = actions.create_person(
            by=None, unit=unit, username=username, name=name, password=PASSWORD, must_change=False
        )
        if role:
            actions.grant_post(made, role=role, unit=unit, by=None)
        return made

    return SimpleNamespace(
        system=person("sys.he", "何静", city.bureau, Role.SYSTEM),
        security=person("sec.luo", "罗毅", city.bureau, Role.SECURITY),
        audit=person("aud.shen", "沈岚", city.bureau, Role.AUDIT),
        officer=person("wang.lei", "王磊", city.linjiang, Role.OFFICER),
        second_officer=person("zhao.min", "赵敏", city.linjiang, Role.OFFICER),
        approver=person("li.fang", "李芳", city.linjiang, Role.APPROVER),
        leader=person("liu.jianguo", "刘建国", city.linjiang, Role.LEADER),
        school_officer=person("zhang.wei", "张伟", city.first_school, Role.OFFICER),
        stranger=person("sun.yue", "孙悦", city.yunlu, Role.OFFICER),
        nobody=person("chen.xi", "陈曦", city.linjiang),
        keeper=person("tang.ning", "唐宁", city.linjiang, Role.KEEPER),
    )


@pytest.fixture
def login(people: SimpleNamespace) -> Any:
    """login("officer") or login(person) -> a Client with that person's session."""

    def enter(who: str | Person) -> Client:
        browser = Client()
        browser.force_login(
            getattr(people, who) if isinstance(who, str) else who, "django.contrib.auth.backends.ModelBackend"
        )
        return browser

    return enter
