"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """The app `registers`."""

    name = "minewarden.desk.registers"

    def ready(self) -> None:
        """Have the ledgers keep these books: one way of templates, imports, lists and exports."""
        from minewarden.desk.ledger.books import NARROWED, add_book
        from minewarden.desk.registers.books import BOOKS, NARROWINGS

        for book in BOOKS:
            add_book(book)
        NARROWED.update(NARROWINGS)
