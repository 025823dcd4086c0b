"""The people, cases and ledger of the invented school."""

from tests.desk.made import make_case, make_lead, recorded, staff

__all__ = ["make_case", "make_lead", "recorded", "staff"]
