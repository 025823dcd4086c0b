"""The invented city goes into an empty desk, once, and never into one that is in use."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from minewarden.desk.alerts.models import Alert
from minewarden.desk.audit.verify import verify
from minewarden.desk.campaigns.models import Campaign, Filing, Gate
from minewarden.desk.cases.models import Case, Lead
from minewarden.desk.example import furnish
from minewarden.desk.library.bridge import library
from minewarden.desk.measures.models import EnergyFact, Entry, Review
from minewarden.desk.notify.models import Copy, Delivery, Outlet
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.pledges.evidence import strokes_of
from minewarden.desk.pledges.ink import picture
from minewarden.desk.pledges.models import Signature, Signer, Text
from minewarden.desk.pledges.verify import verify as verify_pledges
from minewarden.simulator.city import JF07, KINDERGARTEN, MIDDLE
from minewarden.vocab.errors import UsageError
from tests.desk.made import NOW, candidate, finding

pytestmark = pytest.mark.django_db(transaction=True)
FURNISHED = (
    *(Unit, Person, Lead, Case, Campaign, Filing, Gate, Text, Signer, Signature),
    *(Alert, Copy, Entry, Review, EnergyFact),
)


@pytest.fixture
def findings(tmp_path):
    path = tmp_path / "findings.jsonl"
    lines = [finding(1, host=JF07.ip, trace=[candidate()]), finding(2)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_second_time_changes_nothing(findings, tmp_path):
    logins = tmp_path / "logins.json"
    made = furnish(findings, logins, now=NOW)
    before = [model.objects.count() for model in FURNISHED]
    assert before[2:6] == [2, 1, 1, 5]
    assert all(before)
    assert len(list(library().records())) >= 100
    assert logins.stat().st_mode & 0o077 == 0
    assert furnish(findings, logins, now=NOW) == made
    assert [model.objects.count() for model in FURNISHED] == before
    assert verify().whole


@pytest.fixture
def seen(findings, tmp_path):
    """seen(username, path) -> what that person reads on a page of the furnished desk."""
    furnish(findings, tmp_path / "logins.json", now=timezone.now())

    def page(username: str, path: str) -> str:
        browser = Client()
        browser.force_login(Person.objects.get(username=username), "django.contrib.auth.backends.ModelBackend")
        answer = browser.get(path, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    return page


def test_a_school_has_some_of_its_pledges(seen):
    school = Unit.objects.get(name=MIDDLE.name)
    assert "72.7%" in seen("zhoulan", "/pledges/"), "eight of eleven, the twelfth being excused"
    people = seen("chenyiming", f"/pledges/units/{school.pk}/people/")
    assert "温朗" in people
    assert "韦知秋" not in people, "the list begins with those who have not signed"
    assert "第 2 版" in seen("chenyiming", "/pledges/texts/")
    signed = list(Signature.objects.select_related("ink"))
    assert len({picture(strokes_of(one)) for one in signed}) == len(signed) == 8, "each wrote a name of their own"
    assert verify_pledges().whole


def test_a_warning_was_released_by_a_second_person_and_stayed_in_the_desk(seen):
    alert = Alert.objects.get()
    assert alert.title in seen("zhoulan", "/alerts/")
    page = seen("zhoulan", f"/alerts/{alert.pk}/")
    assert "2/7" in page
    assert ("周岚" in page, "林舒" in page) == (True, True)
    assert "实验小学、向阳幼儿园" in page, "nobody there has an account"
    assert (Delivery.objects.count(), Outlet.objects.count(), alert.spent) == (0, 0, 0)


def test_measures_stand_at_different_steps(seen):
    book = seen("linshu", "/measures/")
    assert all(word in book for word in ("致运营商函", "私自接电移送", "评先评优", "拟办", "已函告", "已答复"))
    carrier = Entry.objects.get(kind="carrier")
    assert carrier.answer in seen("shenzhiyuan", f"/measures/{carrier.pk}/")
    assert "补充材料后再审" in seen("linshu", f"/measures/reviews/{Review.objects.get().pk}/")
    assert "插座式功率计" in seen("chenyiming", f"/measures/energy/cases/{Case.objects.get().pk}/")


def test_a_desk_in_use_is_left_alone(city, findings, tmp_path):
    units = Unit.objects.count()
    with pytest.raises(UsageError):
        furnish(findings, tmp_path / "logins.json", now=NOW)
    assert (Unit.objects.count(), Lead.objects.count()) == (units, 0)


def test_a_phase_of_the_campaign_is_frozen_as_it_stood(seen):
    gate = Gate.objects.get()
    page = seen("linshu", f"/campaigns/gate/{gate.pk}/")
    assert "与冻结时一致" in page
    stood = {row["name"]: (row["done"], [result["ok"] for result in row["results"]]) for row in gate.content["units"]}
    assert stood[MIDDLE.name] == (3, [True, True, False]), "plan and meeting are there, pledges are not whole"
    assert stood[KINDERGARTEN.name] == (1, [False, False, False]), "only its contacts are in the ledger"
    assert "遗留" in seen("chenyiming", "/campaigns/mine/"), "what was not done then is still asked for"
