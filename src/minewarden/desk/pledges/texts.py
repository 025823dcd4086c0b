"""Which text is in force, which signatures it leaves valid, and what it says to somebody."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from minewarden.desk.pledges.models import Signer, Text

PLACES = ("单位", "姓名", "监护人")
NEEDED: Mapping[str, frozenset[str]] = {
    "unit": frozenset({"单位"}),
    "staff": frozenset({"姓名"}),
    "student": frozenset({"姓名"}),
    "guardian": frozenset({"姓名", "监护人"}),
}
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class InForce:
    """The texts on a day: the one to sign of each kind, and those whose signatures no longer do."""

    current: Mapping[str, Text]
    outdated: frozenset[int]

    def text_for(self, signer: Signer) -> Text:
        """What that person or unit signs now."""
        return self.current[signer.variant]

    def holds(self, signer: Signer) -> bool:
        """Whether what was signed still does."""
        return signer.signature_id is not None and not signer.again and signer.text_id not in self.outdated


def in_force(on: date) -> InForce:
    """The texts as they stand on a day. The versions that are built in are in force from the beginning."""
    return judged(Text.objects.filter(effective_from__lte=on).order_by("number"))


def judged(texts: Iterable[Text]) -> InForce:
    """The same of texts in the order of their numbers."""
    current: dict[str, Text] = {}
    outdated: set[int] = set()
    before: dict[str, list[int]] = {}
    for text in texts:
        earlier = before.setdefault(text.variant, [])
        if text.resign:
            outdated.update(earlier)
        earlier.append(text.pk)
        current[text.variant] = text
    return InForce(current, frozenset(outdated))


def paragraphs(text: Text, signer: Signer, guardian: str = "") -> list[str]:
    """What a text says to somebody, with the names in their places."""
    return filled(text, unit=signer.unit.name, name=signer.name, guardian=guardian)


def filled(text: Text, *, unit: str, name: str, guardian: str = "") -> list[str]:
    """The same of names; an unknown guardian leaves a line to write on."""
    names = {"单位": unit, "姓名": name, "监护人": guardian or "＿＿＿＿＿＿"}
    lines = (line.strip() for line in text.body.splitlines())
    return [_PLACE.sub(lambda place: names.get(place[1], place[0]), line) for line in lines if line]


def places(body: str) -> set[str]:
    """The names in braces of a text."""
    return set(_PLACE.findall(body))


def built_in() -> dict[str, tuple[str, str]]:
    """Annex 3 of the plan: kind -> (title, body)."""
    read = tomllib.loads(files("minewarden.desk.pledges").joinpath("annex3.toml").read_text(encoding="utf-8"))
    return {
        kind: (read["title"], "\n".join([read["first"], opening, *read["items"]]))
        for kind, opening in read["opening"].items()
    }
