"""`minewarden block plan | apply | verify | lift | recover`: from orders to devices, and back."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from minewarden.enforce.apply import Receipt, apply_plan, recover, verify
from minewarden.enforce.book import Book
from minewarden.enforce.bundle import write_whole
from minewarden.enforce.devices_file import load_devices
from minewarden.enforce.lift import lift, lift_expired
from minewarden.enforce.orders import read_orders
from minewarden.enforce.plain import one_line
from minewarden.enforce.plain import shown as spelled
from minewarden.enforce.plan import DeviceChange, Plan, make_plan, read_plan, write_plan
from minewarden.enforce.publisher import Publisher
from minewarden.enforce.site_file import SiteFile, load_site
from minewarden.telemetry.lake import Lake
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.errors import UsageError
from minewarden.vocab.message import Param, message
from minewarden.vocab.words import Language, render

_SHOWN = 50
_DIFFERS = 10

Said = Callable[..., str]


def add_parsers(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", language: Language) -> None:
    """Describe the commands."""
    said = _voice(language)
    plan = actions.add_parser("plan", help=said("plan_help"), description=said("plan_help"))
    plan.add_argument("--orders", type=Path, required=True, metavar="ORDERS.json", help=said("orders"))
    plan.add_argument("--site", type=Path, metavar="site.toml", help=render(message("block.site"), language))
    plan.add_argument("--out", type=Path, metavar="PLAN.json", help=said("plan_out"))
    _common(plan, said, run_plan)
    carry = actions.add_parser("apply", help=said("apply_help"), description=said("apply_help"))
    carry.add_argument("plan", type=Path, metavar="PLAN.json", help=said("plan_file"))
    carry.add_argument("--size", type=int, metavar="N", help=said("size"))
    _common(carry, said, run_apply)
    check = actions.add_parser("verify", help=said("verify_help"), description=said("verify_help"))
    _common(check, said, run_verify)
    off = actions.add_parser("lift", help=said("lift_help"), description=said("lift_help"))
    off.add_argument("what", nargs="*", metavar="WHAT", help=said("lift_what"))
    off.add_argument("--expired", action="store_true", help=said("lift_expired"))
    off.add_argument("--reason", default="", help=said("lift_reason"))
    _common(off, said, run_lift)
    back = actions.add_parser("recover", help=said("recover_help"), description=said("recover_help"))
    _common(back, said, run_recover)
    for parser in (carry, check, off):
        parser.add_argument("--receipts", type=Path, metavar="RECEIPTS.json", help=said("receipts"))


def _common(parser: argparse.ArgumentParser, said: Said, run: Callable[[argparse.Namespace], int]) -> None:
    parser.add_argument("--devices", type=Path, required=True, metavar="devices.toml", help=said("devices"))
    parser.add_argument("--book", type=Path, required=True, metavar="BOOK", help=said("book"))
    parser.add_argument("--by", default=getpass.getuser(), help=said("by"))
    parser.set_defaults(run=run)


def run_plan(args: argparse.Namespace) -> int:
    """Show what would change. 0: nothing is wrong; 1: something is refused, no order, or a device is down; 2: usage."""
    said = _voice(args.language)
    site = load_site(args.site) if args.site is not None else SiteFile()
    book = Book(args.book)
    now = datetime.now(UTC)
    orders = read_orders(args.orders)
    plan = make_plan(orders, _devices(args), book, site=site.site, now=now, limits=site.limits)
    for line in shown(plan, args.language):
        print(line)
    if args.out is not None:
        write_plan(plan, args.out)
        print(said("written", path=str(args.out)))
    if args.site is None:
        print(render(message("block.no_site"), args.language), file=sys.stderr)
    _tell_open(book, said)
    return 1 if plan.refused or plan.unfit or any(one.down for one in plan.devices) else 0


def run_apply(args: argparse.Namespace) -> int:
    """Carry a plan out. 0: every device confirmed; 1: refused or failed, and brought back; 2: usage."""
    plan, devices = read_plan(args.plan), _devices(args)
    receipts = apply_plan(plan, devices, Book(args.book), by=args.by, now=datetime.now(UTC), size=args.size)
    if not receipts:
        print(_voice(args.language)("nothing"))
    return _tell(receipts, args)


def run_verify(args: argparse.Namespace) -> int:
    """Check every device. 0: all confirmed; 1: one drifted or is down; 2: usage."""
    book = Book(args.book)
    receipts = verify(_devices(args), book, by=args.by, now=datetime.now(UTC))
    _tell_open(book, _voice(args.language))
    return _tell(receipts, args)


def run_lift(args: argparse.Namespace) -> int:
    """Lift. 0: gone everywhere; 1: a device failed and still has it; 2: usage."""
    said, devices, book, now = _voice(args.language), _devices(args), Book(args.book), datetime.now(UTC)
    if args.expired:
        done = lift_expired(devices, book, by=args.by, now=now)
        if not done.receipts and not done.failed:
            print(said("none_expired"))
    else:
        if not args.what or not args.reason.strip():
            raise UsageError(message("block_plan.lift_nothing"))
        asked = set(args.what)
        given = {spelled(rule) for name in devices if (one := book.standing(name)) for rule in one.rules}
        if unknown := asked - given:
            raise UsageError(message("block_plan.lift_unknown", what=", ".join(sorted(unknown))))
        done = lift(lambda rule: spelled(rule) in asked, devices, book, by=args.by, reason=args.reason, now=now)
        print(said("lifted", count=len(done.rules)))
    code = _tell(done.receipts, args)
    for device, problem in done.failed:
        print(f"{device}: {render(problem, args.language)}", file=sys.stderr)
    return 1 if done.failed else code


def run_recover(args: argparse.Namespace) -> int:
    """Bring back what was cut off. 0: nothing is open any more; 1: a device failed; 2: usage."""
    said = _voice(args.language)
    ended = recover(_devices(args), Book(args.book), by=args.by, now=datetime.now(UTC))
    for device, _ in ended:
        print(said("recovered", device=device))
    if not ended:
        print(said("nothing_open"))
    return 0


def shown(plan: Plan, language: Language) -> Iterable[str]:
    """The plan as lines: `+` comes, `-` goes, `~` gets another end or ground, `!` differs on the device."""
    said = _voice(language)
    yield said("title", id=plan.id[:12], devices=len(plan.devices), rules=len(plan.rules))
    for change in plan.devices:
        yield ""
        yield said(
            "device_head", device=change.device, kind=change.kind, added=len(change.added),
            removed=len(change.removed), renewed=len(change.renewed), unchanged=change.unchanged,
        )  # fmt: skip
        yield from _changes(change, said)
    for head, rows in (("refused_head", plan.refused), ("overridden_head", plan.overridden)):
        yield from _explained(said(head), [(spelled(rule), why) for rule, why in rows], language)
    yield from _explained(said("unfit_head"), plan.unfit, language)
    if not any(change.moves or change.down for change in plan.devices):
        yield said("nothing")
    if plan.oversized:
        yield said("is_oversized", size=plan.size)


def _changes(change: DeviceChange, said: Said) -> Iterable[str]:
    if change.down:
        yield said("device_no_answer", problem=one_line(change.down))
    lines = [f"  + {spelled(rule)}  {_ground(rule, said)}" for rule in change.added]
    lines += [f"  - {spelled(one.rule)}  {said(f'why_{one.why}')}" for one in change.removed]
    lines += [f"  ~ {spelled(rule)}  {_ground(rule, said)}" for rule in change.renewed]
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield said("more", count=len(lines) - _SHOWN)
    for head, sessions in (("sessions_come", change.comes), ("sessions_go", change.goes)):
        if sessions:
            yield said(head, count=len(sessions))
            yield from (f"  > {one_line(session)}" for session in sessions[:_SHOWN])
    if change.missing or change.extra:
        yield said("drift", missing=len(change.missing), extra=len(change.extra))
        items = [f"  ! - {one_line(item)}" for item in change.missing] + [
            f"  ! + {one_line(item)}" for item in change.extra
        ]
        yield from items[:_SHOWN]


def _explained(head: str, rows: Sequence[tuple[str, Mapping[str, str]]], language: Language) -> Iterable[str]:
    if rows:
        yield ""
        yield head
        yield from (f"  {one_line(what)}  {why[language]}" for what, why in rows[:_SHOWN])


def _ground(rule: BlockRule, said: Said) -> str:
    return said("line_until", at=rule.expires_at, reason=one_line(rule.reason), basis=one_line(rule.basis) or "-")


def _devices(args: argparse.Namespace) -> dict[str, Publisher]:
    return load_devices(args.devices, lambda folder: Lake(folder).connect())


def _tell(receipts: Sequence[Receipt], args: argparse.Namespace) -> int:
    said = _voice(args.language)
    for one in receipts:
        facts: dict[str, Param] = {"device": one.device, "rules": one.rules, "items": one.items}
        facts |= {"missing": len(one.missing), "extra": len(one.extra), "overdue": len(one.overdue)}
        print(said(f"receipt_{one.state}", **facts, problem=one_line(one.problem)))
        # Which they are, since whoever reads this goes to the device next.
        differs = [f"  ! - {one_line(item)}" for item in one.missing] + [
            f"  ! + {one_line(item)}" for item in one.extra
        ]
        differs += [f"  ! ~ {spelled(rule)}" for rule in one.overdue]
        print(*differs[:_DIFFERS], sep="\n", end="\n" if differs else "")
        if len(differs) > _DIFFERS:
            print(said("differs_more", count=len(differs) - _DIFFERS))
        if one.overridden:
            print(said("receipt_overridden", count=len(one.overridden), what=one_line(", ".join(one.overridden))))
    if args.receipts is not None:
        rows = [{**one.row(), "by": args.by} for one in receipts]
        write_whole(args.receipts, (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode())
    return 0 if all(one.state == "confirmed" for one in receipts) else 1


def _tell_open(book: Book, said: Said) -> None:
    for begun in book.unfinished():
        print(said("still_open", device=begun.device, at=begun.at), file=sys.stderr)


def _voice(language: Language) -> Said:
    def said(key: str, **params: Param) -> str:
        return render(message(f"block_plan.{key}", **params), language)

    return said
