"""What a unit hands up waits for the nearest above it that has anybody: told of one unit, and asked of all."""

from typing import Any

from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minewarden.desk.ledger.models import LogSource
from minewarden.desk.org.access import handed_up_to, perhaps_handing_up_to, staffed, waits_above
from minewarden.desk.org.actions import create_unit
from minewarden.desk.org.models import Person, Post, Role, Unit

UNITS = 9
DO = (Role.OFFICER, Role.APPROVER)
posts = st.lists(
    st.tuples(
        st.integers(0, UNITS - 1), st.integers(0, 2), st.sampled_from((Role.OFFICER, Role.APPROVER, Role.LEADER))
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posts)
def test_told_of_one_and_asked_of_all_is_the_same(city: Any, people: Any, given_: Any) -> None:
    now = timezone.now()
    Post.objects.all().delete()
    LogSource.objects.all().delete()
    # Four levels: the bureau, a district, its schools and a department of one of them.
    department = Unit.objects.filter(name="信息中心").first() or create_unit(
        by=None, kind=Unit.Kind.DEPARTMENT, name="信息中心", parent=city.first_school
    )
    units = [city.bureau, city.linjiang, city.yunlu, city.first_school, city.yunlu_school, department]
    who = [people.officer, people.approver, people.stranger]
    for at, person, role in given_:
        unit = units[at % len(units)]
        Post.objects.get_or_create(person=who[person], unit=unit, role=role, defaults={"granted_at": now})
    for unit in units:
        LogSource.objects.create(unit=unit, type="nat", device="网关", entered_at=now)
    for one in who:
        person = Person.objects.get(pk=one.pk)
        told = {unit.pk for unit in units if waits_above(person, unit)}
        assert set(LogSource.objects.filter(handed_up_to(person)).values_list("unit_id", flat=True)) == told
        near = set(perhaps_handing_up_to(person).values_list("pk", flat=True))
        others = {unit for unit, _ in staffed()} - {post.unit_id for post in person.active_posts() if post.role in DO}
        assert told <= near
        assert not near & {unit.pk for unit in units if unit.parent_id in others}
