"""Blocking in a browser with two people: what the guard leaves to them, whom it would meet, the release, the receipt,
what a principal is told, and a device that mines again."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from minewarden.cli.main import main
from minewarden.desk.blocks.models import Release
from minewarden.desk.cases import orders
from minewarden.desk.cases.models import Order
from minewarden.desk.ledger.models import UnitRange

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def kept_logs(tmp_path: Path, settings: Any) -> Path:
    """A lake in which three clients of the school asked for the pool within the last days, and one is logged in."""
    now, log, detail = timezone.now(), tmp_path / "query.log", tmp_path / "detail"
    stamp = now.strftime("%d-%b-%Y %H:%M:%S.000")
    line = "{} client @0x1 10.12.8.{}#5353 (x): query: pool.example.net IN A +E(0) (192.0.2.53)\n"
    log.write_text("".join(line.format(stamp, number) for number in (1, 2, 9) for _ in range(4)))
    detail.write_text(
        f'{now:%a %b %d %H:%M:%S %Y}\n\tAcct-Status-Type = Start\n\tAcct-Session-Id = "5F3A01"\n\tUser-Name = "t1"\n'
        f'\tCalling-Station-Id = "02-00-5E-10-00-01"\n\tNAS-IP-Address = 192.0.2.1\n'
        f"\tTimestamp = {int(now.timestamp()) - 60}\n\n"
    )
    folder = tmp_path / "lake"
    for path in (log, detail):
        assert main(["ingest", str(path), "--lake", str(folder), "--zone", "UTC"]) == 0
    settings.LAKE = folder
    return folder


def proposed(page: Any, address: str, target: str, value: str, port: str, reason: str, **more: str) -> None:
    """Fill in the form of a proposal and send it."""
    page.goto(address)
    page.select_option("select[name=target]", target)
    page.fill("input[name=value]", value)
    page.fill("input[name=port]", port)
    for name, text in more.items():
        page.select_option(f"select[name={name}]", text)
    page.fill("textarea[name=reason]", reason)
    page.click("main form button.primary")


def test_two_people_from_the_proposal_to_the_receipt(
    walker: Any, keep: Any, make_case: Any, staff: Any, live_server: Any, kept_logs: Path, tmp_path: Path
) -> None:
    case = make_case("lock", now=timezone.now())
    start = timezone.now() - timedelta(days=1)
    UnitRange.objects.create(unit=case.unit, cidr="10.12.8.0/24", purpose="office", valid_from=start)
    address = f"{live_server.url}/blocks/propose/{case.pk}/"
    officer = walker("zhang.wei")
    proposed(officer, address, "name", "pool.example.net", "", "案件中与矿池往来的域名")
    # An address of a content network: the guard leaves it to two people.
    proposed(officer, address, "ip-port", "104.16.0.1", "3333", "案件中与矿池往来的地址")
    assert "公用地址段" in officer.inner_text("main .notice.warning")
    keep(officer, "blocks-guard-asks")
    officer.fill("textarea[name=override]", "已核实该端口只有矿池在用")
    officer.click("main form button.primary")
    officer.goto(f"{live_server.url}/blocks/?standing=pending")
    assert officer.locator("main a:has-text('审批')").count() == 0, "who proposed does not decide"
    keep(officer, "blocks-waiting")

    principal = walker("he.qing")
    principal.goto(f"{live_server.url}/blocks/?standing=pending")
    principal.locator("tr", has_text="pool.example.net").locator("a:has-text('审批')").click()
    text = principal.inner_text("main")
    assert "命中 12 次，涉及 3 个终端" in text
    row = principal.locator(".tried tbody tr")
    assert row.inner_text().split() == ["市一中", "3", "12"]
    keep(principal, "blocks-tried")
    principal.click("button:has-text('批准')")
    principal.goto(f"{live_server.url}/blocks/?standing=pending")
    principal.locator("tr", has_text="104.16.0.1").locator("a:has-text('审批')").click()
    keep(principal, "blocks-to-answer-for")
    principal.fill("#note", "已电话核实，同意")
    principal.click("button:has-text('批准')")
    principal.goto(f"{live_server.url}/blocks/")
    assert "两人签字越过护栏" in principal.inner_text("main")
    keep(principal, "blocks-board")

    officer.goto(f"{live_server.url}/blocks/plan/")
    assert "新增" in officer.inner_text("main")
    keep(officer, "blocks-plan")
    officer.click("button:has-text('发布')")
    made = Release.objects.get()
    # The network team carries it out on the command line, and hands the receipt in.
    (tmp_path / "o.json").write_bytes(bytes(made.orders))
    (tmp_path / "d.toml").write_text('[device.lists]\nkind = "folder"\nform = "edl"\nfolder = "lists"\n')
    common = ["--devices", str(tmp_path / "d.toml"), "--book", str(tmp_path / "book"), "--by", "吴涛"]
    assert (
        main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", str(tmp_path / "p.json"), *common]) == 0
    )
    receipts = tmp_path / "r.json"
    assert main(["block", "apply", str(tmp_path / "p.json"), "--receipts", str(receipts), *common]) == 0
    assert json.loads(receipts.read_text())[0]["state"] == "confirmed"
    officer.goto(f"{live_server.url}/blocks/release/{made.pk}/")
    officer.select_option("select[name=unit]", str(case.unit_id))
    officer.set_input_files("input[name=file]", str(receipts))
    officer.click("button:has-text('提交回执')")
    text = officer.inner_text("main")
    assert "已确认" in text
    assert "含越过护栏 1 条" in text
    keep(officer, "blocks-release")

    principal.goto(f"{live_server.url}/blocks/explained/")
    said = principal.locator("main section p").all_inner_texts()
    assert len(said) == 3, "three sentences"
    assert "封禁了 1 个域名和 1 个网络地址" in said[0]
    assert "其中 1 条可能影响共用的地址" in said[1], "what two people answer for is not called harmless"
    keep(principal, "blocks-explained")
    principal.goto(f"{live_server.url}/blocks/")
    row = principal.locator("tr", has_text="pool.example.net")
    assert row.locator("summary:has-text('解除')").count() == 0, "the network officer lifts"
    officer.goto(f"{live_server.url}/blocks/")
    row = officer.locator("tr", has_text="pool.example.net")
    row.locator("summary").click()
    row.locator("textarea").fill("误封，教学平台")
    row.locator("button:has-text('解除')").click()
    officer.goto(f"{live_server.url}/blocks/?standing=lifted")
    assert "误封，教学平台" in officer.inner_text("main")


def test_a_device_that_mines_again_is_taken_off(
    walker: Any, keep: Any, make_case: Any, staff: Any, live_server: Any, kept_logs: Path
) -> None:
    now = timezone.now()
    case = make_case("lock", now=now)
    Order.objects.create(case=case, state="proposed", proposed_at=now)
    orders.order(case, by=staff.handler, now=now, reason="三十日内再次确认")
    orders.approve(case, by=staff.principal, now=now)
    officer = walker("zhang.wei")
    officer.goto(f"{live_server.url}/blocks/propose/{case.pk}/")
    keep(officer, "terminals-suggested")
    officer.click("main a:has-text('02:00:5e:10:00:01')")
    assert officer.input_value("input[name=value]") == "02:00:5e:10:00:01"
    assert "再次被确认" in officer.input_value("textarea[name=reason]")
    officer.click("main form button.primary")
    principal = walker("he.qing")
    principal.goto(f"{live_server.url}/blocks/?standing=pending")
    principal.click("main a:has-text('审批')")
    assert "1 条登录或计费记录，涉及 1 个终端" in principal.inner_text("main")
    keep(principal, "terminals-tried")
    principal.click("button:has-text('批准')")
    officer.goto(f"{live_server.url}/blocks/plan/")
    officer.click("nav.tabs a:has-text('终端和账号停网')")
    keep(officer, "terminals-plan")
    officer.click("button:has-text('发布')")
    made = Release.objects.get()
    assert made.rules[0]["value"] == "02:00:5e:10:00:01"
    assert timezone.now() - made.at < timedelta(minutes=5)
    officer.goto(f"{live_server.url}/blocks/release/{made.pk}/")
    assert "只给本单位的认证服务器" in officer.inner_text("main")
    keep(officer, "terminals-release")
    principal.goto(f"{live_server.url}/blocks/explained/")
    assert "02:00:5e" not in principal.inner_text("main")
    keep(principal, "terminals-explained")
