"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class ScreenConfig(AppConfig):
    """The app `screen`."""

    name = "minewarden.desk.screen"
