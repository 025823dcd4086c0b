"""More codes than one file holds are printed in parts, each of which the page names; none is left out in silence."""

import re
from datetime import timedelta

import pymupdf
import pytest
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.pledges import actions, codes, sheets
from minewarden.desk.pledges.codes import parts_of
from minewarden.desk.pledges.models import Signer
from minewarden.documents.code_sheet import MOST

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("count", "parts"),
    [(1, ()), (MOST, ()), (MOST + 1, ("1—2000", "2001—2001")), (5001, ("1—2000", "2001—4000", "4001—5001"))],
)
def test_each_card_is_in_one_part(count, parts):
    assert tuple(places for _, places in parts_of(count)) == parts
    assert [at for at, _ in parts_of(count)] == list(range(1, len(parts) + 1))


def test_a_group_of_more_cards_than_a_file_holds_is_printed_in_parts(school, login, monkeypatch):
    # A smaller file, so that four people are too many: two thousand take a minute to print.
    for module in (codes, sheets):
        monkeypatch.setattr(module, "MOST_IN_A_FILE", 3)
    now = timezone.now()
    until = now + timedelta(days=9)
    many = [
        Signer(unit=school.unit, number=f"X{at:05d}", name="何晓", group="全校", category="staff", due_from=now.date())
        for at in range(4)
    ]
    many = Signer.objects.bulk_create(many)
    actions.links(many, unit=school.unit, groups=None, until=until, by=school.officer, now=now)
    actions.links([school.qin], unit=school.unit, groups=None, until=until, by=school.officer, now=now)
    keeper, sheet = login("school_officer"), reverse("pledges:code-sheet", args=[school.unit.pk])
    refused = keeper.get(sheet, {"each": "1", "group": "全校"}, follow=True).content.decode()
    assert "共 4 张，一个文件至多 3 张" in refused
    assert re.findall(r"打印第 (\d+—\d+) 张", refused) == ["1—3", "4—4"]
    assert refused.count("打印小卡") == 1, "of the group that one file holds"
    last = keeper.get(sheet, {"each": "1", "group": "全校", "part": "2"})
    assert last["Content-Type"] == "application/pdf"
    text = "".join(page.get_text() for page in pymupdf.open(stream=last.content, filetype="pdf"))
    assert "X00003" in text
    assert "X00002" not in text
    first = keeper.get(sheet, {"each": "1", "group": "全校", "part": "1"})
    text = "".join(page.get_text() for page in pymupdf.open(stream=first.content, filetype="pdf"))
    assert re.findall(r"X0000\d", text) == ["X00000", "X00001", "X00002"]
    beyond = keeper.get(sheet, {"each": "1", "group": "全校", "part": "3"}, follow=True).content.decode()
    assert "没有有效的签订码" in beyond
