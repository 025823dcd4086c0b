"""The roll as a book of the ledgers: handed in as a spreadsheet, row by row, or filled in one by one."""

from collections.abc import Sequence

from minewarden.desk.ledger.books import Book, Draft, World, check_names
from minewarden.desk.pledges.columns import ROLL as TABLE
from minewarden.desk.pledges.models import Signer
from minewarden.vocab.message import message


def _check(drafts: Sequence[Draft], world: World) -> None:
    """Names as everywhere; the staff and the units themselves come out of other ledgers, and are changed there."""
    check_names(drafts, world)
    for draft in drafts:
        kept = draft.existing
        if kept is not None and (kept.staff_id or kept.category == Signer.Category.UNIT):
            same = all(getattr(kept, key) == draft.values.get(key, getattr(kept, key)) for key in ("name", "group"))
            if not same:
                draft.fault("number", message("desk_pledges.row_of_another_ledger", name=kept.name))


ROLL = Book(
    TABLE,
    Signer,
    {"unit": "mine"},
    _check,
    listed=("name", "number", "unit", "group", "category", "under14"),
    searched=("name", "number", "group"),
    ends="left_on",
)
