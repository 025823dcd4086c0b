"""What a person may do next on a case: the forms that the table of states, his posts and the case itself allow."""

from minewarden.desk.cases import forms
from minewarden.desk.cases.access import may
from minewarden.desk.cases.decisions import NATURE_STATES, who_confirms
from minewarden.desk.cases.forms import Act
from minewarden.desk.cases.lifecycle import Duty, State, Verb, possible
from minewarden.desk.cases.models import Case, Decision
from minewarden.desk.cases.queries import CasePage, pending
from minewarden.desk.org.models import Person

_FORMS: dict[Verb, type[Act]] = {
    Verb.SIGN: forms.Sign,
    Verb.START: forms.Start,
    Verb.LOCK: forms.Lock,
    Verb.RETURN_NOT_OURS: forms.NotOurs,
    Verb.RECORD_MEASURES: forms.RecordMeasure,
    Verb.RECEIVE: forms.Receive,
    Verb.RETURN: forms.Return,
    Verb.CLOSE: forms.Close,
    Verb.WATCH: forms.Watch,
    Verb.DECLARE_STABLE: forms.Stable,
    Verb.DECLARE_RECURRED: forms.Recurred,
    Verb.WITHDRAW: forms.Withdraw,
}
"""Submitting and approving a report stands on the report's own page."""


def offered(page: CasePage, person: Person, filled: Act | None = None) -> list[Act]:
    """The acts open to a person now, the way on first; `filled` takes the place of its empty twin."""
    case = page.case
    duties = {duty for duty in Duty if may(person, duty, case.unit)}
    wanted = [_FORMS[row.verb] for row in possible(State(case.state)) if row.verb in _FORMS and row.duty in duties]
    if not page.chosen or pending(page.decisions):
        wanted = [form for form in wanted if form is not forms.Lock]
    wanted += _proposals(page, duties)
    if case.state == State.NOT_OURS and Duty.SUPERVISE in duties and not case.following.exists():
        wanted.append(forms.Redispatch)
    acts = [
        filled if filled is not None and filled.verb == form.verb else form(case=case, person=person) for form in wanted
    ]
    return sorted(acts, key=lambda act: not act.primary)


def decides(decision: Decision, case: Case, person: Person) -> bool:
    """Whether this person is the second person for that proposal."""
    return decision.asked_by_id != person.pk and may(person, who_confirms(decision), case.unit)


def _proposals(page: CasePage, duties: set[Duty]) -> list[type[Act]]:
    if Duty.HANDLE not in duties:
        return []
    state = State(page.case.state)
    wanted: list[type[Act]] = []
    if not pending(page.decisions):
        if state is State.INVESTIGATING:
            wanted += [forms.ProposeFalseAlarm, forms.ProposeUnlocatable]
        if state in NATURE_STATES and page.case.conclusion == Case.Conclusion.TRUE:
            wanted.append(forms.ProposeNature)
    if (page.find.running or page.report.running) and not pending(page.extensions):
        wanted.append(forms.AskExtension)
    if not page.case.ended:
        wanted.append(forms.JoinNotice)
    return wanted
