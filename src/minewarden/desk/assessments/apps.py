"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    """The app `assessments`."""

    name = "minewarden.desk.assessments"
