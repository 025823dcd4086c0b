"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The app `notices`."""

    name = "minewarden.desk.notices"

    def ready(self) -> None:
        """Let notices follow when a case is signed for, two become one, one becomes several, or it goes elsewhere."""
        from minewarden.desk.cases.followers import follow
        from minewarden.desk.notices.actions import hand_on, sign_along
        from minewarden.desk.notices.bridge import follow_merging, follow_parting

        follow(merging=follow_merging, parting=follow_parting, handing=hand_on, signing=sign_along)
