"""Findings for people: a table of what was found, and under it the reasons of each in plain sentences."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table

from minewarden.cli.terminal import Page, harmless
from minewarden.patrol.rounds import Traced
from minewarden.vocab.attribution import Candidate
from minewarden.vocab.finding import Finding, State
from minewarden.vocab.masking import masked_account
from minewarden.vocab.message import message
from minewarden.vocab.net import Endpoint
from minewarden.vocab.words import DISPLAY_ZONE, Language, render

_STYLE = {State.CONFIRMED: "bold red", State.PROBABLE: "bold yellow", State.SUSPECTED: "cyan"}
_PLAIN_WIDTH = 150
_ROWS_SHOWN = 3
_SENTENCES_SHOWN = 2
"""What the reasons add up to, and the ground of the state; reasons say themselves what else could explain them."""


def print_findings(shown: Sequence[Traced], out: TextIO, language: Language, *, unmask: bool = False) -> None:
    """Print findings to `out`, coloured only where it is a terminal."""
    console = Page(file=out, highlight=False, width=None if out.isatty() else _PLAIN_WIDTH)

    def said(key: str, **params: str | int) -> str:
        return render(message(f"scan.{key}", **params), language)

    if not shown:
        console.print(said("nothing"))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for column in ("no", "state_column", "host", "server", "coin", "when", "whose"):
        table.add_column(said(column), overflow="fold")
    for number, traced in enumerate(shown, 1):
        finding = traced.finding
        state = said(f"state_{finding.state.value}")
        table.add_row(
            str(number),
            f"[{_STYLE[finding.state]}]{state}[/]",
            harmless(finding.host),
            harmless(_server(finding)),
            harmless("/".join(finding.coins) or said("unknown")),
            harmless(_span(finding)),
            harmless(_whose(traced, said("not_traced"), said("several"))),
        )
    console.print(table)
    for number, traced in enumerate(shown, 1):
        _reasons(console, number, traced, language, unmask=unmask)


def _reasons(console: Console, number: int, traced: Traced, language: Language, *, unmask: bool) -> None:
    finding = traced.finding

    def said(key: str, **params: str | int) -> str:
        return render(message(f"scan.{key}", **params), language)

    say = partial(console.print, soft_wrap=not console.is_terminal)
    say(f"[bold]{number}. {harmless(finding.host)} → {harmless(_server(finding))}[/]")
    details = [(said("protocol"), finding.protocol), (said("agent"), finding.agent)]
    details.append((said("account"), finding.account if unmask else masked_account(finding.account)))
    worker = finding.worker if unmask else masked_account(finding.worker)
    details.append((said("worker"), worker))
    told = "  ".join(f"{name} {harmless(value)}" for name, value in details if value)
    if told:
        say(f"   {told}")
    for item in finding.evidence:
        grade = said(f"grade_{item.grade.name.lower()}")
        places = ", ".join(f"{row.source}:{row.row}" for row in item.rows[:_ROWS_SHOWN])
        say(f"   · \\[{grade}] {harmless(render(item.text, language))} [dim]({harmless(places)})[/]")
    for sentence in finding.explanation[:_SENTENCES_SHOWN]:
        say(f"   = {harmless(render(sentence, language))}")
    for candidate in traced.attribution.candidates if traced.attribution else ():
        certainty = said(f"certainty_{candidate.certainty.value}")
        say(f"   → {certainty} {harmless(_chain(candidate))}")
    for warning in traced.attribution.warnings if traced.attribution else ():
        say(f"   ! {harmless(render(warning, language))}")
    say()


def _chain(candidate: Candidate) -> str:
    parts = (
        candidate.internal_ip,
        candidate.mac,
        candidate.login,
        candidate.switch_port,
        candidate.asset,
        candidate.person,
    )
    return " → ".join(part for part in parts if part)


def _server(finding: Finding) -> str:
    if not finding.server:
        return finding.server_name
    place = str(Endpoint(finding.server, finding.port)) if finding.port else finding.server
    return f"{place} ({finding.server_name})" if finding.server_name else place


def _span(finding: Finding) -> str:
    first, last = _local(finding.first_seen), _local(finding.last_seen)
    if first.date() == last.date():
        return f"{first:%Y-%m-%d %H:%M:%S} – {last:%H:%M:%S}"
    return f"{first:%Y-%m-%d %H:%M:%S} – {last:%m-%d %H:%M:%S}"


def _local(instant: datetime) -> datetime:
    return instant.astimezone(DISPLAY_ZONE)


def _whose(traced: Traced, not_traced: str, several: str) -> str:
    if traced.attribution is None or not traced.attribution.candidates:
        return not_traced
    best = traced.attribution.candidates[0]
    text = " ".join(part for part in (best.asset or best.mac or best.internal_ip, best.person or best.login) if part)
    return f"{text} {several}" if len(traced.attribution.candidates) > 1 else text
