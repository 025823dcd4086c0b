"""Tells Django that this folder is an app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistersConfig(AppConfig):
    """The app `registers`."""

    name = "minewarden.desk.registers"

    def ready(self) -> None:
        """Have the ledgers keep these books, one way of templates, imports, lists and exports; and have the database
        note whose rows changed."""
        from minewarden.desk.ledger.books import NARROWED, add_book
        from minewarden.desk.registers import counts
        from minewarden.desk.registers.books import BOOKS, NARROWINGS

        for book in BOOKS:
            add_book(book)
        NARROWED.update(NARROWINGS)
        post_migrate.connect(counts.after_migrate, sender=self, weak=False)
