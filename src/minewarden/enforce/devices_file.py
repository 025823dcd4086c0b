"""Reads `devices.toml`: which devices the rules go to, and how each is reached."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from minewarden.enforce.compilers.rpz import ZONE
from minewarden.enforce.publish.radius_device import Lakes, radius_device
from minewarden.enforce.publisher import Publisher
from minewarden.plugins import COMPILERS
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import canonical_ip
from minewarden.vocab.system import reason_of
from minewarden.vocab.toml import parse_toml
from minewarden.vocab.words import Language, render

KINDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "bind": (frozenset({"server", "key_name", "key_file"}), frozenset({"port", "zone", "algorithm"})),
    "folder": (frozenset({"form", "folder"}), frozenset({"check", "reload"})),
    "nftables": (frozenset(), frozenset({"command"})),
    "radius": (
        frozenset({"lake", "servers"}),
        frozenset(
            {"act", "aside", "normal", "state", "station_form", "message_authenticator", "tries", "wait", "quiet_hours"}
        ),
    ),
    "suricata": (frozenset({"folder", "socket"}), frozenset({"action"})),
}
"""Kind -> keys that it needs, keys that it may have."""


class DevicesError(ConfigError):
    """Everything that is wrong in a file of devices, at once."""

    def __init__(self, file: str, problems: tuple[Message, ...]) -> None:
        super().__init__(message("block_plan.devices_problems", file=file, count=len(problems)))
        self.problems = problems

    def said(self, language: Language = "zh") -> str:
        """The heading and one line per problem."""
        return "\n".join([super().said(language), *(f"  - {render(problem, language)}" for problem in self.problems)])


def load_devices(path: Path, lakes: Lakes | None = None) -> dict[str, Publisher]:
    """Read a file of devices: a table `[device.NAME]` each, with `kind` and what the kind needs. Paths are taken from
    the file's own folder. `lakes`: needed for devices that go by accounting. Raises DevicesError, naming all problems.
    Reaches no device."""
    try:
        table = parse_toml(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise DevicesError(str(path), (message("block_plan.unreadable", problem=reason_of(error)),)) from error
    except ValueError as error:
        raise DevicesError(str(path), (message("block_plan.devices_not_toml", problem=str(error)),)) from error
    problems: list[Message] = []
    devices: dict[str, Publisher] = {}
    rows = table.get("device")
    if table.keys() - {"device"} or not isinstance(rows, dict) or not rows:
        raise DevicesError(str(path), (message("block_plan.devices_none"),))
    for name, row in rows.items():
        problem = _problem(name, row)
        if problem is None:
            try:
                here = path.parent
                kind = row["kind"]
                devices[name] = (
                    radius_device(name, row, here, lakes) if kind == "radius" else _MAKE[kind](name, row, here)
                )
            except (ValueError, TypeError, KeyError, OSError) as error:
                problem = message("block_plan.device_bad", device=name, problem=str(error))
        if problem is not None:
            problems.append(problem)
    if problems:
        raise DevicesError(str(path), tuple(problems))
    return devices


def _problem(name: str, row: object) -> Message | None:
    """What is wrong with the keys of a table; None: nothing."""
    if not isinstance(row, dict) or row.get("kind") not in KINDS:
        return message("block_plan.device_kind", device=name, kinds=", ".join(KINDS))
    needed, allowed = KINDS[row["kind"]]
    if lacking := needed - row.keys():
        return message("block_plan.device_lacks", device=name, keys=", ".join(sorted(lacking)))
    # A mistyped key would be a check that is never asked.
    if unknown := row.keys() - needed - allowed - {"kind"}:
        return message("block_plan.device_unknown", device=name, keys=", ".join(sorted(unknown)))
    return None


def _bind(name: str, row: Mapping[str, Any], here: Path) -> Publisher:
    # Imported when asked for: the library of names is not part of every installation.
    try:
        from minewarden.enforce.publish.bind import BindPublisher
    except ModuleNotFoundError as error:
        raise ValueError(f"{error.name}: pip install minewarden[enforce]") from error

    secret = (here / row["key_file"]).read_text(encoding="utf-8").strip()
    return BindPublisher(
        name, canonical_ip(row["server"]), row["key_name"], secret, port=int(row.get("port", 53)),
        zone=str(row.get("zone", ZONE)), algorithm=str(row.get("algorithm", "hmac-sha256")),
    )  # fmt: skip


def _folder(name: str, row: Mapping[str, Any], here: Path) -> Publisher:
    from minewarden.enforce.publish.folder import FolderPublisher

    if row["form"] not in COMPILERS:
        raise ValueError(f"form: {row['form']!r}: {', '.join(COMPILERS)}")
    check, reload = (_words(row.get(key, [])) for key in ("check", "reload"))
    return FolderPublisher(name, row["form"], here / row["folder"], check=check, reload=reload)


def _nftables(name: str, row: Mapping[str, Any], here: Path) -> Publisher:
    from minewarden.enforce.publish.nftables import NftablesPublisher

    return NftablesPublisher(name, _words(row.get("command", ["nft"])))


def _suricata(name: str, row: Mapping[str, Any], here: Path) -> Publisher:
    from minewarden.enforce.publish.suricata import SuricataPublisher

    if row.get("action", "alert") not in ("alert", "drop"):
        raise ValueError(f"action: {row['action']!r}: alert, drop")
    return SuricataPublisher(name, here / row["folder"], here / row["socket"], action=row.get("action", "alert"))


def _words(given: object) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(word, str) and word for word in given):
        raise ValueError(f"a list of words is wanted, not {given!r:.60}")
    return given


_MAKE: Mapping[str, Callable[[str, Mapping[str, Any], Path], Publisher]] = {
    "bind": _bind,
    "folder": _folder,
    "nftables": _nftables,
    "suricata": _suricata,
}
