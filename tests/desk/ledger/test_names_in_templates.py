"""What the drop-downs of a template offer: the units and lines that the person fills in for, and no part of a list."""

import io
import zipfile
from datetime import date

from django.urls import reverse

from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import Line
from minewarden.desk.ledger.queries import options
from minewarden.desk.org.models import Unit


def names(*units):
    return [unit.name for unit in units]


def test_each_is_offered_the_units_he_fills_in_for(city, people):
    below = [city.linjiang, city.first_school, city.riverside]
    assert options(BOOKS["assets"], people.officer)["unit"] == names(*below)
    assert options(BOOKS["assets"], people.school_officer)["unit"] == names(city.first_school)
    assert options(BOOKS["assets"], people.stranger)["unit"] == names(city.yunlu, city.yunlu_school)
    assert options(BOOKS["units"], people.officer)["parent"] == names(*below)


def test_of_the_unit_in_view_its_own_and_of_what_is_over_nothing(city, people, login):
    assert options(BOOKS["assets"], people.officer, city.riverside)["unit"] == names(city.riverside)
    Line.objects.create(unit=city.riverside, number="L1", carrier="telecom")
    Line.objects.create(unit=city.riverside, number="L2", carrier="telecom", ended_on=date(2026, 3, 1))
    Line.objects.create(unit=city.first_school, number="L1", carrier="telecom")
    Line.objects.create(unit=city.yunlu_school, number="L9", carrier="telecom")
    assert options(BOOKS["ranges"], people.officer)["line"] == ["L1"]
    Unit.objects.filter(pk=city.first_school.pk).update(valid_from=date(2020, 9, 1), valid_to=date(2026, 3, 1))
    assert options(BOOKS["assets"], people.officer)["unit"] == names(city.linjiang, city.riverside)
    client = login("officer")
    client.post(reverse("org:switch"), {"unit": city.riverside.pk})
    answer = client.get("/ledger/assets/template/")
    assert city.riverside.name.encode() in sheet_strings(answer.content)
    assert city.linjiang.name.encode() not in sheet_strings(answer.content)


def sheet_strings(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("xl/sharedStrings.xml")
