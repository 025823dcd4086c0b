"""Which indicators may raise a finding, and on which ports."""

import pytest

from minewarden.vocab.indicator import ALERTING, TWO_USES, WEB_PORTS, Indicator, Kind, Role


def indicator(role: Role, *ports: int) -> Indicator:
    return Indicator(Kind.HOST, "pool.example", role, "Example", ports=ports)


@pytest.mark.parametrize("role", Role)
def test_only_what_miners_use_raises_a_finding(role: Role) -> None:
    assert indicator(role).alerts is (role in ALERTING)
    assert indicator(role).alerts_on(None) is (role in ALERTING)
    assert indicator(role).alerts_on(3333) is (role in ALERTING)


@pytest.mark.parametrize("role", sorted(TWO_USES))
def test_a_name_of_two_uses_counts_on_its_mining_ports_only(role: Role) -> None:
    both = indicator(role, 3333, *WEB_PORTS)
    assert both.alerts_on(3333)
    assert not both.alerts_on(4444)
    assert not both.alerts
    assert not any(both.alerts_on(port) for port in WEB_PORTS), "reading a pool's page is no mining"


def test_an_exchange_never_counts_whatever_its_ports() -> None:
    assert not indicator(Role.EXCHANGE, 3333).alerts_on(3333)


def test_notes_do_not_make_another_indicator() -> None:
    plain = indicator(Role.PROXY)
    noted = Indicator(Kind.HOST, "pool.example", Role.PROXY, "Example", notes="seen in March")
    assert plain == noted
    assert len({plain, noted}) == 1
