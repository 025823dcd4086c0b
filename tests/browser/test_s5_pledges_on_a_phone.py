"""S5 in a browser: a teacher and a mother sign on a telephone 360 pixels wide, the school prints, scans and looks."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from minewarden.desk.ledger.models import Staff
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Role
from minewarden.desk.pledges import actions, roll, sheets
from minewarden.desk.pledges.codes import token_of
from minewarden.desk.pledges.models import Signature, Signer
from tests.browser.conftest import SCREENSHOTS
from tests.desk.conftest import PASSWORD
from tests.desk.pledges.made import signed
from tests.documents.test_scans import as_pdf, scanned

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
PHONE = 360
NAMES = ("秦朗", "何晓", "李䶮", "王㛃·阿卜杜拉", "周岚", "沈知远", "陈一鸣", "林舒")


def shoot(page: Any, name: str) -> None:
    """What the person sees, kept; the page must not be wider than the telephone."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"s5-{name}-{PHONE}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, f"{name} is wider than a telephone"


@pytest.fixture
def school(city: Any, people: Any) -> Any:
    unit = city.first_school
    for n, name in enumerate(NAMES):
        kind = "operator" if n == 1 else "teacher"
        Staff.objects.create(
            unit=unit, number=f"T{n:04}", name=name, department=("信息中心", "语文组")[n % 2], kind=kind
        )
    roll.take_over(city.bureau, now=timezone.now())
    Signer.objects.create(
        unit=unit, number="20260307", name="秦小满", group="初一（3）班", category="student", under14=True
    )
    principal = org.create_person(
        by=None, unit=unit, username="he.qing", name="贺清", password=PASSWORD, must_change=False
    )
    org.grant_post(principal, role=Role.APPROVER, unit=unit, by=None)
    mayor = org.create_person(
        by=None, unit=city.bureau, username="qi.yue", name="齐岳", password=PASSWORD, must_change=False
    )
    org.grant_post(mayor, role=Role.APPROVER, unit=city.bureau, by=None)
    return unit


@pytest.fixture
def telephone(chromium: Any, live_server: Any) -> Any:
    """A telephone without an account: touch, 360 by 740; errors in the browser fail the test."""
    problems: list[str] = []
    context = chromium.new_context(
        viewport={"width": PHONE, "height": 740}, locale="zh-CN", has_touch=True, is_mobile=True
    )
    page = context.new_page()
    # A page that answers 422 or 404 says so in the console as well; it is no fault of a script.
    page.on(
        "console",
        lambda said: (
            problems.append(said.text)
            if said.type == "error" and not ("422" in said.text or "404" in said.text)
            else None
        ),
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert not problems, problems


def write(page: Any) -> None:
    """Write a name with the mouse: three strokes."""
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for begin, *rest in (
        ((0.2, 0.2), (0.5, 0.25), (0.3, 0.8)),
        ((0.25, 0.5), (0.6, 0.5)),
        ((0.7, 0.2), (0.7, 0.8), (0.9, 0.6)),
    ):
        page.mouse.move(box["x"] + begin[0] * box["width"], box["y"] + begin[1] * box["height"])
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
        page.mouse.up()


def touch(page: Any) -> None:
    """Write with a finger, as the browser itself reports touches."""
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    wire = page.context.new_cdp_session(page)
    for path in (((0.2, 0.3), (0.5, 0.4), (0.4, 0.8)), ((0.6, 0.2), (0.8, 0.5), (0.6, 0.9))):
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in path]
        wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [points[0]]})
        for point in points[1:]:
            wire.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_teacher_and_a_mother_sign(school: Any, people: Any, telephone: Any, live_server: Any) -> None:
    now = timezone.now()
    office, klass = actions.links(
        None,
        unit=school,
        groups=["语文组", "初一（3）班"],
        until=now + timedelta(days=7),
        by=people.school_officer,
        now=now,
    )
    page = telephone
    page.goto(f"{live_server.url}/p/{token_of(office.salt)}/")
    shoot(page, "who")
    page.fill("input[name=name]", "王")
    page.fill("input[name=tail]", "0003")
    page.click("button:has-text('下一步')")
    page.wait_for_selector("text=王㛃·阿卜杜拉（云川市第一中学），现郑重承诺如下：")
    shoot(page, "read")
    page.check("input[name=agree]")
    page.click("button:has-text('签署')")
    page.wait_for_selector("text=还没有签名")  # an empty canvas is said before anything is sent
    assert not Signature.objects.exists()
    write(page)
    page.click("button:has-text('重写')")
    write(page)
    page.click("button:has-text('撤销一笔')")
    shoot(page, "written")
    page.click("form[data-sign] button.primary")
    page.wait_for_selector("text=凭证号")
    shoot(page, "signed")
    made = Signature.objects.get()
    assert (made.name, made.way) == ("王㛃·阿卜杜拉", "phone")

    page.goto(f"{live_server.url}/p/{token_of(klass.salt)}/")
    page.fill("input[name=name]", "秦小满")
    page.fill("input[name=tail]", "0307")
    page.click("button:has-text('下一步')")
    page.fill("input[name=guardian]", "秦岳")
    page.select_option("select[name=relation]", "father")
    touch(page)
    page.check("input[name=agree]")
    shoot(page, "guardian")
    page.click("form[data-sign] button.primary")
    page.wait_for_selector("text=凭证号")
    shoot(page, "guardian-signed")
    assert Signature.objects.get(category="student").guardian == "秦岳"
    page.goto(f"{live_server.url}/p/{'a' * 26}/")
    shoot(page, "unknown")


def test_the_school_sees_to_it(
    school: Any, people: Any, walker: Any, keep: Any, live_server: Any, tmp_path: Any
) -> None:
    page, now = walker("zhang.wei"), timezone.now()
    page.goto(f"{live_server.url}/pledges/")
    page.wait_for_selector("text=信息中心")
    page.click("main a:has-text('签订码')")
    page.check("text=每人一张小卡")
    page.check("input[name=kind][value=groups]")
    page.click("button:has-text('生成签订码')")
    keep(page, "s5-codes")
    with page.expect_download() as download:
        page.click("a:has-text('全部打印')")
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    on_paper = list(Signer.objects.filter(unit=school, name__in=NAMES[4:7]).order_by("number"))
    unit_row = Signer.objects.get(unit=school, category="unit")
    pages = [
        one
        for turn, signers in ((180, on_paper), (0, [unit_row]))
        for one in scanned(sheets.to_sign(signers, now).pdf, dpi=150, turn=turn)
    ]
    pages.append(Image.new("L", pages[0].size, 250))
    heap = tmp_path / "承诺书.pdf"
    heap.write_bytes(as_pdf(pages, 150))
    page.goto(f"{live_server.url}/pledges/units/{school.pk}/scans/")
    page.set_input_files("input[name=file]", heap)
    page.click("button:has-text('上传并识别')")
    page.wait_for_selector("text=请指认这些页", timeout=120_000)
    keep(page, "s5-scan")
    page.click("button:has-text('不入册')")
    page.click("button:has-text('确认入册')")
    assert Signature.objects.filter(way="paper").count() == 4
    keep(page, "s5-scan-done")

    page.goto(f"{live_server.url}/pledges/units/{school.pk}/people/?state=missing")
    row = page.locator("tr", has_text="秦朗")
    row.locator("input[type=checkbox]").check()
    page.select_option("select[name=reason]", "medical")
    keep(page, "s5-people")
    page.click("button:has-text('登记原因')")
    principal = walker("he.qing")
    principal.goto(live_server.url + "/")
    principal.click("main a:has-text('核准承诺书免签')")
    principal.locator("tr", has_text="秦朗").locator("input[type=checkbox]").check()
    keep(principal, "s5-excuse")
    principal.click("button:has-text('核准勾选的人员')")
    page.goto(f"{live_server.url}/pledges/units/{school.pk}/")
    page.wait_for_selector("text=已盖章")
    keep(page, "s5-school")
    district = walker("wang.lei")
    district.goto(f"{live_server.url}/pledges/")
    keep(district, "s5-district")
    district.goto(f"{live_server.url}/pledges/units/{school.pk}/people/?state=signed")
    assert not district.is_visible("text=周岚"), "a superior sees masked names"
    page.goto(f"{live_server.url}/pledges/people/{unit_row.pk}/")
    keep(page, "s5-unit-pledge")


def test_the_bureau_publishes_a_version(school: Any, walker: Any, keep: Any, live_server: Any) -> None:
    page = walker("qi.yue")
    page.goto(f"{live_server.url}/pledges/texts/")
    keep(page, "s5-texts")
    page.click("main a:has-text('发布新版文本')")
    body = page.input_value("textarea[name=body]")
    page.fill("textarea[name=body]", body.replace("{姓名}", "{名字}"))
    page.click("main form button.primary")
    page.click("dialog button.primary")
    page.wait_for_selector("text=不认识的占位：{名字}")
    page.fill("textarea[name=body]", body + "\n4.发现可疑情况及时报告。")
    keep(page, "s5-publish")
    page.click("main form button.primary")
    page.click("dialog button.primary")
    page.wait_for_selector("text=4.发现可疑情况及时报告。")
    keep(page, "s5-text")


def test_handwriting_is_shown_for_a_reason(school: Any, people: Any, walker: Any, keep: Any, live_server: Any) -> None:
    made = signed(Signer.objects.get(name="秦朗"), timezone.now())
    page = walker("zhang.wei")
    page.goto(f"{live_server.url}/pledges/people/{made.signer_id}/")
    page.click("summary:has-text('查看笔迹')")
    keep(page, "s5-person")
    page.fill("input[name=reason]", "本人来电核对")
    page.click("form button:has-text('查看笔迹')")
    page.wait_for_selector("section.ink svg")
    keep(page, "s5-ink")
