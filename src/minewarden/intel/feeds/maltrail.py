"""Lists in the manner of Maltrail: one trail a line, `#` before a remark, and a heading that names the reference.

A trail may be a name, an address, an address with a port, or a name with a path. Maltrail matches everything below a
name; here that is taken only where the source is declared with `scope = "domain"`.
"""

from collections.abc import Iterator
from dataclasses import replace

from minewarden.intel.feeds.entry import Entry, Item, bare, made, one_line
from minewarden.intel.feeds.lines import lines
from minewarden.intel.record import Type
from minewarden.intel.source import Source

_REFERENCE = "reference:"


def maltrail(data: bytes, source: Source, file: str) -> Iterator[Item]:
    """The trails of a file, each with the reference that stands above it."""
    reference = ""
    for number, line in lines(data, file):
        if line.startswith("#"):
            text = line.lstrip("# ").strip()
            if text.lower().startswith(_REFERENCE):
                reference = one_line(text[len(_REFERENCE) :])
            continue
        trail = line.partition(" #")[0].partition("\t#")[0].strip()
        if "/" in trail and "://" not in trail and not trail.partition("/")[2].isdigit():
            item = made(number, Type.URL, f"http://{trail}")
        else:
            item = bare(number, trail, source.scope)
        yield replace(item, said=reference) if isinstance(item, Entry) and reference else item
