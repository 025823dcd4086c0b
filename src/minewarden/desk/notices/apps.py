"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The app `notices`."""

    name = "minewarden.desk.notices"

    def ready(self) -> None:
        """Let the lines of notices follow when two cases become one, one becomes several, or goes to another unit."""
        from minewarden.desk.cases.followers import follow
        from minewarden.desk.notices.actions import hand_on
        from minewarden.desk.notices.bridge import follow_merging, follow_parting

        follow(merging=follow_merging, parting=follow_parting, handing=hand_on)
