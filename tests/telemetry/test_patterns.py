"""Many lines at once read as they would one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.fields import Fields
from minewarden.telemetry.lines import Block
from minewarden.telemetry.patterns import Keys, Rest, keyed, matching
from tests.telemetry.conftest import source_of

KEYS = Keys(r"LOG/\d:", ";", ("Src", "Dst", "End"))
CHAIN = (r"^(?P<word>[a-z]+) (?P<rest>.*)$", r"^(?P<number>\d+)$")


def block(*lines: str, first: int = 1) -> Block:
    return Block(first, "".join(f"{line}\n" for line in lines).encode())


def told(groups: list[Fields], names: tuple[str, ...]) -> dict[int, tuple[object, ...]]:
    found = {}
    for group in groups:
        columns = [group.texts(name).to_pylist() for name in names]
        for number, *values in zip(group.lines.to_pylist(), *columns, strict=True):
            found[number] = tuple(values)
    return found


def record(src: str, dst: str, end: str, extra: int = 0) -> str:
    return (
        f"Mar 12 fw LOG/6: Src(1)={src};Dst(2)={dst};" + "".join(f"X{n}={n};" for n in range(6 + extra)) + f"End={end};"
    )


def test_keys_by_layout_and_one_by_one_agree() -> None:
    lines = [record("a", "b", ""), "other message", record("c", "d", "e", extra=2), "", record("f", "g", "h")]
    groups, rest = keyed(source_of(b"x\n"), block(*lines, first=10), KEYS)
    assert told(groups, ("Src", "Dst", "End")) == {10: ("a", "b", ""), 12: ("c", "d", "e"), 14: ("f", "g", "h")}
    assert rest == Rest(((11, "other message"),))


def test_a_key_in_another_place_is_still_found_by_its_name() -> None:
    swapped = record("a", "b", "c").replace("Src(1)=a;Dst(2)=b", "Dst(2)=b;Src(1)=a")
    groups, _ = keyed(source_of(b"x\n"), block(record("a", "b", "c"), swapped), KEYS)
    assert told(groups, ("Src", "Dst", "End")) == {1: ("a", "b", "c"), 2: ("a", "b", "c")}


VALUES = st.text(st.characters(codec="utf-8", exclude_characters=";=\n\r\x00", exclude_categories=["Cs"]), max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES, VALUES, st.integers(0, 2)), min_size=1, max_size=12))
def test_any_mixture_of_layouts_reads_as_each_line_alone(records: list[tuple[str, str, str, int]]) -> None:
    lines = [record(*one) for one in records]
    together = told(keyed(source_of(b"x\n"), block(*lines), KEYS)[0], ("Src", "Dst", "End"))
    alone = {}
    for number, line in enumerate(lines, 1):
        # A carriage return beside it makes the reader take the line apart one by one.
        groups, _ = keyed(source_of(b"x\n"), block(line, "\r", first=number), KEYS)
        alone[number] = told(groups, ("Src", "Dst", "End"))[number]
    stripped = {number: tuple(str(value).strip() for value in values) for number, values in together.items()}
    assert stripped == alone


def test_chains_are_tried_in_order_and_the_rest_is_given_back() -> None:
    groups, rest = matching(source_of(b"x\n"), block("abc 12", "", "abc x", "?", "z 9"), CHAIN, (r"^(?P<word>abc) x$",))
    assert told(groups, ("word",)) == {1: ("abc",), 5: ("z",), 3: ("abc",)}
    assert rest == Rest(((4, "?"),))
