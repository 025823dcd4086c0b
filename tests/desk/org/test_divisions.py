"""The table of divisions: today's and former ones, whole names, and which one was meant by a slip."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from minewarden.desk.org import codes, divisions
from minewarden.desk.org.models import Unit
from minewarden.desk.org.queries import unit_page

ROWS = [
    line.split("\t")
    for line in Path(divisions.__file__).with_name("divisions.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def test_the_table_is_whole_and_well_formed():
    """So many did the Ministry of Civil Affairs list at the end of 2024: 34 provinces and 3179 below them."""
    today = [row for row in ROWS if len(row) == 2]
    assert (len(today), sum(row[0].endswith("0000") for row in today)) == (3213, 34)
    assert len({row[0] for row in ROWS}) == len(ROWS)
    assert all(codes.is_region_code(row[0]) and row[1] == row[1].strip() != "" for row in ROWS)
    assert all(1981 < int(row[2]) <= divisions.AS_OF for row in ROWS if len(row) > 2)
    assert all(re.fullmatch(r"\d{6}(;\d{6})*", row[3]) for row in ROWS if len(row) > 3)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("410000", "河南省"), ("410100", "河南省郑州市"), ("410105", "河南省郑州市金水区"),
        ("419001", "河南省济源市"), ("110101", "北京市东城区"), ("110103", "北京市崇文区"),
        ("659001", "新疆维吾尔自治区石河子市"), ("419901", ""), ("410173", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_code_is_told_with_what_it_lies_in(code, name):
    assert divisions.full_name(code) == name


def test_a_former_division_tells_what_became_of_it():
    ended = divisions.division("110103")
    assert (ended.name, ended.until, ended.successors) == ("崇文区", 2010, ("110101",))
    assert divisions.division("540481").until is None
    assert divisions.division("540422").successors == ("540481",)


@pytest.mark.parametrize(
    ("code", "told", "meant"),
    [
        ("410115", "郑州市金水区教育局", "410105"),
        ("410015", "金水区第一小学", "410105"),
        ("410150", "金水第一小学", "410105"),
        ("411005", "金水第一小学", "410105"),
        ("410104", "金水区教育局", "410105"),
        ("410105", "金水区教育局", None),
        ("410109", "第一小学", None),
        ("410104", "金水第一小学", None),
    ],
)
def test_a_slip_is_told_by_the_name_only(code, told, meant):
    found = divisions.meant(code, told)
    assert (found and found.code) == meant


@pytest.mark.parametrize(("code", "digits"), [("410000", "41"), ("410100", "4101"), ("410105", "410105")])
def test_codes_within_a_division_begin_alike(code, digits):
    assert divisions.reach(code) == digits


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("410105", "河南省郑州市金水区"), ("110103", "北京市崇文区（2010年已变更）"),
        ("419902", "不在县级以上行政区划代码表内（截至2024年底；开发区代码由本市自定）"), ("", ""),
    ],
)  # fmt: skip
def test_the_page_of_a_unit_tells_which_division_its_code_is_of(city, people, code, shown):
    city.linjiang.region_code = code
    assert unit_page(city.linjiang, people.system).division == shown


def test_the_page_of_a_small_school_says_what_its_code_names_and_that_nobody_holds_a_post_there(login, city):
    Unit.objects.filter(pk=city.riverside.pk).update(region_code="410105")
    page = login("system").get(reverse("org:unit", args=[city.riverside.pk])).content.decode()
    assert re.search(r">410105</span>\s*河南省郑州市金水区</dd>", page)
    assert "本单位尚未设置岗位，请由安全管理员授予。" in page
    assert "没有下级单位。" in page
    # Where there is somebody, or something below, neither is said.
    assert (
        "本单位尚未设置岗位"
        not in login("system").get(reverse("org:unit", args=[city.first_school.pk])).content.decode()
    )
    assert "没有下级单位。" not in login("system").get(reverse("org:unit", args=[city.linjiang.pk])).content.decode()


def filled(name, code, **given):
    return {"kind": "district", "name": name, "region_code": code, **given}


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("云川市新城区教育局", "419977", "不在县级以上行政区划代码表内"),
        ("崇文区教育委员会", "110103", "该区划已于2010年变更；现为：110101 北京市东城区"),
        ("金水区教育局", "410150", "410150 可能是笔误：410105 是河南省郑州市金水区"),
    ],
)
def test_the_form_points_a_doubtful_code_out_once_and_then_takes_it(login, city, name, code, says):
    keeper, place = login("system"), reverse("org:add_unit", args=[city.bureau.pk])
    page = keeper.post(place, filled(name, code)).content.decode()
    assert says in page
    assert "再点一次“保存”" in page
    assert not Unit.objects.filter(name=name).exists()
    (seen,) = re.findall(r'name="region_seen" value="(\d*)"', page)
    assert seen == code
    # Another code than the one that was looked at is looked at as well.
    assert "不在县级以上" in keeper.post(place, filled(name, "419978", region_seen=seen)).content.decode()
    answer = keeper.post(place, filled(name, code, region_seen=seen))
    made = Unit.objects.get(name=name)
    assert (answer.status_code, made.region_code) == (302, code)
    # What it bears already is asked about no more when something else of it is changed.
    change = reverse("org:change_unit", args=[made.pk])
    assert keeper.post(change, filled(f"{name}（更名）", code)).status_code == 302
    assert "不在县级以上" in keeper.post(change, filled(name, "419979")).content.decode()


@pytest.mark.parametrize(("kind", "code"), [("zone", "419977"), ("district", "410105"), ("school", "419901")])
def test_the_form_takes_a_zone_a_known_code_and_that_of_the_superior_at_once(login, city, kind, code):
    place = reverse("org:add_unit", args=[city.bureau.pk])
    answer = login("system").post(place, filled("某单位", code, kind=kind))
    assert (answer.status_code, Unit.objects.get(name="某单位").region_code) == (302, code)


def test_a_slip_is_told_by_the_name_of_the_superior_too(login, city):
    """第一小学 says nothing of where it lies, 金水区教育局 above it does."""
    Unit.objects.filter(pk=city.linjiang.pk).update(name="金水区教育局", region_code="410105")
    place = reverse("org:add_unit", args=[city.linjiang.pk])
    page = login("system").post(place, filled("第一小学", "410150", kind="school")).content.decode()
    assert "410150 可能是笔误：410105 是河南省郑州市金水区" in page
