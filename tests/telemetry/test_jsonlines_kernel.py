"""The compiled reader of JSON lines says what Arrow's says, or leaves the block to it."""

import json
import random
import subprocess
import sys
from itertools import islice
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry import jsonlines
from minewarden.telemetry.fields import Text
from minewarden.telemetry.jsonlines_kernel import parsed
from minewarden.telemetry.lines import Block

SCHEMA = pa.schema(
    [
        ("t", pa.string()),
        ("n", pa.int64()),
        ("d", pa.float64()),
        ("b", pa.bool_()),
        ("l", pa.list_(pa.string())),
        ("s", pa.struct([("t", pa.string()), ("u", pa.struct([("n", pa.int64())]))])),
        ("q", pa.list_(pa.struct([("t", pa.string()), ("n", pa.int64())]))),
    ]
)
TEXTS = ("", "a", "/x", 'q"', "\\", "\n", "汉", "\x7f", "\ud800", "a b", "[{", "}]")
WHOLE = (0, 1, 7, -5, 10**17, 10**18, 2**63 - 1, -(2**63), 2**63, 2**70)
DECIMAL = (0, 1, 1.5, 1795000000.123456, -0.0, -3, 1e300, 5e-324, 0.1, 12345678901234567.0)
NOISE = (b"", b"0", b"-", b".", b"e", b",", b":", b'"', b"\\", b"{", b"}", b"[", b"]", b" ", b"\t", b"t", b"\x01")


def other(dice: random.Random, depth: int = 0) -> Any:
    """Any value."""
    match dice.randrange(7 if depth < 3 else 5):
        case 0:
            return dice.choice((None, True, False))
        case 1:
            return dice.choice(WHOLE)
        case 2:
            return dice.choice(DECIMAL)
        case 3 | 4:
            return dice.choice(TEXTS)
        case 5:
            return [other(dice, depth + 1) for _ in range(dice.randrange(3))]
        case _:
            return {dice.choice(TEXTS): other(dice, depth + 1) for _ in range(dice.randrange(3))}


def typed(dice: random.Random, kind: pa.DataType) -> Any:
    """A value of a type, or none, seldom one of another."""
    if dice.random() < 0.02:
        return other(dice)
    if dice.random() < 0.1:
        return None
    if pa.types.is_list(kind):
        return [typed(dice, kind.value_type) for _ in range(dice.randrange(3))]
    if pa.types.is_struct(kind):
        return record(dice, kind)
    if pa.types.is_boolean(kind):
        return dice.random() < 0.5
    values: tuple[Any, ...] = TEXTS if kind == pa.string() else WHOLE if kind == pa.int64() else DECIMAL
    return values[0] if dice.random() < 0.5 else dice.choice(values)


def record(dice: random.Random, fields: Any) -> dict[str, Any]:
    made = {part.name: typed(dice, part.type) for part in fields if dice.random() < 0.6}
    if dice.random() < 0.3:
        made["z"] = other(dice)
    names = dice.sample(list(made), len(made))
    return {name: made[name] for name in names}


def block(seed: int) -> tuple[bytes, random.Random]:
    """A block of invented lines, and what goes on to throw dice."""
    dice = random.Random(seed)
    ascii_only = dice.random() < 0.3
    lines = []
    for _ in range(dice.randrange(1, 4)):
        line = spelled(record(dice, SCHEMA), dice.random() < 0.2, ascii_only)
        lines.append(line + b"\n")
    return b"".join(lines), dice


def spelled(record: Any, spaces: bool, ascii_only: bool) -> bytes:
    separators = (" ,\t", " : ") if spaces else (",", ":")
    return json.dumps(record, separators=separators, ensure_ascii=ascii_only).encode("utf-8", "replace")


def agrees(data: bytes) -> bool:
    """Whether it was read, and then as Arrow does."""
    found = parsed(data, SCHEMA)
    if found is None:
        return False
    expected = jsonlines._parsed(Text(Block(1, data)), SCHEMA)
    assert expected is not None
    found.validate(full=True)
    assert found.equals(expected), (found.to_pylist(), expected.to_pylist())
    return True


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 1 << 40))
def test_it_says_what_arrow_says(seed: int) -> None:
    agrees(block(seed)[0])


@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 1 << 40))
def test_damage_is_left_or_read_as_arrow_reads_it(seed: int) -> None:
    data, dice = block(seed)
    for _ in range(dice.randrange(1, 3)):
        at = dice.randrange(len(data))
        data = data[:at] + dice.choice(NOISE) + data[at + dice.randrange(3) :]
    try:
        data.decode()
    except UnicodeDecodeError:
        return
    agrees(data.rstrip(b"\n") + b"\n")


def test_what_was_read_stays_as_it_is_while_more_is_read() -> None:
    first = parsed(b'{"t":"a","n":1,"d":1.5,"b":true,"l":["x"]}\n' * 9, SCHEMA)
    assert first is not None
    said = first.to_pylist()
    assert parsed(b'{"t":"b","n":2,"d":2.5,"b":false,"l":[]}\n' * 9, SCHEMA) is not None
    assert first.to_pylist() == said


def test_the_blocks_are_worth_comparing() -> None:
    assert 40 < sum(agrees(block(seed)[0]) for seed in range(200)) < 190


def again(dice: random.Random, value: Any) -> Any:
    """A value of the same form, seldom of another."""
    if dice.random() < 0.001:
        return other(dice)
    if isinstance(value, dict):
        return {name: again(dice, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [again(dice, inner) for inner in (value * 2 if dice.random() < 0.1 else value)]
    if isinstance(value, str):
        return value if dice.random() < 0.5 else dice.choice(TEXTS[:-4])
    if isinstance(value, bool) or value is None:
        return dice.choice((value, None, True)) if dice.random() < 0.2 else value
    return value if dice.random() < 0.5 else dice.choice((0, 7, -5) if isinstance(value, int) else DECIMAL[:4])


def lines_of_few_forms(seed: int) -> tuple[bytes, random.Random]:
    """A block as logs are: many lines with the keys of some others, now and then with other values than those had."""
    dice = random.Random(seed)
    spaces = dice.random() < 0.2
    wanted = dice.randrange(1, 4)
    tried = (record(dice, SCHEMA) for _ in range(100))
    read = (form for form in tried if parsed(spelled(form, spaces, False) + b"\n", SCHEMA) is not None)
    forms = list(islice(read, wanted))
    lines = []
    for _ in range(dice.randrange(8, 40)):
        line = again(dice, dice.choice(forms)) if dice.random() < 0.99 else record(dice, SCHEMA)
        lines.append(spelled(line if isinstance(line, dict) else {}, spaces, False))
    return b"\n".join([*lines, b""]), dice


@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 1 << 40))
def test_lines_that_go_known_ways_say_what_arrow_says(seed: int) -> None:
    agrees(lines_of_few_forms(seed)[0])


@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 1 << 40))
def test_damage_on_a_known_way_is_left_or_read_as_arrow_reads_it(seed: int) -> None:
    data, dice = lines_of_few_forms(seed)
    at = dice.randrange(len(data) // 2, len(data))
    data = data[:at] + dice.choice(NOISE) + data[at + dice.randrange(3) :]
    try:
        data.decode()
    except UnicodeDecodeError:
        return
    agrees(data.rstrip(b"\n") + b"\n")


def test_the_lines_of_few_forms_are_worth_comparing() -> None:
    assert 40 < sum(agrees(lines_of_few_forms(seed)[0]) for seed in range(200)) < 190


def test_a_line_that_leaves_a_known_way_late_leaves_nothing_behind() -> None:
    known = (
        b'{"t":"first","n":1,"d":1.5,"b":true,"l":["x","y"],"s":{"t":"in","u":{"n":2}},"z":"more than a few bytes"}\n'
    )
    left = b'{"t":"again","n":1,"d":1.5,"b":true,"l":["x","y"],"s":{"t":"in","u":{"n":2}},"z":0,"q":[]}\n'
    nulls = (
        b'{"t":null,"n":null,"d":null,"b":null,"l":[null,null],"s":{"t":null,"u":{"n":null}},"z":"more than a few"}\n'
    )
    assert agrees(known * 3 + left + nulls + known + b"{}\n" + left + nulls * 2)


@pytest.mark.parametrize("key", [*SCHEMA.names, "z"])
@pytest.mark.parametrize("value", [b"5", b"1.5", b"true", b'"x"', b"{}", b"[]"])
def test_where_a_null_stood_nothing_of_another_kind_is_read(key: str, value: bytes) -> None:
    lines = (
        b'{"%s":%s,"z2":"more than a few bytes of text"}\n' % (key.encode(), said) for said in (b"null", value, b"null")
    )
    agrees(b"".join(line * 3 for line in lines))


@pytest.mark.parametrize("key", [b"n", b"d", b"z"])
@pytest.mark.parametrize(
    "number",
    [
        *(
            "0",
            "7",
            "10",
            "1234567",
            "12345678",
            "12345678901234567",
            "123456789012345678",
            "-5",
            "-12345678",
            "1 ",
            "1.5",
        )
    ],
)
def test_numbers_of_any_length_go_known_ways(key: bytes, number: str) -> None:
    """Last in their object too, and short ones after long ones."""
    for rest in (b"", b',"t":"more than a few bytes of text"'):
        lines = (b'{"%s":%s%s}\n' % (key, said.encode(), rest) for said in ("1", number, "2", "3" * 15, number))
        read = "." not in number if key == b"n" else key == b"z" or float(number) < 2**53
        assert agrees(b"".join(lines) * 3) == read


@pytest.mark.parametrize(
    "number", [b"-0", b"00", b"01", b"007", b"1e5", b"1E5", b"1.", b"1x", b"-", b"- 1", b"1.5e3", b"+1"]
)
def test_what_is_no_plain_number_is_left_on_a_known_way(number: bytes) -> None:
    for key in (b"n", b"d", b"z"):
        lines = (b'{"%s":%s,"t":"more than a few bytes of text"}\n' % (key, said) for said in (b"1", number, b"2"))
        assert parsed(b"".join(line * 3 for line in lines), SCHEMA) is None


def test_more_ways_than_are_kept_are_read_all_the_same() -> None:
    lines = b"".join(b'{"z%d":{"n":%d,"x":"y"},"n":%d,"t":"%d"}\n' % (n % 3000, n, n, n) for n in range(6000))
    assert agrees(lines)


def test_a_line_of_more_steps_than_a_way_has_is_read() -> None:
    line = b"{" + b",".join(b'"z%d":%d' % (n, n) for n in range(300)) + b',"n":5}\n'
    assert agrees(line * 4)


PLAIN = [
    b"{}",
    b'{"t":"a\\/b\\n\\"","n":-5,"d":1.5,"b":true,"l":["x",null],"s":{"u":{"n":1}},"q":[{"t":"a"},null,{}]}',
    b'{"z":[1,{"a":[]},"x",-0.5,null,false],"s":null, "l" : [] }',
]


@pytest.mark.parametrize("line", PLAIN)
def test_plain_lines_are_read(line: bytes) -> None:
    assert agrees(line + b"\n" + b'{"n":1,"t":"z"}\n' + line + b"\n")


@pytest.mark.parametrize(
    "line",
    [b"", b"[]", b'{"n":1', b'{"n":1}}', b'{"n":1} {"n":2}', b'{"n":01}', b'{"n":1.0}', b'{"n":"1"}', b'{"n":1,"n":2}',
     b'{"t":"\\u0041"}', b'{"z":1e5}', b'{"t":"a\x01"}', b'{"z":tru}', b'{"z":' + b"[" * 40 + b"]" * 40 + b"}",
     b'{"n":1,}', b'{"l":[1]}', b'{"s":[]}', b'{"z":[1 2]}', b'{"z":-}', b'{"z":[,1]}', b'{"z" 1}', b'{z:1}',
     b'{"q":[' + b"{}," * 50 + b"{}]}"],
)  # fmt: skip
def test_what_is_not_plain_is_left(line: bytes) -> None:
    assert parsed(line + b"\n", SCHEMA) is None


def test_a_wrong_count_of_lines_writes_nothing_beyond_its_room() -> None:
    assert parsed(b'{"n":1}\n{"n":2}\n', SCHEMA, 1) is None
    assert parsed(b'{"n":1}\n{"n":2}\n', SCHEMA, 3) is None
    assert parsed(b'{"n":1}\n{"n":2}\n', SCHEMA, 2) == parsed(b'{"n":1}\n{"n":2}\n', SCHEMA)


def test_nothing_is_looked_at_behind_the_end() -> None:
    """The page behind the lines may not be touched: whoever does so is ended by the kernel."""
    told = subprocess.run([sys.executable, "-c", _AT_THE_END_OF_A_PAGE], capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (0, "6 6 6 6\n"), told.stderr


_AT_THE_END_OF_A_PAGE = """
import ctypes, mmap
import pyarrow as pa
from minewarden.telemetry.jsonlines_kernel import parsed
page = mmap.PAGESIZE
room = mmap.mmap(-1, 2 * page)
begin = ctypes.addressof(ctypes.c_char.from_buffer(room))
assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(begin + page), ctypes.c_size_t(page), 0) == 0
schema = pa.schema([("t", pa.string()), ("n", pa.int64()), ("d", pa.float64()), ("b", pa.bool_())])
found = []
longer = b'{"d":1.25,"n":3,"t":"a longer text of more than thirty-two bytes"}'
for line in (b'{"t":"x"}', b'{"n":12}', longer, b'{"b":true}'):
    lines = (line + bytes((10,))) * 6
    room[page - len(lines) : page] = lines
    found.append(str(parsed(memoryview(room)[page - len(lines) : page], schema).num_rows))
print(*found)
"""
