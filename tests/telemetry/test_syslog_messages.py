"""Messages come whole out of a stream however it is cut, are filed under who says them, and read as a log would be."""

import io
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry import syslog_messages
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.ingest import ingest
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.syslog_messages import Frame, Frames, is_message, plain, program_of, sequence_of
from tests.scenarios.silent import Silent

LIMIT = 200
OLD = b"<134>Nov 24 09:00:00 gw named[12]: client @0x1 192.0.2.7#53 (pool.example): query: pool.example IN A +"
NEW = b"<134>1 2026-11-24T09:00:00.123456+08:00 gw named 12 - - client @0x1 192.0.2.7#53: hello"

bodies = st.binary(min_size=1, max_size=2 * LIMIT).map(lambda body: b"<13>" + body.replace(b"\n", b"#").rstrip(b"\r"))


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[start:end] for start, end in pairwise(ends)]


@given(st.lists(st.tuples(bodies, st.booleans())), st.lists(st.integers(0, 10_000)))
def test_every_message_comes_out_once_however_it_is_framed_and_the_stream_cut(
    messages: list[tuple[bytes, bool]], places: list[int]
) -> None:
    stream = b"".join(b"%d %s" % (len(body), body) if counted else body + b"\n" for body, counted in messages)
    frames = Frames(LIMIT)
    found = [frame for data in cut(stream, places) for frame in frames.feed(data)]
    assert frames.rest() is None
    assert [frame.length for frame in found] == [len(body) for body, _ in messages]
    assert [frame.data for frame in found] == [body[:LIMIT] for body, _ in messages]


@given(st.binary(max_size=3000), st.lists(st.integers(0, 10_000)), st.booleans())
def test_no_stream_breaks_it_or_fills_its_memory(stream: bytes, places: list[int], counted: bool) -> None:
    frames = Frames(LIMIT, counted=counted)
    for data in cut(stream, places):
        for frame in frames.feed(data):
            assert 0 < len(frame.data) <= LIMIT
            assert b"\n" not in frame.data or counted
        assert len(frames._message) <= LIMIT
        assert len(frames._held) <= 16
    frames.rest()


def test_the_rest_of_a_stream_is_given_back_when_it_ends() -> None:
    frames = Frames(LIMIT)
    assert list(frames.feed(b"<13>half")) == []
    assert frames.rest() == Frame(b"<13>half", 8)
    assert list(frames.feed(b"300 <13>")) == []
    assert frames.rest() == Frame(b"<13>", 4)


def test_a_message_too_long_is_cut_and_its_length_known() -> None:
    (frame, after) = Frames(10).feed(b"<13>" + b"x" * 50 + b"\n<13>ok\n")
    assert (frame.data, frame.length, frame.whole) == (b"<13>xxxxxx", 54, False)
    assert after.whole


def test_lines_of_json_are_no_counts() -> None:
    found = list(Frames(LIMIT, counted=False).feed(b'{"a":1}\n12 <x\n'))
    assert [frame.data for frame in found] == [b'{"a":1}', b"12 <x"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (OLD, "named"),
        (NEW, "named"),
        (b"<30>Nov 24 09:00:00 dnsmasq-dhcp[7]: DHCPACK(br0)", "dnsmasq-dhcp"),
        (b"<30>Nov 24 09:00:00 2026 H3C-NAT %%10NAT/6/NAT_FLOW: x", "NAT"),
        (b"<30>Nov 24 09:00:00 gw /usr/sbin/dhcpd: x", "dhcpd"),
        (b"<30>1 2026-11-24T09:00:00Z gw ../../etc/passwd - - - x", "passwd"),
        (b"<30>1 2026-11-24T09:00:00Z gw .. - - - x", "other"),
        (b"<30>what is this", "other"),
    ],
)
def test_who_says_it_is_a_name_for_a_folder(data: bytes, name: str) -> None:
    assert program_of(data) == name


@given(st.binary(max_size=300))
def test_any_message_has_a_harmless_name(data: bytes) -> None:
    name = program_of(b"<13>" + data)
    assert name
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def test_what_begins_as_a_message_is_one() -> None:
    assert is_message(OLD)
    assert is_message(b"<0>x")
    assert not is_message(b"<192>x")
    assert not is_message(b"<a>x")
    assert not is_message(b'{"a": "<1>"}')


def test_the_number_a_sender_gave_it_is_read() -> None:
    assert sequence_of(b'<13>1 - - - - - [meta sequenceId="29"] x') == 29
    assert sequence_of(OLD) is None


def test_a_message_reads_as_the_line_a_log_would_have() -> None:
    assert plain(OLD + b"\n") == OLD + b"\n"
    assert plain(NEW + b"\n") == (b"2026-11-24T09:00:00.123456+08:00 gw named[12]: client @0x1 192.0.2.7#53: hello\n")
    forwarded = NEW.replace(b"- - client", b"- -  client")
    assert plain(forwarded + b"\n") == plain(NEW + b"\n"), "as rsyslog forwards it"
    structured = b'<134>1 2026-11-24T09:00:00Z gw nat - ID1 [a@1 b="x\\"]y"][c@1 d="e"] \xef\xbb\xbftext\n'
    assert plain(structured) == b"2026-11-24T09:00:00Z gw nat: text\n"


def test_an_event_in_json_stands_without_its_header() -> None:
    event = b'{"event_type":"dns","text":"a: {b}"}'
    assert plain(b"<13>Nov 24 09:00:00 sensor suricata[9]: @cee: " + event + b"\n") == event + b"\n"
    assert plain(b"<13>Nov 24 09:00:00 sensor suricata: " + event + b"\n") == event + b"\n"
    assert plain(b"<13>1 2026-11-24T09:00:00Z sensor suricata 9 - - " + event + b"\n") == event + b"\n"


@given(st.lists(st.sampled_from([OLD, NEW, b"<13>x", b"", b"no message"])), st.integers(1, 70), st.booleans())
def test_a_file_of_messages_reads_the_same_however_it_is_cut(lines: list[bytes], size: int, ended: bool) -> None:
    data = b"\n".join(lines) + (b"\n" if ended else b"")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(syslog_messages, "_AT_ONCE", size)
        found = io.BufferedReader(syslog_messages.Unwrapped(io.BytesIO(data))).read()
    longest = max(map(len, lines), default=0)
    assert found == plain(data) or longest >= size
    assert found.count(b"\n") == data.count(b"\n")


def test_a_spooled_log_is_read_by_a_scan_as_well(tmp_path: Path) -> None:
    head = "<134>1 2026-11-24T09:00:0{0}+08:00 gw named 12 - - "
    text = head + "client @0x1 10.0.0.7#5000 (n{0}.example): query: n{0}.example IN A + (10.0.0.250)\n"
    (tmp_path / "20261124-0001.log").write_text("".join(text.format(number) for number in range(5)))
    lake = Lake(tmp_path / "lake")
    report = ingest([tmp_path / "20261124-0001.log"], lake, declared=Declared(), watch=Silent())
    assert (report.rejects, report.problems) == (0, [])
    with lake.connect() as connection:
        found = connection.execute("SELECT row, query FROM dns ORDER BY row").fetchall()
    assert found == [(number + 1, f"n{number}.example") for number in range(5)]


@given(st.lists(st.binary(max_size=120).map(lambda raw: raw.replace(b"\n", b" "))))
def test_there_are_as_many_lines_as_before(lines: list[bytes]) -> None:
    data = b"".join(b"<13>1 " + line + b"\n" for line in lines)
    assert plain(data).count(b"\n") == len(lines)
