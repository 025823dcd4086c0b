"""The nine measures as kinds of records, and the signs by which an own project may be mining in disguise.

Most of the measures are other authorities' powers: the desk prepares a letter, keeps the answer, the decision, its
basis and its day, and decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: of which measure, to which office it usually goes, whether who may not approve sees it.

    yearly: there is one for a unit and a year. letter: the words by which the letter asks.
    """

    code: str
    measure: int
    office: str
    restricted: bool = False
    yearly: bool = False

    @property
    def word(self) -> str:
        """The key of its name."""
        return f"kind_{self.code}"


KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("project", 1, "reform"),
        Kind("credit", 1, "reform"),
        Kind("power", 2, "grid"),
        Kind("supply", 2, "energy"),
        Kind("surcharge", 3, "price"),
        Kind("finance", 4, "finance"),
        Kind("privileges", 5, "reform"),
        Kind("saving", 5, "energy"),
        Kind("rectify", 6, "company"),
        Kind("accountability", 7, "discipline", restricted=True),
        Kind("honours", 7, "honours", yearly=True),
        Kind("monitor", 8, "telecom"),
        Kind("carrier", 9, "carrier"),
        Kind("referral", 2, "police"),
    )
}
OFFICES = (
    "reform", "grid", "energy", "price", "finance", "company", "discipline", "honours", "telecom", "carrier", "police",
    "cyberspace", "other",
)  # fmt: skip
SIGNS = ("power", "hardware", "partner", "revenue", "control", "name", "site", "network", "always", "exit")
"""Of a project: what speaks for mining in disguise. Each is answered yes, no or unknown."""
ANSWERS = ("no", "yes", "unknown")
VERDICTS = ("clear", "amend", "stop")
