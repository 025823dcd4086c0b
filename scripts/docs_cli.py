"""Writes the commands and their options into docs/{zh,en}/reference/cli.md, as the program itself describes them.

    .venv/bin/python scripts/docs_cli.py

What stands outside the two marks of a page is written by people and left alone. The tables are made from the parser's
facts and not from argparse's printed help, whose wrapping differs between versions of Python.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from minewarden.cli.main import parser
from minewarden.vocab.words import Language

DOCS = Path(__file__).resolve().parents[1] / "docs"
BEGIN, END = "<!-- commands: made by scripts/docs_cli.py -->", "<!-- end of commands -->"
WORDS: dict[Language, tuple[str, ...]] = {
    "zh": ("命令", "作用", "参数", "取值", "默认", "说明", "必填"),
    "en": ("command", "what it does", "argument", "values", "default", "meaning", "needed"),
}
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def page(language: Language) -> Path:
    """Where the page of a language stands."""
    return DOCS / language / "reference" / "cli.md"


def fresh(language: Language) -> str:
    """The page as it should be: people's words, and the commands of today between the marks."""
    text = page(language).read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{commands(language)}\n{END}{after}"


def commands(language: Language) -> str:
    """An overview of all commands, then one section for each."""
    command, does, *_ = WORDS[language]
    found = list(_leaves(parser(language), ""))
    lines = [f"| {command} | {does} |", "|---|---|"]
    lines += [f"| [`{leaf.prog}`](#{leaf.prog.replace(' ', '-')}) | {said} |" for leaf, said in found]
    for leaf, _ in found:
        lines += ["", *_section(leaf, language)]
    return "\n".join(lines) + "\n"


def _leaves(found: argparse.ArgumentParser, said: str) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Every command that does something itself, in the order of the program, with its one-line help."""
    groups = [action for action in found._actions if isinstance(action, argparse._SubParsersAction)]
    for group in groups:
        helps = {choice.dest: choice.help or "" for choice in group._choices_actions}
        for name, child in group.choices.items():
            yield from _leaves(child, helps.get(name, ""))
    if not groups:
        yield found, said


def _section(leaf: argparse.ArgumentParser, language: Language) -> list[str]:
    _, _, argument, values, default, meaning, needed = WORDS[language]
    shown = [action for action in leaf._actions if not isinstance(action, argparse._HelpAction)]
    synopsis = " ".join([leaf.prog, *(_called(action) for action in shown if action.required)])
    lines = [f"## {leaf.prog}", "", leaf.description or "", "", "```sh", synopsis, "```"]
    if shown:
        lines += ["", f"| {argument} | {values} | {default} | {meaning} |", "|---|---|---|---|"]
    for action in shown:
        name = ", ".join(f"`{option}`" for option in action.option_strings) or f"`{action.metavar}`"
        preset = "" if action.default in (None, "", False) else f"`{action.default}`"
        cells = (
            name,
            _values(action),
            needed if action.required else preset,
            (action.help or "").replace("%%", "%").replace("|", "\\|"),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _values(action: argparse.Action) -> str:
    if action.choices is not None:
        return " ".join(f"`{choice}`" for choice in action.choices)
    return f"`{action.metavar}`" if action.option_strings and action.nargs != 0 else ""


def _called(action: argparse.Action) -> str:
    """A needed argument as it is typed."""
    name = str(action.metavar or "|".join(action.choices or ()))
    if action.option_strings:
        return f"{action.option_strings[0]} {name}"
    return f"{name}..." if action.nargs == "+" else name


if __name__ == "__main__":
    for each in LANGUAGES:
        page(each).write_text(fresh(each), encoding="utf-8")
