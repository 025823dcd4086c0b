"""What the guard leaves to people: asked by one with a reason, approved by another with his own, told ever after."""

import json
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from minewarden.cli.main import main
from minewarden.desk.audit.models import Record
from minewarden.desk.blocks import actions, queries
from minewarden.desk.blocks.bridge import compiled
from minewarden.desk.blocks.models import Block, Standing
from minewarden.desk.ledger.models import UnitRange
from minewarden.enforce.orders import parse_orders
from minewarden.vocab.errors import GuardRefusal, TransitionError

CDN = {"target": "ip-port", "value": "104.16.0.1", "port": 3333}
WHY = "已核实该端口只有矿池在用"


def overridden(asked, staff, **given):
    block = asked(override=WHY, **(CDN | given))
    return actions.agree(block, by=staff.principal, now=timezone.now(), note="已电话核实")


def test_two_people_answer_for_what_the_guard_refuses(asked, staff, recorded):
    with pytest.raises(GuardRefusal):
        asked(**CDN)
    recorded()
    block = asked(override=WHY, **CDN)
    assert block.guard_said.id == "enforce.content_network_port"
    assert not any(b"104.16.0.1" in data for data in compiled([block], "edl", timezone.now()).values())
    block = actions.agree(block, by=staff.principal, now=timezone.now(), note="已电话核实")
    assert block.standing(timezone.now()) is Standing.ACTIVE
    assert any(b"104.16.0.1" in data for data in compiled([block], "edl", timezone.now()).values())
    assert recorded() == ["block.propose", "block.agree"]
    told = Record.objects.get(action="block.propose").after
    assert WHY in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize("note", ["", "  "])
def test_the_second_person_needs_a_reason_of_his_own(asked, staff, note):
    block = asked(override=WHY, **CDN)
    with pytest.raises(TransitionError) as refusal:
        actions.agree(block, by=staff.principal, now=timezone.now(), note=note)
    assert "自己的理由" in refusal.value.said("zh")
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.filter(pk=block.pk).update(
            outcome="agreed", decided_by=staff.principal, decided_at=timezone.now(), decided_note=""
        )


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("name", "com.cn"), ("subtree", "cn"), ("name", "*.example.net"), ("name", "github.io"), ("ip", "10.0.0.1"),
        ("ip", "224.0.0.1"), ("cidr", "45.0.0.0/15"), ("cidr", "0.0.0.0/0"), ("name", "no name"), ("ip", "1.2.3"),
    ],
)  # fmt: skip
def test_what_nobody_may_answer_for_stays_refused(asked, target, value):
    with pytest.raises(GuardRefusal):
        asked(override=WHY, target=target, value=value)
    assert not Block.objects.exists()


@pytest.mark.parametrize(
    ("target", "value", "port", "reason"),
    [
        ("ip", "203.0.113.9", 0, "own"), ("ip", "114.114.114.114", 0, "public_resolver"),
        ("ip", "104.16.0.1", 0, "content_network"), ("subtree", "amazonaws.com", 0, "shared_cloud"),
        ("subtree", "f3322.net", 0, "shared_dynamic_dns"), ("cidr", "45.0.0.0/20", 0, "too_wide"),
    ],
)  # fmt: skip
def test_what_people_may_answer_for(asked, staff, city, target, value, port, reason):
    start = timezone.now() - timedelta(days=1)
    UnitRange.objects.create(unit=city.yunlu_school, cidr="203.0.113.0/28", purpose="egress", valid_from=start)
    block = overridden(asked, staff, target=target, value=value, port=port)
    assert block.guard_said.id == f"enforce.{reason}"
    made = actions.release(by=staff.handler, now=timezone.now(), unit=block.unit)
    assert len(made.rules) == len(made.overridden) == 1


def test_a_reason_that_came_up_since_is_not_signed_for(asked, staff, city):
    block = asked(override=WHY, target="cidr", value="45.0.0.0/20")
    start = timezone.now() - timedelta(days=1)
    UnitRange.objects.create(unit=city.yunlu_school, cidr="45.0.1.0/28", purpose="egress", valid_from=start)
    with pytest.raises(TransitionError) as refusal:
        actions.agree(block, by=staff.principal, now=timezone.now(), note="已核实")
    assert "另外的理由" in refusal.value.said("zh")


def test_what_the_guard_accepts_needs_no_override_and_keeps_none(asked):
    block = asked(override=WHY)
    assert (block.override_reason, block.override_guard) == ("", None)


def test_the_release_its_orders_and_the_receipt_name_both(asked, staff, city, tmp_path, login, capsys):
    overridden(asked, staff)
    asked("pool.example.org")
    made = actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school)
    (told,) = made.overridden
    assert told["what"] == "104.16.0.1:3333"
    assert [why for _, why in told["by"]] == [WHY, "已电话核实"]
    (signed,) = parse_orders(bytes(made.orders), "o").overrides.values()
    assert signed.holds
    (tmp_path / "o.json").write_bytes(bytes(made.orders))
    (tmp_path / "d.toml").write_text('[device.lists]\nkind = "folder"\nform = "edl"\nfolder = "lists"\n')
    common = ["--devices", str(tmp_path / "d.toml"), "--book", str(tmp_path / "book"), "--by", "甲"]
    plan, receipts = str(tmp_path / "p.json"), tmp_path / "r.json"
    assert main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", plan, *common]) == 0
    assert "两人签字" in capsys.readouterr().out
    assert main(["block", "apply", plan, "--receipts", str(receipts), *common]) == 0
    assert main(["block", "verify", "--receipts", str(receipts), *common]) == 0
    assert json.loads(receipts.read_text())[0]["overridden"] == ["104.16.0.1:3333"]
    actions.take_receipts(
        made, by=staff.handler, now=timezone.now(), unit=city.first_school, file=receipts.read_bytes()
    )
    page = login(staff.handler).get(reverse("blocks:release", args=[made.pk])).content.decode()
    assert "1 条经两人签字越过护栏" in page
    assert "已电话核实" in page
    assert "含越过护栏 1 条" in page
    assert f"{staff.handler.name}：{WHY}" in page, "people by their names, not by their logins"
    assert queries.release_page(made, timezone.now()).confirmed == 1


def test_a_lift_of_another_rule_does_not_forget_who_signed(asked, staff, city, tmp_path):
    overridden(asked, staff)
    actions.agree(asked("pool.example.org"), by=staff.principal, now=timezone.now())
    made = actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school)
    (tmp_path / "o.json").write_bytes(bytes(made.orders))
    (tmp_path / "d.toml").write_text('[device.lists]\nkind = "folder"\nform = "edl"\nfolder = "lists"\n')
    common = ["--devices", str(tmp_path / "d.toml"), "--book", str(tmp_path / "book"), "--by", "甲"]
    plan, receipts = str(tmp_path / "p.json"), tmp_path / "r.json"
    assert main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", plan, *common]) == 0
    assert main(["block", "apply", plan, *common]) == 0
    assert main(["block", "lift", "pool.example.org", "--reason", "误封", *common]) == 0
    assert main(["block", "verify", "--receipts", str(receipts), *common]) == 0
    assert json.loads(receipts.read_text())[0]["overridden"] == ["104.16.0.1:3333"]


def test_the_pages_from_the_refusal_to_the_second_signature(make_case, staff, login):
    case = make_case(now=timezone.now())
    address = reverse("blocks:propose", args=[case.pk])
    client = login(staff.handler)
    assert "override" not in client.get(address).content.decode()
    given = {"target": "ip-port", "value": "104.16.0.1", "port": "3333", "days": "30", "basis": "plan-boundary"}
    given["reason"] = "矿池地址"
    page = client.post(address, given).content.decode()
    assert "提请越过护栏" in page
    assert 'name="override"' in page
    assert not Block.objects.exists()
    assert client.post(address, given | {"override": WHY}).status_code == 302
    block = Block.objects.get()
    assert ip_network(block.value).num_addresses == 1
    assert "待第二人签字" in client.get(reverse("blocks:board") + "?standing=pending").content.decode()
    second = login(staff.principal)
    order = reverse("blocks:order", args=[block.pk])
    assert WHY in second.get(order).content.decode()
    act = reverse("blocks:act", args=[block.pk, "agree"])
    second.post(act, {"note": ""})
    assert Block.objects.get().outcome == "pending"
    second.post(act, {"note": "已电话核实"})
    assert Block.objects.get().outcome == "agreed"
    assert "已电话核实" in second.get(order).content.decode()
    assert "两人签字越过护栏" in second.get(reverse("blocks:board")).content.decode()


def test_what_nobody_may_answer_for_offers_no_way_on_the_page(make_case, staff, login):
    address = reverse("blocks:propose", args=[make_case(now=timezone.now()).pk])
    given = {"target": "subtree", "value": "com.cn", "port": "", "days": "30", "basis": "plan-boundary", "reason": "x"}
    page = login(staff.handler).post(address, given).content.decode()
    assert "提请越过护栏" not in page
    assert 'name="override"' not in page
