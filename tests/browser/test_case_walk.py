"""An officer and a second person walk a lead to its report, in a real browser, as the school and the district would."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.blocks.models import Block
from minewarden.desk.cases.models import Case
from tests.desk.made import candidate, finding

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def recent(hours: int) -> str:
    return (timezone.now() - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def hops(number: int) -> list[dict[str, Any]]:
    """A chain from the public address to the person."""
    mac, since, until = f"02:00:5e:10:00:{number:02x}", recent(9), recent(1)
    steps = [
        ("nat", "203.0.113.10:40213", f"10.12.8.{number}", "h3c-nat.log", 40213),
        ("lease", f"10.12.8.{number}", mac, "kea-leases4.csv", 118 + number),
        ("login", mac, "t20180317", "radius-detail", 2204),
        ("switch_port", mac, "sw-3/0/12", "fdb.txt", 51),
        ("asset", mac, "JF-07", "assets.csv", 7),
        ("person", "JF-07", "秦朗", "assets.csv", 7),
    ]
    return [
        {"kind": k, "known": a, "found": b, "valid_from": since, "valid_until": until,
         "rows": [{"source": s, "row": r}], "note": None}
        for k, a, b, s, r in steps
    ]  # fmt: skip


def several() -> list[dict[str, Any]]:
    return [candidate(1, "likely", hops=hops(1)), candidate(2, "possible", hops=hops(2)[:2], person="", asset="")]


def test_from_lead_to_report(walker: Any, keep: Any, make_lead: Any, staff: Any, live_server: Any) -> None:
    lookup = finding()["evidence"][0] | {
        "grade": "looked-up", "weight": 2.1, "detector": "known_pool",
        "text": {"zh": "10.12.8.1 查询矿池域名 pool.example.net 14 次；仅凭查询不能认定挖矿，也可能是安全产品解析。",
                 "en": "10.12.8.1 looked up the pool name pool.example.net 14 times; a lookup alone proves no mining."},
        "rows": [{"source": "dns-query.log", "row": n} for n in range(40, 54)],
    }  # fmt: skip
    evidence = [finding()["evidence"][0], lookup]
    lead = make_lead(1, first_seen=recent(9), last_seen=recent(1), trace=several(), evidence=evidence)
    for number in range(2, 14):
        state = ("confirmed", "probable", "suspected")[number % 3]
        make_lead(number, state=state, coins=["XMR"] if number % 2 else ["BTC"], trace=[] if number % 4 else several())

    officer = walker("zhang.wei")
    keep(officer, "home-officer")
    officer.goto(f"{live_server.url}/leads/")
    keep(officer, "leads")
    officer.goto(f"{live_server.url}/leads/import/")
    keep(officer, "import")
    officer.goto(f"{live_server.url}/leads/{lead.pk}/")
    assert "秦朗" not in officer.inner_text("main"), "people are masked"
    keep(officer, "lead")
    officer.click("text=立案 >> nth=-1")
    case = Case.objects.get()
    assert officer.url.endswith(f"/cases/{case.pk}/")
    keep(officer, "case-new")

    officer.click("aside button:has-text('签收')")
    officer.click("aside button:has-text('开始排查')")
    assert officer.locator("aside summary:has-text('锁定设备')").count() == 0, "two devices fit: nothing to lock yet"
    officer.locator("summary:has-text('确认是这一台')").first.click()
    officer.locator("textarea[name=choose-reason]").first.fill("现场核对：该机 CPU 满载，进程名与证据一致")
    officer.locator("details[open] button:has-text('确认是这一台')").first.click()
    officer.fill("input[name=lock-device_place]", "实验楼 305")
    officer.fill("input[name=lock-responsible_name]", "秦朗")
    officer.fill("input[name=lock-responsible_post]", "实验室管理员")
    officer.click("aside button:has-text('锁定设备及责任人')")
    case.refresh_from_db()
    assert case.state == "locked"

    officer.locator("aside summary:has-text('研判性质')").click()
    officer.locator("input[name=propose-nature-value][value=passive]").check()
    officer.fill("textarea[name=propose-nature-reason]", "远程登录日志显示外部地址在活动前取得管理员权限，属弱口令入侵")
    officer.click("aside button:has-text('研判性质')")
    assert "等待另一人确认" in officer.inner_text("main")
    keep(officer, "case-waiting")

    officer.goto(f"{live_server.url}/blocks/propose/{case.pk}/")
    keep(officer, "block-propose")
    officer.click("text=提交审批")
    assert Block.objects.get().value == "pool.example.net"

    principal = walker("he.qing")
    keep(principal, "home-principal")
    principal.goto(f"{live_server.url}/cases/{case.pk}/")
    principal.fill("textarea[name=decide-note]", "同意，日志依据充分")
    principal.click("main button:has-text('确认')")
    case.refresh_from_db()
    assert case.nature == "passive"
    principal.goto(f"{live_server.url}/blocks/?standing=pending")
    keep(principal, "blocks-pending")
    principal.locator("main a:has-text('审批')").first.click()
    principal.click("button:has-text('批准') >> nth=0")
    assert Block.objects.get().outcome == "agreed"
    principal.goto(f"{live_server.url}/blocks/")
    keep(principal, "blocks")

    officer.goto(f"{live_server.url}/cases/{case.pk}/")
    if not officer.is_visible("input[name=measure-done_at]"):
        officer.click("summary:has-text('登记处置措施')")
    officer.fill("input[name=measure-done_at]", timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    officer.fill("textarea[name=measure-note]", "拔除网线，保留电源取证")
    officer.click("aside button:has-text('登记处置措施')")
    officer.goto(f"{live_server.url}/reports/{case.pk}/")
    keep(officer, "report-draft")
    officer.click("text=编辑草稿")
    officer.fill("input[name=number]", "云一中〔2026〕12号")
    keep(officer, "report-edit")
    officer.click("button:has-text('保存草稿')")
    officer.click("button:has-text('提交审批')")

    principal.goto(f"{live_server.url}/")
    principal.click("main a:has-text('审批报告')")
    keep(principal, "report-approve")
    principal.click("button:has-text('批准并报送')")
    with principal.expect_download() as download:
        principal.click("a:has-text('PDF')")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    case.refresh_from_db()
    assert case.state == "reported"
    principal.goto(f"{live_server.url}/cases/{case.pk}/")
    keep(principal, "case-reported")

    superior = walker("wang.lei")
    keep(superior, "home-superior")
    superior.goto(f"{live_server.url}/cases/{case.pk}/")
    superior.click("aside button:has-text('签收报告')")
    superior.goto(f"{live_server.url}/cases/")
    keep(superior, "cases")
    verbs = list(Record.objects.filter(action__startswith="case.").order_by("seq").values_list("action", flat=True))
    assert len(verbs) == len(set(verbs)) == case.steps.count(), "each act stands in the log once"


def test_a_school_on_the_phone(walker: Any, keep: Any, make_case: Any, staff: Any, live_server: Any) -> None:
    """S2: the teacher signs for the case on his phone."""
    case = make_case(now=timezone.now() - timedelta(hours=37))
    page = walker("zhang.wei", width=360, height=740)
    page.click("text=签收通报")
    page.click("aside button:has-text('签收')")
    case.refresh_from_db()
    assert case.state == "signed"
    keep(page, "case-phone")
