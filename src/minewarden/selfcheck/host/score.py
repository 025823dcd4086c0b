"""From signs to one of five results.

confirmed: a program shows what it is for (its command line or configuration, or a connection to a known pool) and a
second family says the same of it. likely: two families, one of them behaviour or stealth. Load alone never is more
than unclear, and weak signs count only beside another of the same subject. Signs of different programs are not added
up: a busy compiler beside somebody's old start-up script is nobody's miner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import report
from .report import Finding, Gap

DECISIVE = frozenset({report.INTENT, report.NETWORK})
TELLING = frozenset({report.BEHAVIOUR, report.STEALTH})
NEEDED = frozenset({"cmdline", "cpu"})
"""Without these nothing can be said of a host where nothing was found."""

_ORDER = (report.CONFIRMED, report.LIKELY, report.UNCLEAR)


def result(findings: Iterable[Finding], gaps: Iterable[Gap]) -> str:
    """The result for the host: that of the subject which shows most."""
    found = [_of(families) for families in by_subject(findings).values()]
    for one in _ORDER:
        if one in found:
            return one
    if any(gap.check in NEEDED for gap in gaps):
        return report.NOT_ABLE_TO_TELL
    return report.NOTHING_FOUND


def by_subject(findings: Iterable[Finding]) -> Mapping[str, Mapping[str, bool]]:
    """For each subject its families, and whether one of them rests on more than weak signs.

    A sign that names another subject counts for that one too: the task that starts a program is a sign of the program.
    """
    subjects: dict[str, dict[str, bool]] = {}
    for finding in findings:
        for subject in (finding.subject, *finding.related):
            families = subjects.setdefault(subject, {})
            families[finding.family] = families.get(finding.family, False) or not finding.weak
    host = subjects.pop("host", {})
    for families in subjects.values():
        # What is true of the host as a whole supports a program that shows a strong sign of its own, no other.
        if any(families.values()):
            for family in host:
                families.setdefault(family, False)
    if host:
        subjects["host"] = host
    return subjects


def _of(families: Mapping[str, bool]) -> str:
    strong = {family for family, firm in families.items() if firm}
    if strong & DECISIVE and len(families) >= 2:
        return report.CONFIRMED
    # One of the two must be firm and more than load: a busy program in an odd place is no miner yet.
    if len(families) >= 2 and families.keys() & TELLING and strong - {report.BEHAVIOUR}:
        return report.LIKELY
    return report.UNCLEAR if strong else report.NOTHING_FOUND
