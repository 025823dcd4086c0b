"""What a person may do next on a case: the forms that the table of states, his posts and the case itself allow."""

from minewarden.desk.cases import forms, side_forms
from minewarden.desk.cases.access import may
from minewarden.desk.cases.decisions import NATURE_STATES, confirms
from minewarden.desk.cases.forms import Act
from minewarden.desk.cases.lifecycle import BEFORE_LOCK, Duty, State, Verb, possible
from minewarden.desk.cases.models import Case, Decision
from minewarden.desk.cases.objections import LEVELS
from minewarden.desk.cases.orders import DUTIES
from minewarden.desk.cases.orders_table import OrderVerb, open_verbs
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
    if case.state == State.INVESTIGATING and Duty.HANDLE in duties and not page.chains:
        wanted.insert(0, side_forms.NoteSiteFacts)
    wanted += _proposals(page, duties) + _orders(page, duties) + _aside(page, duties)
    if case.state == State.NOT_OURS and Duty.SUPERVISE in duties and not case.following.exists():
        wanted.append(forms.Redispatch)
    acts = [
        filled if filled is not None and filled.verb == form.verb else form(case=case, person=person) for form in wanted
    ]
    return sorted(acts, key=lambda act: (act.aside, not act.primary))


_ORDER_FORMS: dict[OrderVerb, type[Act]] = {
    OrderVerb.ORDER: side_forms.Order,
    OrderVerb.APPROVE: side_forms.ApproveOrder,
    OrderVerb.EXECUTE: side_forms.ConfirmExecuted,
    OrderVerb.ASK_BACK: side_forms.AskBack,
    OrderVerb.RESTORE: side_forms.Restore,
    OrderVerb.KEEP: side_forms.KeepOff,
    OrderVerb.DECLINE: side_forms.DeclineOrder,
}


def _orders(page: CasePage, duties: set[Duty]) -> list[type[Act]]:
    if page.order is None:
        return []
    return [_ORDER_FORMS[verb] for verb in open_verbs(page.order.state) if DUTIES[verb] in duties]


def _aside(page: CasePage, duties: set[Duty]) -> list[type[Act]]:
    """What is needed seldom, and where the case stands so that it can be."""
    case, wanted = page.case, list[type[Act]]()
    state, live = State(case.state), not case.ended
    if Duty.SUPERVISE in duties:
        if live:
            wanted.append(side_forms.Urge)
        if page.outages:
            wanted.append(side_forms.ShiftClock)
        if case.conclusion == Case.Conclusion.TRUE:
            wanted.append(side_forms.Refer)
    if live and duties & {Duty.SUPERVISE, Duty.HANDLE}:
        wanted.append(side_forms.RecordCall)
    if Duty.HANDLE in duties and state not in (State.WITHDRAWN, State.MERGED):
        wanted.append(side_forms.AddFile)
        if state in BEFORE_LOCK and page.others:
            wanted.append(side_forms.Merge)
        if case.concluded_at is not None and case.found_claimed_at is None and not page.backfills:
            wanted.append(side_forms.AskBackfill)
        answered = all(objection.answer_id is not None for objection in page.objections)
        if case.nature != Case.Nature.UNDECIDED and answered and len(page.objections) < len(LEVELS):
            wanted.append(side_forms.RaiseObjection)
    if Duty.APPROVE in duties and case.conclusion == Case.Conclusion.TRUE:
        wanted.append(side_forms.RecordAccountability)
    return wanted


def decides(decision: Decision, person: Person) -> bool:
    """Whether this person is the second person for that proposal."""
    return confirms(decision, person)


def _proposals(page: CasePage, duties: set[Duty]) -> list[type[Act]]:
    if Duty.HANDLE not in duties:
        return []
    state = State(page.case.state)
    wanted: list[type[Act]] = []
    if not pending(page.decisions):
        if state is State.INVESTIGATING:
            wanted += [forms.ProposeFalseAlarm, forms.ProposeUnlocatable]
        contested = any(objection.answer_id is None for objection in page.objections)
        if contested or (state in NATURE_STATES and page.case.conclusion == Case.Conclusion.TRUE):
            wanted.append(forms.ProposeNature)
    if (page.find.running or page.report.running) and not pending(page.extensions):
        wanted.append(forms.AskExtension)
    if not page.case.ended:
        wanted.append(forms.JoinNotice)
    return wanted
