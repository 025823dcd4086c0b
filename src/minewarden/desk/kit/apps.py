"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    """The app `kit`."""

    name = "minewarden.desk.kit"
