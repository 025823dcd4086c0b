"""What of the library waits for a person, for the home page."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from minewarden.desk.cases.models import Asked
from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import say
from minewarden.desk.library import access
from minewarden.desk.library.bridge import library, library_path, newest
from minewarden.desk.library.models import DONE, Addressed, Publication
from minewarden.desk.org.models import Person, Role, Unit


def waiting(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    """Reports to pass on, review or put right; a version to let out, or to answer for; entries that wait."""
    reports = access.submissions_for(person).filter(access.waits_for(person))
    if unit is not None:
        reports = reports.filter(unit__path__startswith=unit.path)
    if count := reports.distinct().count():
        yield _item("todo_reports", "todo_count", "library:reports", "?view=mine", count=count)
    if access.of_the_office(person, Role.APPROVER):
        for row in Publication.objects.filter(outcome=Asked.Outcome.PENDING).exclude(asked_by=person):
            yield _item("todo_publish", "todo_count", "library:publication", "", row.pk, count=len(row.wanted))
    if access.of_the_office(person, Role.OFFICER) and library_path().exists() and (held := library().waiting()):
        yield _item("todo_waiting", "todo_count", "library:waiting", count=len(held))
    mine = newest(person.unit) if person.holds(Role.OFFICER) else None
    if mine is not None and mine.state not in (*DONE, Addressed.State.UNABLE):
        yield _item("todo_version", "todo_label", "library:version", "", mine.issue_id, label=mine.issue.label)


def _item(what: str, detail: str, route: str, query: str = "", *args: int, **params: int | str) -> Item:
    href = reverse(route, args=args) + query
    return Item(say(f"desk_library.{what}"), say(f"desk_library.{detail}", **params), href)
