"""From what was approved to a numbered release, its files, and the receipts of the units that carry it out."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from minewarden.cli.main import main
from minewarden.desk.blocks import access, actions, queries
from minewarden.desk.blocks.models import Receipt, Release
from minewarden.desk.ledger.models import UnitRange
from minewarden.enforce.orders import parse_orders
from minewarden.vocab.errors import InputError, TransitionError


@pytest.fixture
def approved(make_case, staff):
    """approved("pool.example.net") -> Block that a second person ordered just now."""
    case = make_case(now=timezone.now())

    def make(value="pool.example.net", **given):
        now = timezone.now()
        facts = {"target": "name", "port": 0, "basis": "plan-boundary", "reason": "矿池", "case": case}
        facts |= {"unit": case.unit, "expires_at": now + timedelta(days=30)}
        block = actions.propose(by=staff.handler, now=now, value=value, **(facts | given))
        return actions.agree(block, by=staff.principal, now=now)

    return make


@pytest.fixture
def release(approved, staff, city):
    approved()
    return actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school)


def test_a_release_holds_what_was_approved_and_is_numbered(release, approved, staff, city, recorded):
    assert (release.number, [rule["value"] for rule in release.rules]) == (1, ["pool.example.net"])
    with pytest.raises(TransitionError):
        actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school)
    approved("other.example.net")
    recorded()
    second = actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school)
    assert (second.number, len(second.rules), recorded()) == (2, 2, ["block.release"])


def test_its_orders_name_both_people_the_case_and_the_ground(release):
    read = parse_orders(bytes(release.orders), "o")
    row = json.loads(bytes(release.orders))["orders"][0]
    assert read.unfit == ()
    assert row["asked_by"] != row["approved_by"]
    assert "方案三" in read.rules[0].basis
    assert row["cites"] in read.rules[0].reason


def test_who_does_not_handle_the_unit_releases_nothing(approved, staff, city):
    approved()
    with pytest.raises(PermissionDenied):
        actions.release(by=staff.stranger, now=timezone.now(), unit=city.first_school)


def test_the_plan_shows_what_comes_and_goes(release, approved, staff, city):
    now = timezone.now()
    block = approved("other.example.net")
    actions.lift(actions.Block.objects.get(value="pool.example.net"), by=staff.handler, now=now, reason="误封")
    page = queries.plan_page(staff.handler, city.first_school, timezone.now())
    assert {(line.sign, line.what) for line in page.lines} == {("+", block.value), ("-", "pool.example.net")}
    assert page.may_release
    assert not queries.plan_page(staff.leader, city.first_school, timezone.now()).may_release


def test_the_command_line_carries_a_release_out_and_its_receipt_confirms(release, staff, city, tmp_path):
    (tmp_path / "o.json").write_bytes(bytes(release.orders))
    (tmp_path / "d.toml").write_text('[device.lists]\nkind = "folder"\nform = "edl"\nfolder = "lists"\n')
    common = ["--devices", str(tmp_path / "d.toml"), "--book", str(tmp_path / "book"), "--by", "甲"]
    plan, receipts = str(tmp_path / "p.json"), tmp_path / "r.json"
    assert main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", plan, *common]) == 0
    assert main(["block", "apply", plan, "--receipts", str(receipts), *common]) == 0
    now = timezone.now()
    given = {"by": staff.handler, "now": now, "unit": city.first_school}
    actions.take_receipts(release, file=receipts.read_bytes(), **given)
    page = queries.release_page(release, now)
    assert (page.confirmed, page.drifted) == (1, 0)
    (tmp_path / "lists" / "domains.txt").write_text("")
    assert main(["block", "verify", "--receipts", str(receipts), *common]) == 1
    actions.take_receipts(release, file=receipts.read_bytes(), **given)
    page = queries.release_page(release, timezone.now())
    assert (page.confirmed, page.drifted, page.states[0].state) == (0, 1, "drifted")


def test_a_receipt_for_other_rules_confirms_nothing(release, staff, city):
    row = {"schema": "minewarden/block-receipt/1", "device": "d", "state": "confirmed", "rules_sha256": "0" * 64}
    file = json.dumps([row | {"missing_count": 0, "extra_count": 0, "problem": ""}]).encode()
    made = actions.take_receipts(release, by=staff.handler, now=timezone.now(), unit=city.first_school, file=file)
    assert made[0].state == Receipt.State.OTHER


@pytest.mark.parametrize("file", [b"", b"[]", b"{}", b"[1]", b"\xff", b'[{"schema": "minewarden/block-receipt/1"}]'])
def test_another_file_is_refused_whole(release, staff, city, file):
    with pytest.raises(InputError):
        actions.take_receipts(release, by=staff.handler, now=timezone.now(), unit=city.first_school, file=file)
    assert not Receipt.objects.exists()


def test_units_with_an_exit_are_asked_and_only_those_below(approved, staff, city, people):
    approved()
    now = timezone.now()
    for unit, cidr in ((city.first_school, "198.51.100.0/28"), (city.yunlu_school, "198.51.100.16/28")):
        UnitRange.objects.create(unit=unit, cidr=cidr, purpose="egress", valid_from=now - timedelta(days=1))
    made = actions.release(by=staff.superior, now=now, unit=city.linjiang)
    states = {one.unit.pk: one.state for one in queries.release_page(made, now).states}
    assert states.pop(city.first_school.pk) == "waiting"
    assert all(unit != city.yunlu_school.pk or city.yunlu_school.path.startswith(city.linjiang.path) for unit in states)
    actions.confirm(made, by=staff.handler, now=now, unit=city.first_school, device="出口防火墙")
    assert queries.release_page(made, now).confirmed == 1
    with pytest.raises(TransitionError):
        actions.confirm(
            actions.release(by=staff.handler, now=now, unit=city.first_school),
            by=staff.superior, now=now, unit=city.linjiang, device="x",
        )  # fmt: skip


def test_a_release_of_the_district_is_seen_by_its_schools_and_by_no_stranger(approved, staff, city):
    approved()
    made = actions.release(by=staff.superior, now=timezone.now(), unit=city.linjiang)
    assert made in access.releases_for(staff.handler)
    assert made not in access.releases_for(staff.stranger)


def test_the_pages_from_the_plan_to_the_receipt(approved, staff, login, city):
    approved()
    client = login(staff.handler)
    assert "pool.example.net" in client.get(reverse("blocks:plan")).content.decode()
    assert client.post(reverse("blocks:plan")).status_code == 302
    made = Release.objects.get()
    page = reverse("blocks:release", args=[made.pk])
    first = client.get(page)
    assert first.status_code == 200
    assert f'value="{city.first_school.pk}" selected' in first.content.decode(), "there is no other to choose"
    for form in ("orders", "huawei", "edl"):
        answer = client.get(reverse("blocks:release-file", args=[made.pk, form]))
        assert "attachment" in answer["Content-Disposition"]
    assert client.get(reverse("blocks:release-file", args=[made.pk, "smoke"])).status_code == 404
    assert client.post(page, {"unit": city.first_school.pk}).status_code == 200, "neither file nor device"
    wrong = SimpleUploadedFile("r.json", b"nonsense")
    assert client.post(page, {"unit": city.first_school.pk, "file": wrong}).status_code == 200
    assert client.post(page, {"unit": city.first_school.pk, "device": "出口防火墙"}).status_code == 302
    assert "出口防火墙 · 已确认" in client.get(page).content.decode()


def test_three_sentences_for_the_principal(approved, staff, login):
    empty = login(staff.principal).get(reverse("blocks:explained")).content.decode()
    assert "没有生效的封禁" in empty
    approved()
    page = login(staff.principal).get(reverse("blocks:explained")).content.decode()
    assert "封禁了 1 个域名和 0 个网络地址" in page
    assert "方案三（三）2" in page
    assert "一人即可当场解除" in page


def test_a_proposal_is_tried_on_the_logs_before_it_is_decided(make_case, staff, login, city, settings, tmp_path):
    now = timezone.now()
    block = actions.propose(
        by=staff.handler, now=now, case=make_case(now=now), unit=city.first_school, target="name", port=0,
        value="pool.example.net", basis="plan-boundary", reason="矿池", expires_at=now + timedelta(days=30),
    )  # fmt: skip
    page = reverse("blocks:order", args=[block.pk])
    client = login(staff.principal)
    settings.LAKE = None
    assert "没有收录日志" in client.get(page + "?days=7").content.decode()
    log = tmp_path / "query.log"
    stamp = now.strftime("%d-%b-%Y %H:%M:%S.000")
    log.write_text(f"{stamp} client @0x1 10.12.8.9#5353 (x): query: pool.example.net IN A +E(0) (192.0.2.53)\n" * 3)
    assert main(["ingest", str(log), "--lake", str(tmp_path / "lake"), "--zone", "UTC"]) == 0
    settings.LAKE = tmp_path / "lake"
    text = client.get(page).content.decode()
    assert "命中 3 次，涉及 1 个终端" in text, "whoever decides need not ask for it"
    assert reverse("blocks:act", args=[block.pk, "agree"]) in text
    assert "最近 30 天命中 3 次" in client.get(page + "?days=30").content.decode()
    actions.agree(block, by=staff.principal, now=now)
    assert "命中" not in client.get(page).content.decode().split("只统计")[1]


def test_the_plan_turns_the_pages_of_its_releases(release, login, staff):
    for number in range(2, 46):
        release.pk, release.number, release.at = None, number, release.at + timedelta(minutes=1)
        release.save()
    browser, address = login(staff.handler), reverse("blocks:plan")
    pages = [[row.number for row in browser.get(f"{address}?page={page}").context["releases"]] for page in (1, 2, 3)]
    assert [number for page in pages for number in page] == list(range(45, 0, -1))
    assert "第 1 页，共 3 页" in browser.get(address).content.decode()
