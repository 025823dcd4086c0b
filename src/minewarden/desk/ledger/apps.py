"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The app `ledger`."""

    name = "minewarden.desk.ledger"
