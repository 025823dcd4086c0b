"""A Linux gateway: the whole table in one transaction, read back from the kernel.

Source: nft(8); libnftables-json(5) for what `nft -j list` says.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from minewarden.enforce.compilers.nftables import FILE, NftablesCompiler
from minewarden.enforce.publish.commands import run
from minewarden.enforce.publisher import PublishError
from minewarden.vocab.blockrule import BlockRule

_SET = re.compile(r"\s*set (\w+) \{")
_ELEMENT = re.compile(r"\s+(\S.*?) timeout \d+s comment ")
_REPLACE = b"add table inet minewarden\ndelete table inet minewarden\n"


class NftablesPublisher:
    """`command`: how nft is called, for example `["nft"]` or `["ip", "netns", "exec", "NAME", "nft"]`."""

    kind = "nftables"

    def __init__(self, name: str, command: Sequence[str] = ("nft",)) -> None:
        self.name, self.command = name, tuple(command)

    def wanted(self, rules: Sequence[BlockRule], *, now: datetime) -> frozenset[str]:
        """Set and element. What is over at `now` is left out: the kernel lets go of it by itself."""
        items: list[str] = []
        inside = ""
        for line in NftablesCompiler(now=now).compile(rules)[FILE].decode().splitlines():
            if opened := _SET.match(line):
                inside = opened[1]
            elif found := _ELEMENT.match(line):
                items.append(f"{inside} {found[1]}")
        return frozenset(items)

    def held(self) -> frozenset[str]:
        """The elements of the table's sets, as the kernel has them now."""
        if not self._there():
            return frozenset()
        listed = run(self.name, [*self.command, "-j", "list", "table", "inet", "minewarden"])
        try:
            sets = [entry["set"] for entry in json.loads(listed)["nftables"] if "set" in entry]
            return frozenset(f"{one['name']} {_element(item)}" for one in sets for item in one.get("elem", []))
        except (ValueError, KeyError, TypeError) as error:
            raise PublishError(self.name, f"nft -j: {error!r}") from error

    def keep(self) -> bytes:
        """The table as nft lists it, with the time left of every element; empty: there is no table."""
        return run(self.name, [*self.command, "list", "table", "inet", "minewarden"]) if self._there() else b""

    def push(self, rules: Sequence[BlockRule], *, now: datetime) -> None:
        """One transaction."""
        run(self.name, [*self.command, "-f", "-"], NftablesCompiler(now=now).compile(rules)[FILE])

    def restore(self, kept: bytes) -> None:
        """One transaction; where there was no table there is none again."""
        run(self.name, [*self.command, "-f", "-"], _REPLACE + kept)

    def _there(self) -> bool:
        tables = json.loads(run(self.name, [*self.command, "-j", "list", "tables"]))["nftables"]
        return any(entry.get("table", {}).get("name") == "minewarden" for entry in tables)


def _element(item: Any) -> str:
    value = item["elem"]["val"] if isinstance(item, dict) and "elem" in item else item
    if isinstance(value, str):
        return value
    if "concat" in value:
        return " . ".join(str(part) for part in value["concat"])
    if "prefix" in value:
        return f"{value['prefix']['addr']}/{value['prefix']['len']}"
    return "-".join(str(part) for part in value["range"])
