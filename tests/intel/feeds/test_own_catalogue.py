"""The catalogue as a source."""

from minewarden.intel import catalogue
from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from minewarden.intel.source import check
from tests.intel.lists import NOW


def test_it_lists_each_value_once_with_operator_role_coins_and_day() -> None:
    found = listing(NOW).entries
    assert check(CATALOGUE) is None
    assert len({(entry.type, entry.value) for entry in found}) == len(found)
    assert all(entry.operator and entry.role and entry.seen and entry.said for entry in found)
    operators = {entry.operator for entry in found if entry.coins}
    assert len(operators) >= 100
    valid = {one.value for one in catalogue.load() if one.valid_until is None or one.valid_until > NOW}
    assert {entry.value for entry in found} == valid
