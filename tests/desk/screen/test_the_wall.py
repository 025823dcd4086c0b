"""A wall shows the plan's four phrases as figures; its link ends; it names no unit of a case and no address."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from minewarden.desk.screen import actions, queries
from minewarden.desk.screen.models import Wall
from minewarden.vocab.errors import TransitionError
from tests.desk.assessments.test_s6_weekly_assessment import FRIDAY, beijing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def friday(monkeypatch: Any) -> None:
    monkeypatch.setattr(timezone, "now", lambda: FRIDAY)
    queries._counted.cache_clear()


def hung(city: Any, people: Any, **given: Any) -> tuple[Wall, str]:
    told = {"name": "三楼会议室", "expires_at": FRIDAY + timedelta(days=30)} | given
    return actions.make(city.linjiang, by=people.approver, now=FRIDAY, **told)


def tiles(page: queries.Shown) -> dict[str, str]:
    return {tile.key: tile.value for phrase in page.phrases for tile in (phrase.main, *phrase.beside)}


def test_the_four_phrases_stand_with_the_figures_of_the_week(city: Any, people: Any, week: Any) -> None:
    wall, _ = hung(city, people)
    page = queries.shown(wall, FRIDAY)
    assert [phrase.words for phrase in page.phrases] == ["严密监测", "严防风险", "严禁增量", "压减总量"]
    shown = tiles(page)
    assert (shown["new"], shown["closed"], shown["stock"], shown["change"]) == ("3", "1", "4", "+2")
    assert (shown["late"], shown["recurred"], shown["cleared"]) == ("2", "1", "1/2")
    assert shown["monitored"] == "—", "nothing of nothing is no share"


def test_nothing_on_it_names_a_school_with_a_case_or_an_address(
    city: Any, people: Any, week: Any, case_row: Any
) -> None:
    _, token = hung(city, people)
    case_row(city.first_school, beijing("2026-03-12 10:00"), host="203.0.113.9", responsible_name="秦朗")
    queries._counted.cache_clear()
    browser = Client()
    for address in (f"/wall/{token}/", f"/wall/{token}/figures.json"):
        text = browser.get(address).content.decode()
        for secret in ("秦朗", "市一中", "第一中学", "江畔小学", "203.0.113.9", week.new[0].number):
            assert secret not in text
            assert json.dumps(secret) not in text
        assert "学校" in json.loads(text)["blocks"][0]["label"] if address.endswith("json") else "学校" in text


def test_the_link_is_known_by_its_hash_and_ends(city: Any, people: Any, monkeypatch: Any) -> None:
    wall, token = hung(city, people)
    assert token not in json.dumps(list(Wall.objects.values()), default=str)
    browser = Client()
    assert browser.get(f"/wall/{token}/").status_code == 200
    assert browser.get(f"/wall/{token[:-1]}x/").status_code == 404
    monkeypatch.setattr(timezone, "now", lambda: wall.expires_at)
    assert browser.get(f"/wall/{token}/").status_code == 404
    assert browser.get(f"/wall/{token}/figures.json").json() == {"over": True}
    monkeypatch.setattr(timezone, "now", lambda: FRIDAY)
    actions.revoke(wall, by=people.approver, now=FRIDAY)
    assert browser.get(f"/wall/{token}/").status_code == 404
    with pytest.raises(TransitionError):
        actions.revoke(wall, by=people.approver, now=FRIDAY)


def test_ends_and_phrases_that_cannot_be_are_refused(city: Any, people: Any) -> None:
    for days in (-1, 0, 367):
        with pytest.raises(TransitionError):
            hung(city, people, expires_at=FRIDAY + timedelta(days=days))
    with pytest.raises(TransitionError):
        hung(city, people, slogans=["严密监测", "妥处存量"])
    wall, _ = hung(city, people, slogans=["严密监测", "严防风险", "严禁增量", "妥处存量"])
    assert queries.shown(wall, FRIDAY).phrases[3].words == "妥处存量"


def test_invented_figures_say_so(city: Any, people: Any) -> None:
    wall, token = hung(city, people, demo=True)
    assert queries.shown(wall, FRIDAY).demo
    assert "演示数据" in Client().get(f"/wall/{token}/").content.decode()


def test_many_walls_are_counted_once_a_minute(
    city: Any, people: Any, week: Any, django_assert_max_num_queries: Any
) -> None:
    wall, _ = hung(city, people)
    first = queries.shown(wall, FRIDAY)
    with django_assert_max_num_queries(0):
        assert queries.shown(wall, FRIDAY + timedelta(seconds=20)) == first


def test_the_wall_asks_each_table_once_for_all_that_it_shows(
    city: Any, people: Any, week: Any, django_assert_max_num_queries: Any
) -> None:
    wall, _ = hung(city, people)
    with django_assert_max_num_queries(16):
        assert queries.shown(wall, FRIDAY + timedelta(minutes=7)).blocks
