"""Who may open which page of the screens, and that a wall's link is enough for the wall."""

from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.screen import actions
from tests.desk.rules.rule import EVERYONE, Rule

DUTY = "officer approver leader"


def prepare(world: SimpleNamespace) -> None:
    """Hang a wall for 临江区."""
    now = timezone.now()
    world.wall, world.wall_token = actions.make(
        world.city.linjiang, by=world.people.approver, now=now, name="三楼", expires_at=now + timedelta(days=9)
    )


def link(world: SimpleNamespace) -> dict[str, str]:
    return {"token": world.wall_token}


RULES = {
    "screen:walls": Rule(f"{DUTY} stranger"),
    "screen:revoke": Rule("approver", lambda w: {"wall_id": w.wall.pk}, method="post", status=302),
    "screen:wall": Rule(EVERYONE, link, anonymous=200),
    "screen:figures": Rule(EVERYONE, link, anonymous=200),
}
