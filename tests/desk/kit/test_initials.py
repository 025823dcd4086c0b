"""Names are found by the first letters of their pinyin, whichever of its readings a character has there."""

import pytest
from django.urls import reverse

from minewarden.desk.kit.initials import are_initials, begins_so
from minewarden.desk.ledger import queries
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import Staff
from minewarden.desk.org import picks
from minewarden.desk.org.models import Unit
from tests.desk.made import NOW


@pytest.mark.parametrize(
    ("name", "typed", "there"),
    [
        ("市一中", "syz", True), ("市一中", "YZ", True), ("市一中", "sz", False), ("市一中", "syzx", False),
        ("重庆路小学", "cq", True), ("重庆路小学", "zqlxx", True), ("长江中学", "cjzx", True), ("长江中学", "zj", True),
        ("云川市第24中学", "d24z", True), ("张喆", "zz", True), ("李䶮", "ly", True), ("王㛃·阿卜杜拉", "wj", True),
        ("吕布", "lb", True), ("", "ab", False),
    ],
)  # fmt: skip
def test_letters_stand_for_the_characters_beside_each_other(name, typed, there):
    assert begins_so(name, typed) is there


@pytest.mark.parametrize(
    ("typed", "are"),
    [("syz", True), ("s", False), ("10.12", False), ("2026", False), ("市一中", False), ("a" * 21, False)],
)
def test_what_may_be_initials(typed, are):
    assert are_initials(typed) is are


def test_units_and_people_are_found(city, people, login):
    assert picks.units_like(Unit.objects.all(), "jpxx") == ["云川市临江区江畔小学"]
    assert picks.units_like(Unit.objects.all(), "qqqq") == []
    page = login("system").get(reverse("org:tree"), {"q": "jpxx"}).content.decode()
    assert reverse("org:unit", args=[city.riverside.pk]) in page
    assert reverse("org:unit", args=[city.yunlu_school.pk]) not in page
    for number, name in (("1", "张喆"), ("2", "李䶮")):
        Staff.objects.create(unit=city.first_school, number=number, name=name)
    found = queries.entries(BOOKS["staff"], people.officer, search="zz", now=NOW)
    assert [row.name for row in found] == ["张喆"]


@pytest.mark.parametrize(("typed", "found"), [("zw", ["张伟"]), ("ljg", ["刘建国"]), ("zhangwei", [])])
def test_the_list_of_people_is_searched_by_first_letters_too(people, login, typed, found):
    page = login("system").get(reverse("org:people"), {"q": typed}).content.decode()
    assert [name for name in ("张伟", "刘建国", "王磊") if name in page] == found
