"""Compiled: what can be told of thirty-two bytes at once, by the vector instructions of whatever processor there is.

A mask has a bit for each byte from `at` on, the lowest for the first, up to the end of the array, which has at least
32.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from minewarden.telemetry.packets.compiled import inlined, intrinsic, ir, numba

types: Any = numba.types
LANES = 32
"""How many bytes are looked at together, and how many an array has at least."""

unsigned: Any = np.uintp
"""Said of a place that is not negative: the compiler need not ask whether it counts from the end."""

_BYTE, _MASK, _LONG = ir.IntType(8), ir.IntType(LANES), ir.IntType(64)
_VECTOR = ir.VectorType(_BYTE, LANES)
_EIGHT_ZEROS, _PAIRS = np.uint64(0x3030303030303030), np.uint64(0x000000FF000000FF)
_TO_FOUR, _TO_EIGHT = np.uint64(0x000F424000000064), np.uint64(0x0000271000000001)
_PAST_NINE, _HIGH_BITS, _EIGHTH = np.uint64(0x4646464646464646), np.uint64(0x8080808080808080), np.uint64(3)
_BY_PAIR, _ONE_BYTE, _TWO_BYTES, _HALF = np.uint64(10), np.uint64(8), np.uint64(16), np.uint64(32)


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any, what: Any) -> Any:
    base = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(base, [at]), what.as_pointer())


def _load(context: Any, builder: Any, kind: Any, array: Any, at: Any, what: Any) -> Any:
    return builder.load(_place(context, builder, kind, array, at, what), align=1)


def _all(builder: Any, byte: Any) -> Any:
    """A byte in every lane."""
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), byte, ir.Constant(ir.IntType(32), 0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), order)


def _mask(builder: Any, found: Any) -> Any:
    return builder.zext(builder.bitcast(found, _MASK), _LONG)


def _comparison(tell: Callable[[Any, Any, Any, Any], Any]) -> Any:
    """An instruction that compares 32 bytes with `byte`."""

    def typed(typing: Any, data: Any, at: Any, byte: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            lanes = _load(context, builder, signature.args[0], given[0], given[1], _VECTOR)
            return _mask(builder, tell(builder, lanes, _all(builder, given[2]), None))

        return types.int64(data, types.int64, types.uint8), code

    return intrinsic(typed)


same_within = _comparison(lambda builder, lanes, byte, _: builder.icmp_unsigned("==", lanes, byte))
below_within = _comparison(lambda builder, lanes, byte, _: builder.icmp_unsigned("<", lanes, byte))
_no_digit = _comparison(
    lambda builder, lanes, zero, _: builder.icmp_unsigned(">", builder.sub(lanes, zero), _all(builder, _BYTE(9)))
)


@intrinsic
def _differs(typing, data, at, other):  # type: ignore[no-untyped-def]
    """Where the 32 bytes at one place differ from those at another."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        left, right = (_load(context, builder, signature.args[0], given[0], at, _VECTOR) for at in given[1:])
        return _mask(builder, builder.icmp_unsigned("!=", left, right))

    return types.int64(data, types.int64, types.int64), code


@intrinsic
def _eight(typing, data, at):  # type: ignore[no-untyped-def]
    """Eight bytes as a number whose lowest byte is the first."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return _load(context, builder, signature.args[0], given[0], given[1], _LONG)

    return types.uint64(data, types.int64), code


@intrinsic
def put(typing, out, to, data, at):  # type: ignore[no-untyped-def]
    """Copy 32 bytes from `at` in one array to `to` in another; both must have them."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        lanes = _load(context, builder, signature.args[2], given[2], given[3], _VECTOR)
        builder.store(lanes, _place(context, builder, signature.args[0], given[0], given[1], _VECTOR), align=1)
        return context.get_dummy_value()

    return types.void(out, types.int64, data, types.int64), code


@intrinsic
def first(typing, mask):  # type: ignore[no-untyped-def]
    """The number of the first lane of a mask, 32 where it has none."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.cttz(builder.or_(given[0], _LONG(1 << LANES)), ir.Constant(ir.IntType(1), 0))

    return types.int64(types.int64), code


@intrinsic
def _first_bit(typing, word):  # type: ignore[no-untyped-def]
    """The number of the first bit of a word, 64 where it has none."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), code


@intrinsic
def count(typing, mask):  # type: ignore[no-untyped-def]
    """How many lanes a mask has."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.ctpop(given[0])

    return types.int64(types.int64), code


@intrinsic
def beyond_ascii(typing, data, at):  # type: ignore[no-untyped-def]
    """The mask of the bytes that are not ASCII, of 32 that all lie within the array."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        lanes = _load(context, builder, signature.args[0], given[0], given[1], _VECTOR)
        return _mask(builder, builder.icmp_signed("<", lanes, ir.Constant(_VECTOR, [0] * LANES)))

    return types.int64(data, types.int64), code


@inlined
def same(data, at, byte):  # type: ignore[no-untyped-def]
    """The mask of the bytes that are `byte`."""
    begin = min(at, len(data) - LANES)
    return same_within(data, begin, byte) >> (at - begin)


@inlined
def either(data, at, byte, other):  # type: ignore[no-untyped-def]
    """The mask of the bytes that are one or the other."""
    begin = min(at, len(data) - LANES)
    return (same_within(data, begin, byte) | same_within(data, begin, other)) >> (at - begin)


@inlined
def special_within(data, at):  # type: ignore[no-untyped-def]
    """The same as `special`, of 32 bytes that all lie within the array."""
    return same_within(data, at, 34) | same_within(data, at, 92) | below_within(data, at, 32)


@inlined
def special(data, at):  # type: ignore[no-untyped-def]
    """The mask of the bytes that do not stand for themselves in a JSON string: quotes, backslashes, controls."""
    begin = min(at, len(data) - LANES)
    return special_within(data, begin) >> (at - begin)


@inlined
def others_within(data, at):  # type: ignore[no-untyped-def]
    """The same as `others`, of 32 bytes that all lie within the array."""
    return _no_digit(data, at, 48)


@inlined
def others(data, at):  # type: ignore[no-untyped-def]
    """The mask of the bytes that are no digits."""
    begin = min(at, len(data) - LANES)
    return others_within(data, begin) >> (at - begin)


@inlined
def digits(data, at):  # type: ignore[no-untyped-def]
    """How many digits stand here, at most 32, or to the end of the array."""
    return min(first(others(data, at)), len(data) - at)


@inlined
def alike(data, at, other):  # type: ignore[no-untyped-def]
    """How many bytes are the same here and there, at most 32; 0 where one of them is too near the end."""
    if max(at, other) > len(data) - LANES:
        return 0
    return alike_within(data, at, other)


@inlined
def alike_within(data, at, other):  # type: ignore[no-untyped-def]
    """The same as `alike`, where 32 bytes lie within the array at both places."""
    return first(_differs(data, at, other))


@inlined
def whole(data, at, length):  # type: ignore[no-untyped-def]
    """The number of so many digits, 1 to 18, that stand here."""
    end = at + length
    if end < 8 or length > 16:
        value = 0
        for place in range(at, end):
            value = value * 10 + (data[place] - 48)
        return value
    if length <= 8:
        return _few(data, end, length)
    return _few(data, end - 8, length - 8) * 100_000_000 + _few(data, end, 8)


@inlined
def _few(data, end, length):  # type: ignore[no-untyped-def]
    """The number of 1 to 8 digits that end here."""
    strange = np.uint64(64 - 8 * length)
    return _eight_digits(((_eight(data, end - 8) >> strange) - (_EIGHT_ZEROS >> strange)) << strange)


@inlined
def _eight_digits(value):  # type: ignore[no-untyped-def]
    """The number that eight bytes of 0 to 9 are: pairs, fours and all eight are put together side by side."""
    value = value * _BY_PAIR + (value >> _ONE_BYTE)
    value = ((value & _PAIRS) * _TO_FOUR + ((value >> _TWO_BYTES) & _PAIRS) * _TO_EIGHT) >> _HALF
    return np.int64(value)


@inlined
def short_within(data, at):  # type: ignore[no-untyped-def]
    """How many digits stand here, and what number they are; 8 and nothing where there are more than seven. Of 32 bytes
    that all lie within the array.

    What comes next cannot begin before this is known, and it is known sooner of eight bytes than of 32. Carries and
    borrows come out of the first byte that is no digit, or of later ones, so that they disturb none before it.
    """
    word = _eight(data, at)
    length = np.int64(_first_bit(((word + _PAST_NINE) | (word - _EIGHT_ZEROS)) & _HIGH_BITS) >> _EIGHTH)
    strange = np.uint64(64 - 8 * length)
    if length == 0 or length == 8:
        return length, np.int64(0)
    return length, _eight_digits((word << strange) - (_EIGHT_ZEROS << strange))
