"""The file of outcomes: read back as written, nothing of persons in it, and what is wrong in it is told by line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.labels import Label, Outcome, Reason, label_of, read_labels, write_labels
from minewarden.vocab.errors import InputError

DECIDED = datetime(2026, 11, 29, 0, 0, tzinfo=UTC)
FINDING = {
    "id": "f1", "state": "probable", "probability": 0.7, "host": "10.1.2.3", "account": "4AB", "worker": "李明",
    "evidence": [
        {"detector": "push_flow", "family": "behaviour", "weight": 4.5, "text": {"zh": "10.1.2.3"}, "rows": [1]}
    ],
}  # fmt: skip


def label(number: int = 1, **more: object) -> Label:
    own = {"outcome": Outcome.TRUE, "decided_at": DECIDED, "state": "suspected", "probability": 0.3}
    return Label(**{"id": f"f{number}", "reasons": (Reason("push_flow", "behaviour", 5.0),), **own, **more})  # type: ignore[arg-type]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    labels = [label(1), label(2, outcome=Outcome.FALSE_ALARM, probability=None), label(3, reasons=())]
    assert write_labels(labels, tmp_path / "labels.jsonl") == 3
    assert read_labels(tmp_path / "labels.jsonl") == (labels, [])
    with pytest.raises(FileExistsError):
        write_labels(labels, tmp_path / "labels.jsonl")


def test_nothing_of_the_device_or_the_person_goes_along() -> None:
    line = label_of(FINDING, Outcome.TRUE, DECIDED).line()
    assert set(json.loads(line)) == {"schema", "id", "outcome", "decided_at", "state", "probability", "reasons"}
    assert not any(word in line for word in ("10.1.2.3", "4AB", "李明", "row"))


def test_of_one_finding_the_latest_decision_counts(tmp_path: Path) -> None:
    later = label(1, outcome=Outcome.FALSE_ALARM, decided_at=DECIDED + timedelta(days=1))
    write_labels([later, label(1)], tmp_path / "labels.jsonl")
    assert read_labels(tmp_path / "labels.jsonl") == ([later], [])


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "minewarden.finding/1"}, {"outcome": "perhaps"}, {"decided_at": "yesterday"}, {"probability": 2},
        {"decided_at": "2026-11-29T00:00:00"}, {"probability": True}, {"id": ""}, {"id": 7}, {"reasons": None},
        {"id": "a\x1b[2J"},
        {"reasons": [{"detector": "x", "family": "y"}]}, {"reasons": [{"detector": "x", "family": "y", "weight": 1e9}]},
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_line_is_told_and_the_others_count(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "labels.jsonl"
    wrong = json.dumps({**json.loads(label(1).line()), **change})
    path.write_text(f"{wrong}\n\n{label(2).line()}\nno json\n", encoding="utf-8")
    labels, problems = read_labels(path)
    assert [one.id for one in labels] == ["f2"]
    assert [problem.line for problem in problems] == [1, 4]
    assert all(problem.said(language) for problem in problems for language in ("zh", "en"))


def test_an_endless_line_and_a_missing_file_are_told(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(b"[" * 200_000)
    for place in (path, tmp_path / "absent.jsonl", tmp_path):
        with pytest.raises(InputError):
            read_labels(place)


@given(st.binary(max_size=300))
def test_any_bytes_are_labels_or_problems(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("junk") / "labels.jsonl"
    path.write_bytes(junk + b"\n" + label(1).line().encode() + b"\n")
    labels, problems = read_labels(path)
    assert [one.id for one in labels] == ["f1"]
    assert len(problems) <= junk.count(b"\n") + 1
