"""What a compiler is: a pure function from rules to files. No clock, no disk, no network, no order of its input."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from minewarden.vocab.blockrule import BlockRule


class Compiler(Protocol):
    """`form` is the word after `--to`. Rules come in already guarded (`minewarden.enforce.guard`).

    Every compiler is made with `now=` (an aware instant), the time from which ends are counted where a device counts
    down, and has a default for everything else.
    """

    form: str

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """File name -> content. The same set of rules gives the same bytes, whatever their order."""
        ...
