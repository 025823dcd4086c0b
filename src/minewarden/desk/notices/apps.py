"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The app `notices`."""

    name = "minewarden.desk.notices"

    def ready(self) -> None:
        """Let the lines of notices follow when two cases become one."""
        from minewarden.desk.cases.merging import follow
        from minewarden.desk.notices.bridge import follow_merging

        follow(follow_merging)
