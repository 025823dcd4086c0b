"""Tells Django that this folder is an app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    """The app `ledger`."""

    name = "minewarden.desk.ledger"

    def ready(self) -> None:
        """Have the database keep its counts of devices."""
        from minewarden.desk.ledger.kept import COUNTS, TOTALS

        for kept in (COUNTS, TOTALS):
            post_migrate.connect(kept.after_migrate, sender=self, weak=False)
