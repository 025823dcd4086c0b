"""Findings become leads: the same twice is one, what is not a finding is named, nothing becomes a case by itself."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from minewarden.desk.cases.intake import LONGEST_LINE, import_findings, take_findings
from minewarden.desk.cases.models import Case, EvidenceCopy, Lead
from minewarden.desk.ledger.models import UnitRange
from minewarden.vocab.errors import InputError, UsageError
from tests.desk.made import NOW, candidate, finding


def take(*contents, unit=None):
    return take_findings([json.dumps(c, ensure_ascii=False) for c in contents], by=None, now=NOW, unit=unit)


def own(unit, cidr, start="2026-01-01", end=None):
    def at(day):
        return datetime.fromisoformat(day).replace(tzinfo=UTC)

    UnitRange.objects.create(
        unit=unit, cidr=cidr, purpose="office", valid_from=at(start), valid_to=at(end) if end else None
    )


def test_a_finding_becomes_a_lead_and_no_case(city, recorded):
    recorded()
    taken = take(finding(), unit=city.first_school)
    lead = Lead.objects.get(pk=taken.new[0])
    assert (lead.sureness, lead.certainty, lead.grade, lead.target) == (
        "confirmed",
        "unique",
        "work",
        "pool.example.net:3333",
    )
    assert Case.objects.count() == 0
    assert recorded() == ["lead.take-in"]


def test_the_same_line_twice_is_the_same_lead(city, recorded):
    take(finding(), finding(2), unit=city.first_school)
    recorded()
    again = take(finding(2), finding(), unit=city.first_school)
    assert (again.new, again.changed, len(again.same), recorded()) == ([], [], 2, [])


def test_newer_evidence_is_added_and_the_older_stays(city):
    take(finding(), unit=city.first_school)
    taken = take(finding(shares=40, last_seen="2026-03-12T18:00:00Z"), unit=city.first_school)
    lead = Lead.objects.get(pk=taken.changed[0])
    assert lead.shares == 40
    assert EvidenceCopy.objects.filter(finding_id=lead.finding_id).count() == 2


def test_a_cases_evidence_does_not_change_under_it(make_case, city):
    case = make_case()
    take(finding(shares=99), unit=city.first_school)
    assert Case.objects.get(pk=case.pk).evidence.content["shares"] == 12


def test_the_unit_is_proposed_by_address_and_time_of_the_activity(city):
    """N1: the range was one school's until the end of February, and another's since."""
    own(city.first_school, "198.51.100.0/27", end="2026-03-01")
    own(city.riverside, "198.51.100.0/27", start="2026-03-01")
    host = {"host": "198.51.100.20", "trace": []}
    lead = Lead.objects.get(pk=take(finding(**host)).new[0])
    assert (lead.unit, lead.keeper, lead.unit_basis["key"]) == (city.riverside, city.bureau, "basis_ledger")


def test_conflicting_claims_stay_with_the_sender(city):
    own(city.first_school, "203.0.113.0/28")
    own(city.riverside, "203.0.113.0/28")
    lead = Lead.objects.get(pk=take(finding(host="203.0.113.4", trace=[])).new[0])
    assert lead.unit is None
    assert lead.unit_basis == {"key": "basis_conflict", "address": "203.0.113.4", "units": ["市一中", "江畔小学"]}


def test_an_inside_address_alone_names_nobody(city):
    """N8: one school has registered it, many use it; behind the exit it was seen through it says which school."""
    own(city.first_school, "10.12.8.0/24")
    lead = Lead.objects.get(pk=take(finding(1)).new[0])
    assert lead.unit is None
    assert (lead.unit_basis["key"], lead.unit_basis["units"]) == ("basis_needs_exit", ["市一中"])
    own_logs = Lead.objects.get(pk=take(finding(2), unit=city.first_school).new[0])
    assert (own_logs.unit, own_logs.unit_basis["key"]) == (city.first_school, "basis_own_logs")
    own(city.first_school, "198.51.100.0/27")
    behind = Lead.objects.get(pk=take(finding(3, host="198.51.100.9", trace=[candidate(3)])).new[0])
    assert (behind.unit, behind.unit_basis["key"]) == (city.first_school, "basis_ledger")


def test_several_candidates_are_said_to_be_several(city):
    trace = [candidate(1, "likely"), candidate(2, "possible")]
    lead = Lead.objects.get(pk=take(finding(trace=trace), unit=city.first_school).new[0])
    assert lead.certainty == "several"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("{", "line_not_json"),
        ("[" * 100_000, "line_not_json"),
        (json.dumps(finding(extra="\ud800")), "line_not_json"),
        (json.dumps(finding(extra="\0")), "line_not_json"),
        (json.dumps(finding(extra="?")).replace('"?"', "1e999"), "line_not_json"),
        (json.dumps(finding(extra=float("nan"))), "line_not_json"),
        ("9" * 10_000, "line_not_json"),
        ("[]", "line_other_schema"),
        ('{"schema":"minewarden/finding/2"}', "line_other_schema"),
        ("x" * (LONGEST_LINE + 1), "line_too_long"),
        (json.dumps(finding(host="pool.example.net")), "line_wrong_field"),
        (json.dumps(finding(evidence=[])), "line_wrong_field"),
        (json.dumps(finding(first_seen="2026-03-12T13:14:37")), "line_wrong_field"),
        (json.dumps(finding(port=70000)), "line_wrong_field"),
        (json.dumps(finding(trace=[{"internal_ip": 7}])), "line_wrong_field"),
        (json.dumps(finding(state="certain")), "line_wrong_field"),
    ],
)
def test_what_is_not_a_finding_is_named_and_the_rest_goes_on(city, line, key):
    good = json.dumps(finding())
    taken = take_findings([good, line, "", good], by=None, now=NOW, unit=city.first_school)
    assert [(r.line, r.reason.id) for r in taken.rejected] == [(2, f"desk_cases.{key}")]
    assert (len(taken.new), len(taken.same)) == (1, 1)


def test_a_file_is_read_line_by_line(city, tmp_path):
    path = tmp_path / "findings.jsonl"
    path.write_text(json.dumps(finding()) + "\n" + "y" * (LONGEST_LINE * 2) + "\n" + json.dumps(finding(2)))
    taken = import_findings(path, now=NOW, unit=city.first_school)
    assert (len(taken.new), len(taken.rejected)) == (2, 1)
    with pytest.raises(InputError):
        import_findings(tmp_path / "absent.jsonl", now=NOW)


@pytest.mark.django_db
def test_without_any_unit_it_says_what_to_do():
    with pytest.raises(UsageError, match="organisation"):
        take_findings([json.dumps(finding())], by=None, now=NOW)


def test_an_officer_imports_a_file_on_the_page(city, staff, login):
    lines = "\ufeff" + json.dumps(finding(), ensure_ascii=False) + "\n" + "{broken\n" + "\xff\n"
    file = SimpleUploadedFile("findings.jsonl", lines.encode())
    given = {"unit": city.first_school.pk, "file": file}
    page = login(staff.handler).post(reverse("cases:import"), given).content.decode()
    assert "新增 1 条" in page
    assert "第 2 行" in page
    assert Lead.objects.get().evidence.taken_by == staff.handler


def test_nobody_imports_for_a_unit_that_is_not_his(city, staff, login):
    file = SimpleUploadedFile("findings.jsonl", json.dumps(finding()).encode())
    login(staff.handler).post(reverse("cases:import"), {"unit": city.riverside.pk, "file": file})
    assert Lead.objects.count() == 0
