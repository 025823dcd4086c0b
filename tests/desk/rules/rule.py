"""What a route answers to whom: a line of the table that the test of all routes walks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

ROLES = ("system", "security", "audit", "officer", "approver", "leader", "stranger", "nobody", "keeper")
EVERYONE = " ".join(ROLES)


@dataclass(frozen=True)
class Rule:
    """`ok` (roles, separated by spaces) get `status`, everybody else who is signed in gets `otherwise`.

    args: the address' parameters, from the invented world. Who is not signed in gets `anonymous`.
    """

    ok: str
    args: Callable[[SimpleNamespace], Mapping[str, Any]] = lambda world: {}
    method: str = "get"
    data: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    otherwise: int = 404
    anonymous: int = 302
