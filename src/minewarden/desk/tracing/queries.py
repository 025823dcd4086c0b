"""What the page of a trace shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minewarden.desk.cases.evidence import Chain, chains_of
from minewarden.desk.cases.models import CandidateCopy, Case
from minewarden.desk.tracing.access import MOST
from minewarden.desk.tracing.bridge import Traced


@dataclass(frozen=True, slots=True)
class Found:
    """An answer as it is shown before anybody takes it: the candidates, best first, and what was said."""

    chains: tuple[Chain, ...]
    count: int
    warnings: tuple[Mapping[str, str], ...]
    remarks: tuple[str, ...]


def found(case: Case, traced: Traced) -> Found:
    """The answer, masked as it will be in the case."""
    shown = [
        CandidateCopy(
            case=case,
            position=position,
            certainty=one["certainty"],
            internal_ip=one["internal_ip"],
            mac=one["mac"],
            login=one["login"],
            switch_port=one["switch_port"],
            asset=one["asset"],
            person=one["person"],
            hops=one["hops"],
        )
        for position, one in enumerate(traced.answer["candidates"][:MOST], 1)
    ]
    return Found(
        chains_of(shown, revealed=False), len(traced.answer["candidates"]), tuple(traced.answer["warnings"]),
        traced.remarks,
    )  # fmt: skip


def kept(traced: Traced) -> dict[str, Any]:
    """The answer without the candidates that nobody would look at."""
    return traced.answer | {"candidates": traced.answer["candidates"][: MOST + 1]}
