"""S8 in a browser: from the case of a school to a version that its district hands on and the school answers for."""

from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.cases.models import Case
from minewarden.desk.library.bridge import library
from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from tests.desk.library.conftest import office

__all__ = ["office"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def found(office: Any, make_case: Any, turn: Any) -> Case:
    """A confirmed case of 市一中, whose pool is at an address of a content network."""
    now = turn("2026-03-14 09:00")
    made: Case = make_case("lock", now=now)
    Case.objects.filter(pk=made.pk).update(server="104.16.1.1")
    return made


def test_from_a_case_to_a_confirmed_version(
    turn: Any, walker: Any, keep: Any, office: Any, found: Case, live_server: Any
) -> None:
    url = live_server.url
    turn("2026-03-14 10:00")
    school = walker("zhang.wei")
    school.goto(f"{url}/cases/{found.pk}/")
    school.click("a:has-text('上报本案的矿池')")
    assert school.input_value("input[name=domain]") == "pool.example.net"
    assert school.input_value("input[name=ip]") == "104.16.1.1"
    assert school.input_value("input[name=port]") == "3333"
    assert "mining.subscribe" in school.input_value("textarea[name=evidence]")
    keep(school, "s8-report")
    school.click("button:has-text('上报')")
    assert "待区县转报" in school.inner_text("main")
    keep(school, "s8-reported")
    address = school.url

    turn("2026-03-14 11:30")
    district = walker("wang.lei")
    district.goto(f"{url}/")
    district.click("a:has-text('矿池上报')")
    district.click("main table a")
    district.click("button:has-text('转报市级')")
    assert "待市级审核" in district.inner_text("main")

    # The bureau takes the shipped catalogue in, and reviews.
    turn("2026-03-14 14:00")
    bureau = walker("zhou.ning")
    bureau.goto(f"{url}/library/")
    keep(bureau, "s8-empty")
    bureau.goto(f"{url}/library/sources/")
    bureau.click("button:has-text('载入程序自带目录')")
    assert "已载入" in bureau.inner_text("body")
    keep(bureau, "s8-load")
    bureau.goto(address)
    text = bureau.inner_text("main")
    assert "Cloudflare" in text, "the page says whose address it is"
    keep(bureau, "s8-review")
    bureau.click("label:has-text('采纳：只这一个主机名')")
    bureau.locator("fieldset:has-text('地址 104.16.1.1:3333') label:has-text('不采纳')").click()
    bureau.fill("textarea[name=address_why]", "内容分发网络的共用地址")
    bureau.click("button:has-text('提交审核意见')")
    assert "待第二人复核" in bureau.inner_text("main")
    keep(bureau, "s8-reviewed")

    second = walker("ma.chao")
    second.goto(f"{url}/")
    second.click("a:has-text('矿池上报')")
    second.click("main table a")
    second.click("button:has-text('同意')")
    assert "域名采纳；地址不采纳（内容分发网络的共用地址）" in second.inner_text("body")
    second.click("main table a:has-text('pool.example.net')")
    text = second.inner_text("main")
    assert "每 365 天减半" in text
    keep(second, "s8-indicator")

    # The next version: one proposes, the other lets it out.
    bureau.goto(f"{url}/library/")
    keep(bureau, "s8-library")
    bureau.goto(f"{url}/library/publish/")
    keep(bureau, "s8-preview")
    bureau.fill("textarea[name=note]", "三月版：新增市一中上报的矿池")
    bureau.click("button:has-text('提交发布')")
    second.goto(f"{url}/")
    second.click("a:has-text('发布情报库版本')")
    keep(second, "s8-publication")
    second.click("button:has-text('发布并下发')")
    assert "情报库 2026.1 版" in second.inner_text("h1")

    # Down to the district, and on to its schools.
    turn("2026-03-14 16:00")
    district, school, bureau = walker("wang.lei"), walker("zhang.wei"), walker("zhou.ning")
    district.goto(f"{url}/")
    district.click("a:has-text('情报库版本')")
    district.click("button:has-text('转发下级')")
    assert "已转发 2 个单位" in district.inner_text("body")
    school.goto(f"{url}/library/versions/")
    school.click("main table a")
    school.click("summary:has-text('逐条查看')")
    assert "pool.example.net" in school.inner_text("main")
    school.click("summary:has-text('逐条查看')")
    with school.expect_download() as got:
        school.click("a:has-text('RPZ')")
    zone = got.value.path().read_bytes()
    assert zone[:2] == b"PK"
    keep(school, "s8-version-school")
    school.fill("input[name=device]", "出口防火墙")
    school.click("button:has-text('提交回执')")
    assert "已回执：已封禁" in school.inner_text("body")
    keep(school, "s8-answered")
    district.goto(f"{url}/library/versions/")
    district.click("main table a:has-text('2026.1')")
    assert "封禁完成 1/3" in district.inner_text("main")
    keep(district, "s8-version-district")

    # What the school found is in the form for the province.
    bureau.goto(f"{url}/library/province/")
    assert "pool.example.net" in bureau.inner_text("main")
    keep(bureau, "s8-province")
    for path in ("sources", "waiting", "allow", "feedback", "bundles", "sources/add"):
        bureau.goto(f"{url}/library/{path}/")
        keep(bureau, f"s8-{path.replace('/', '-')}")
    assert library().get("pool.example.net") is not None
    assert listing(timezone.now()).entries
    assert CATALOGUE.name in library().sources()
