"""Text that was pasted, and the prose of letters: lists of keys, and lines that name an address or a pool."""

import re

from minewarden.intake.cells import addresses_in, has_address, name_in
from minewarden.intake.columns import role_of
from minewarden.intake.grid import Grid
from minewarden.intake.moments import Cell, Reckoning, moments_in
from minewarden.intake.rows import Taken
from minewarden.vocab.message import message
from minewarden.vocab.noticeline import NoticeLine, NoticeTime, SourceTable

_KEYED = re.compile(r"^\s*(?:[-*•·]|\d{1,3}[.、)）]|[(（]\d{1,3}[)）])?\s*([^\s:：][^:：]{0,24}?)\s*[:：]\s*(\S.*)$")
_TOWARDS = re.compile(r"→|->|=>|访问|连接|外联|通信|矿池|目的|目标|对端|解析|请求")
_PORT = re.compile(r"端口(?:号)?\s*(?:为|是|[:：])?\s*(\d{1,5})(?!\d)")
_TELLING = frozenset({"address", "destination", "domain", "url"})


def keyed(lines: list[str]) -> Grid | None:
    """Blocks of `IP：203.0.113.5` below each other as a grid, one row for each block; None where there are none."""
    heads: dict[str, None] = {}
    blocks: list[tuple[int, dict[str, str]]] = []
    for number, line in enumerate(lines, 1):
        match = _KEYED.match(line)
        role = role_of(match[1]) if match else None
        if not match or not role:
            if not line.strip() and blocks and blocks[-1][1]:
                blocks.append((number, {}))
            continue
        if not blocks or match[1] in blocks[-1][1]:
            blocks.append((number, {}))
        blocks[-1][1][match[1]] = match[2].strip()
        heads[match[1]] = None
    blocks = [block for block in blocks if any(role_of(head) in _TELLING for head in block[1])]
    if not blocks or len(heads) < 2:
        return None
    rows: list[list[Cell]] = [[block.get(head, "") for head in heads] for _, block in blocks]
    return Grid("text", [list(heads), *rows])


def prose(lines: list[str], reckoning: Reckoning, into: Taken) -> None:
    """Each line that names an address or a pool becomes a line of the notice; the others go to the preface.

    What stands before a word such as 访问 or → is notified about, what stands behind it was talked to. A line that ends
    with a colon and names a time gives it to the lines of the list below, with a doubt that says so.
    """
    table = len(into.tables)
    given: NoticeTime | None = None
    found = False
    for number, line in enumerate(lines, 1):
        moments = moments_in(line, reckoning)
        host, host_port, url = name_in(line)
        if not has_address(line) and not host:
            into.preface.append(line.strip()) if line.strip() else None
            given = moments[0] if line.rstrip().endswith((":", "：")) and moments else given if line.strip() else None
            continue
        split = _TOWARDS.search(line)
        before, behind = (line[: split.start()], line[split.start() :]) if split else (line, "")
        if split and not has_address(before) and has_address(behind) and _last_is_address(behind):
            before, behind = line, ""
        source, target = addresses_in(before), addresses_in(behind)
        port = _PORT.search(before)
        first = moments[0] if moments else given
        doubts = source.doubts + source.wrong + target.wrong
        if not moments and given:
            doubts.append(message("intake.time_from_above", written=given.written))
        place = target.addresses[0] if target.addresses else None
        into.lines.append(
            NoticeLine(
                table=table,
                row=number,
                addresses=tuple(source.addresses),
                port=int(port[1]) if port and 0 < int(port[1]) < 65_536 else None,
                destination=place.ip if place else "",
                destination_port=(place.port if place else None) or host_port,
                domain=host if host and not has_address(host) else "",
                url=url,
                first=first,
                last=moments[1] if len(moments) > 1 else first,
                cells=(line.strip(),),
                doubts=tuple(doubts),
            )
        )
        found = True
    if found:
        into.tables.append(SourceTable("text", (), (), ("",)))


def _last_is_address(text: str) -> bool:
    """Whether there is one address only, so that the word before it cannot part two of them."""
    return (
        len(addresses_in(text).addresses) == 1
        and not re.search(r"→|->|=>", text)
        and not re.search("矿池|目的|目标|对端", text)
    )
