"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class BlocksConfig(AppConfig):
    """The app `blocks`."""

    name = "minewarden.desk.blocks"
