"""What the worker does only so often comes round in time, and after the clock was set back."""

from datetime import UTC, datetime, timedelta

from minewarden.desk.kit.every import Every

NOW = datetime(2026, 3, 16, 3, tzinfo=UTC)


def test_once_in_a_span_and_again_when_it_is_over() -> None:
    turn = Every(timedelta(hours=12))
    assert turn.due(NOW)
    assert not turn.due(NOW + timedelta(hours=12) - timedelta(seconds=1))
    assert turn.due(NOW + timedelta(hours=12))


def test_a_clock_that_went_back_does_not_hold_it_up() -> None:
    turn = Every(timedelta(hours=12))
    assert turn.due(NOW)
    assert turn.due(NOW - timedelta(days=3))
