"""A post reaches over its unit and all below; what lies beside or above does not exist."""

import re

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from minewarden.desk.org import access, actions
from minewarden.desk.org.models import Role

pytestmark = pytest.mark.django_db


def names(units) -> set[str]:
    return {unit.label for unit in units}


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("system", {"市教育局", "临江区", "云麓区", "市一中", "江畔小学", "云麓中学"}),
        ("officer", {"临江区", "市一中", "江畔小学"}),
        ("school_officer", {"市一中"}),
        ("stranger", {"云麓区", "云麓中学"}),
        ("nobody", set()),
    ],
)
def test_the_subtree_of_the_posts(people, who, seen):
    assert names(access.units_visible_to(getattr(people, who))) == seen


def test_a_role_reaches_only_where_it_is_held(people, city):
    actions.grant_post(people.officer, role=Role.APPROVER, unit=city.yunlu, by=None)
    person = type(people.officer).objects.get(pk=people.officer.pk)
    assert names(access.units_visible_to(person, Role.APPROVER)) == {"云麓区", "云麓中学"}
    assert names(access.units_visible_to(person, Role.OFFICER)) == {"临江区", "市一中", "江畔小学"}
    assert access.holds(person, Role.APPROVER, unit=city.yunlu_school)
    assert not access.holds(person, Role.APPROVER, unit=city.first_school)
    assert not access.holds(person, Role.OFFICER, unit=city.bureau)


def test_a_path_that_begins_alike_is_another_unit(people, city):
    """1/2/ must not reach over 1/20/."""
    others = [
        actions.create_unit(by=None, kind="district", name=f"第{number}区教育局", parent=city.bureau)
        for number in range(25)
    ]
    seen = set(access.units_visible_to(people.officer).values_list("pk", flat=True))
    assert seen.isdisjoint(other.pk for other in others)


@pytest.mark.parametrize("unit", ["bureau", "yunlu", "yunlu_school"])
def test_what_is_not_in_scope_does_not_exist(people, city, unit, login):
    with pytest.raises(Http404):
        access.unit_for(people.officer, getattr(city, unit).pk)
    assert login("officer").get(f"/units/{getattr(city, unit).pk}/").status_code == 404


def test_a_revoked_post_reaches_nowhere(people, city):
    actions.revoke_post(people.officer.posts.get(), by=people.security)
    person = type(people.officer).objects.get(pk=people.officer.pk)
    assert names(access.units_visible_to(person)) == set()
    assert not person.holds(Role.OFFICER)


def test_a_closed_account_reaches_nowhere(people):
    people.officer.is_active = False
    people.officer.save()
    assert names(access.units_visible_to(people.officer)) == set()
    assert access.roles_of(people.officer) == frozenset()


def test_administrators_of_a_district_keep_to_it(people, city, login):
    actions.grant_post(people.nobody, role=Role.SYSTEM, unit=city.linjiang, by=None)
    browser = login(people.nobody)
    assert browser.get(f"/units/{city.first_school.pk}/add/").status_code == 200
    assert browser.get(f"/units/{city.yunlu.pk}/add/").status_code == 404
    assert browser.get(f"/people/{people.stranger.pk}/").status_code == 404
    with pytest.raises(actions.Refused):
        actions.create_unit(by=people.nobody, kind="school", name="云麓区新校", parent=city.yunlu)


def test_the_switcher_narrows_the_view_but_never_widens_it(people, city, login):
    browser = login("officer")
    browser.post("/me/units/", {"unit": city.first_school.pk, "next": "/units/"})
    page = browser.get("/units/").content.decode()
    assert f'href="/units/{city.first_school.pk}/"' in page
    assert f'href="/units/{city.riverside.pk}/"' not in page
    assert browser.post("/me/units/", {"unit": city.yunlu.pk}).status_code == 404
    browser.post("/me/units/", {"unit": ""})
    assert f'href="/units/{city.riverside.pk}/"' in browser.get("/units/").content.decode()


def test_what_is_above_the_own_posts_is_not_named(people, city, login):
    page = login("school_officer").get(f"/units/{city.first_school.pk}/").content.decode()
    assert "云川市教育局" not in page.split("<main")[1]


def test_the_tree_asks_the_database_as_often_for_many_units_as_for_few(
    people, city, login, django_assert_max_num_queries
):

    browser = login("system")
    browser.get("/units/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/units/")
    for number in range(20):
        actions.create_unit(by=None, kind="school", name=f"临江区第{number}小学", parent=city.linjiang)
    with django_assert_max_num_queries(len(few)):
        browser.get("/units/")


def shown(page):
    return re.findall(r'<a href="/units/\d+/">([^<]+)</a>', page.content.decode().split("<table")[-1])


def test_many_units_are_opened_level_by_level(people, city, login, monkeypatch):
    monkeypatch.setattr("minewarden.desk.org.queries.WHOLE_MOST", 5)
    browser = login("system")
    assert shown(browser.get("/units/")) == ["云川市教育局", "云川市临江区教育局", "云川市云麓区教育局"]
    page = browser.get("/units/")
    assert f'<a href="/units/?at={city.linjiang.pk}">2</a>' in page.content.decode()
    assert shown(browser.get(f"/units/?at={city.linjiang.pk}")) == [
        "云川市临江区教育局", "云川市第一中学", "云川市临江区江畔小学",
    ]  # fmt: skip
    assert login("officer").get(f"/units/?at={city.yunlu.pk}").status_code == 404
    assert login("officer").get(f"/units/?at={city.bureau.pk}").status_code == 404


@pytest.mark.parametrize("most", [1, 200])
def test_a_unit_is_found_wherever_it_stands_in_the_view(people, city, login, monkeypatch, most):
    monkeypatch.setattr("minewarden.desk.org.queries.WHOLE_MOST", most)
    browser = login("officer")
    for text in ("第一", "市一中", "34419"):
        assert shown(browser.get(f"/units/?q={text}")) == ["云川市第一中学"]
    assert shown(browser.get("/units/?q=云麓")) == []
    assert "没有符合条件的单位" in browser.get("/units/?q=云麓").content.decode()
    without = shown(browser.get("/units/?show=no_post"))
    assert without == ["云川市临江区江畔小学"]
    inside = browser.get("/units/?q=临江区教育局").content.decode().split("<table")[-1]
    assert "市教育局</small>" not in inside


def test_a_level_of_many_units_has_pages(people, city, login, monkeypatch):
    monkeypatch.setattr("minewarden.desk.org.queries.WHOLE_MOST", 5)
    for number in range(60):
        actions.create_unit(by=None, kind="school", name=f"临江区第{number}小学", parent=city.linjiang)
    browser = login("officer")
    first, second = (shown(browser.get(f"/units/?page={page}")) for page in (1, 2))
    assert (len(first), len(second), len({*first, *second})) == (50, 13, 63)
    assert first[3:5] == ["临江区第0小学", "临江区第1小学"]


@pytest.mark.parametrize("number", ["0", "99999999999999999999999999"])
def test_a_number_that_no_unit_has_is_no_failure(people, login, number):
    browser = login("system")
    assert browser.get(f"/units/{number}/").status_code == 404
    assert browser.post("/me/units/", {"unit": number}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/units/?at=x",
        "/units/?q=%00",
        "/units/?page=9999",
        "/people/?q=%00",
        "/people/?role=none",
        "/people/?page=99999",
        "/ledger/ranges/?q=%00",
        "/ledger/assets/?page=x",
    ],
)
def test_a_list_takes_any_address(people, login, path):
    assert login("system").get(path).status_code == 200


def test_whoever_sets_up_a_desk_finds_the_import_of_units_where_the_units_are(city, people, login):
    for who, may in (("system", True), ("keeper", True), ("security", False), ("officer", False)):
        page = login(who).get("/units/").content.decode()
        assert ('href="/ledger/units/import/">导入单位名录</a>' in page) is may, who
        assert ("新增下级单位" in page) is may, who


def test_no_role_stands_chosen_where_a_post_is_granted(city, people, login):
    page = login("security").get(f"/people/{people.nobody.pk}/posts/add/").content.decode()
    roles = page.partition('name="role"')[2].partition("</select>")[0]
    assert roles.index('value="" selected') < roles.index("系统管理员")
