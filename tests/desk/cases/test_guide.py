"""排查指引: three facts about the site decide how to go on; nothing is decided by the program."""

import pytest
from django.core.exceptions import PermissionDenied

from minewarden.desk.cases import guide
from minewarden.desk.cases.models import Case, SiteFacts
from minewarden.desk.ledger import actions as ledger
from minewarden.vocab.errors import TransitionError
from tests.desk.made import NOW

KNOWN = {"address": "exit", "machines": 45, "router_logs": "yes", "dhcp_list": "yes", "switched_on": "JF-01、JF-07"}
LOGS, LIST, LOOK, PORT, NO_LOGS = "NAT日志，用", "DHCP分配列表，与", "逐台查看", "没有源端口", "申请认定无法定位"


@pytest.fixture
def case(make_case) -> Case:
    return make_case("start", trace=[])


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({}, [LOGS, PORT, LIST, LOOK]),
        ({"router_logs": "no", "dhcp_list": "no"}, [PORT, LOOK, NO_LOGS]),
        ({"router_logs": "unknown", "dhcp_list": "no"}, [PORT, LOOK]),
        ({"address": "one", "router_logs": "no"}, [LIST, LOOK, NO_LOGS]),
        ({"address": "resolver"}, ["DNS查询日志"]),
    ],
)
def test_the_answers_decide_what_to_do_next(case, given, first):
    lines = guide.advice(case, SiteFacts(case=case, at=NOW, **KNOWN | given))
    assert len(lines) == len(first)
    assert all(part in line for part, line in zip(first, lines, strict=True)), lines


def test_the_logs_are_asked_for_around_the_time_of_the_activity(case):
    """From 2026-03-12 21:14:37 to 23:02 in Beijing, ten minutes more on either side; a named port is not asked for."""
    case.host_port = 40213
    lines = guide.advice(case, SiteFacts(case=case, at=NOW, **KNOWN))
    assert "2026-03-12 21:04 至 2026-03-12 23:12" in lines[0]
    assert not [line for line in lines if PORT in line]
    case.first_seen = case.last_seen = None
    assert "通报所述时段" in guide.advice(case, SiteFacts(case=case, at=NOW, **KNOWN))[0]


def test_who_handles_it_answers_and_may_answer_again(case, staff, login):
    with pytest.raises(PermissionDenied):
        guide.note_facts(case, by=staff.principal, now=NOW, **KNOWN)
    client, act = login(staff.handler), f"/cases/{case.pk}/do/site-facts/"
    wrong = client.post(act, {"site-facts-address": "exit", "site-facts-machines": "0"})
    assert wrong.status_code == 422
    for logs in ("yes", "no"):
        given = KNOWN | {"router_logs": logs}
        assert client.post(act, {f"site-facts-{name}": value for name, value in given.items()}).status_code == 302
    assert [row.router_logs for row in case.site_facts.all()] == ["yes", "no"]
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert NO_LOGS in page
    assert LOGS not in page
    assert case.steps.filter(verb="site-facts").count() == 2


@pytest.mark.parametrize(("purpose", "proposed"), [("egress", "exit"), ("resolver", "resolver"), ("office", None)])
def test_the_ledger_proposes_what_the_address_serves(make_case, staff, city, login, purpose, proposed):
    since = NOW.replace(year=2025)
    ledger.add_range(by=None, unit=city.first_school, cidr="203.0.113.8/29", purpose=purpose, valid_from=since)
    case = make_case("start", trace=[], host="203.0.113.10")
    page = login(staff.handler).get(f"/cases/{case.pk}/").content.decode()
    checked = [
        value
        for value in SiteFacts.Address.values
        if f'value="{value}" required id="id_site-facts-address_{SiteFacts.Address.values.index(value)}" checked'
        in page
    ]
    assert checked == ([proposed] if proposed else [])
    assert not case.site_facts.exists(), "a person says it"


def test_once_it_is_found_out_nothing_is_asked(make_case, staff, login):
    case = make_case("lock", trace=[])
    assert "site-facts" not in login(staff.handler).get(f"/cases/{case.pk}/").content.decode()
    with pytest.raises(TransitionError):
        guide.note_facts(case, by=staff.handler, now=NOW, **KNOWN)
