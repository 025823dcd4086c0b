"""A Suricata sensor: its rule files are replaced and it reads them anew while it runs, and says how many it refused.

Source: the Suricata user guide, chapter Unix Socket (protocol 0.2; `ruleset-reload-rules`, `ruleset-stats`).
"""

import json
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from minewarden.enforce.compilers.suricata import Action, SuricataCompiler
from minewarden.enforce.publish.folder import FolderPublisher
from minewarden.enforce.publisher import PublishError
from minewarden.vocab.blockrule import BlockRule

_PATIENCE = 300.0
"""Seconds. A sensor with a full set of rules takes a minute to read them anew."""
_LONGEST = 4 * 1024 * 1024


class SuricataPublisher(FolderPublisher):
    """`folder` holds the two rule files that `suricata.yaml` names under `rule-files`; `control`: its Unix socket."""

    kind = "suricata"

    def __init__(self, name: str, folder: Path, control: Path, *, action: Action = "alert") -> None:
        super().__init__(name, "suricata", folder)
        self.control, self.action = control, action

    def compiled(self, rules: Sequence[BlockRule], now: datetime) -> Mapping[str, bytes]:
        """Both files; what is listed meets `action`, the protocol is only reported."""
        return SuricataCompiler(now=now, action=self.action).compile(rules)

    def _take_up(self) -> None:
        self._asked("ruleset-reload-rules")
        stats = self._asked("ruleset-stats")
        failed = sum(int(one.get("rules_failed", 0)) for one in stats if isinstance(one, dict))
        if failed:
            raise PublishError(self.name, f"rules_failed: {failed}")

    def _asked(self, command: str) -> list[Any]:
        """One command; its answer. Raises PublishError where the sensor is down or says NOK."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
                link.settimeout(_PATIENCE)
                link.connect(str(self.control))
                for said in ({"version": "0.2"}, {"command": command}):
                    link.sendall(json.dumps(said).encode() + b"\n")
                    answer = self._answer(link)
                    if answer.get("return") != "OK":
                        raise PublishError(self.name, f"{command}: {answer.get('message')}")
        except (OSError, ValueError) as error:
            reached = not isinstance(error, (FileNotFoundError, ConnectionRefusedError, TimeoutError))
            raise PublishError(self.name, f"{self.control}: {error}", reached=reached) from error
        found = answer.get("message")
        return found if isinstance(found, list) else []

    def _answer(self, link: socket.socket) -> dict[str, Any]:
        """The answer may come in pieces; it is whole when it is JSON."""
        data = b""
        while len(data) < _LONGEST:
            part = link.recv(65536)
            if not part:
                raise PublishError(self.name, "the socket closed")
            data += part
            try:
                found = json.loads(data)
            except ValueError:
                continue
            return found if isinstance(found, dict) else {}
        raise PublishError(self.name, "the answer has no end")
