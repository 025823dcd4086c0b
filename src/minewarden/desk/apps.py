"""Tells Django that the desk as a whole is an app, which has the checks of an installation."""

from importlib import import_module

from django.apps import AppConfig

from minewarden.desk.kit import figures


class DeskConfig(AppConfig):
    """What stands above the apps: no tables, only checks, and who answers for which figure."""

    name = "minewarden.desk"

    def ready(self) -> None:
        """Register the checks and the figures, which ask the apps and so cannot belong to one of them."""
        import_module("minewarden.desk.checks")
        self.offer()

    def offer(self) -> None:
        """Say which app answers for which figure; apps of one floor do not know each other."""
        known = import_module("minewarden.desk.campaigns.known")
        figures.offer("ledger.contacts", known.contacts)
        figures.offer("ledger.owned", known.owned)
        figures.offer("pledges", import_module("minewarden.desk.pledges.counts").figure)
        selfchecks = import_module("minewarden.desk.selfchecks.queries")
        figures.offer("selfchecks.mended", selfchecks.mended_of_due)
        figures.offer("selfchecks.places", selfchecks.places_looked_at)
        figures.offer("selfchecks.open", selfchecks.still_open)
        measures = import_module("minewarden.desk.measures.queries")
        figures.offer("measures.answered", measures.answered_of_sent)
        registers = import_module("minewarden.desk.registers.queries")
        figures.offer("registers.protected", registers.protected)
