"""Puts compiled rules on disk: guarded first, each file whole or not at all, and a manifest that says what is there."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from minewarden.enforce.compiler import Compiler
from minewarden.enforce.guard import Guarded, Limits, guard
from minewarden.enforce.plain import instant
from minewarden.plugins import COMPILERS
from minewarden.vocab.blockrule import BlockRule, Site
from minewarden.vocab.words import both

SCHEMA = "minewarden/block-manifest/1"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Written:
    """One file: what made it, its name in the directory, and what it holds."""

    form: str
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was compiled and what was refused."""

    directory: Path
    files: tuple[Written, ...]
    guarded: Guarded


def compile_to(
    directory: Path,
    forms: Sequence[str],
    rules: Iterable[BlockRule],
    *,
    now: datetime,
    site: Site | None = None,
    limits: Limits | None = None,
) -> Bundle:
    """Guard the rules and write them in each of `forms` (names of `minewarden.plugins.COMPILERS`) into a directory.

    The directory is made if it is not there. Every file is written beside its place and moved into it, the manifest
    last: a file whose sha256 is not the manifest's belongs to a write that did not come to its end.
    Raises KeyError for an unknown form (before anything is written) and OSError where the disk refuses.
    """
    guarded = guard(rules, site or Site(), now=now, limits=limits)
    compiled: list[tuple[str, str, bytes]] = []
    for form in dict.fromkeys(forms):
        compiler: Compiler = COMPILERS.load(form)(now=now)
        compiled.extend((form, file, data) for file, data in sorted(compiler.compile(guarded.accepted).items()))
    directory.mkdir(parents=True, exist_ok=True)
    files: list[Written] = []
    for form, file, data in compiled:
        write_whole(directory / file, data)
        files.append(Written(form, file, len(data), hashlib.sha256(data).hexdigest()))
    bundle = Bundle(directory, tuple(files), guarded)
    manifest = json.dumps(_manifest(bundle, now), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_whole(directory / MANIFEST, manifest.encode())
    return bundle


def write_whole(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file whole: a reader sees the old content or the new, even through a power cut. `mode`: who may read."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:
        try:
            draft.write(data)
            draft.flush()
            os.fchmod(draft.fileno(), mode)
            os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        except OSError:
            with suppress(OSError):
                Path(draft.name).unlink()
            raise


def _manifest(bundle: Bundle, now: datetime) -> dict[str, Any]:
    accepted = bundle.guarded.accepted
    return {
        "schema": SCHEMA,
        "compiled_at": instant(now),
        "files": [
            {"form": item.form, "file": item.file, "size": item.size, "sha256": item.sha256} for item in bundle.files
        ],
        "counts": {"accepted": len(accepted), "refused": len(bundle.guarded.refused)},
        "first_expiry": instant(min(rule.expires_at for rule in accepted)) if accepted else None,
        "last_expiry": instant(max(rule.expires_at for rule in accepted)) if accepted else None,
        "rules": [_described(rule) for rule in accepted],
        "refused": [{**_described(refusal.rule), "why": both(refusal.reason)} for refusal in bundle.guarded.refused],
    }


def _described(rule: BlockRule) -> dict[str, Any]:
    # A refused rule may lack a zone; then its time is given as it stands.
    ends = instant(rule.expires_at) if rule.expires_at.tzinfo else rule.expires_at.isoformat()
    return {
        "target": rule.target.value,
        "value": rule.value,
        "port": rule.port or None,
        "expires_at": ends,
        "reason": rule.reason,
        "basis": rule.basis,
    }
