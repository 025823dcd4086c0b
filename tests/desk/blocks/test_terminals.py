"""Who mines again is taken off: first a notice of disconnection, then two people, then a release of the unit's own."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from minewarden.cli.main import main
from minewarden.desk.blocks import access, actions, queries
from minewarden.desk.blocks.bridge import FORMS
from minewarden.desk.blocks.models import Block, Release, Scope
from minewarden.desk.cases.models import Order
from minewarden.vocab.errors import GuardRefusal

MAC = {"target": "station", "value": "02-00-5E-10-00-01", "basis": "plan-terminal"}


@pytest.fixture
def taken_off(asked, noticed, staff):
    case = noticed()
    return actions.agree(asked(case=case, **MAC), by=staff.principal, now=timezone.now())


def test_only_where_a_notice_of_disconnection_is_in_force(asked, noticed, make_case):
    with pytest.raises(GuardRefusal) as refusal:
        asked(case=make_case("lock", number=2, now=timezone.now()), **MAC)
    assert "断网通知单" in refusal.value.said("zh")
    case = noticed()
    Order.objects.filter(case=case).update(state="ordered", approved_at=None, approved_by=None)
    case.refresh_from_db()
    with pytest.raises(GuardRefusal):
        asked(case=case, override="我来负责", **MAC)
    Order.objects.filter(case=case).update(state="approved")
    assert asked(case=type(case).objects.get(pk=case.pk), **MAC).personal


@pytest.mark.parametrize(("target", "value"), [("station", "01:00:5e:00:00:01"), ("account", "*"), ("account", "a'b")])
def test_the_guard_is_asked_here_too(asked, noticed, target, value):
    with pytest.raises(GuardRefusal):
        asked(case=noticed(), target=target, value=value, basis="plan-terminal")


def test_it_stands_in_no_file_for_the_network_and_in_no_release_of_it(taken_off, staff, city, login):
    for form in FORMS:
        files = actions.export(Block.objects.all(), by=staff.handler, now=timezone.now(), form=form)
        assert not any(b"5e" in data.lower() and b"02:00:5e" in data.lower() for data in files.values())
    made = actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school)
    assert made.rules == []


def test_a_release_of_the_unit_s_own(taken_off, staff, city, tmp_path):
    made = actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school, scope=Scope.TERMINALS)
    assert [(row["target"], row["value"]) for row in made.rules] == [("station", "02:00:5e:10:00:01")]
    assert "方案三（三）4" in made.rules[0]["basis"]
    files = actions.fetch(made, by=staff.handler, now=timezone.now(), form="radius")
    assert b"Auth-Type := Reject" in files["minewarden-radius-users"]
    (tmp_path / "o.json").write_bytes(bytes(made.orders))
    (tmp_path / "d.toml").write_text('[device.refusals]\nkind = "folder"\nform = "radius"\nfolder = "radius"\n')
    common = ["--devices", str(tmp_path / "d.toml"), "--book", str(tmp_path / "book"), "--by", "甲"]
    plan, receipts = str(tmp_path / "p.json"), tmp_path / "r.json"
    assert main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", plan, *common]) == 0
    assert main(["block", "apply", plan, "--receipts", str(receipts), *common]) == 0
    assert json.loads(receipts.read_text())[0]["state"] == "confirmed"
    given = {"by": staff.handler, "now": timezone.now(), "unit": city.first_school}
    actions.take_receipts(made, file=receipts.read_bytes(), **given)
    page = queries.release_page(made, timezone.now())
    assert (page.confirmed, page.forms) == (1, ("radius",))


def test_the_district_sees_it_and_takes_no_part_and_nobody_below_does(taken_off, staff, city, people):
    made = actions.release(by=staff.handler, now=timezone.now(), unit=city.first_school, scope=Scope.TERMINALS)
    assert made in access.releases_for(staff.superior)
    assert made not in access.releases_for(staff.stranger)
    district = Release.objects.create(
        unit=city.linjiang, scope=Scope.TERMINALS, number=1, at=timezone.now(), by=staff.superior, orders=b"", rules=[],
        rules_sha256="0" * 64,
    )  # fmt: skip
    assert district not in access.releases_for(staff.handler)
    plan = queries.plan_page(staff.superior, city.linjiang, timezone.now(), Scope.TERMINALS)
    assert [line.sign for line in plan.lines] == [], "the school's own are released by the school"


def test_a_restoration_takes_it_out_and_says_so(taken_off, staff, city, login):
    now = timezone.now()
    Order.objects.filter(case=taken_off.case).update(state="restored")
    page = login(staff.handler).get(reverse("blocks:board")).content.decode()
    assert "已批准恢复上网" in page
    assert queries.plan_page(staff.handler, city.first_school, now, Scope.TERMINALS).lines == ()


def test_it_is_lifted_by_one_person_and_ends_by_itself(taken_off, staff, city):
    now = timezone.now()
    actions.release(by=staff.handler, now=now, unit=city.first_school, scope=Scope.TERMINALS)
    over = now + timedelta(days=31)
    assert [line.sign for line in queries.plan_page(staff.handler, city.first_school, over, Scope.TERMINALS).lines] == [
        "-"
    ]
    actions.lift(taken_off, by=staff.handler, now=now, reason="已清理")
    made = actions.release(by=staff.handler, now=now, unit=city.first_school, scope=Scope.TERMINALS)
    assert (made.number, made.rules) == (2, [])


def test_the_principal_s_page_counts_and_names_nobody(taken_off, staff, login):
    page = login(staff.principal).get(reverse("blocks:explained")).content.decode()
    assert "另有 1 个反复“挖矿”的终端或账号" in page
    assert "5e" not in page.lower().split("<main", 1)[1].split("</main", 1)[0]


def test_the_ground_is_that_of_the_plan(noticed, staff, login):
    address = reverse("blocks:propose", args=[noticed().pk])
    client = login(staff.handler)
    page = client.get(address).content.decode()
    assert "02:00:5e:10:00:01" in page, "the device of the case is suggested"
    given = {"target": "station", "value": "02:00:5e:10:00:01", "port": "", "days": "30", "reason": "再次挖矿"}
    assert client.post(address, given | {"basis": "plan-boundary"}).status_code == 200
    assert client.post(address, given | {"basis": "plan-terminal"}).status_code == 302
    assert Block.objects.get().target == "station"


def test_its_sessions_are_looked_up_before_it_is_decided(asked, noticed, staff, login, settings, tmp_path):
    block = asked(case=noticed(), **MAC)
    now = timezone.now()
    detail = tmp_path / "detail"
    stamp = int(now.timestamp()) - 60
    detail.write_text(
        f'{now:%a %b %d %H:%M:%S %Y}\n\tAcct-Status-Type = Start\n\tAcct-Session-Id = "5F3A01"\n\tUser-Name = "t1"\n'
        f'\tCalling-Station-Id = "02-00-5E-10-00-01"\n\tNAS-IP-Address = 192.0.2.1\n\tTimestamp = {stamp}\n\n'
    )
    assert main(["ingest", str(detail), "--lake", str(tmp_path / "lake")]) == 0
    settings.LAKE = tmp_path / "lake"
    page = login(staff.principal).get(reverse("blocks:order", args=[block.pk])).content.decode()
    assert "1 条登录或计费记录，涉及 1 个终端" in page
