"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class SelfchecksConfig(AppConfig):
    """The app `selfchecks`."""

    name = "minewarden.desk.selfchecks"

    def ready(self) -> None:
        """Let the ledger ask what somebody who leaves has in hand, and the report of a case what its hosts showed."""
        from minewarden.desk.kit import annexes
        from minewarden.desk.ledger.open_work import register
        from minewarden.desk.selfchecks.export import annex
        from minewarden.desk.selfchecks.queries import in_hand

        register(in_hand)
        annexes.offer(annexes.HOST_CHECKS, annex)
