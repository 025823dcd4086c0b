"""A source's account of what its reader passed over."""

from tests.telemetry.conftest import source_of


def test_kinds_are_counted_apart_and_their_number_is_bounded() -> None:
    source = source_of(b"x\n")
    for kind in ("stats", *(f"kind{number}" for number in range(200))):
        source.pass_over(kind)
    source.pass_over("stats", 10)
    assert source.passed["stats"] == 11
    assert sum(source.passed.values()) == 211
    assert len(source.passed) == 65, "a file must not fill the memory with names of its own"


def test_a_long_name_of_a_kind_is_cut() -> None:
    source = source_of(b"x\n")
    source.pass_over("k" * 100_000)
    assert max(len(kind) for kind in source.passed) == 40
