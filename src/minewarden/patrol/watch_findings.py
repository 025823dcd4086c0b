"""States what is found while the lake grows: each finding once, and again only when it has changed.

A finding keeps its id for as long as it goes on: its first sight is remembered when the window has moved past it. What
is stated and the line that says it are kept in one transaction; the line is written to the file after that, and after a
kill only what is missing of it. So no line is lost, none is doubled, and none is torn.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TextIO

from minewarden.patrol.proposal import line
from minewarden.patrol.rounds import Traced
from minewarden.telemetry.lake import SourceRecord
from minewarden.telemetry.manifest import Manifest, keep_fact
from minewarden.vocab.clock import from_us, microseconds, to_us
from minewarden.vocab.finding import Finding, State


@dataclass(slots=True)
class Memory:
    """What was last stated of one (host, server, port, name)."""

    first_us: int
    last_us: int
    state: str
    evidence: list[str]

    def changed_by(self, finding: Finding, moved: timedelta) -> bool:
        """Whether a finding says more than this: a stronger state, new evidence, or that it still goes on.

        A window that has moved on may show less; that takes nothing back.
        """
        return (
            finding.state.rank > State(self.state).rank
            or to_us(finding.last_seen) >= self.last_us + microseconds(moved)
            or not evidence_of(finding) <= set(self.evidence)
        )


@dataclass(frozen=True, slots=True)
class Statements:
    """Where findings are stated. moved: how far `last_seen` moves before a finding is stated again; gap: after how
    long a silence the same pair is a new finding."""

    manifest: Manifest
    out: Path | None
    stream: TextIO
    moved: timedelta
    gap: timedelta
    unmask: bool = False

    def state(self, found: Iterable[Traced], sources: Iterable[SourceRecord], *, only_stronger: bool) -> list[Finding]:
        """State what is new or changed, and give it back. `only_stronger`: what was seen is a small part of the window,
        so it is stated only where it is new or stronger than before."""
        # Lines that could not be written before, as on a full disk, come first.
        self.deliver()
        named = {record.name: record for record in sources}
        stated = []
        with self.manifest.transaction() as connection:
            for traced in found:
                key = "|".join(_key(traced.finding))
                known = self._memory(key)
                traced, memory = self._joined(traced, known)
                if (
                    known is not None
                    and memory.first_us == known.first_us
                    and not self._says(traced.finding, known, only_stronger)
                ):
                    continue
                stated.append(traced.finding)
                text = json.dumps(line(traced, named, unmask=self.unmask), ensure_ascii=False)
                connection.execute("INSERT INTO outbox (line) VALUES (?)", (text + "\n",))
                values = (key, memory.last_us, json.dumps(asdict(memory)))
                connection.execute("INSERT OR REPLACE INTO stated VALUES (?, ?, ?)", values)
            if stated:
                keep_fact(connection, "out_size", str(self._size()))
        self.deliver()
        return stated

    def deliver(self) -> None:
        """Write the lines that are kept and not yet in the file, also those of a process that was killed."""
        rows = self.manifest.connection.execute("SELECT number, line FROM outbox ORDER BY number").fetchall()
        if not rows:
            return
        text = "".join(row[1] for row in rows)
        if self.out is None:
            self.stream.write(text)
            self.stream.flush()
        else:
            self._append(text.encode())
        with self.manifest.transaction() as connection:
            connection.execute("DELETE FROM outbox WHERE number <= ?", (rows[-1][0],))

    def _append(self, data: bytes) -> None:
        assert self.out is not None  # noqa: S101 # only called where a file was asked for
        with self.out.open("a+b") as file:
            file.seek(int(self.manifest.fact("out_size", "0")))
            there = file.read()
            # A killed process may have written a part. Where somebody has moved the file away, all is written.
            file.write(data[len(there) :] if there and data.startswith(there) else data)
            file.flush()
            os.fsync(file.fileno())

    def _size(self) -> int:
        return self.out.stat().st_size if self.out is not None and self.out.exists() else 0

    def _memory(self, key: str) -> Memory | None:
        row = self.manifest.connection.execute("SELECT memory FROM stated WHERE key = ?", (key,)).fetchone()
        return Memory(**json.loads(row[0])) if row else None

    def _joined(self, traced: Traced, known: Memory | None) -> tuple[Traced, Memory]:
        """The finding with its first sight as remembered, and what is to be remembered of it."""
        finding = traced.finding
        first, last = to_us(finding.first_seen), to_us(finding.last_seen)
        evidence = evidence_of(finding)
        if known is None or first > known.last_us + microseconds(self.gap):
            return traced, Memory(first, last, finding.state.value, sorted(evidence))
        strongest = max(finding.state, State(known.state), key=lambda state: state.rank)
        # A late file may show an earlier sight; the finding goes by the day on which it was first stated.
        finding = replace(finding, first_seen=from_us(known.first_us))
        memory = Memory(
            known.first_us, max(last, known.last_us), strongest.value, sorted(evidence | set(known.evidence))
        )
        return replace(traced, finding=finding), memory

    def _says(self, finding: Finding, known: Memory, only_stronger: bool) -> bool:
        if only_stronger:
            return finding.state.rank > State(known.state).rank
        return known.changed_by(finding, self.moved)


def evidence_of(finding: Finding) -> set[str]:
    """The kinds of reasons of a finding, without what counts up in them."""
    return {f"{item.detector} {item.family} {item.grade.label} {item.text.id}" for item in finding.evidence}


def _key(finding: Finding) -> tuple[str, str, str, str]:
    return finding.host, finding.server, str(finding.port), "" if finding.server else finding.server_name
