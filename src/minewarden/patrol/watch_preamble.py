"""Where a growing log may be cut, and the header lines that a reader needs again in front of what follows the cut."""

import re

_HASHED = re.compile(rb"^#[^\n]*\n", re.MULTILINE)
_NO_RECORD = re.compile(rb"^[^0-9\n][^\n]*\n", re.MULTILINE)
_FLOW_HEADERS = ({b"sa", b"da"}, {b"srcAddr", b"dstAddr"})
_MOST_BYTES = 64 * 1024
_LEAST_COMMAS = 6


def cut(form: str, data: bytes) -> int:
    """After how many bytes a piece may end: after a whole line, or, where records have many lines, a whole record."""
    if form == "radius_detail":
        return data.rfind(b"\n\n") + 2 if b"\n\n" in data else 0
    return data.rfind(b"\n") + 1


def after(form: str, preamble: bytes, data: bytes) -> bytes:
    """The header lines in force behind `data`, where those in front of it were `preamble`."""
    match form:
        case "zeek":
            return _zeek(preamble, data)
        case "nfdump_csv":
            return _nfdump(preamble, data)
        case "nat_csv":
            return preamble or next((line + b"\n" for line in data.split(b"\n", 64) if line.strip()), b"")
        case "windows_dhcp":
            return preamble or _explained(data)
        case _:
            return b""


def _zeek(preamble: bytes, data: bytes) -> bytes:
    if not data.startswith(b"#") and b"\n#" not in data:
        return preamble
    for found in _HASHED.finditer(data):
        line = found.group()
        if line.startswith(b"#separator"):
            preamble = b""
        if not line.startswith((b"#close", b"#open")):
            preamble += line
    return preamble[-_MOST_BYTES:]


def _explained(data: bytes) -> bytes:
    """The explanations and the header below them, the first line of many columns."""
    head = data[:_MOST_BYTES].split(b"\n")
    header = next((number for number, line in enumerate(head) if line.count(b",") >= _LEAST_COMMAS), None)
    return b"" if header is None else b"\n".join(head[: header + 1]) + b"\n"


def _nfdump(preamble: bytes, data: bytes) -> bytes:
    for found in _NO_RECORD.finditer(data):
        line = found.group()
        names = {name.strip() for name in line.split(b",")}
        if any(names >= header for header in _FLOW_HEADERS):
            preamble = line
        elif line.startswith(b"Summary") and b"Summary" not in preamble:
            # What follows the summary is no record, until another header comes.
            preamble += line
    return preamble[-_MOST_BYTES:]
