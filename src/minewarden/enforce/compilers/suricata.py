"""Rules for Suricata 6 and later: listed names and addresses, and what miners say to pools on any port.

Source: the Suricata user guide, chapters DNS, TLS and HTTP keywords, `dotprefix`, thresholds. Local sids run from
1000000 to 1999999.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Literal

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.plain import instant, one_line
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.message import message
from minewarden.vocab.words import render

Action = Literal["alert", "drop"]

_FIRST_SID, _PAST_SIDS = 1_001_000, 2_000_000
_LIMIT = "threshold:type limit, track by_both, count 1, seconds 60;"
"""One alert a minute for a pair of addresses; with `drop`, every packet is dropped all the same."""

STRATUM_LIFE = timedelta(days=180)
_BUFFERS = (("dns", "dns.query"), ("tls", "tls.sni"), ("http", "http.host"))
_REFUSES_NOCASE = frozenset({"http.host"})
"""Suricata says that this buffer is in lower case and refuses `nocase`, but one with a port in it is not: lower it."""


class SuricataCompiler:
    """`now` dates the protocol rules, which are reviewed after `STRATUM_LIFE`. `action` is what listed names and
    addresses meet, `stratum_action` what the protocol meets: only an inline sensor can drop."""

    form = "suricata"

    def __init__(self, *, now: datetime, action: Action = "alert", stratum_action: Action = "alert") -> None:
        self.now, self.action, self.stratum_action = now, action, stratum_action

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """`minewarden.rules` from the rules given, and `minewarden-stratum.rules`, which do not depend on them.

        A sid depends on the rule it stands for alone; in the rare case that two rules ask for one sid, the one later
        in order takes the next free.
        """
        lines = [
            "# Names: DNS query, TLS server name, HTTP host. A lookup is not mining; it is a reason to look.",
            "# Each rule carries its end and its reason as metadata.",
        ]
        taken: set[int] = set()
        for rule in fold_for_network(rules):
            for kind, head, options, said in self._parts(rule):
                sid = _sid(f"{kind}|{rule.target}|{rule.value}|{rule.port}", taken)
                lines.append(
                    f'{head} (msg:"{said}"; {options}{_LIMIT} classtype:coin-mining; sid:{sid}; rev:1; {_facts(rule)})'
                )
        return {
            "minewarden.rules": ("\n".join(lines) + "\n").encode(),
            "minewarden-stratum.rules": self._stratum().encode(),
        }

    def _parts(self, rule: BlockRule) -> list[tuple[str, str, str, str]]:
        """What one rule becomes: (kind, head, options, what is said)."""
        if rule.target in (Target.NAME, Target.SUBTREE):
            return [
                (kind, f"{self.action} {kind} any any -> any any", _name_match(rule, buffer), _said(kind, rule))
                for kind, buffer in _BUFFERS
            ]
        if rule.target is Target.IP_PORT:
            head = f"{self.action} tcp any any -> {rule.value} {rule.port}"
            return [("port", head, "flow:to_server; ", _said("port", rule))]
        return [("ip", f"{self.action} ip any any -> {rule.value} any", "", _said("ip", rule))]

    def _stratum(self) -> str:
        """The protocol rules: the file that ships, with the action and the day of review filled in."""
        text = files("minewarden.enforce").joinpath("stratum.rules").read_text(encoding="utf-8")
        marks = {"{action}": self.stratum_action, "{until}": instant(self.now + STRATUM_LIFE), "{limit}": _LIMIT}
        lines = text.splitlines()
        for mark, value in marks.items():
            lines = [line.replace(mark, value) for line in lines]
        return "\n".join(lines) + "\n"


def _name_match(rule: BlockRule, buffer: str) -> str:
    """The options that match exactly this name, or it and everything below it, in a buffer."""
    lower, nocase = (" to_lowercase;", "") if buffer in _REFUSES_NOCASE else ("", " nocase;")
    if rule.target is Target.SUBTREE:
        return f'{buffer};{lower} dotprefix; content:".{rule.value}";{nocase} endswith; '
    return f'{buffer};{lower} content:"{rule.value}";{nocase} startswith; endswith; '


def _said(kind: str, rule: BlockRule) -> str:
    sentence = message(f"enforce.suricata_{kind}", value=rule.value, port=rule.port)
    return render(sentence, "en")


def _facts(rule: BlockRule) -> str:
    """Metadata: pairs parted by commas, so that the values may hold none, nor what ends an option."""
    pairs = [f"expires {instant(rule.expires_at)}", f"reason {_bare(rule.reason)}"]
    if rule.basis:
        pairs.append(f"basis {_bare(rule.basis)}")
    return f"metadata:{', '.join(pairs)};"


def _bare(text: str) -> str:
    return one_line("".join(" " if char in ',;"\\|' else char for char in text)) or "-"


def _sid(key: str, taken: set[int]) -> int:
    """A sid from the key's hash; the next free one where it is taken."""
    span = _PAST_SIDS - _FIRST_SID
    at = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % span
    while at in taken:
        at = (at + 1) % span
    taken.add(at)
    return _FIRST_SID + at
