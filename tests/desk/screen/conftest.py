"""Rows of cases at whatever times."""

from tests.desk.assessments.conftest import case_row
from tests.desk.assessments.test_s6_weekly_assessment import week

__all__ = ["case_row", "week"]
