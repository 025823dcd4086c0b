"""Tells Django that this package is an app."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """情报库."""

    name = "minewarden.desk.library"
