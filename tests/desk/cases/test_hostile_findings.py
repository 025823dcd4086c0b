"""Whatever stands in a line: it is taken in and can be shown, or it is named and refused; never a traceback."""

import copy
import json

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from minewarden.desk.cases.finding_form import problem
from minewarden.desk.cases.intake import take_findings
from tests.desk.made import NOW, candidate, finding

odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=300), st.just([]),
    st.just({}), st.just([[]]), st.just("x" * 5_000), st.just({"zh": 1, "en": None}), st.just("2026-13-45T99:00:00Z"),
    st.just("\0"),
)  # fmt: skip


def places(node, path=()):
    """Every place in a JSON value."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


PLACES = [path for path in places(finding(trace=[candidate(1), candidate(2, "likely")])) if path]


def put(path, value):
    made = copy.deepcopy(finding(trace=[candidate(1), candidate(2, "likely")]))
    node = made
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return made


@pytest.mark.django_db
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), odd)
@example(("trace", 0, "internal_ip"), "2026-13-45T99:00:00Z")
@example(("trace", 0, "hops", 0, "valid_from"), "2026-13-45T99:00:00Z")
def test_an_odd_value_anywhere_is_shown_or_refused(city, login, staff, path, value):
    made = put(path, value)
    made["id"] = made["id"] if path == ("id",) else f"{abs(hash((path, repr(value)))):016x}"[:16]
    taken = take_findings([json.dumps(made)], by=None, now=NOW, unit=city.first_school)
    assert len(taken.new) + len(taken.changed) + len(taken.same) + len(taken.rejected) == 1
    for number in taken.new + taken.changed:
        assert login(staff.handler).get(reverse("cases:lead", args=[number])).status_code == 200


@pytest.mark.parametrize("name", ["id", "host", "state", "evidence", "trace", "shares", "sources", "coins"])
def test_a_missing_field_is_named(name):
    made = finding()
    del made[name]
    assert problem(made) == name


def test_what_scan_writes_is_accepted():
    assert problem(finding()) == ""
    assert problem(finding(server=None, server_name=None, port=None, protocol=None, trace=[])) == ""
