"""The hours that are left are the desk's: an old computer's clock that is hours wrong shows no others."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("wrong", [timedelta(hours=-30), timedelta(hours=5)])
def test_a_wrong_clock_of_the_computer_changes_no_hours(
    turn: Any, walker: Any, make_case: Any, staff: Any, live_server: Any, wrong: timedelta
) -> None:
    turn("2026-03-14 17:30")  # received on Friday at 17:30
    case = make_case()
    page = walker("zhang.wei")
    page.clock.set_fixed_time(timezone.now() + wrong)
    page.goto(f"{live_server.url}/cases/{case.pk}/")
    page.wait_for_load_state("networkidle")
    assert "剩余 24 小时 0 分" in page.inner_text("main .timers")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert "剩余 24 小时 0 分" in page.inner_text("main .timers")
    assert "剩余 48 小时 0 分" in page.inner_text("main .timers")
