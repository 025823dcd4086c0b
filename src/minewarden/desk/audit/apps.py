"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The app `audit`."""

    name = "minewarden.desk.audit"
