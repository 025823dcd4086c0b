"""Outcomes leave the desk by an approver's order only, for his units, without a trace of persons; the log says so."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import labels, leads
from minewarden.desk.cases.labels import export_labels
from minewarden.desk.cases.models import Case
from minewarden.detect.labels import Outcome, read_labels
from tests.desk.made import NOW

LATER = NOW + timedelta(days=9)


def concluded(case: Case, conclusion: str) -> None:
    Case.objects.filter(pk=case.pk).update(conclusion=conclusion, concluded_at=NOW + timedelta(days=1))


def test_what_was_decided_goes_out_and_nothing_else(make_case, make_lead, staff, tmp_path, recorded):
    recorded()
    true, false, open_one = (make_case(number=number) for number in (1, 2, 3))
    concluded(true, Case.Conclusion.TRUE)
    concluded(false, Case.Conclusion.FALSE_ALARM)
    for number, reason in ((4, "resolver"), (5, "too-weak")):
        leads.dismiss(make_lead(number), by=staff.handler, now=NOW, reason=reason, note="见工单")
    done = export_labels(tmp_path / "labels.jsonl", by=staff.principal, now=LATER)
    found, problems = read_labels(tmp_path / "labels.jsonl")
    assert problems == []
    assert {label.id: label.outcome for label in found} == {
        true.evidence.finding_id: Outcome.TRUE,
        false.evidence.finding_id: Outcome.FALSE_ALARM,
        f"{4:016x}": Outcome.FALSE_ALARM,
    }
    assert open_one.evidence.finding_id not in {label.id for label in found}
    assert (done.true, done.false) == (1, 2)
    text = (tmp_path / "labels.jsonl").read_text(encoding="utf-8")
    for personal in (
        "10.12.8",
        "秦朗",
        "t20180317",
        "02:00:5e",
        "203.0.113.9",
        "pool.example.net",
        "bc1q",
        "JF-07",
        "市一中",
    ):
        assert personal not in text
    entry = Record.objects.get(action="label.export")
    assert (entry.actor, entry.after["sha256"]) == (staff.principal.name, done.sha256)


def test_units_that_the_person_does_not_approve_for_stay_out(make_case, staff, people, tmp_path):
    concluded(make_case(number=1), Case.Conclusion.TRUE)
    for stranger in (staff.handler, people.audit):
        with pytest.raises(PermissionDenied):
            export_labels(tmp_path / "labels.jsonl", by=stranger, now=LATER)
    assert not (tmp_path / "labels.jsonl").exists()


def test_a_case_decides_before_the_lead_it_was_made_of(make_case, staff, tmp_path):
    case = make_case(number=1)
    concluded(case, Case.Conclusion.TRUE)
    type(case.lead).objects.filter(pk=case.lead.pk).update(status="dismissed", dismissed_reason="resolver")
    export_labels(tmp_path / "labels.jsonl", by=staff.principal, now=LATER)
    [line] = (tmp_path / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["outcome"] == "true"


def test_what_is_not_in_the_log_is_not_on_the_disk(make_case, staff, tmp_path, monkeypatch):
    concluded(make_case(number=1), Case.Conclusion.TRUE)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(labels, "record", broken)
    with pytest.raises(RuntimeError):
        export_labels(tmp_path / "labels.jsonl", by=staff.principal, now=LATER)
    assert list(Path(tmp_path).glob("labels*")) == []


def test_an_exported_file_is_not_overwritten(make_case, staff, tmp_path):
    concluded(make_case(number=1), Case.Conclusion.TRUE)
    export_labels(tmp_path / "labels.jsonl", by=staff.principal, now=LATER)
    with pytest.raises(FileExistsError):
        export_labels(tmp_path / "labels.jsonl", by=staff.principal, now=LATER)
    assert (tmp_path / "labels.jsonl").exists()
