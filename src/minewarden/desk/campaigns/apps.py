"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """The app `campaigns`."""

    name = "minewarden.desk.campaigns"
