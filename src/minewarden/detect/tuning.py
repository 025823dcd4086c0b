"""The detectors with the settings that a person gave them, or their own.

A detector that can be tuned has a field `settings`: a frozen dataclass of numbers made by `config.settings.setting`,
with the date on which they were set (`AS_OF`). `minewarden.toml` names them `[detect.push_flow]`; how all of them are
added up stands under `[detect.fusion]`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from minewarden.config.settings import PREFIX, Config, numbers
from minewarden.detect.detector import Detector
from minewarden.detect.weigh import DEFAULT, Fusion
from minewarden.plugins import DETECTORS

ROOM = "detect"
FUSION = "fusion"


@dataclass(frozen=True, slots=True)
class Tuning:
    """Settings by detector; those that are not named keep their own."""

    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config) -> "Tuning":
        """Hold what was given against what there is. Raises SettingErrors with every problem."""
        return cls(config.settled(ROOM, defaults()))

    def detector(self, name: str) -> Detector:
        """A detector, ready to be asked. Raises KeyError for an unknown name."""
        kind = DETECTORS.load(name)
        made: Detector = kind(settings=self.settings[name]) if name in self.settings else kind()
        return made

    @property
    def fusion(self) -> Fusion:
        """How reasons are added up."""
        own: Fusion = self.settings.get(FUSION, DEFAULT)
        return own


@dataclass(frozen=True, slots=True)
class Setting:
    """One number that may be changed: its value, the detector's own, bounds, the date of the latter, its variable."""

    detector: str
    name: str
    value: float
    own: float
    least: float
    most: float
    as_of: date
    variable: str


def defaults() -> dict[str, Any]:
    """The detectors' own settings, and how reasons are added up."""
    out: dict[str, Any] = {FUSION: DEFAULT}
    for name, kind in DETECTORS.load_all().items():
        found = next((one.default for one in fields(kind) if one.name == "settings"), None)
        if found is not None:
            out[name] = found
    return out


def listed(tuning: Tuning) -> Iterator[Setting]:
    """Every number that may be changed, by detector."""
    for name, own in defaults().items():
        used = tuning.settings.get(name, own)
        for one in numbers(own):
            yield Setting(
                detector=name,
                name=one.name,
                value=getattr(used, one.name),
                own=getattr(own, one.name),
                least=one.metadata["least"],
                most=one.metadata["most"],
                as_of=own.AS_OF,
                variable=f"{PREFIX}_{ROOM}_{name}_{one.name}".upper(),
            )
