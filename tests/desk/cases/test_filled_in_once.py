"""What the ledger says of a device already is not asked for again when it is locked; who is responsible, people say."""

import re
from datetime import timedelta

from django.urls import reverse

from minewarden.desk.cases import actions
from minewarden.desk.ledger import actions as ledger
from minewarden.desk.ledger.models import Asset, UnitRange
from tests.desk.made import NOW


def asked(page):
    """Of the form that locks: name -> what stands in it."""
    tags = [tag for tag in re.findall(r"<input [^>]*>", page) if 'name="lock-' in tag]
    value = {re.search(r'name="lock-([^"]+)"', tag)[1]: re.search(r'value="([^"]*)"', tag) for tag in tags}
    return {name: found[1] if found else "" for name, found in value.items()}


def test_the_ledger_fills_in_what_it_knows_of_the_device(make_case, staff, login):
    case = make_case("start")
    known = {"name": "机房7号机", "place": "实验楼 305", "person_name": "秦朗", "mac": "02:00:5e:10:00:01"}
    Asset.objects.create(number="JF-07", unit=case.unit, ip="10.12.8.1", **known)
    form = asked(login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode())
    device = [form[name] for name in ("device_name", "device_serial", "device_place", "device_ip")]
    assert device == ["机房7号机", "JF-07", "实验楼 305", "10.12.8.1"]
    assert [form[name] for name in ("device_mac", "responsible_name")] == ["", ""], "masked on the page, and so here"


def test_what_another_unit_calls_by_the_same_number_is_not_taken_for_it(make_case, staff, login, city):
    case = make_case("start")
    Asset.objects.create(number="JF-07", unit=city.riverside, ip="10.12.8.1", name="别校的", place="别处")
    form = asked(login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode())
    assert (form["device_name"], form["device_place"]) == ("JF-07", "")


def test_what_came_back_is_proposed_to_whoever_had_the_address_then_and_the_reason_is_told(
    make_case, staff, login, city
):
    case = make_case(host="203.0.113.10")
    add = {"by": None, "cidr": "203.0.113.0/28", "purpose": "egress"}
    ledger.add_range(unit=city.first_school, valid_from=NOW - timedelta(days=400), valid_to=NOW, **add)
    actions.return_not_ours(case, by=staff.handler, now=NOW, reason="非本单位地址")

    def proposed():
        page = login(staff.superior).get(reverse("cases:case", args=[case.pk])).content.decode()
        field = page.partition('name="redispatch-unit"')[2].partition("</p>")[0]
        return re.findall(r'<option value="(\d+)" selected', field), page

    chosen, page = proposed()
    assert not chosen, "whoever gave it back is not proposed again"
    assert "203.0.113.10 在 203.0.113.0/28 内" in page
    UnitRange.objects.update(unit=city.riverside)
    chosen, page = proposed()
    assert chosen == [str(city.riverside.pk)]
    assert f"登记为{city.riverside.name}使用" in page
    UnitRange.objects.update(valid_to=case.first_seen + timedelta(hours=1))
    ledger.add_range(unit=city.yunlu_school, valid_from=case.first_seen + timedelta(hours=1), valid_to=None, **add)
    chosen, page = proposed()
    assert not chosen, "it changed hands while it went on"
