"""The order of grades and states: what is stronger sorts later."""

from minewarden.vocab.finding import Grade, RowRef, State


def test_grades_rise_from_a_look_up_to_work() -> None:
    assert [grade.label for grade in sorted(Grade)] == ["looked-up", "connected", "behaved", "handshake", "work"]


def test_states_rise_from_suspected_to_confirmed() -> None:
    # The enumeration is of texts, whose own order would put confirmed first.
    assert sorted(State, key=lambda state: state.rank) == [State.SUSPECTED, State.PROBABLE, State.CONFIRMED]
    assert min(State) is State.CONFIRMED


def test_rows_sort_by_source_and_then_by_number() -> None:
    assert sorted([RowRef("b", 1), RowRef("a", 10), RowRef("a", 9)]) == [
        RowRef("a", 9),
        RowRef("a", 10),
        RowRef("b", 1),
    ]
