"""What a publisher is: the hand that reaches one device. It reads back what the device really holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.errors import MinewardenError
from minewarden.vocab.message import message
from minewarden.vocab.system import Reason


class PublishError(MinewardenError):
    """The device is down, refuses, or does not hold what it was given."""

    def __init__(self, device: str, problem: str, *, reached: bool = True) -> None:
        """`problem` is in the device's own words; where nothing reached it, the sentence says what to look at."""
        key = "block_plan.publish" if reached else "block_plan.unreachable"
        # A part of a reason would have lost its words.
        said = problem if isinstance(problem, Reason) else problem[:300]
        super().__init__(message(key, device=device, problem=said))


class Publisher(Protocol):
    """One device. Items are what it holds, each as one line of text in the device's own terms.

    Every method raises PublishError where the device does not answer as it should.
    """

    kind: str

    def wanted(self, rules: Sequence[BlockRule], *, now: datetime) -> frozenset[str]:
        """The items the device should hold at `now` (aware), had the rules been pushed. Reaches nothing."""
        ...

    def held(self) -> frozenset[str]:
        """The items the device holds in fact."""
        ...

    def keep(self) -> bytes:
        """All that `restore` needs to bring the device back to where it stands."""
        ...

    def push(self, rules: Sequence[BlockRule], *, now: datetime) -> None:
        """Make the device hold the rules, and none that this program gave it before."""
        ...

    def restore(self, kept: bytes) -> None:
        """Bring the device back to what `keep` saw."""
        ...
