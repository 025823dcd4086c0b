"""Divisions at and above the county by their code: what a code names, what became of it, which was meant by a slip."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from minewarden.vocab.message import Message, message

AS_OF = 2024
"""The table tells how things stood at the end of this year."""

_PLACES = ("区", "县", "市", "旗")


@dataclass(frozen=True, slots=True)
class Division:
    """A code of GB/T 2260 with its name. `until`: the year in which it ended; then `successors` took it over."""

    code: str
    name: str
    until: int | None = None
    successors: tuple[str, ...] = ()


@cache
def _table() -> dict[str, Division]:
    found = {}
    for line in Path(__file__).with_name("divisions.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            code, name, until, successors = (*line.split("\t"), "", "")[:4]
            found[code] = Division(
                code, name, int(until) if until else None, tuple(filter(None, successors.split(";")))
            )
    return found


def division(code: str) -> Division | None:
    """The division that a code names or named last; None where the table has no such code."""
    return _table().get(code)


def full_name(code: str) -> str:
    """The name with those of the province and the city before it; empty where the table has no such code."""
    found = division(code)
    if found is None:
        return ""
    above = [division(up) for up in dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00")) if up != code]
    # A county outlives a prefecture: one that ended before it is not where it lay.
    lay_in = [up.name for up in above if up is not None and (up.until is None or (found.until or AS_OF) <= up.until)]
    return "".join([*lay_in, found.name])


def reach(code: str) -> str:
    """With which digits the codes within a division begin: two of a province, four of a city, else all six."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def meant(code: str, told: str) -> Division | None:
    """The division that somebody meant who mistyped a digit or swapped two, by the name in `told`; None where unsure.

    A code that names nothing is compared by names without 区, 县, 市; one that names something else must be told by
    the whole name, and not its own.
    """
    own = division(code)
    if own is not None and own.name in told:
        return None
    found = [near for near in _near(code) if (near.name if own else _stem(near.name)) in told]
    return found[0] if len(found) == 1 else None


def cautions(code: str, *, above: str, told: str) -> list[Message]:
    """What people should look at before they give a unit that well-formed code: the table is of a day, so that none of
    it is refused. `above`: the superior's code; what that bears as well is said there. `told`: the names of the two.

    Not for zones, whose codes are the city's own.
    """
    if code == above:
        return []
    here, slip = division(code), meant(code, told)
    found = []
    if here is None:
        found.append(message("ledger_rules.region_unknown", code=code, year=AS_OF))
    elif here.until is not None:
        now = "、".join(f"{to} {full_name(to)}".strip() for to in here.successors) or "—"
        found.append(message("ledger_rules.region_ended", code=code, name=full_name(code), year=here.until, now=now))
    elif division(above) is not None and not code.startswith(reach(above)):
        name, other = full_name(code), full_name(above)
        found.append(message("ledger_rules.region_elsewhere", code=code, name=name, above=other))
    if slip is not None:
        found.append(message("ledger_rules.region_meant", code=code, meant=slip.code, name=full_name(slip.code)))
    return found


def _near(code: str) -> list[Division]:
    """Divisions of today whose code differs by one digit, or by two neighbours in the other order."""
    typed = {code[:at] + digit + code[at + 1 :] for at in range(len(code)) for digit in "0123456789"}
    typed |= {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(len(code) - 1)}
    return [near for one in sorted(typed - {code}) if (near := division(one)) is not None and near.until is None]


def _stem(name: str) -> str:
    return name[:-1] if len(name) > 2 and name.endswith(_PLACES) else name
