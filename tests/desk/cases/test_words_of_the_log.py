"""Every act on a lead, a case, a block or a report is said in words in the audit log."""

from itertools import chain

from minewarden.desk.cases.forms import ACTS
from minewarden.desk.cases.lifecycle import State, Verb
from minewarden.desk.cases.models import Decision
from minewarden.vocab.words import table

OTHERS = ("open", "choose-candidate", "agree-nature", "join-notice", "unmask", "ask-extension", "allow-extension")


def test_every_step_has_its_words_on_the_page_and_in_the_log():
    proposals = (f"{verb}-{kind}" for verb in ("propose", "refuse") for kind in Decision.Kind.values)
    for verb in chain(Verb, OTHERS, proposals, ["refuse-extension"]):
        assert f"step_{verb.replace('-', '_')}" in table("desk_cases")
        assert f"case_{verb}" in table("desk_acts")


def test_every_state_and_every_act_has_its_word():
    for state in State:
        assert f"state_{state.value.replace('-', '_')}" in table("desk_cases")
    for verb, form in ACTS.items():
        assert f"act_{verb.replace('-', '_')}" in table("desk_cases")
        assert not form.explained or f"explain_{verb.replace('-', '_')}" in table("desk_cases")
