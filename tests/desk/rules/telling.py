"""Who may open which page of messages and outlets. The outlet belongs to the bureau; messages are one's own."""

from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.notify import actions, outbox
from tests.desk.rules.rule import EVERYONE, Rule


def prepare(world: SimpleNamespace) -> None:
    """Add an outlet, a message to the officer, and its delivery to the world."""
    now, city, people = timezone.now(), world.city, world.people
    world.outlet = actions.add_outlet(
        by=people.system,
        now=now,
        unit=city.bureau,
        kind="webhook",
        name="平台",
        settings={"url": "http://127.0.0.1:9/"},
    )
    told = outbox.post("rules", unit=city.bureau, to=[people.officer], word="desk_notify.subject", now=now)
    world.copy, world.delivery = told.copies.get(), told.deliveries.get()


def outlet(world: SimpleNamespace) -> dict[str, int]:
    return {"outlet_id": world.outlet.pk}


RULES = {
    "notify:inbox": Rule(EVERYONE),
    "notify:read": Rule("officer", lambda w: {"copy_id": w.copy.pk}, method="post", status=302),
    "notify:read-all": Rule(EVERYONE, method="post", status=302),
    "notify:reach": Rule(EVERYONE),
    "notify:outlets": Rule("system"),
    "notify:add": Rule("system", lambda w: {"kind": "wecom"}),
    "notify:change": Rule("system", outlet),
    "notify:switch": Rule("system", outlet, method="post", data={"enabled": "0"}, status=302),
    "notify:trial": Rule("system", outlet, method="post", status=302),
    "notify:again": Rule("system", lambda w: {"delivery_id": w.delivery.pk}, method="post", status=302),
}
