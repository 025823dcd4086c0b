"""Templates: the shipped one is whole, and of a wrong one every fault is named at once, with its key and the remedy."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.campaigns.actions import faults_of
from minewarden.desk.campaigns.template import UNIT_KINDS, read
from minewarden.desk.kit.words import said
from minewarden.desk.org.models import Unit
from tests.desk.campaigns.conftest import TEMPLATE

WRONG = """
schema = "minewarden/campaign/2"
code = "Wrong Code"
title = ""
colour = "red"

[[basis]]
code = "plan"
text = "方案"

[[phase]]
code = "first"
title = "部署"
begins = 2026-04-20
ends = 2026-04-10
[[phase.gate]]
check = "weather"

[[phase]]
code = "first"
title = "攻坚"
begins = "四月"

[[phase]]
code = "last"
title = "常态"

[[task]]
code = "one"
phase = "nowhere"
title = "任务"
what = "做"
kinds = ["school", "hospital"]
basis = ["law"]
minutes = 0

[[task]]
code = "two"
phase = "last"
title = "任务"
what = "做"
kinds = ["school"]
proof = "figure"
[[task.question]]
key = "大小"
title = "大小"
kind = "choice"
[[task.question]]
key = "known"
title = "设备数"
known = "ledger.elephants"

[thresholds]
order_findings = 99
wishes = 3
"""


def test_the_shipped_template_is_whole():
    plan, faults = faults_of(TEMPLATE, "education-2022.toml")
    assert faults == ()
    assert plan is not None
    assert [phase.code for phase in plan.phases] == ["mobilise", "assault", "normal"]
    assert [phase.ends for phase in plan.phases] == [date(2022, 4, 10), date(2022, 4, 25), None]
    assert all(task.basis and task.title["en"] and task.what["en"] for task in plan.tasks)


def test_the_kinds_of_units_are_those_of_the_tree():
    assert set(UNIT_KINDS) == set(Unit.Kind.values)


def test_every_fault_is_named_at_once_with_its_key():
    plan, faults = read(WRONG, "wrong.toml")
    assert plan is None
    assert {fault.file for fault in faults} == {"wrong.toml"}
    assert {fault.key for fault in faults} == {
        "schema", "code", "title", "colour", "phase[1].ends", "phase[2].ends", "phase", "phase[1].gate[1].check",
        "phase[2].begins", "task[1].phase", "task[1].kinds", "task[1].basis", "task[1].minutes", "task[2].figure",
        "task[2].days", "task[2].question[1].key", "task[2].question[1].choices",
    }  # fmt: skip
    assert all(said(fault.why) for fault in faults)


def test_what_this_desk_does_not_know_is_named_too():
    text = TEMPLATE.replace('known = "ledger.assets"', 'known = "ledger.elephants"').replace(
        "order_days = 30", "wishes = 3"
    )
    plan, faults = faults_of(text.replace("log_days = 184", "log_days = 100"), "x.toml")
    assert plan is None
    assert sorted(fault.key for fault in faults) == [
        "task[14].question[2].known", "task[6].question[1].known", "thresholds.log_days", "thresholds.wishes",
    ]  # fmt: skip


def test_a_file_that_is_no_toml_names_its_line():
    plan, faults = read("schema = \n", "x.toml")
    assert plan is None
    assert len(faults) == 1
    assert "line 1" in said(faults[0].why)


@given(
    st.text(max_size=200) | st.sampled_from(TEMPLATE.splitlines()).map(lambda line: TEMPLATE.replace(line, line[:-1]))
)
def test_no_text_breaks_the_reader(text):
    plan, faults = read(text, "x.toml")
    assert (plan is None) == bool(faults)


@pytest.mark.parametrize(
    ("repeat", "day", "period", "due"),
    [
        ("monthly", date(2026, 12, 31), "2026-12", date(2026, 12, 31)),
        ("quarterly", date(2026, 5, 2), "2026-04", date(2026, 6, 30)),
        ("half-yearly", date(2026, 7, 1), "2026-07", date(2026, 12, 31)),
        ("yearly", date(2026, 7, 1), "2026-01", date(2026, 12, 31)),
    ],
)
def test_a_task_that_repeats_is_due_at_the_end_of_its_period(repeat, day, period, due):
    plan, _ = read(TEMPLATE.replace('repeat = "monthly"', f'repeat = "{repeat}"'), "x")
    assert plan is not None
    task = plan.task("month")
    assert task is not None
    assert (task.period(day), task.due(plan.phase("normal"), day)) == (period, due)
