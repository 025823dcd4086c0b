"""Tells Django that this folder is an app."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class KitConfig(AppConfig):
    """The app `kit`."""

    name = "minewarden.desk.kit"

    def ready(self) -> None:
        """Have each connection to a server set up for a desk's questions."""
        connection_created.connect(_uncompiled, dispatch_uid="kit.uncompiled")


def _uncompiled(connection: BaseDatabaseWrapper, **rest: Any) -> None:
    """Have PostgreSQL answer at once instead of compiling a question first, which takes it seconds wherever it guesses
    that the answer will take long, and every page asks anew. Relatives that cannot compile do not know the setting.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('jit', 'off', false) FROM pg_settings WHERE name = 'jit'")
