"""Who may open which page of the ground: accounts, units, people, the ledger, the log.

The objects: the unit and the people of 临江区; `stranger` is an officer of the neighbouring district.
"""

from datetime import UTC, datetime
from types import SimpleNamespace

from minewarden.desk.ledger import actions as ledger
from tests.desk.rules.rule import EVERYONE, Rule

DUTY = "officer approver leader"


def prepare(world: SimpleNamespace) -> None:
    """Add a range to the world."""
    world.range = ledger.add_range(
        by=None,
        unit=world.city.linjiang,
        cidr="203.0.113.0/24",
        purpose="egress",
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    )


def unit(world: SimpleNamespace) -> dict[str, int]:
    return {"unit_id": world.city.linjiang.pk}


def person(world: SimpleNamespace) -> dict[str, int]:
    return {"person_id": world.people.second_officer.pk}


RULES = {
    "home": Rule("officer approver leader stranger", otherwise=302),
    "org:login": Rule(EVERYONE, status=302, anonymous=200),
    "org:logout": Rule(EVERYONE, method="post", status=302),
    "org:profile": Rule(EVERYONE),
    "org:password": Rule(EVERYONE),
    "org:language": Rule(EVERYONE, method="post", data={"language": "en"}, status=302),
    "org:text_size": Rule(EVERYONE, method="post", data={"size": "large"}, status=302),
    "org:switch": Rule(EVERYONE, method="post", data={"unit": ""}, status=302),
    "org:tree": Rule(f"{DUTY} stranger system security"),
    "org:unit": Rule(f"{DUTY} system security", unit),
    "org:add_unit": Rule("system", unit),
    "org:add_person": Rule("system", unit),
    "org:people": Rule("system security"),
    "org:person": Rule("system security", person),
    "org:reset_password": Rule("system", person, method="post"),
    "org:set_active": Rule("system", person, method="post", data={"active": "0"}, status=302),
    "org:unlock": Rule("security", person, method="post", status=302),
    "org:grant": Rule("security", person),
    "org:revoke": Rule(
        "security", lambda world: {"post_id": world.people.officer.posts.get().pk}, method="post", status=302
    ),
    "ledger:ranges": Rule(f"{DUTY} stranger system"),
    "ledger:add_range": Rule("officer stranger system"),
    "ledger:end_range": Rule("officer system", lambda world: {"range_id": world.range.pk}, method="post", status=302),
    "ledger:assets": Rule(f"{DUTY} stranger system"),
    "ledger:add_asset": Rule("officer stranger system"),
    "audit:log": Rule("audit"),
    "audit:export": Rule("audit"),
    "audit:verify": Rule("audit"),
}
