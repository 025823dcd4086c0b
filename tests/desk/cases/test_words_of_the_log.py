"""Every act on a lead, a case, a block or a report is said in words in the audit log."""

from itertools import chain

from minewarden.desk.cases.escalation import STAGES
from minewarden.desk.cases.lifecycle import State, Verb
from minewarden.desk.cases.models import Decision
from minewarden.desk.cases.orders_table import OrderVerb
from minewarden.desk.cases.side_forms import ACTS
from minewarden.vocab.words import table

OTHERS = ("open", "choose-candidate", "agree-nature", "join-notice", "unmask", "ask-extension", "allow-extension")

BESIDE = (
    *("do-task", "tick", "untick", "call", "urge", "objection-1", "objection-2", "shift", "refer", "take-in", "recurs"),
    *(
        "ask-backfill",
        "allow-backfill",
        "refuse-backfill",
        "accountability",
        "open-restricted",
        "add-file",
        "read-file",
    ),
    "propose-order",
    "site-facts",
    "earlier-receipt",
)


def test_every_step_has_its_words_on_the_page_and_in_the_log():
    proposals = (f"{verb}-{kind}" for verb in ("propose", "refuse") for kind in Decision.Kind.values)
    orders = (f"order-{verb}" for verb in OrderVerb)
    stages = (f"escalate-{stage}" for stage in STAGES)
    for verb in chain(Verb, OTHERS, BESIDE, proposals, orders, stages, ["refuse-extension"]):
        assert f"step_{verb.replace('-', '_')}" in table("desk_cases")
        assert f"case_{verb}" in table("desk_acts")


def test_every_state_and_every_act_has_its_word():
    for state in State:
        assert f"state_{state.value.replace('-', '_')}" in table("desk_cases")
    for verb, form in ACTS.items():
        assert f"act_{verb.replace('-', '_')}" in table("desk_cases")
        assert not form.explained or f"explain_{verb.replace('-', '_')}" in table("desk_cases")
