"""Findings for the ledger's list of devices seen."""

from tests.desk.made import make_lead

__all__ = ["make_lead"]
