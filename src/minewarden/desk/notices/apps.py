"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The app `notices`."""

    name = "minewarden.desk.notices"
