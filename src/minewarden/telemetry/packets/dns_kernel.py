"""Compiled: plain DNS messages of a piece of the file, many at once.

Its counterpart is `dns_wire.parse_dns`, to which whatever is not quite plain is left: names with strange bytes in them,
aliases, and addresses of IPv6. Where a question and its one answer are all that is said of it, as mostly, they become
a row here, as columns; all other messages go to `DomainLog`, one by one.
"""

import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from minewarden.telemetry.packets.addresses_kernel import addresses
from minewarden.telemetry.packets.compiled import compiled
from minewarden.telemetry.packets.dns_wire import CODES, LONGEST_NAME, MOST_RECORDS, SHOWN, TYPES, DnsMessage, parse_dns
from minewarden.telemetry.packets.domain_log import DomainLog
from minewarden.telemetry.packets.frames import Bytes, Ints
from minewarden.telemetry.packets.layers import Segments, Words
from minewarden.telemetry.packets.rows import Rows, address
from minewarden.telemetry.reader import Batch
from minewarden.telemetry.schema import TABLES

_NONE, _READ, _ODD = range(3)
_WHAT, _NUMBER, _FLAGS, _TYPE, _NAME, _NAME_END, _FIRST, _LAST = range(8)
_RESPONSE = 0x8000
_PLAIN = np.zeros(256, np.uint8)
"""What a byte of a name is spelled as; 0 where that takes more than one character."""
for _byte in SHOWN:
    _PLAIN[_byte] = ord(chr(_byte).lower())
_MAPPED = np.uint64(0xFFFF << 32)
_LEAST_RECORD = 15
"""An owner of one byte, ten of type, class, time to live and length, and an address."""


@compiled
def _two(data, at):  # type: ignore[no-untyped-def]
    return np.int64(data[at]) << 8 | data[at + 1]


@compiled
def _question(data, at, end, plain, names, used):  # type: ignore[no-untyped-def]
    """Spell the name that stands here. Returns where the next field stands, or -1, and how much of `names` is used."""
    begin = at
    while True:
        if at >= end:
            return -1, used
        size = np.int64(data[at])
        if size == 0:
            return at + 1, used
        if size > 63 or at + 1 + size >= end or at + 1 + size - begin > LONGEST_NAME:
            return -1, used
        if at > begin:
            names[used] = 46
            used += 1
        for place in range(at + 1, at + 1 + size):
            spelled = plain[data[place]]
            if spelled == 0:
                return -1, used
            names[used] = spelled
            used += 1
        at += 1 + size


@compiled
def _answers(data, at, end, count, addresses, filled):  # type: ignore[no-untyped-def]
    """Note the addresses among the records here. Returns how many addresses there are now, or -1 where the counterpart
    has to look. Damage ends the records; what came before it stays."""
    for _ in range(min(count, MOST_RECORDS)):
        while at < end and data[at] and data[at] < 0xC0:
            at += np.int64(data[at]) + 1
        at += 1 if at < end and data[at] == 0 else 2
        if at + 10 > end:
            break
        kind, size = _two(data, at), _two(data, at + 8)
        at += 10
        if at + size > end:
            break
        if kind == 5 or kind == 28:
            return -1
        if kind == 1 and size == 4:
            addresses[filled] = _two(data, at) << 16 | _two(data, at + 2)
            filled += 1
        at += size
    return filled


@compiled
def _mixed(word, more):  # type: ignore[no-untyped-def]
    word = (word ^ more) * np.uint64(0xBF58476D1CE4E5B9)
    return word ^ (word >> np.uint64(29))


@compiled
def _key(ends, ports, message, turned, told, names, name, name_end, salt):  # type: ignore[no-untyped-def]
    """What a question and its answers have in common, as one word which is not 0; `turned`: the resolver speaks."""
    client, resolver = (2, 0) if turned else (0, 2)
    word = _mixed(salt, np.uint64(ports[1 if turned else 0, message]))
    for part in range(2):
        word = _mixed(word, ends[client + part, message])
        word = _mixed(word, ends[resolver + part, message])
    word = _mixed(word, np.uint64(told[message, _NUMBER] << 16 | told[message, _TYPE]))
    for place in range(name, name_end):
        word = _mixed(word, np.uint64(names[place]))
    return word | np.uint64(1)


@compiled
def _messages(data, begins, lengths, ends, ports, salt, plain, told, keys, names, addresses):  # type: ignore[no-untyped-def]
    """`told`: by message (what became of it, number, flags, type, the name's place and end, the place and end of its
    answers); `keys`: 0 where the question was not read. Returns how much of `names` and of `addresses` is used."""
    used = filled = 0
    for message in range(len(begins)):
        at = begins[message]
        end = at + lengths[message]
        told[message, _WHAT], keys[message] = _NONE, 0
        if lengths[message] < 17:
            continue
        flags = _two(data, at + 2)
        if _two(data, at + 4) != 1 or flags & 0x7800:
            continue
        told[message, _WHAT] = _ODD
        after, name_end = _question(data, at + 12, end, plain, names, used)
        if after < 0 or name_end == used or after + 4 > end:
            continue
        told[message, _NUMBER], told[message, _FLAGS], told[message, _TYPE] = _two(data, at), flags, _two(data, after)
        response = flags & _RESPONSE > 0
        keys[message] = _key(ends, ports, message, response, told, names, used, name_end, salt)
        last = filled
        if response:
            last = _answers(data, after + 4, end, _two(data, at + 6), addresses, filled)
            if last < 0:
                continue
        told[message, _WHAT] = _READ
        told[message, _NAME], told[message, _NAME_END] = used, name_end
        told[message, _FIRST], told[message, _LAST] = filled, last
        used, filled = name_end, last
    return used, filled


@compiled
def _same(told, ends, ports, names, asked, answered):  # type: ignore[no-untyped-def]
    """Whether an answer belongs to a question: nobody who sends messages may make others seem to."""
    size = told[asked, _NAME_END] - told[asked, _NAME]
    same = told[asked, _NUMBER] == told[answered, _NUMBER] and told[asked, _TYPE] == told[answered, _TYPE]
    same = same and told[answered, _NAME_END] - told[answered, _NAME] == size and ports[0, asked] == ports[1, answered]
    for part in range(4):
        same = same and ends[part, asked] == ends[(part + 2) % 4, answered]
    for place in range(size if same else 0):
        same = same and names[told[asked, _NAME] + place] == names[told[answered, _NAME] + place]
    return same


@compiled
def _paired(told, keys, ends, ports, names, pairs):  # type: ignore[no-untyped-def]
    """Find the questions with one answer of which nothing else is said here. Returns how many `pairs` there are."""
    size = 16
    while size < 2 * len(keys):
        size *= 2
    table, mask = np.full(size, -1, np.int64), np.uint64(size - 1)
    count, second = np.zeros(len(keys), np.int64), np.empty(len(keys), np.int64)
    for message in range(len(keys)):
        key = keys[message]
        if key == 0:
            continue
        at = (key >> np.uint64(8)) & mask
        while table[at] >= 0 and keys[table[at]] != key:
            at = (at + np.uint64(1)) & mask
        if table[at] < 0:
            table[at] = message
        first = table[at]
        count[first] += 1
        second[first] = message
    found = 0
    for message in range(len(keys)):
        if count[message] != 2 or told[message, _WHAT] != _READ or told[message, _FLAGS] & _RESPONSE:
            continue
        other = second[message]
        if told[other, _WHAT] != _READ or not told[other, _FLAGS] & _RESPONSE:
            continue
        if _same(told, ends, ports, names, message, other):
            pairs[found, 0], pairs[found, 1] = message, other
            found += 1
    return found


@compiled
def _gathered(pairs, told, names, addresses, text, said, begins, firsts):  # type: ignore[no-untyped-def]
    """Copy what pairs say: names to `text`, answers to `said`, and where each begins and the last ends."""
    used = filled = 0
    for number in range(len(pairs)):
        begins[number], firsts[number] = used, filled
        answered = pairs[number, 1]
        for place in range(told[answered, _NAME], told[answered, _NAME_END]):
            text[used] = names[place]
            used += 1
        for place in range(told[answered, _FIRST], told[answered, _LAST]):
            said[filled] = addresses[place]
            filled += 1
    begins[len(pairs)], firsts[len(pairs)] = used, filled


@dataclass(slots=True)
class _Told:
    """What the messages of a piece say, by number; `ends`: words of source and target, `ports` likewise."""

    what: Ints
    keys: Words
    ends: Words
    ports: Ints
    names: Bytes
    addresses: Ints
    at: Ints
    length: Ints

    def messages(self, data: Bytes, numbers: Ints) -> list[DnsMessage | None]:
        """Some of them as `parse_dns` says them."""
        found: list[DnsMessage | None] = []
        for message, (what, mark, flags, kind, name, name_end, first, last) in zip(
            numbers.tolist(), self.what[numbers].tolist(), strict=True
        ):
            if what == _READ:
                answers = self.addresses[first:last].astype(">u4").tobytes()
                found.append(
                    DnsMessage(
                        mark,
                        flags & _RESPONSE > 0,
                        _code(flags & 15),
                        self.names[name:name_end].tobytes().decode("ascii"),
                        _kind(kind),
                        tuple(socket.inet_ntoa(answers[at : at + 4]) for at in range(0, len(answers), 4)),
                    )
                )
            elif what == _ODD:
                begin = int(self.at[message])
                found.append(parse_dns(data[begin : begin + int(self.length[message])].tobytes()))
            else:
                found.append(None)
        return found


def _code(number: int) -> str:
    return CODES[number] if number < len(CODES) else f"RCODE{number}"


def _kind(number: int) -> str:
    return TYPES.get(number) or f"TYPE{number}"


class DomainReader:
    """Reads the messages of a capture, piece by piece."""

    def __init__(self, rows: Rows, log: DomainLog) -> None:
        self._rows, self._log = rows, log
        self._salt = np.uint64(secrets.randbits(64))

    def read(self, segments: Segments, which: Ints) -> None:
        """Read these segments, each of which is a message."""
        told = self._told(segments, which)
        pairs = np.empty((len(which), 2), np.int64)
        pairs = pairs[: _paired(told.what, told.keys, told.ends, told.ports, told.names, pairs)]
        # What waits for an answer since an earlier piece was asked first: its answer is not another question's.
        if len(pairs):
            asked = pairs[:, 0]
            marks = (told.ports[0, asked] << 16 | told.what[asked, _NUMBER]).tolist()
            pairs = pairs[~np.array(self._log.may_wait(marks), np.bool_)]
        alone = np.ones(len(which), np.bool_)
        alone[pairs] = False
        self._write(segments, which, told, pairs)
        self._hand_on(segments, which, told, np.flatnonzero(alone))

    def _told(self, segments: Segments, which: Ints) -> _Told:
        at, length = segments.payload[which], segments.kept[which]
        room = int(length.sum())
        ends = np.stack([word[which] for word in (segments.src_hi, segments.src_lo, segments.dst_hi, segments.dst_lo)])
        ports = np.stack((segments.sport[which], segments.dport[which]))
        told = _Told(
            np.zeros((len(which), 8), np.int64),
            np.empty(len(which), np.uint64),
            ends,
            ports,
            np.empty(room, np.uint8),
            np.empty(room // _LEAST_RECORD + 1, np.int64),
            at,
            length,
        )
        _messages(
            *(segments.bytes, at, length, ends, ports, self._salt, _PLAIN),
            *(told.what, told.keys, told.names, told.addresses),
        )
        return told

    def _hand_on(self, segments: Segments, which: Ints, told: _Told, alone: Ints) -> None:
        """Let the log take these messages one by one, in their order."""
        columns = (
            *told.ends[:, alone],
            *told.ports[:, alone],
            segments.ts[which[alone]],
            segments.row[which[alone]],
        )
        for said, src_hi, src_lo, dst_hi, dst_lo, sport, dport, ts, row in zip(
            told.messages(segments.bytes, alone), *(column.tolist() for column in columns), strict=True
        ):
            if said is not None:
                self._log.take(said, address(src_hi, src_lo), sport, address(dst_hi, dst_lo), dport, ts, row)

    def _write(self, segments: Segments, which: Ints, told: _Told, pairs: Ints) -> None:
        """Rows of the table `dns`. Time and packet number are those of the question."""
        if not len(pairs):
            return
        asked, answered = pairs.T
        text, said = np.empty(len(told.names), np.uint8), np.empty(len(told.addresses), np.int64)
        begins, firsts = np.empty((2, len(pairs) + 1), np.int32)
        _gathered(pairs, told.what, told.names, told.addresses, text, said, begins, firsts)
        answers = addresses(np.zeros(firsts[-1], np.uint64), said[: firsts[-1]].astype(np.uint64) | _MAPPED)
        packet = which[asked]
        values = {
            "ts": self._rows.shifted(segments.ts[packet]),
            "src": addresses(*told.ends[:2, asked]),
            "dst": addresses(*told.ends[2:, asked]),
            "query": pa.StringArray.from_buffers(len(pairs), pa.py_buffer(begins), pa.py_buffer(text[: begins[-1]])),
            "qtype": _named(told.what[asked, _TYPE], _kind),
            "rcode": _named(told.what[answered, _FLAGS] & 15, _code),
            "answers": pa.ListArray.from_arrays(pa.array(firsts), answers),
            "origin": self._rows.origins(len(pairs)),
            "row": segments.row[packet],
        }
        schema = TABLES["dns"]
        arrays = [pa.array(values[field.name], field.type) for field in schema]
        self._rows.put(Batch("dns", pa.RecordBatch.from_arrays(arrays, schema=schema)))


def _named(numbers: Ints, name: Callable[[int], str]) -> pa.Array:
    """A column of names for numbers of which few are different."""
    different, where = np.unique(numbers, return_inverse=True)
    return pa.array([name(number) for number in different.tolist()], pa.string()).take(pa.array(where))
