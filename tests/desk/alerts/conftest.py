"""The people and cases of the invented school."""

from tests.desk.made import make_case, make_lead, recorded, staff

__all__ = ["make_case", "make_lead", "recorded", "staff"]
