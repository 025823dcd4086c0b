"""Zeek's logs: each form, and what damaged or hostile ones come to."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Batch, NotUsed, Reject
from minewarden.telemetry.readers.zeek import ZeekReader
from minewarden.vocab.errors import InputError
from tests.telemetry.conftest import Read, read_all, source_of

READER = ZeekReader()
EIGHT = 1772409600_000000


def test_conn(read: Read, samples: Path) -> None:
    rows, rejects = read(READER, samples / "zeek-conn.log")
    assert rejects == []
    mining, silent, sixes, ping = rows["conn"]
    assert mining == {
        "ts": EIGHT + 123456,
        "src": "10.20.1.5",
        "src_port": 50122,
        "dst": "198.51.100.9",
        "dst_port": 3333,
        "until": EIGHT + 12_623456,
        "proto": "tcp",
        "bytes_up": 820,
        "bytes_down": 4096,
        "packets_up": 14,
        "packets_down": 12,
        "established": True,
        "service": None,
        "origin": 1,
        "row": 9,
    }
    assert (silent["established"], silent["bytes_up"], silent["until"]) == (False, None, silent["ts"])
    assert (sixes["src"], sixes["dst"], sixes["ts"]) == ("2001:db8::5", "198.51.100.9", EIGHT + 2_000001)
    assert (ping["src_port"], ping["dst_port"], ping["established"]) == (None, None, True)


def test_dns(read: Read, samples: Path) -> None:
    found, missing = read(READER, samples / "zeek-dns.log")[0]["dns"]
    assert (found["query"], found["src"], found["dst"]) == ("pool.example.org", "10.20.1.5", "10.20.0.2")
    assert (found["qtype"], found["rcode"]) == ("A", "NOERROR")
    assert found["answers"] == ["pool-a.example.org", "198.51.100.9"]
    assert (missing["query"], missing["rcode"], missing["answers"]) == ("nothere.example.net", "NXDOMAIN", None)


@pytest.mark.parametrize("form", ["tsv", "json"])
def test_an_exchange_without_a_question_is_passed_over_and_counted(samples: Path, form: str) -> None:
    if form == "tsv":
        lines = (samples / "zeek-dns.log").read_bytes().splitlines(keepends=True)
        data = b"".join([*lines[:9], lines[8].replace(b"Pool.Example.ORG", b"-"), *lines[9:]])
    else:
        asked = b'{"_path":"dns","ts":1.5,"id.orig_h":"10.20.1.5","id.resp_h":"10.20.0.2","trans_id":7%s}\n'
        data = asked % b',"query":"a.example"' + asked % b"" + asked % b',"query":"b.example"'
    source = source_of(data)
    items = list(READER.read(source))
    assert [type(item) for item in items] == [Batch]
    assert len(items[0].rows) == 2  # type: ignore[union-attr]
    assert source.passed == {"dns (query -)": 1}


def test_a_dns_log_without_the_column_of_questions_is_refused(read: Read) -> None:
    header = b"#path\tdns\n#fields\tts\tid.orig_h\tid.resp_h\tqtype_name\n"
    rows, rejects = read(READER, header + b"1772409600.5\t10.20.1.5\t10.20.0.2\tA\n")
    assert rows == {}
    assert [(reject.line, reject.reason.params["column"]) for reject in rejects] == [(3, "query")]


def test_tls(read: Read, samples: Path) -> None:
    named, joined = read(READER, samples / "zeek-ssl.log")[0]["tls"]
    assert (named["sni"], named["version"], named["alpn"]) == ("pool.example.org", "TLS 1.3", "h2")
    assert named["has_hello"] is True
    assert (joined["sni"], joined["has_hello"], joined["subject"]) == (None, False, "CN=*.example.org")


def test_http_undoes_the_escapes_of_the_format(read: Read, samples: Path) -> None:
    (row,) = read(READER, samples / "zeek-http.log")[0]["http"]
    assert (row["host"], row["method"], row["status"]) == ("node.example.org", "POST", 200)
    assert (row["uri"], row["agent"]) == ("/get\twork?x=中", "miner/1.0")


def test_json_of_all_kinds_in_one_file(read: Read, samples: Path) -> None:
    rows, rejects = read(READER, samples / "zeek-json.log")
    assert rejects == []
    assert {table: [row["row"] for row in found] for table, found in rows.items()} == {
        "conn": [1],
        "dns": [2],
        "tls": [3],
        "http": [4],
    }
    assert (rows["conn"][0]["ts"], rows["conn"][0]["until"]) == (EIGHT + 123456, EIGHT + 12_623456)
    assert rows["dns"][0]["answers"] == ["198.51.100.9"]
    assert rows["tls"][0]["version"] == "TLS 1.2"


def test_json_with_iso_times(read: Read, samples: Path) -> None:
    (row,) = read(READER, samples / "zeek-json-iso.log")[0]["conn"]
    assert row["ts"] == EIGHT + 123456


def test_the_clock_of_the_sensor_is_set_right(read: Read, samples: Path) -> None:
    (row, *_) = read(READER, samples / "zeek-conn.log", offset="+192s")[0]["conn"]
    assert row["ts"] == EIGHT + 123456 - 192_000000
    assert row["until"] - row["ts"] == 12_500000


def test_another_log_of_zeek_is_said_to_be_unused(read: Read, samples: Path) -> None:
    with pytest.raises(NotUsed, match="weird"):
        read(READER, samples / "zeek-other.log")


def test_recognised_by_content(samples: Path) -> None:
    for sample in samples.iterdir():
        assert READER.recognises(head_of(sample.read_bytes())) is sample.name.startswith("zeek-"), sample.name


def test_fields_in_another_order_and_headers_in_the_middle(read: Read, samples: Path) -> None:
    text = (samples / "zeek-dns.log").read_bytes()
    other = b"#separator ,\n#set_separator,;\n#empty_field,(none)\n#unset_field,*\n#path,dns\n"
    other += b"#fields,query,id.orig_h,ts,answers,uid\nA.Example.org,10.20.1.9,1772409700.25,192.0.2.1;192.0.2.2,C9\n"
    rows, rejects = read(READER, text + other + text)
    assert rejects == []
    assert [row["row"] for row in rows["dns"]] == [9, 10, 18, 27, 28]
    assert rows["dns"][2]["query"] == "a.example.org"
    assert (rows["dns"][2]["answers"], rows["dns"][2]["dst"]) == (["192.0.2.1", "192.0.2.2"], None)


@pytest.mark.parametrize("mark", [b"", b"\\x09\\x09", b"\\x0a", b"\\x0d", "，".encode(), b"\\xff", b"\\x22"])
def test_a_separator_that_cannot_be_one(read: Read, samples: Path, mark: bytes) -> None:
    text = (samples / "zeek-conn.log").read_bytes()
    rows, rejects = read(READER, text.replace(b"#separator \\x09", b"#separator " + mark))
    assert len(rows.get("conn", [])) in (0, 4)
    assert rows or mark == b"\\x22", rejects


def test_a_header_that_names_a_field_twice(read: Read) -> None:
    header = b"#fields\tts\tid.orig_h\tid.resp_h\tproto\tproto\tconn_state\tts\n"
    rows, _ = read(READER, header + b"1772409600.5\t10.0.0.1\t192.0.2.1\ttcp\tudp\tSF\t1\n")
    assert (rows["conn"][0]["proto"], rows["conn"][0]["ts"]) == ("tcp", EIGHT + 500000)


def test_a_log_cut_in_the_middle_of_a_line(read: Read, samples: Path) -> None:
    text = (samples / "zeek-conn.log").read_bytes()
    cut = text[: text.index(b"CAbc2") + 8]
    rows, rejects = read(READER, cut)
    assert [row["row"] for row in rows["conn"]] == [9]
    assert [(reject.line, reject.reason.id) for reject in rejects] == [(10, "input.columns")]
    whole = text[: text.index(b"#close") - 1]
    assert len(read(READER, whole)[0]["conn"]) == 4


def test_damaged_fields_reject_their_line_only(read: Read, samples: Path) -> None:
    lines = (samples / "zeek-conn.log").read_bytes().split(b"\n")
    lines[8] = lines[8].replace(b"50122", b"99999")
    lines[9] = lines[9].replace(b"10.20.1.6", b"10.20.1.600")
    lines.insert(10, b"")
    lines[11] = lines[11].replace(b"1772409602.000001", b"nan")
    rows, rejects = read(READER, b"\n".join(lines))
    assert [row["row"] for row in rows["conn"]] == [13]
    assert [(reject.line, reject.reason.params["column"]) for reject in rejects] == [
        (9, "id.orig_p"),
        (10, "id.orig_h"),
        (12, "ts"),
    ]
    assert rejects[1].raw == lines[9]


HOSTILE = [
    b'{"ts":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"x":' * 900 + b"1" + b"}" * 900,
    b'{"ts":1e999,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","proto":"tcp","conn_state":"SF"}',
    b'{"ts":NaN,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","proto":"tcp","conn_state":"SF"}',
    b'{"ts":123456789012345678901234567890,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2"}',
    b'{"ts":1,"id.orig_h":7,"id.resp_h":"10.0.0.2","proto":"tcp","conn_state":"SF"}',
    b'{"ts":1,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","query":{"a":[[[]]]}}',
    b'{"ts":1}{"ts":2}',
    b'{"ts":1,',
    b"[1,2]",
    b'"text"',
    b"\xff\xfe\x00",
    b'{"id.orig_h":"\\ud800","ts":1}',
]


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_json_rejects_its_line_only(read: Read, samples: Path, line: bytes) -> None:
    good = (samples / "zeek-json.log").read_bytes().split(b"\n")[0] + b"\n"
    rows, rejects = read(READER, good * 2 + line + b"\n" + good * 2)
    assert [row["row"] for row in rows["conn"]] == [1, 2, 4, 5]
    assert [reject.line for reject in rejects] == [3]


def test_a_key_written_twice_does_not_stop_the_others(read: Read, samples: Path) -> None:
    good = (samples / "zeek-json.log").read_bytes().split(b"\n")[0] + b"\n"
    rows, rejects = read(READER, good + good.replace(b'{"ts":', b'{"ts":5,"ts":') + good)
    assert [row["row"] for row in rows["conn"]] == [1, 2, 3]
    assert rejects == []


HEADER = b"#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"


JUNK = st.binary(max_size=60).filter(lambda junk: b"\n" not in junk and junk[:1] != b"#")


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(st.none(), JUNK), max_size=12))
def test_every_line_is_a_row_or_a_reject(lines: list[bytes | None]) -> None:
    good = b"1772409600.5\t10.0.0.1\t1\t192.0.2.1\t2\ttcp\tSF"
    # Enough good lines in front that the file is text, whatever follows.
    lines = [None] * 400 + lines
    data = HEADER + b"".join((good if line is None else line) + b"\n" for line in lines)
    rows, rejects = read_all(READER, data)
    read = {row["row"] for row in rows["conn"]}
    assert read == {number for number, line in enumerate(lines, 2) if line is None}
    assert {reject.line for reject in rejects} == {
        number for number, line in enumerate(lines, 2) if line is not None and line.removesuffix(b"\r")
    }


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 900), st.integers(0, 900))
def test_no_damage_raises_anything_else(junk: bytes, start: int, end: int) -> None:
    for name in ("zeek-conn.log", "zeek-json.log"):
        whole = (Path(__file__).parent / "samples" / name).read_bytes()
        data = whole[:start] + junk + whole[end:]
        try:
            _, rejects = read_all(READER, data)
        except InputError:
            continue
        assert all(isinstance(reject, Reject) and reject.line >= 1 for reject in rejects)
