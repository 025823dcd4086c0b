"""Choosing one of very many rows: a list while they are few, a line to type in with offers from the server beyond."""

import json

import pytest
from django import forms
from django.utils import timezone

from minewarden.desk.cases.models import Notice
from minewarden.desk.cases.picks import NOTICES, notice_text
from minewarden.desk.org import picks
from minewarden.desk.org.models import Unit
from minewarden.desk.org.picks import Pick


class Choose(forms.Form):
    unit = Pick()


class ChooseNotice(forms.Form):
    notice = Pick(called=NOTICES)


def form(given=None, **kwargs):
    made = Choose(given, **kwargs)
    Pick.among(made, "unit", Unit.objects.all())
    return made


@pytest.fixture
def many(monkeypatch):
    monkeypatch.setattr(picks, "FEW", 2)


@pytest.fixture
def department(city):
    parent = city.first_school
    made = Unit.objects.create(parent=parent, path="x", kind="department", name="信息中心")
    Unit.objects.filter(pk=made.pk).update(path=f"{parent.path}{made.pk}/")
    return Unit.objects.get(pk=made.pk)


def test_few_units_are_a_list_and_chosen_by_number(city):
    assert f'<option value="{city.yunlu.pk}">云川市云麓区教育局</option>' in str(form())
    chosen = form({"unit": str(city.yunlu.pk)})
    assert chosen.is_valid()
    assert chosen.cleaned_data["unit"] == city.yunlu


def test_many_units_are_not_sent_but_typed(city, many, department):
    drawn = str(form(initial={"unit": department.pk}))
    assert "<option" not in drawn
    assert 'data-offers="/units/named/"' in drawn
    assert 'value="云川市第一中学 / 信息中心"' in drawn
    for typed, unit in (
        ("云川市云麓区教育局", city.yunlu), (" 云麓区 ", city.yunlu), ("3441990001", city.first_school),
        ("云川市第一中学 / 信息中心", department), ("信息中心", department),
    ):  # fmt: skip
        chosen = form({"unit": typed})
        assert chosen.is_valid(), typed
        assert chosen.cleaned_data["unit"] == unit


def test_what_nobody_or_several_are_called_is_refused_and_stays_typed(city, many, department):
    Unit.objects.create(parent=city.riverside, path="y", kind="department", name="信息中心")
    for typed, why in (("信息中心", "不止一个"), ("信息", "没有叫这个名称"), (str(city.yunlu.pk), "没有叫这个名称")):
        wrong = form({"unit": typed})
        assert why in str(wrong.errors["unit"])
        assert f'value="{typed}"' in str(wrong)


def test_names_are_offered_of_the_units_one_sees(login, city):
    def offered(who, text):
        return json.loads(login(who).get("/units/named/", {"q": text}).content)["offers"]

    assert offered("officer", "小学") == ["云川市临江区江畔小学"]
    assert offered("stranger", "小学") == []
    assert offered("officer", "344199") == ["云川市第一中学"]
    assert offered("officer", " ") == []


def test_many_notices_are_typed_by_number_or_sender_and_minute(city, people, many):
    now = timezone.now()
    fields = {"unit": city.linjiang, "received_at": now, "entered_at": now, "entered_by": people.officer}
    first = Notice.objects.create(source="省厅", number="豫教网通〔2026〕7号", **fields)
    bare = Notice.objects.create(source="公安机关", **fields)
    Notice.objects.create(source="省厅", number="豫教网通〔2026〕8号", **fields)
    for typed, notice in ((first.number, first), (notice_text(first), first), (notice_text(bare), bare)):
        chosen = ChooseNotice({"notice": typed})
        Pick.among(chosen, "notice", Notice.objects.all())
        assert chosen.is_valid(), typed
        assert chosen.cleaned_data["notice"] == notice
