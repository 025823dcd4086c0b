"""A sentence that has not been put into a language yet.

Rooms below the interface never hold sentences: they hold a `Message`, an identifier with parameters.
`minewarden.vocab.words` turns it into Chinese or English.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

Param = str | int | float | datetime


@dataclass(frozen=True, slots=True)
class Message:
    """An identifier such as `stratum.handshake` (file `words/stratum.toml`, key `handshake`) and its parameters."""

    id: str
    params: Mapping[str, Param] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.id.count(".") != 1:
            raise ValueError(f"a message id is 'table.key', not {self.id!r}")

    def __hash__(self) -> int:
        return hash((self.id, tuple(sorted(self.params.items(), key=lambda item: item[0]))))


def message(identifier: str, /, **params: Param) -> Message:
    """Build a `Message`; the parameters are those its sentence names in braces."""
    return Message(identifier, MappingProxyType(params))
