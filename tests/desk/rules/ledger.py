"""Who may open which page of the ledgers. The entries are 临江区's; the stranger is of the next district."""

from datetime import UTC, datetime
from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.ledger import actions as ledger
from minewarden.desk.ledger import imports
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import Duty, Staff
from tests.desk.rules.rule import Rule

READERS = "officer approver leader stranger system keeper"
WRITERS = "officer stranger system keeper"
OURS = "officer approver leader system keeper"
KEEPERS = "officer system keeper"
DUTIES = "单位,岗位,姓名\n云川市临江区教育局,联络员A,秦朗\n".encode()


def prepare(world: SimpleNamespace) -> None:
    """Add a range, a contact, a member of the staff and an import to the world."""
    unit, by = world.city.linjiang, world.people.officer
    world.range = ledger.add_range(
        by=None, unit=unit, cidr="203.0.113.0/24", purpose="egress", valid_from=datetime(2026, 1, 1, tzinfo=UTC)
    )
    world.duty = Duty.objects.create(unit=unit, post="contact_b", name="何晓", phone="13800000000")
    world.staff = Staff.objects.create(unit=unit, number="T1", name="秦朗")
    world.batch = imports.receive(
        BOOKS["duties"], by=by, unit=unit, name="责任清单.csv", content=DUTIES, now=timezone.now(), whose=None
    )


def book(world: SimpleNamespace) -> dict[str, str]:
    return {"code": "ranges"}


def entry(world: SimpleNamespace) -> dict[str, object]:
    return {"code": "ranges", "entry_id": world.range.pk}


def duty(world: SimpleNamespace) -> dict[str, object]:
    return {"code": "duties", "entry_id": world.duty.pk}


def batch(world: SimpleNamespace) -> dict[str, int]:
    return {"import_id": world.batch.pk}


RULES = {
    "ledger:home": Rule(READERS),
    "ledger:conflicts": Rule(READERS),
    "ledger:ownerless": Rule(READERS),
    "ledger:listing": Rule(READERS, book),
    "ledger:entry": Rule(OURS, entry),
    "ledger:add": Rule(WRITERS, book),
    "ledger:change": Rule(KEEPERS, entry),
    "ledger:end": Rule(KEEPERS, entry, method="post", status=302),
    "ledger:reveal": Rule(OURS, duty, method="post", data={"reason": "联系值班"}),
    "ledger:template": Rule(WRITERS, book),
    "ledger:export": Rule(READERS, book, method="post"),
    "ledger:import": Rule(WRITERS, book),
    "ledger:check": Rule(WRITERS, book, method="post", status=302),
    "ledger:batch": Rule(KEEPERS, batch),
    "ledger:errors": Rule(KEEPERS, batch),
    "ledger:confirm": Rule(KEEPERS, batch, method="post", data={"correct_only": "0"}, status=302),
    "ledger:drop": Rule(KEEPERS, batch, method="post", status=302),
    "ledger:accounts": Rule(WRITERS),
    "ledger:unlink": Rule(KEEPERS, lambda world: {"entry_id": world.staff.pk}, method="post", status=302),
    "ledger:leaver": Rule(KEEPERS, lambda world: {"entry_id": world.staff.pk}),
}
