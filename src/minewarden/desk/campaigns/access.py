"""The only door to campaigns, tasks, filings, forms, needs and help."""

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from minewarden.desk.campaigns.models import (
    Attachment,
    Campaign,
    Filing,
    Form,
    Gate,
    Help,
    Member,
    Need,
    Postponement,
    Task,
)
from minewarden.desk.cases.access import may as may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit

Row = TypeVar("Row", bound=Model)


def _within(person: Person, field: str = "unit") -> Q:
    """Rows of the units below a person's posts."""
    return Q(**{f"{field}__in": units_visible_to(person, *BUSINESS)})


def _above(person: Person) -> list[str]:
    """Paths of the units above a person's posts, and of those themselves: what is issued there is meant for him."""
    paths = set[str]()
    for path in person.scope_paths(*BUSINESS):
        paths |= {path[: at + 1] for at, char in enumerate(path) if char == "/"}
    return sorted(paths)


def _one(rows: "QuerySet[Row]", pk: int) -> Row:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def campaigns_for(person: Person) -> QuerySet[Campaign]:
    """Campaigns of a person's units and of those above; a draft is seen by its own bureau only."""
    issued = Q(unit__path__in=_above(person)) & ~Q(state=Campaign.State.DRAFT)
    return Campaign.objects.filter(_within(person) | issued).select_related("unit", "made_by", "started_by")


def campaign_for(person: Person, campaign_id: int) -> Campaign:
    """A campaign the person may see. Raises Http404 else."""
    return _one(campaigns_for(person), campaign_id)


def gate_for(person: Person, gate_id: int) -> Gate:
    """A frozen gate of a campaign the person may see. Raises Http404 else."""
    rows: QuerySet[Gate] = Gate.objects.filter(campaign__in=campaigns_for(person))
    return _one(rows.select_related("campaign__unit"), gate_id)


def tasks_for(person: Person, below: Unit | None = None) -> QuerySet[Task]:
    """Tasks of the units a person may see."""
    rows = Task.objects.filter(_within(person))
    if below is not None:
        rows = rows.filter(unit__path__startswith=below.path)
    return rows.select_related("unit", "campaign", "form", "filing", "done_by")


def task_for(person: Person, task_id: int) -> Task:
    """A task of a unit the person may see. Raises Http404 else."""
    return _one(tasks_for(person), task_id)


def postponement_for(person: Person, postponement_id: int) -> Postponement:
    """A request for more time of a unit the person may see. Raises Http404 else."""
    rows = Postponement.objects.filter(_within(person)).select_related("unit", "task", "campaign", "asked_by")
    return _one(rows, postponement_id)


def filings_for(person: Person, kind: str = "", below: Unit | None = None) -> QuerySet[Filing]:
    """Filings of the units a person may see; rules and material that a superior issued as well."""
    shared = Q(kind__in=(Filing.Kind.RULE, Filing.Kind.MATERIAL), unit__path__in=_above(person))
    mine = _within(person)
    if below is not None:
        mine &= Q(unit__path__startswith=below.path)
    rows = Filing.objects.filter(mine | shared)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.select_related("unit", "campaign", "made_by", "submitted_by", "decided_by")


def filing_for(person: Person, filing_id: int) -> Filing:
    """A filing the person may see. Raises Http404 else."""
    return _one(filings_for(person), filing_id)


def attachment_for(person: Person, attachment_id: int) -> Attachment:
    """A file of a task or filing the person may see. Raises Http404 else."""
    theirs = Q(task__in=tasks_for(person)) | Q(filing__in=filings_for(person))
    return _one(Attachment.objects.filter(theirs).select_related("task__unit", "filing__unit"), attachment_id)


def forms_for(person: Person) -> QuerySet[Form]:
    """The forms that a person's own units made."""
    return Form.objects.filter(_within(person)).select_related("unit", "made_by")


def form_for(person: Person, form_id: int) -> Form:
    """A form of a unit the person may see. Raises Http404 else."""
    return _one(forms_for(person), form_id)


def needs_for(person: Person, below: Unit | None = None) -> QuerySet[Need]:
    """Needs of the units a person may see."""
    return _narrowed(Need.objects.filter(_within(person)), below).select_related("unit", "asked_by", "moved_by")


def need_for(person: Person, need_id: int) -> Need:
    """A need of a unit the person may see. Raises Http404 else."""
    return _one(needs_for(person), need_id)


def help_requests_for(person: Person, below: Unit | None = None) -> QuerySet[Help]:
    """Requests for help of the units a person may see."""
    rows = _narrowed(Help.objects.filter(_within(person)), below)
    return rows.select_related("unit", "case", "member", "asked_by", "assigned_by")


def help_for(person: Person, help_id: int) -> Help:
    """A request of a unit the person may see. Raises Http404 else."""
    return _one(help_requests_for(person), help_id)


def team_for(person: Person) -> QuerySet[Member]:
    """The members of the teams of a person's units."""
    return Member.objects.filter(_within(person)).select_related("unit")


def member_for(person: Person, member_id: int) -> Member:
    """A member of a team of a unit the person may see. Raises Http404 else."""
    return _one(team_for(person), member_id)


def team_reaching(person: Person, unit: Unit) -> QuerySet[Member]:
    """Who can be sent to a unit: active members of the teams above it that the person may see."""
    above = [*unit.ancestor_ids(), unit.pk]
    return team_for(person).filter(active=True, unit__in=above)


def handled_units(person: Person, below: Unit | None = None) -> QuerySet[Unit]:
    """The units for which a person may answer; with a unit named, those from it down."""
    units = units_visible_to(person, Role.OFFICER).filter(valid_to=None).exclude(kind=Unit.Kind.DEPARTMENT)
    return units.filter(path__startswith=below.path) if below is not None else units


def supervised_units(person: Person, below: Unit | None = None) -> QuerySet[Unit]:
    """The units below a person's posts, to which he may give more time."""
    units = units_visible_to(person, Role.OFFICER, Role.APPROVER).filter(valid_to=None)
    own = person.scope_paths(Role.OFFICER, Role.APPROVER)
    units = units.exclude(path__in=own).exclude(kind=Unit.Kind.DEPARTMENT)
    return units.filter(path__startswith=below.path) if below is not None else units


def bureaus(person: Person, role: str = Role.OFFICER) -> QuerySet[Unit]:
    """The units of a person that have units below them, for which he may issue something."""
    return units_visible_to(person, role).filter(kind__in=ISSUERS, valid_to=None)


ISSUERS = (Unit.Kind.PROVINCE, Unit.Kind.CITY, Unit.Kind.DISTRICT, Unit.Kind.ZONE)


def own_unit(person: Person, below: Unit | None) -> Unit:
    """The unit whose page a person opens: the one in view, or the highest of his posts. Raises Http404 if none."""
    rows = units_visible_to(person, *BUSINESS).order_by("path")
    if below is not None:
        rows = rows.filter(pk=below.pk)
    found = rows.first()
    if found is None:
        raise Http404
    return found


def supervises(person: Person, unit: Unit) -> bool:
    """Whether a person is the superior of a unit."""
    return may(person, Duty.SUPERVISE, unit)


def handles(person: Person, unit: Unit) -> bool:
    """Whether a person may answer for a unit."""
    return may(person, Duty.HANDLE, unit)


def _narrowed(rows: "QuerySet[Any]", below: Unit | None) -> "QuerySet[Any]":
    return rows.filter(unit__path__startswith=below.path) if below is not None else rows
