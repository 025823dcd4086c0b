"""Columns of times as logs write them, to whole microseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta, tzinfo

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.columns import LAST_US
from minewarden.vocab.clock import microseconds

_NUMBER = r"^[+-]?\d{1,18}(?:\.\d*)?(?:[eE][+-]?\d{1,3})?$"
_WHEN = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
_FRACTION = r"([.,]\d{6})\d+"
_ZONE = r"(?:[Zz]|[+-]\d\d(?::?\d\d)?)$"
_QUARTER_US = 900_000_000
# Made once: Arrow looks for optional packages each time that it is given a bare number or None.
_NO_NUMBER = pa.scalar(None, pa.float64())
_NO_COUNT = pa.scalar(None, pa.int64())
_MILLISECONDS, _THOUSAND, _MILLION = pa.scalar(1e11), pa.scalar(1e3), pa.scalar(1e6)
_ZERO, _LAST = pa.scalar(0.0), pa.scalar(float(LAST_US))
_QUARTER = pa.scalar(_QUARTER_US)
_ZERO_COUNT, _LAST_COUNT = pa.scalar(0), pa.scalar(LAST_US)


def from_seconds(values: pa.Array) -> pa.Array:
    """Seconds since 1970, as texts or numbers, to microseconds; null where they are none. Zeek's milliseconds are known
    by their size."""
    if pa.types.is_string(values.type):
        values = cast_or_null(values, pa.float64(), _NUMBER)
    # 1e11 seconds are the year 5138, 1e11 milliseconds the year 1973: no log of a network is ambiguous.
    late = pc.greater(values, _MILLISECONDS)
    if pc.any(late).as_py():
        values = pc.if_else(late, pc.divide(values, _THOUSAND), values)
    return _within(pc.multiply(values, _MILLION))


def span_from_seconds(values: pa.Array) -> pa.Array:
    """A length of time in seconds to microseconds; null where it is none or runs backwards."""
    if pa.types.is_string(values.type):
        values = cast_or_null(values, pa.float64(), _NUMBER)
    return _within(pc.multiply(values, _MILLION))


def from_iso(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """ISO 8601 times -> (microseconds, whether the text names its zone); local times are counted as if they were UTC.

    Null microseconds where the text is no time. More than six digits of a second are cut off.
    """
    try:
        return bounded(texts.cast(pa.timestamp("us", "UTC")).cast(pa.int64())), pc.is_valid(texts)
    except pa.ArrowInvalid:
        pass
    texts = pc.utf8_trim_whitespace(texts)
    is_time = pc.match_substring_regex(texts, _WHEN)
    zoned = pc.and_(is_time, pc.match_substring_regex(texts, _ZONE))
    cut = pc.replace_substring_regex(texts, _FRACTION, r"\1")
    cut = pc.replace_substring(cut, ",", ".")
    # The zone is taken apart here, because one damaged text would make the cast of the whole column fail.
    local = pc.replace_substring_regex(cut, _ZONE, "")
    local = pc.if_else(is_time, local, None)
    zone = pc.extract_regex(cut, r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)?$")
    values = _naive(local)
    shift = pc.multiply(_minutes(zone), 60_000_000)
    utc = pc.subtract(values, pc.if_else(zoned, pc.fill_null(shift, 0), 0))
    return bounded(utc), pc.fill_null(zoned, False)


def at_zone(values: pa.Array, zone: tzinfo) -> pa.Array:
    """Local microseconds from 1970 on to UTC. Where a clock was set back, the earlier of two readings is taken."""
    # In whole numbers: a damaged stamp of the year 9999 is more than a float tells apart, and would end its whole file.
    quarters = pc.divide(values, _QUARTER)
    encoded = quarters.dictionary_encode()
    shifts = [_offset_us(quarter, zone) for quarter in encoded.dictionary.to_pylist()]
    return pc.subtract(values, pa.array(shifts, pa.int64()).take(encoded.indices))


def cast_or_null(texts: pa.Array, kind: pa.DataType, pattern: str) -> pa.Array:
    """Cast texts; where one of them fails, those that do not match `pattern` become null."""
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        return pc.if_else(pc.match_substring_regex(texts, pattern), texts, None).cast(kind)


def _offset_us(quarter: int, zone: tzinfo) -> int:
    naive = datetime(1970, 1, 1) + timedelta(microseconds=quarter * _QUARTER_US)  # noqa: DTZ001 - local on purpose
    return microseconds(zone.utcoffset(naive.replace(tzinfo=zone)) or timedelta())


def _within(values: pa.Array) -> pa.Array:
    # A comparison with NaN is false, and infinity is too large.
    fits = pc.and_(pc.greater_equal(values, _ZERO), pc.less(values, _LAST))
    return pc.round(pc.if_else(fits, values, _NO_NUMBER)).cast(pa.int64())


def bounded(counted: pa.Array) -> pa.Array:
    """Microseconds between 1970 and the year 10000; null where they are not."""
    fits = pc.and_(pc.greater_equal(counted, _ZERO_COUNT), pc.less(counted, _LAST_COUNT))
    return pc.if_else(fits, counted, _NO_COUNT)


def _naive(local: pa.Array) -> pa.Array:
    try:
        return local.cast(pa.timestamp("us")).cast(pa.int64())
    except pa.ArrowInvalid:
        encoded = local.dictionary_encode()
        counted = [_naive_us(text) for text in encoded.dictionary.to_pylist()]
        return pa.array(counted, pa.int64()).take(encoded.indices)


def _naive_us(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None or moment.year < 1970:
        return None
    return microseconds(moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC))


def _minutes(zone: pa.StructArray) -> pa.Array:
    hours = cast_or_null(zone.field("hours"), pa.int64(), r"^\d\d$")
    minutes = pc.fill_null(cast_or_null(zone.field("minutes"), pa.int64(), r"^\d\d$"), 0)
    total = pc.add(pc.multiply(hours, 60), minutes)
    return pc.if_else(pc.equal(zone.field("sign"), "-"), pc.negate(total), total)
