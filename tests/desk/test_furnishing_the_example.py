"""The invented city goes into an empty desk, once, and never into one that is in use."""

import json

import pytest

from minewarden.desk.audit.verify import verify
from minewarden.desk.campaigns.models import Campaign, Filing
from minewarden.desk.cases.models import Case, Lead
from minewarden.desk.example import furnish
from minewarden.desk.library.bridge import library
from minewarden.desk.org.models import Person, Unit
from minewarden.simulator.city import JF07
from minewarden.vocab.errors import UsageError
from tests.desk.made import NOW, candidate, finding

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def findings(tmp_path):
    path = tmp_path / "findings.jsonl"
    lines = [finding(1, host=JF07.ip, trace=[candidate()]), finding(2)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_second_time_changes_nothing(findings, tmp_path):
    logins = tmp_path / "logins.json"
    made = furnish(findings, logins, now=NOW)
    before = [model.objects.count() for model in (Unit, Person, Lead, Case, Campaign, Filing)]
    assert before[2:] == [2, 1, 1, 2]
    assert len(list(library().records())) >= 100
    assert logins.stat().st_mode & 0o077 == 0
    assert furnish(findings, logins, now=NOW) == made
    assert [model.objects.count() for model in (Unit, Person, Lead, Case, Campaign, Filing)] == before
    assert verify().whole


def test_a_desk_in_use_is_left_alone(city, findings, tmp_path):
    units = Unit.objects.count()
    with pytest.raises(UsageError):
        furnish(findings, tmp_path / "logins.json", now=NOW)
    assert (Unit.objects.count(), Lead.objects.count()) == (units, 0)
