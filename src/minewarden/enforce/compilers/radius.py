"""FreeRADIUS: accounts and devices that may not log in, as a file that the module `files` reads.

A session that is on stays on until it is disconnected (`minewarden.enforce.publish.radius`); this keeps it from coming
back. Source: the manual page users(5); single-quoted strings are not expanded (unlang(5)).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from minewarden.enforce.fold import fold_for_access
from minewarden.enforce.plain import heading
from minewarden.vocab.blockrule import BlockRule, Target

FILE = "minewarden-radius-users"


class RadiusCompiler:
    """`now` is taken, as every compiler takes it, and leaves no trace."""

    form = "radius"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """An entry for each account and station that refuses it; names, addresses and ports are none of its business.
        The file names people: it is for the one server and for nobody else."""
        lines = [
            "# $INCLUDE this file at the top of the file that `usersfile` of the module `files` names.",
            "# It names people. Keep it readable for the server alone.",
        ]
        for rule in fold_for_access(rules):
            lines += [f"# {heading(rule)}", f"DEFAULT {_check(rule)}, Auth-Type := Reject", ""]
        return {FILE: "".join(f"{line}\n" for line in lines).encode()}


def _check(rule: BlockRule) -> str:
    if rule.target is Target.STATION:
        # Access servers write the same address with hyphens, colons, dots or nothing, in capitals or not.
        return f"Calling-Station-Id =~ '(?i)^{'[-:.]?'.join(rule.value.replace(':', ''))}'"
    escaped = rule.value.replace("\\", "\\\\").replace("'", "\\'")
    return f"User-Name == '{escaped}'"
