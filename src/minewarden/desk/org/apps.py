"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class OrgConfig(AppConfig):
    """The app `org`."""

    name = "minewarden.desk.org"
