"""What the test of the killed worker does to its desk: `python -m tests.real.outbox_acts post COUNT URL | states`."""

import json
import sys
from datetime import UTC, datetime

from minewarden.desk.start import migrate, prepare


def post(count: int, url: str) -> None:
    """A unit, an officer, a webhook and a robot, and so many messages for each of them."""
    from minewarden.desk.notify import actions, outbox
    from minewarden.desk.org import actions as org
    from minewarden.desk.org.models import Role

    now = datetime.now(UTC)
    unit = org.create_unit(by=None, kind="city", name="云川市教育局")
    people = []
    for role in (Role.SYSTEM, Role.OFFICER):
        made = org.create_person(
            by=None, unit=unit, username=role.value, name="何静", password="Qing-Shan-2026", must_change=False
        )
        org.grant_post(made, role=role, unit=unit, by=None)
        people.append(made)
    for kind in ("webhook", "wecom"):
        given = {"kind": kind, "name": kind, "settings": {"url": f"{url}/{kind}"}}
        actions.add_outlet(by=people[0], now=now, unit=unit, **given)
    for number in range(count):
        outbox.post(
            f"case.{number}", unit=unit, to=people[1:], word="desk_notify.trial", now=now, urgent=True,
            name=f"<{number}>",
        )  # fmt: skip


def states() -> list[tuple[str, str, str]]:
    """Outlet, text and state of every delivery."""
    from minewarden.desk.notify.models import Delivery

    rows = Delivery.objects.select_related("message", "outlet")
    return [(row.outlet.kind, row.message.text, row.state) for row in rows]


if __name__ == "__main__":
    prepare()
    if sys.argv[1] == "post":
        migrate()
        post(int(sys.argv[2]), sys.argv[3])
    else:
        print(json.dumps(states(), ensure_ascii=False))
