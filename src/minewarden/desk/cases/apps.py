"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """The app `cases`."""

    name = "minewarden.desk.cases"

    def ready(self) -> None:
        """Let the ledger ask what somebody who leaves has in hand."""
        from minewarden.desk.cases.queries import in_hand
        from minewarden.desk.ledger.open_work import register

        register(in_hand)
