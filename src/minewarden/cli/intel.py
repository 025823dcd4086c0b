"""`minewarden intel`: lists in, reviewed and numbered indicators out."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

from rich import box
from rich.table import Table

from minewarden.cli.given import commands_language
from minewarden.cli.terminal import Page, harmless
from minewarden.enforce.bundle import compile_to
from minewarden.enforce.site_file import SiteFile, load_site
from minewarden.intel.exports.exported import Occasion
from minewarden.intel.exports.forms import FORMS, outgoing
from minewarden.intel.feeds.entry import Entry
from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from minewarden.intel.feeds.reading import PARSERS, read_file
from minewarden.intel.gate import Gate
from minewarden.intel.library import Library, LoadReport, Override, selection
from minewarden.intel.own import read_allow
from minewarden.intel.record import Record, Tlp, Type
from minewarden.intel.source import Source, read_sources
from minewarden.intel.taxii.server import Collection, serve
from minewarden.intel.worth import worth
from minewarden.patrol.intelligence import block_rules, fetched, gate, read_notice, replace_file, replayed
from minewarden.plugins import COMPILERS
from minewarden.telemetry.lake import Lake
from minewarden.vocab.blockrule import Site
from minewarden.vocab.errors import MinewardenError, UsageError
from minewarden.vocab.indicator import Role
from minewarden.vocab.message import Param, message
from minewarden.vocab.refang import refang
from minewarden.vocab.words import Language, render

_PIPED_WIDTH = 150
_SHOWN = 50
_DIGEST = 64
_ASKS = frozenset({"feed.shrunk", "feed.grown"})
"""What a person may load after all, with a reason."""
_BLOCKING = tuple(form for form in COMPILERS if form not in FORMS and form != "radius")
"""Forms of block rules. What an export of its own writes is not written twice, and RADIUS knows people, not pools."""
_FORMS = (*FORMS, *_BLOCKING)

Said = Callable[..., str]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    said = _voice(commands_language(commands))
    intel = commands.add_parser("intel", help=said("help"), description=said("description"))
    actions = intel.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        key = name.replace("-", "_")
        parser = actions.add_parser(name, help=said(f"{key}_help"), description=said(f"{key}_help"))
        parser.add_argument(
            "--library",
            type=Path,
            default=Path(os.environ.get("MINEWARDEN_LIBRARY", "intel.sqlite")),
            metavar="FILE",
            help=said("library"),
        )
        parser.set_defaults(run=run)
        return parser

    load = action("load", run_load)
    load.add_argument("file", type=Path, nargs="?", metavar="FILE", help=said("file"))
    load.add_argument("--form", choices=[*PARSERS, "notice", "catalogue"], default="plain", help=said("form"))
    load.add_argument("--name", metavar="NAME", help=said("name"))
    load.add_argument("--family", default="", metavar="NAME", help=said("family"))
    load.add_argument("--licence", default="", metavar="SPDX", help=said("licence"))
    load.add_argument("--role", choices=[r.value for r in Role], default="pool-endpoint", help=said("role"))
    load.add_argument("--scope", choices=["host", "domain"], default="host", help=said("scope"))
    load.add_argument("--tlp", choices=[mark.value for mark in Tlp], default="green", help=said("tlp"))
    load.add_argument("--sources", type=Path, metavar="sources.toml", help=said("sources"))
    load.add_argument("--site", type=Path, metavar="site.toml", help=said("site"))
    _lake(load, said)
    _who(load, said, needed=False)
    show_all = action("list", run_list)
    show_all.add_argument("text", nargs="?", default="", metavar="TEXT", help=said("text"))
    show_all.add_argument("--role", choices=[r.value for r in Role], default="", help=said("of_role"))
    show = action("show", run_show)
    show.add_argument("value", metavar="VALUE", help=said("value"))
    action("waiting", run_waiting)
    decide = action("decide", run_decide)
    decide.add_argument("number", type=int, metavar="N", help=said("number"))
    decide.add_argument("verdict", choices=["accept", "refuse"], help=said("verdict"))
    _who(decide, said)
    allow = action("allow", run_allow)
    allow.add_argument("file", type=Path, metavar="FILE", help=said("allow_file"))
    seen = action("seen", run_seen)
    seen.add_argument("value", metavar="VALUE", help=said("value"))
    seen.add_argument("--unit", required=True, metavar="UNIT", help=said("unit"))
    seen.add_argument("--count", type=int, default=1, metavar="N", help=said("count"))
    harmless_hit = action("harmless", run_harmless)
    harmless_hit.add_argument("value", metavar="VALUE", help=said("value"))
    harmless_hit.add_argument("--unit", required=True, metavar="UNIT", help=said("unit"))
    harmless_hit.add_argument("--why", required=True, metavar="TEXT", help=said("why"))
    revoke = action("revoke", run_revoke)
    revoke.add_argument("value", metavar="VALUE", help=said("value"))
    _who(revoke, said)
    publish = action("publish", run_publish)
    publish.add_argument("--least", type=float, default=20.0, metavar="SCORE", help=said("least"))
    _who(publish, said)
    export = action("export", run_export)
    export.add_argument("--to", required=True, metavar="FORM", help=said("to", forms=", ".join(_FORMS)))
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help=said("out"))
    export.add_argument("--version", type=int, default=0, metavar="N", dest="number", help=said("of_version"))
    export.add_argument("--least", type=float, default=20.0, metavar="SCORE", help=said("least"))
    export.add_argument("--most", choices=[mark.value for mark in Tlp], default="green", help=said("most"))
    export.add_argument("--producer", default="minewarden", metavar="NAME", help=said("producer"))
    export.add_argument("--days", type=int, default=30, metavar="N", help=said("days"))
    export.add_argument("--site", type=Path, metavar="site.toml", help=said("site"))
    pull = action("pull", run_pull)
    pull.add_argument("--sources", type=Path, required=True, metavar="sources.toml", help=said("sources"))
    pull.add_argument("--site", type=Path, metavar="site.toml", help=said("site"))
    _lake(pull, said)
    pull.add_argument("--name", action="append", default=[], metavar="NAME", help=said("only_name"))
    pull.add_argument("--due", action="store_true", help=said("due"))
    bundle = action("bundle", run_bundle)
    bundle.add_argument("act", choices=["key", "make", "verify", "load"], help=said("act"))
    bundle.add_argument("file", type=Path, metavar="FILE", help=said("bundle_file"))
    bundle.add_argument("--key", type=Path, metavar="KEY", help=said("key"))
    bundle.add_argument("--version", type=int, default=0, metavar="N", dest="number", help=said("bundle_version"))
    bundle.add_argument("--producer", default="minewarden", metavar="NAME", help=said("producer"))
    bundle.add_argument("--most", choices=[mark.value for mark in Tlp], default="green", help=said("most"))
    bundle.add_argument("--site", type=Path, metavar="site.toml", help=said("site"))
    _lake(bundle, said)
    _who(bundle, said, needed=False)
    taxii = action("serve-taxii", run_taxii)
    taxii.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help=said("host"))
    taxii.add_argument("--port", type=int, default=6100, metavar="N", help=said("port"))
    taxii.add_argument("--login-file", type=Path, metavar="FILE", help=said("login_file"))
    taxii.add_argument("--certificate", metavar="FILE", help=said("certificate"))
    taxii.add_argument("--certificate-key", metavar="FILE", help=said("certificate_key"))
    taxii.add_argument("--producer", default="minewarden", metavar="NAME", help=said("producer"))
    taxii.add_argument("--most", choices=[mark.value for mark in Tlp], default="green", help=said("most"))
    diff = action("diff", run_diff)
    diff.add_argument("old", type=int, nargs="?", metavar="OLD", help=said("old"))
    diff.add_argument("new", type=int, nargs="?", metavar="NEW", help=said("new"))


def _who(parser: argparse.ArgumentParser, said: Said, *, needed: bool = True) -> None:
    parser.add_argument("--by", required=needed, default="", metavar="NAME", help=said("by"))
    parser.add_argument("--why", required=needed, default="", metavar="TEXT", help=said("why"))


def _lake(parser: argparse.ArgumentParser, said: Said) -> None:
    # argparse takes a sign of per cent for the beginning of a pattern.
    parser.add_argument("--lake", type=Path, metavar="LAKE", help=said("lake").replace("%", "%%"))


def run_load(args: argparse.Namespace) -> int:
    """Load one list, or all declared ones that name a file. 0: taken whole; 1: held, or some lines were not taken."""
    library, now = Library(args.library), _now()
    site = load_site(args.site).site if args.site is not None else None
    override = Override(args.by, args.why) if args.by and args.why else None
    if args.form == "catalogue":
        source, found = CATALOGUE, listing(now)
    else:
        source = _source(args)
        found = read_notice(args.file, source, now) if source.form == "notice" else read_file(args.file, source)
    report = library.load(source, found, now, _gate(args, library, found.entries, site, now), override)
    _show_report(report, args.language, "" if args.form == "catalogue" else str(args.file))
    return 0 if report.outcome == "taken" and not report.rejects else 1


def _gate(
    args: argparse.Namespace, library: Library, entries: Iterable[Entry | Record], site: Site | None, now: datetime
) -> Gate:
    """The gate, which also knows what very many local clients meet where a lake is given."""
    if args.lake is None:
        return gate(library, site)
    if not args.lake.is_dir():
        raise UsageError(message("block_plan.no_lake", path=str(args.lake)))
    with Lake(args.lake).connect() as connection:
        found = replayed(library, entries, connection, now, site)
    if not found.clients:
        print(_voice(args.language)("lake_says_nothing", lake=str(args.lake)), file=sys.stderr)
    return gate(library, site, found.common())


def _source(args: argparse.Namespace) -> Source:
    if args.file is None:
        raise UsageError(message("intel_cli.file_needed"))
    if args.sources is not None:
        name = args.name or args.file.stem
        for source in read_sources(args.sources):
            if source.name == name:
                return source
        raise UsageError(message("intel_cli.not_declared", name=name, file=str(args.sources)))
    return Source(
        name=args.name or args.file.stem.lower(),
        form=args.form,
        licence=args.licence,
        family=args.family,
        role=Role(args.role),
        scope=Type(args.scope),
        tlp=Tlp(args.tlp),
    )


def run_list(args: argparse.Namespace) -> int:
    """List what is held, with the score of today."""
    said, now = _voice(args.language), _now()
    table = _table(said, "value", "type", "role", "operator", "coins", "score", "until")
    count = 0
    for record in Library(args.library).records(text=args.text, role=args.role):
        count += 1
        if count <= _SHOWN or not sys.stdout.isatty():
            table.add_row(*(harmless(cell) for cell in _row(record, now, said)))
    _page().print(table)
    print(said("counted", count=count), file=sys.stderr)
    return 0


def _row(record: Record, now: datetime, said: Said) -> tuple[str, ...]:
    end = "" if record.valid_until is None else said("instant", at=record.valid_until)
    score = f"{worth(record, now).score:.0f}"
    kind, role = _word("type", record.type.value, said), _word("role", record.role.value, said)
    return record.value, kind, role, record.operator, " ".join(record.coins), score, end


def run_show(args: argparse.Namespace) -> int:
    """Show one record, and why it is worth what it is."""
    said, now = _voice(args.language), _now()
    library = Library(args.library)
    record = library.get(_spelt(library, args.value))
    if record is None:
        raise UsageError(message("library.no_record", value=args.value[:200]))
    judged = worth(record, now)
    page = _page()
    kind, role = _word("type", record.type.value, said), _word("role", record.role.value, said)
    page.print(harmless(" · ".join(part for part in (record.value, kind, role, record.operator) if part)))
    page.print(said("worth", score=round(judged.score)))
    for reason in judged.reasons:
        page.print("  · " + harmless(render(reason, args.language)))
    table = _table(said, "source", "family", "licence", "verified", "seen", "said")
    for voice in record.voices:
        licence = said("licence_own") if voice.licence == "own" else voice.licence
        verified = _word("verified", voice.verified.value, said)
        cells = (voice.source, voice.family, licence, verified, said("instant", at=voice.seen))
        table.add_row(*(harmless(cell) for cell in (*cells, voice.said)))
    page.print(table)
    print(said("identity", id=record.id, tlp=record.tlp.value.upper()))
    return 0


def run_waiting(args: argparse.Namespace) -> int:
    """What waits for a person."""
    said = _voice(args.language)
    waiting = Library(args.library).waiting()
    table = _table(said, "number", "value", "type", "source", "reason")
    for one in waiting:
        kind = _word("type", one.record.type.value, said)
        cells = (one.record.value, kind, one.source, render(one.reason, args.language))
        table.add_row(str(one.number), *(harmless(cell) for cell in cells))
    _page().print(table)
    print(said("counted", count=len(waiting)), file=sys.stderr)
    return 0


def run_decide(args: argparse.Namespace) -> int:
    """Take in or refuse what waits."""
    accept = args.verdict == "accept"
    Library(args.library).decide(args.number, accept=accept, by=args.by, why=args.why, at=_now())
    print(_voice(args.language)("accepted" if accept else "refused", number=args.number), file=sys.stderr)
    return 0


def run_allow(args: argparse.Namespace) -> int:
    """Put a file of allow entries into the library."""
    count = Library(args.library).excuse(read_allow(args.file), _now())
    print(_voice(args.language)("excused", count=count), file=sys.stderr)
    return 0


def run_seen(args: argparse.Namespace) -> int:
    """A unit saw traffic with it."""
    library = Library(args.library)
    record = library.sight(_spelt(library, args.value), unit=args.unit, count=args.count, at=_now())
    return _rescored(record, args.language)


def run_harmless(args: argparse.Namespace) -> int:
    """A unit found that a hit was harmless."""
    library = Library(args.library)
    record = library.false_positive(_spelt(library, args.value), unit=args.unit, why=args.why, at=_now())
    return _rescored(record, args.language)


def _rescored(record: Record, language: Language) -> int:
    print(_voice(language)("worth", score=round(worth(record, _now()).score)))
    return 0


def run_revoke(args: argparse.Namespace) -> int:
    """Withdraw a record."""
    library = Library(args.library)
    record = library.revoke(_spelt(library, args.value), by=args.by, why=args.why, at=_now())
    print(_voice(args.language)("revoked", value=record.value), file=sys.stderr)
    return 0


def run_publish(args: argparse.Namespace) -> int:
    """Freeze a numbered version."""
    version = Library(args.library).publish(by=args.by, note=args.why, at=_now(), least=args.least)
    said = _voice(args.language)
    print(said("published", number=version.number, label=version.label, count=version.count, sha256=version.sha256))
    return 0


def run_export(args: argparse.Namespace) -> int:
    """Write a version, or what is held today, in the forms of others. 0: ran; 1: a block rule was refused."""
    said, library, now = _voice(args.language), Library(args.library), _now()
    forms = [form for part in args.to.split(",") if (form := part.strip())]
    if unknown := sorted(set(forms) - set(_FORMS)):
        raise UsageError(message("block.unknown_form", form=", ".join(unknown), forms=", ".join(_FORMS)))
    held = library.version(args.number) if args.number else library.records()
    records = outgoing(selection(held, now, args.least), Tlp(args.most))
    if not records:
        raise UsageError(message("library.nothing_to_publish", least=args.least))
    label = next((v.label for v in library.versions() if v.number == args.number), now.strftime("%Y-%m-%d"))
    args.out.mkdir(parents=True, exist_ok=True)
    for form in forms:
        if form not in FORMS:
            continue
        made = FORMS[form](records, Occasion(now, args.producer, label))
        for name, content in made.files.items():
            replace_file(args.out / name, content)
        print(said("exported", form=form, files=", ".join(made.files), left=len(made.left_out)))
    blocking = [form for form in forms if form in _BLOCKING]
    if not blocking:
        return 0
    site = load_site(args.site) if args.site is not None else SiteFile()
    end = now + timedelta(days=min(args.days, site.limits.longest.days))
    rules = block_rules(records, now, end, label)
    bundle = compile_to(args.out, blocking, rules, now=now, site=site.site, limits=site.limits)
    for item in bundle.guarded.refused:
        print(f"{item.rule.value}: {render(item.reason, args.language)}", file=sys.stderr)
    files = ", ".join(item.file for item in bundle.files)
    left = len(records) - len(rules) + len(bundle.guarded.refused)
    print(said("exported_rules", form=", ".join(blocking), files=files, left=left))
    return 1 if bundle.guarded.refused else 0


def run_pull(args: argparse.Namespace) -> int:
    """Fetch the declared sources. 0: all were taken whole; 1: some were not; each stays as it was where it failed."""
    library, now = Library(args.library), _now()
    site = load_site(args.site).site if args.site is not None else None
    sources = [one for one in read_sources(args.sources) if not args.name or one.name in args.name]
    if missing := sorted(set(args.name) - {one.name for one in sources}):
        raise UsageError(message("intel_cli.not_declared", name=missing[0], file=str(args.sources)))
    whole = True
    for source in sources:
        last = max((report.at for report in library.loads(source.name)), default=None)
        if args.due and last is not None and now - last < source.every:
            continue
        try:
            found = fetched(library, source)
            report = library.load(source, found, now, _gate(args, library, found.entries, site, now))
        except MinewardenError as error:
            print(f"{source.name}: {error.said(args.language)}", file=sys.stderr)
            whole = False
            continue
        _show_report(report, args.language, source.url)
        whole = whole and report.outcome == "taken" and not report.rejects
    return 0 if whole else 1


def run_bundle(args: argparse.Namespace) -> int:
    """Make a key or a bundle, check or load one. 0: done; 1: the bundle does not hold, or the load was held."""
    if find_spec("cryptography") is None:
        raise UsageError(message("intel_cli.no_cryptography"))
    from minewarden.intel import bundle

    said, now = _voice(args.language), _now()
    if args.act == "key":
        print(said("key_made", file=str(args.file), fingerprint=bundle.make_key(args.file)))
        return 0
    if args.key is None:
        raise UsageError(message("intel_cli.key_needed"))
    if args.act == "make":
        return _make_bundle(args, said)
    found = bundle.read(args.file, bundle.public_key(args.key))
    count, producer = len(found.records), harmless(found.producer)
    print(said("bundle_holds", producer=producer, at=found.at, label=found.label, count=count, fingerprint=found.key))
    if args.act == "verify":
        return 0
    library = Library(args.library)
    site = load_site(args.site).site if args.site is not None else None
    override = Override(args.by, args.why) if args.by and args.why else None
    report = library.take_bundle(found, now, _gate(args, library, found.records, site, now), override)
    _show_report(report, args.language, str(args.file))
    return 0 if report.outcome == "taken" else 1


def _make_bundle(args: argparse.Namespace, said: Said) -> int:
    from minewarden.intel import bundle

    library = Library(args.library)
    version = next((v for v in reversed(library.versions()) if args.number in (0, v.number)), None)
    if version is None:
        raise UsageError(message("library.no_version", number=args.number))
    records = outgoing(library.version(version.number), Tlp(args.most))
    key = bundle.private_key(args.key)
    content = bundle.write(
        records, key, number=version.number, label=version.label, producer=args.producer, at=version.at
    )
    replace_file(args.file, content)
    shown = bundle.fingerprint(key.public_key())
    print(said("bundle_made", file=str(args.file), label=version.label, count=len(records), fingerprint=shown))
    return 0


def run_taxii(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    login = args.login_file.read_text(encoding="utf-8").strip() if args.login_file is not None else ""
    loopback = args.host in ("127.0.0.1", "::1", "localhost")
    if not loopback and (not login or not args.certificate):
        raise UsageError(message("intel_cli.open_server", host=args.host))
    if (login and ":" not in login) or (args.certificate is None) is not (args.certificate_key is None):
        raise UsageError(message("intel_cli.login_form"))
    collection = Collection(Library(args.library), args.producer, Tlp(args.most))
    tls = (args.certificate, args.certificate_key) if args.certificate else None
    server = serve(collection, args.host, args.port, login=login, tls=tls)
    address = f"{'https' if tls else 'http'}://{args.host}:{server.server_address[1]}/taxii2/"
    print(_voice(args.language)("serving", address=address), flush=True)
    with server:
        server.serve_forever()
    return 0


def run_diff(args: argparse.Namespace) -> int:
    """What changed between two versions; without numbers, between the last two."""
    said, library = _voice(args.language), Library(args.library)
    last = max((version.number for version in library.versions()), default=0)
    new = last if args.new is None else args.new
    old = max(new - 1, 0) if args.old is None else args.old
    found = library.difference(old, new)
    for mark, records in (("+", found.added), ("-", found.removed), ("~", [pair[1] for pair in found.changed])):
        for record in records:
            kind, role = _word("type", record.type.value, said), _word("role", record.role.value, said)
            print(f"{mark} {harmless(record.value)} · {kind} · {role}")
    counted = {"added": len(found.added), "removed": len(found.removed), "changed": len(found.changed)}
    print(said("difference", old=old, new=new, **counted), file=sys.stderr)
    return 0


def _show_report(report: LoadReport, language: Language, file: str) -> None:
    said = _voice(language)
    digest = len(report.sha256) == _DIGEST
    identity = said("sha256", digest=report.sha256[:16]) if digest else said("edition", edition=report.sha256)

    def named(entry: str) -> str:
        kind, _, value = entry.partition(" ")
        return harmless(f"{value} · {_word('type', kind, said)}")

    page = _page()
    if report.held is not None:
        page.print(harmless(render(report.held, language)))
    page.print(
        said(
            f"load_{report.outcome}",
            source=harmless(report.source),
            before=report.before,
            after=report.after,
            added=len(report.added),
            renewed=report.renewed,
            gone=len(report.gone),
            waiting=len(report.waiting),
            conflicts=len(report.conflicts),
            rejects=len(report.rejects),
            identity=identity,
        )
    )
    if report.held is not None and report.held.id in _ASKS:
        page.print(said("load_ask"))
    for mark, names in (("+", report.added), ("-", report.gone)):
        for name in names[:_SHOWN]:
            page.print(f"{mark} {named(name)}")
        if len(names) > _SHOWN:
            page.print(said("more", count=len(names) - _SHOWN))
    for mark, pairs in (("?", report.waiting), ("!", report.conflicts)):
        for name, reason in pairs[:_SHOWN]:
            page.print(f"{mark} {named(name)}: {harmless(render(reason, language))}")
    for one in report.rejects[:_SHOWN]:
        why = render(one.reason, language)
        print(said("rejected", file=file, line=one.line, text=one.text[:80], reason=why), file=sys.stderr)
    if len(report.rejects) > _SHOWN:
        print(said("more", count=len(report.rejects) - _SHOWN), file=sys.stderr)


def _word(group: str, code: str, said: Said) -> str:
    """The word for a type, a role or a way of checking, as the pages of the library have it."""
    return said(f"{group}_{code.replace('-', '_')}", table="desk_library")


def _spelt(library: Library, value: str) -> str:
    """The spelling in which the library holds what somebody typed: small letters, no final dot, no defanging."""
    plain = refang(value).strip()
    return plain if library.get(plain) is not None else plain.lower().rstrip(".")


def _voice(language: Language) -> Said:
    def said(key: str, table: str = "intel_cli", **params: Param) -> str:
        return render(message(f"{table}.{key}", **params), language)

    return said


def _table(said: Said, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(said(f"column_{column}"), overflow="fold")
    return table


def _page() -> Page:
    return Page(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)


def _now() -> datetime:
    return datetime.now(UTC)
