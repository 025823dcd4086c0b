"""The command of the built file: `python3 minecheck.pyz [--full | --watch MINUTES] [--out FILE] [--send URL]`.

Nothing leaves the host without `--send`, and then only after the report was shown and agreed to.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from typing import Any, Optional

from . import report
from .look import document, look, watch
from .machine import Machine
from .words import Words, load

_MARK = {report.CONFIRMED: 3, report.LIKELY: 3, report.UNCLEAR: 0, report.NOTHING_FOUND: 0, report.NOT_ABLE_TO_TELL: 0}
"""Exit code: 3 where somebody should look today, 0 where the look was made. Never a code that means clean."""


def parser(say: Words, language: str) -> argparse.ArgumentParser:
    """The options, said in one language."""

    def said(key: str) -> str:
        return say(key)[language]

    top = argparse.ArgumentParser(prog="minecheck", description=said("description"))
    how = top.add_mutually_exclusive_group()
    how.add_argument("--full", action="store_true", help=said("full"))
    how.add_argument("--watch", type=float, metavar="MINUTES", help=said("watch"))
    top.add_argument("--language", choices=["zh", "en"], default=language, help=said("language"))
    top.add_argument("--json", action="store_true", help=said("json"))
    top.add_argument("--out", metavar="FILE", help=said("out"))
    top.add_argument("--send", metavar="URL", help=said("send"))
    top.add_argument("--token-file", metavar="FILE", help=said("token_file"))
    top.add_argument("--yes", action="store_true", help=said("yes"))
    return top


def main(
    arguments: Optional[list[str]] = None, say: Optional[Words] = None, pools: Optional[dict[str, list[str]]] = None
) -> int:
    """Look, say, and where it is asked for and agreed to, send."""
    say = say or Words(load())
    given = sys.argv[1:] if arguments is None else arguments
    language = "en" if "en" in (_after(given, "--language"), os.environ.get("MINEWARDEN_LANGUAGE", "")) else "zh"
    args = parser(say, language).parse_args(given)
    if hasattr(os, "nice"):
        os.nice(10)
    mode = "watch" if args.watch else "full" if args.full else "quick"
    machine = Machine()
    outcome = watch(machine, args.watch * 60, pools=pools) if args.watch else look(machine, mode=mode, pools=pools)
    stated = document(outcome, say, mode=mode)
    text = json.dumps(stated, ensure_ascii=False, indent=1)
    if args.out:
        with open(args.out, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    print(text if args.json else shown(stated, say, args.language))
    if args.send:
        return send(args, stated, text, say)
    return _MARK[stated["result"]]


def shown(stated: dict[str, Any], say: Words, language: str) -> str:
    """The report for a person."""
    lines = [f"{stated['host']['name']}: {stated['result_text'][language]}", ""]
    firm = {finding["subject"] for finding in stated["findings"] if not finding["weak"]}
    quiet = 0
    for finding in stated["findings"]:
        if finding["weak"] and finding["subject"] not in firm:
            quiet += 1
            continue
        facts = ", ".join(f"{key}={value}" for key, value in finding["evidence"].items() if value not in ("", [], {}))
        lines.append(f"- [{say('severity_' + finding['severity'])[language]}] {finding['title'][language]}: {facts}")
        lines.append(f"  {say('harmless')[language]}{finding['harmless'][language]}")
        lines.append(f"  {say('next')[language]}{finding['next'][language]}")
    if quiet:
        lines += ["", say("quiet")[language].replace("{count}", str(quiet))]
    gaps = stated["coverage"]["gaps"]
    if gaps:
        lines += ["", say("gaps")[language]]
        lines += [
            f"- {gap['check']}: {gap['text'][language]}" + (f" ({gap['count']})" if gap["count"] else "")
            for gap in gaps
        ]
    return "\n".join([*lines, "", say("not_clean")[language]])


def send(args: argparse.Namespace, stated: dict[str, Any], text: str, say: Words) -> int:
    """Hand the report to the school's own desk, once its user has seen it and agreed."""
    if not args.send.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        print(say("https_only")[args.language], file=sys.stderr)
        return 2
    if not args.yes:
        print(text)
        if input(say("agree")[args.language]).strip().lower() not in ("y", "yes", "是"):
            return _MARK[stated["result"]]
    token = ""
    if args.token_file:
        with open(args.token_file, encoding="utf-8") as file:
            token = file.read().strip()
    request = urllib.request.Request(args.send, text.encode("utf-8"), method="POST")  # noqa: S310 - checked above
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            print(answer.read(4096).decode("utf-8", "replace"))
    except urllib.error.HTTPError as refusal:
        # The desk says in words why it did not take the report.
        told = refusal.read(4096).decode("utf-8", "replace")
        print(f"{say('not_sent')[args.language]}{refusal.code} {told}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{say('not_sent')[args.language]}{error}", file=sys.stderr)
        return 1
    return _MARK[stated["result"]]


def _after(words: list[str], flag: str) -> str:
    return words[words.index(flag) + 1] if flag in words and words.index(flag) + 1 < len(words) else ""
