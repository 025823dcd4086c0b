"""Compiled: which connections are a plain TLS handshake, told by their packets, and what their client hellos say.

Whatever is not quite plain - out of order, cut, several messages in a record, ports opened again - is left to the
reader of conversations; the rows of both are the same. The counterparts are `Conversation` and `parse_client_hello`.
"""

import numpy as np

from minewarden.telemetry.packets.compiled import compiled

UNUSUAL, SILENT, COMPLETE, UNCHANGED = range(4)
"""What became of a connection: to be read by a conversation; a hello that no usable answer followed yet; answered
conclusively; seen before and nothing new."""

_MASK, _HALF, _NEAR = 0xFFFFFFFF, 1 << 31, 16 * 1024 * 1024
_SYN, _ACK = 2, 16
_SAW_SYN, _SAW_SYN_ACK, _SAW_DATA, _FROM_B = 1, 2, 8, 8
_TLS = 4
_HANDSHAKE, _LONGEST_RECORD = 22, 16_384 + 2_048
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_MOST_EXTENSIONS = 64


@compiled
def _server_hello(data, at, kept):  # type: ignore[no-untyped-def]
    """The version that a server's first segment settles on, or -1 where more has to be read to know it all."""
    if kept < 9 or data[at + 5] != _SERVER_HELLO:
        return -1
    record = data[at + 3] << 8 | data[at + 4]
    size = data[at + 6] << 16 | data[at + 7] << 8 | data[at + 8]
    rest = kept - 5 - record
    if size + 4 != record or record > _LONGEST_RECORD or rest < 0 or size < 38:
        return -1
    if rest > 0 and data[at + 5 + record] == _HANDSHAKE:
        return -1
    body, end = at + 9, at + 9 + size
    version = data[body] << 8 | data[body + 1]
    place = body + 35 + data[body + 34] + 5
    while place <= end - 4:
        length = data[place + 2] << 8 | data[place + 3]
        if data[place] == 0 and data[place + 1] == 43:
            if min(length, end - place - 4) == 2:
                version = data[place + 4] << 8 | data[place + 5]
            break
        place += 4 + length
    return version if version == 0x0304 or rest >= 5 else -1


@compiled
def sort_out(  # type: ignore[no-untyped-def]
    data, packets, order, begin, groups, known, isn, waiting, memory, blank, said, isns, arena
):
    """Follow the packets of some connections. Returns how many bytes of client hellos were copied to `arena`.

    `packets`: columns from_b, flags, seq, payload, kept, length, kind; `groups`: which flows, as places in `begin`;
    `waiting`: whether a flow's hello has been seen before, `memory`: by flow (client side, next number of the server or
    -1, whether it says nothing known), read and written; `said`: by flow (verdict, hello's place, its length, the
    packet that completed it, opener, version), and `isns`: the first numbers of both sides.
    """
    from_b, all_flags, seqs, payloads, kept_bytes, lengths, kinds = packets
    used = 0
    following = np.empty(2, np.int64)
    for number in range(len(groups)):
        group = groups[number]
        last = begin[group + 1] if group + 1 < len(begin) else len(order)
        stage, opener, client, quiet = 0, 0, 0, 0
        start, whole, have, completed, version = used, 0, 0, -1, -1
        following[:] = -1
        isns[number, :] = -1
        usual = True
        if waiting[number]:
            stage, client, quiet = 2, memory[number, 0], memory[number, 2]
            following[1 - client] = memory[number, 1]
        elif known[number]:
            usual = known[number] & (_SAW_DATA | _SAW_DATA << _FROM_B) == 0
            for side in range(2):
                seen = known[number] >> (_FROM_B * side)
                if seen & (_SAW_SYN | _SAW_SYN_ACK):
                    first = isn[number, side]
                    usual = usual and first >= 0
                    following[side], isns[number, side] = (first + 1) & _MASK, first
                    opener = 1 + side if seen & _SAW_SYN else 2 - side
        for place in range(begin[group], last):
            if not usual:
                break
            at = order[place]
            side, flags, seq, kept = int(from_b[at]), all_flags[at], seqs[at], kept_bytes[at]
            if flags & _SYN:
                usual = stage == 0 and kept == 0 and isns[number, side] in (-1, seq)
                if isns[number, side] < 0:
                    following[side] = (seq + 1) & _MASK
                isns[number, side] = seq
                opener = 2 - side if flags & _ACK else 1 + side
                continue
            if kept == 0 or version >= 0 or (stage == 2 and side == client):
                continue
            payload, kind = payloads[at], kinds[at]
            expected = following[side]
            if stage == 0:
                client = side
                usual = kept >= 9 and data[payload] == _HANDSHAKE and data[payload + 1] == 3
                usual = usual and data[payload + 5] == _CLIENT_HELLO
                if usual:
                    record = data[payload + 3] << 8 | data[payload + 4]
                    size = data[payload + 6] << 16 | data[payload + 7] << 8 | data[payload + 8]
                    whole, stage = 5 + record, 1
                    usual = size + 4 == record and record <= _LONGEST_RECORD
            elif stage == 1:
                behind = (expected - seq) & _MASK
                if side == client and kept <= behind < _NEAR:
                    continue
                usual = side == client
            elif quiet:
                if kind and (seq - expected) & _MASK < _HALF:
                    usual = False
                continue
            else:
                behind = (expected - seq) & _MASK
                if expected >= 0 and kept <= behind < _NEAR:
                    continue
            usual = usual and lengths[at] == kept and (expected < 0 or expected == seq)
            if not usual:
                break
            following[side] = (seq + kept) & _MASK
            if stage == 1:
                take = min(kept, whole - have)
                arena[used : used + take] = data[payload : payload + take]
                used += take
                have += take
                if have == whole:
                    stage, completed = 2, at
                    usual = kept == take or data[payload + take] != _HANDSHAKE
            elif kind == _TLS:
                version = _server_hello(data, payload, kept)
                usual = version >= 0
            else:
                usual = kind == 0 and not blank[data[payload]]
                quiet = 1
        if not usual or stage < 2:
            used = start
            said[number, 0] = UNUSUAL
            continue
        memory[number, 0], memory[number, 1], memory[number, 2] = client, following[1 - client], quiet
        said[number, 0] = COMPLETE if version >= 0 else UNCHANGED if waiting[number] else SILENT
        said[number, 1], said[number, 2], said[number, 3] = start, have, completed
        said[number, 4], said[number, 5] = opener, version
    return used


@compiled
def _mixed(word, more):  # type: ignore[no-untyped-def]
    word = (word ^ np.uint64(more)) * np.uint64(0xBF58476D1CE4E5B9)
    return word ^ (word >> np.uint64(29))


@compiled
def read_hellos(arena, hellos, salt, fields, prints, names):  # type: ignore[no-untyped-def]
    """Take client hellos apart. Returns how many bytes of names were written to `names`.

    `hellos`: place and length of each record; `salt`: two words. Filled: `fields` by hello (1: read, 0: torn, -1: to be
    read by the counterpart; the name's place; its length, -1 for none), and `prints`, two words that are the same for
    hellos of the same print.
    """
    used = 0
    found = np.empty(_MOST_EXTENSIONS, np.int64)
    # Groups, point formats, signatures, ALPN, versions: what shows the program's habits, besides the ciphers.
    habits = np.array([10, 11, 13, 16, 43])
    places, lengths = np.empty(5, np.int64), np.empty(5, np.int64)
    for number in range(len(hellos)):
        body = hellos[number, 0] + 9
        end = hellos[number, 0] + hellos[number, 1]
        fields[number, 0], fields[number, 2] = 0, -1
        if end - body <= 34:
            continue
        at = body + 35 + data_at(arena, body + 34)
        if at + 1 >= end:
            continue
        size = data_at(arena, at) << 8 | data_at(arena, at + 1)
        ciphers, cipher_end = at + 2, min(end, at + 2 + size)
        at += 2 + size
        if at >= end:
            continue
        at += 1 + data_at(arena, at)
        if arena[body] != 3 or at > end:
            continue
        fields[number, 0] = 1
        lengths[:] = 0
        count, name, name_length = 0, 0, 0
        at += 2
        while at <= end - 4:
            kind = data_at(arena, at) << 8 | data_at(arena, at + 1)
            length = data_at(arena, at + 2) << 8 | data_at(arena, at + 3)
            fresh = True
            for one in range(count):
                fresh = fresh and found[one] != kind
            if fresh:
                if count == _MOST_EXTENSIONS:
                    fields[number, 0] = -1
                    break
                found[count] = kind
                count += 1
                room = min(length, end - at - 4)
                if kind == 0:
                    name, name_length = at + 4, room
                for one in range(5):
                    if habits[one] == kind:
                        places[one], lengths[one] = at + 4, room
            at += 4 + length
        if fields[number, 0] < 0:
            continue
        for half in range(2):
            word = _mixed(salt[half], data_at(arena, body) << 8 | data_at(arena, body + 1))
            word = _mixed(word, cipher_end - ciphers)
            for place in range(ciphers, cipher_end):
                word = _mixed(word, data_at(arena, place))
            word = _mixed(word, count)
            for one in range(count):
                word = _mixed(word, found[one])
            for one in range(5):
                word = _mixed(word, lengths[one])
                for place in range(places[one], places[one] + lengths[one]):
                    word = _mixed(word, data_at(arena, place))
            prints[number, half] = word
        if name_length < 6 or arena[name + 2] != 0:
            continue
        size = data_at(arena, name + 3) << 8 | data_at(arena, name + 4)
        stop = name + min(name_length, 5 + size)
        fields[number, 1] = used
        for place in range(name + 5, stop):
            byte = arena[place]
            if byte <= 0x20 or byte >= 0x7F:
                fields[number, 0] = -1
            names[used] = byte + 32 if 0x41 <= byte <= 0x5A else byte
            used += 1
        while used > fields[number, 1] and names[used - 1] == 0x2E:
            used -= 1
        if used > fields[number, 1]:
            fields[number, 2] = used - fields[number, 1]
    return used


@compiled
def data_at(data, at):  # type: ignore[no-untyped-def]
    """A byte as a number that can be shifted."""
    return np.int64(data[at])
