"""Who may open which page of the ground: accounts, units, people, the log.

The objects: the unit and the people of 临江区; `stranger` is an officer of the neighbouring district.
"""

from types import SimpleNamespace

from tests.desk.rules.rule import EVERYONE, Rule

DUTY = "officer approver leader"


def unit(world: SimpleNamespace) -> dict[str, int]:
    return {"unit_id": world.city.linjiang.pk}


def person(world: SimpleNamespace) -> dict[str, int]:
    return {"person_id": world.people.second_officer.pk}


RULES = {
    "home": Rule("officer approver leader stranger", otherwise=302),
    "org:login": Rule(EVERYONE, status=302, anonymous=200),
    "org:logout": Rule(EVERYONE, method="post", status=302),
    "org:profile": Rule(EVERYONE),
    "org:unsent": Rule(EVERYONE),
    "org:password": Rule(EVERYONE),
    "org:second_factor": Rule(EVERYONE),
    "org:language": Rule(EVERYONE, method="post", data={"language": "en"}, status=302),
    "org:text_size": Rule(EVERYONE, method="post", data={"size": "large"}, status=302),
    "org:switch": Rule(EVERYONE, method="post", data={"unit": ""}, status=302),
    "org:tree": Rule(f"{DUTY} stranger system security keeper"),
    "org:units-named": Rule(f"{DUTY} stranger system security keeper"),
    "org:unit": Rule(f"{DUTY} system security keeper", unit),
    "org:add_unit": Rule("system keeper", unit),
    "org:change_unit": Rule("system keeper", unit),
    "org:close_unit": Rule("system keeper", unit),
    "org:phone": Rule("system security keeper", person, method="post", data={"reason": "联系值班"}),
    "org:add_person": Rule("system keeper", unit),
    "org:own_parameters": Rule("system", status=302),
    "org:parameters": Rule("system", unit),
    "org:people": Rule("system security keeper"),
    "org:person": Rule("system security keeper", person),
    "org:reset_password": Rule("system", person, method="post"),
    "org:set_active": Rule("system keeper", person, method="post", data={"active": "0"}, status=302),
    "org:unlock": Rule("security", person, method="post", status=302),
    "org:drop_second_factor": Rule("security", person, method="post", status=302),
    "org:grant": Rule("security", person),
    "org:revoke": Rule(
        "security", lambda world: {"post_id": world.people.officer.posts.get().pk}, method="post", status=302
    ),
    "audit:log": Rule("audit"),
    "audit:export": Rule("audit"),
    "audit:verify": Rule("audit"),
}
