"""Answers of a trace for people: the candidates of each question, and each candidate's chain hop by hop."""

from collections.abc import Sequence
from functools import partial
from typing import TextIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from minewarden.patrol.tracing import Answer
from minewarden.vocab.attribution import Candidate, Certainty, Hop
from minewarden.vocab.message import Param, message
from minewarden.vocab.net import Endpoint
from minewarden.vocab.words import Language, render

_STYLE = {Certainty.UNIQUE: "bold green", Certainty.LIKELY: "bold yellow", Certainty.POSSIBLE: "cyan"}
_PLAIN_WIDTH = 150
_CANDIDATES_SHOWN = 20
_ROWS_SHOWN = 6


def print_answers(answers: Sequence[Answer], out: TextIO, language: Language) -> None:
    """Print the answers to `out`, coloured only where it is a terminal; of several, an overview first."""
    console = Console(file=out, highlight=False, width=None if out.isatty() else _PLAIN_WIDTH)
    said = partial(_said, language)
    if len(answers) > 1:
        console.print(_overview(answers, language))
    for number, one in enumerate(answers, 1):
        _print(console, number, one, language)
    if not answers:
        console.print(said("no_candidate"))


def _said(language: Language, key: str, **params: Param) -> str:
    return render(message(f"trace_cli.{key}", **params), language)


def _overview(answers: Sequence[Answer], language: Language) -> Table:
    said = partial(_said, language)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for column in ("no", "asked", "best", "certainty", "count", "warnings"):
        table.add_column(said(f"column_{column}"), overflow="fold")
    for number, one in enumerate(answers, 1):
        found = one.attribution.candidates
        best = found[0] if found else None
        table.add_row(
            str(number),
            escape(_asked(one, language)),
            escape(_chain(best)) if best else "—",
            said(f"short_{best.certainty.value}") if best else said("short_none"),
            str(len(found)),
            str(len(one.attribution.warnings)),
        )
    return table


def _print(console: Console, number: int, one: Answer, language: Language) -> None:
    said = partial(_said, language)
    say = partial(console.print, soft_wrap=not console.is_terminal)
    found = one.attribution.candidates
    say(f"[bold]{number}. {escape(_asked(one, language))}[/]")
    for warning in one.attribution.warnings:
        say(f"   {escape(said('warning', text=render(warning, language)))}")
    if not found:
        say(f"   {said('no_candidate')}")
    for index, candidate in enumerate(found[:_CANDIDATES_SHOWN], 1):
        certainty = said(f"certainty_{candidate.certainty.value}")
        heading = escape(said("candidate", index=index, count=len(found), certainty=certainty))
        say(f"   [{_STYLE[candidate.certainty]}]{heading}[/]")
        say(f"      {escape(_chain(candidate))}")
        for hop in candidate.hops:
            say(f"      · {escape(_hop(hop, language))}")
    if len(found) > _CANDIDATES_SHOWN:
        say(f"   {said('more_candidates', count=len(found) - _CANDIDATES_SHOWN)}")
    say()


def _asked(one: Answer, language: Language) -> str:
    """The question in words."""
    said = partial(_said, language)
    question = one.asked.question
    place = str(Endpoint(question.ip, question.port)) if question.port else question.ip
    if question.peer is not None:
        peer = str(question.peer) if question.peer.port else question.peer.ip
        place = said("towards", place=place, peer=peer)
    slack = f"{question.tolerance.total_seconds():g}"
    if question.until is not None:
        text = said("asked_span", place=place, at=question.at, until=question.until, tolerance=slack)
    else:
        text = said("asked", place=place, at=question.at, tolerance=slack)
    return said("numbered", number=one.asked.number, asked=text) if one.asked.number else text


def _hop(hop: Hop, language: Language) -> str:
    said = partial(_said, language)
    parts = [said("hop", kind=said(f"kind_{hop.kind}"), known=hop.known, found=hop.found)]
    if hop.kind in ("switch_port", "arp"):
        if hop.valid_from is not None:
            parts.append(said("seen_at", since=hop.valid_from))
    elif hop.valid_from is not None or hop.valid_until is not None or hop.kind in ("nat", "lease", "login"):
        since = hop.valid_from if hop.valid_from is not None else said("open_since")
        till = hop.valid_until if hop.valid_until is not None else said("open_till")
        parts.append(said("valid", since=since, till=till))
    if hop.rows:
        rows = ", ".join(f"{row.source}:{row.row}" for row in hop.rows[:_ROWS_SHOWN])
        parts.append(said("rows", rows=rows + (", …" if len(hop.rows) > _ROWS_SHOWN else "")))
    if hop.note is not None:
        parts.append(render(hop.note, language))
    return "  ".join(parts)


def _chain(candidate: Candidate) -> str:
    one = candidate
    parts = (one.internal_ip, one.mac, one.login, one.switch_port, one.asset, one.person)
    return " → ".join(part for part in parts if part)
