"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    """The app `measures`."""

    name = "minewarden.desk.measures"
