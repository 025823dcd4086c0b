"""Units are renamed, moved, merged and closed; what was called or owned before stays readable, and finds them."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.org import actions
from minewarden.desk.org.models import Person, Role, Unit

pytestmark = pytest.mark.django_db


def test_a_former_name_is_kept_with_its_last_day(city, people):
    actions.change_unit(city.first_school, by=people.keeper, name="云川市第一高级中学", short_name="一高")
    unit = Unit.objects.get(pk=city.first_school.pk)
    today = timezone.localdate()
    assert (unit.name, unit.name_on(today)) == ("云川市第一高级中学", "云川市第一高级中学")
    assert unit.name_on(today - timedelta(days=1)) == "云川市第一中学"
    entry = Record.objects.get(action="unit.change")
    assert (entry.before["name"], entry.after["name"]) == ("云川市第一中学", "云川市第一高级中学")


def test_moving_a_unit_takes_everything_below_along(city, people):
    office = actions.create_unit(by=None, kind="department", name="信息中心", parent=city.first_school)
    actions.change_unit(city.first_school, by=people.system, parent=city.yunlu)
    office.refresh_from_db()
    assert office.path == f"{city.yunlu.path}{city.first_school.pk}/{office.pk}/"
    with pytest.raises(actions.Refused):
        actions.change_unit(city.yunlu, by=people.system, parent=office)


def test_a_merged_unit_names_its_successor_and_its_children_come_first(city, people):
    actions.create_unit(by=None, kind="department", name="总务处", parent=city.riverside)
    with pytest.raises(actions.Refused):
        actions.close_unit(city.riverside, by=people.keeper, until=timezone.localdate(), successor=city.first_school)
    Unit.objects.filter(name="总务处").update(valid_to=timezone.localdate())
    actions.close_unit(city.riverside, by=people.keeper, until=timezone.localdate(), successor=city.first_school)
    with pytest.raises(actions.Refused):
        actions.close_unit(city.first_school, by=people.keeper, until=timezone.localdate(), successor=city.riverside)
    with pytest.raises(actions.Refused):
        actions.close_unit(city.riverside, by=people.keeper, until=timezone.localdate())


def test_no_unit_is_merged_into_one_of_its_own_that_has_ended(city):
    office = actions.create_unit(by=None, kind="department", name="总务处", parent=city.riverside)
    actions.close_unit(office, by=None, until=timezone.localdate())
    with pytest.raises(actions.Refused):
        actions.close_unit(city.riverside, by=None, until=timezone.localdate(), successor=office)


def test_a_unit_cannot_end_before_it_began(city, people):
    with pytest.raises(ValidationError):
        actions.close_unit(city.riverside, by=people.keeper, until=date(2000, 1, 1))


def test_a_keeper_keeps_the_own_subtree_and_grants_nothing(city, people):
    assert actions.create_unit(by=people.keeper, kind="school", name="新校", parent=city.linjiang).pk
    for parent in (city.bureau, city.yunlu):
        with pytest.raises(actions.Refused):
            actions.create_unit(by=people.keeper, kind="school", name="外校", parent=parent)
    with pytest.raises(actions.Refused):
        actions.change_unit(city.linjiang, by=people.keeper, name="改名")
    with pytest.raises(actions.Refused):
        actions.grant_post(people.nobody, role=Role.OFFICER, unit=city.linjiang, by=people.keeper)
    with pytest.raises(actions.Refused):
        actions.set_active(people.system, by=people.keeper, active=False)
    actions.set_active(people.nobody, by=people.keeper, active=False)
    assert not Person.objects.get(pk=people.nobody.pk).is_active


def test_pages_change_and_close_a_unit(city, people, login):
    browser, unit = login("keeper"), city.riverside
    page = browser.get(f"/units/{unit.pk}/").content.decode()
    assert f"/units/{unit.pk}/change/" in page
    given = {
        "kind": "school",
        "name": "江畔实验小学",
        "short_name": "江畔",
        "aliases": "江小、江畔小学",
        "school_code": "",
    }
    assert browser.post(f"/units/{unit.pk}/change/", given).status_code == 302
    closing = {"until": timezone.localdate().isoformat(), "successor": city.first_school.pk}
    assert browser.post(f"/units/{unit.pk}/close/", closing).status_code == 302
    page = browser.get(f"/units/{unit.pk}/").content.decode()
    assert "云川市临江区江畔小学" in page
    assert "云川市第一中学" in page
    assert "已撤销" in page
    assert Unit.objects.get(pk=unit.pk).aliases == ["江小", "江畔小学"]


def test_a_whole_number_is_shown_for_a_reason_only(city, people, login):
    people.officer.phone = "13800001234"
    people.officer.save()
    browser = login("security")
    path = f"/people/{people.officer.pk}/"
    assert "13800001234" not in browser.get(path).content.decode()
    refused = browser.post(f"{path}phone/", {"reason": ""})
    assert refused.status_code == 422
    assert "13800001234" not in refused.content.decode()
    assert "13800001234" in browser.post(f"{path}phone/", {"reason": "联系值班"}).content.decode()
    assert [entry.after["reason"] for entry in Record.objects.filter(action="person.reveal")] == ["联系值班"]


def test_a_whole_number_is_shown_by_no_way_without_a_reason(people):
    with pytest.raises(ValidationError):
        actions.reveal_phone(people.officer, by=people.security, reason="  ")
    assert not Record.objects.filter(action="person.reveal").exists()
