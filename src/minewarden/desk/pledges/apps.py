"""Tells Django that this folder is an app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PledgesConfig(AppConfig):
    """The app `pledges`."""

    name = "minewarden.desk.pledges"

    def ready(self) -> None:
        """Lay the roll beside the other ledgers, have its counts kept, and fill 附件3 of a case's report."""
        from minewarden.desk.kit import annexes
        from minewarden.desk.ledger.books import add_book
        from minewarden.desk.pledges.books import ROLL
        from minewarden.desk.pledges.kept import COUNTS
        from minewarden.desk.pledges.sheets import annex

        add_book(ROLL)
        annexes.offer(annexes.PLEDGES, annex)
        post_migrate.connect(_publish_annex, sender=self)
        post_migrate.connect(COUNTS.after_migrate, sender=self, weak=False)


def _publish_annex(**rest: object) -> None:
    """The plan's own text is there before anybody publishes one."""
    from minewarden.desk.pledges.built_in import publish

    publish()
