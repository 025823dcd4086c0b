"""A version of the library as one signed file, for units without internet: the city makes it, the unit checks it.

The file is text: one line of JSON that says what it is and carries the signature, then one record a line. The signature
(Ed25519) covers the heading and, through its SHA-256, every byte of the records. Nothing is compressed, so that nothing
can swell; nothing is read before the signature holds. An older version than the one that was loaded is refused.
"""

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from minewarden.intel.record import Record, plain, record_of
from minewarden.vocab.errors import ConfigError, InputError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

SCHEMA = "minewarden/intel-bundle/1"
LARGEST = 256 * 1024 * 1024
_LONGEST_HEAD = 8192


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose signature holds. `key` is the fingerprint of who signed it."""

    number: int
    label: str
    producer: str
    at: datetime
    key: str
    records: tuple[Record, ...]
    sha256: str


def make_key(path: Path) -> str:
    """Make a key pair: `path` holds the private key (readable by its owner only), `path`.pub the public one. Returns
    the fingerprint. Raises ConfigError where a file is there already: a key is never overwritten."""
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        for place, content, mode in ((path, secret, 0o600), (Path(f"{path}.pub"), public, 0o644)):
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
    except FileExistsError as error:
        raise ConfigError(message("bundle.key_exists", file=str(error.filename))) from error
    except OSError as error:
        raise ConfigError(message("bundle.key", file=str(path), detail=reason_of(error))) from error
    return fingerprint(key.public_key())


def private_key(path: Path) -> Ed25519PrivateKey:
    """The private key of a file. Raises ConfigError."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise ConfigError(message("bundle.key", file=str(path), detail=reason_of(error))) from error
    except (ValueError, TypeError) as error:
        raise ConfigError(message("bundle.no_private_key", file=str(path))) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(message("bundle.no_private_key", file=str(path)))
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The public key of a file. Raises ConfigError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise ConfigError(message("bundle.key", file=str(path), detail=reason_of(error))) from error
    except (ValueError, TypeError) as error:
        raise ConfigError(message("bundle.no_public_key", file=str(path))) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(message("bundle.no_public_key", file=str(path)))
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """The first half of the SHA-256 of a public key, in groups that can be read out over the telephone."""
    digest = hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:32]
    return "-".join(digest[n : n + 4] for n in range(0, 32, 4))


def write(
    records: Sequence[Record], key: Ed25519PrivateKey, *, number: int, label: str, producer: str, at: datetime
) -> bytes:
    """The bundle of a version. The same version, key and instant give the same bytes."""
    lines = sorted(json.dumps(plain(record), ensure_ascii=False, sort_keys=True) for record in records)
    body = "".join(f"{line}\n" for line in lines).encode()
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "number": number,
        "label": label,
        "producer": producer,
        "at": at.astimezone(UTC).isoformat(),
        "count": len(lines),
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "key": fingerprint(key.public_key()),
    }
    head["signature"] = base64.b64encode(key.sign(_signed(head))).decode()
    return json.dumps(head, ensure_ascii=False, sort_keys=True).encode() + b"\n" + body


def read(path: Path, key: Ed25519PublicKey) -> Bundle:
    """The bundle of a file, if it was signed with this key and nothing of it was changed. Raises InputError that says
    what does not hold; then nothing of it may be used."""
    try:
        with path.open("rb") as file:
            first = file.readline(_LONGEST_HEAD + 1)
            body = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(str(path), 0, message("intel.unreadable", detail=reason_of(error))) from error
    try:
        head = json.loads(first)
        signature = base64.b64decode(head.pop("signature"), validate=True)
        known = head["schema"] == SCHEMA
        key.verify(signature, _signed(head))
    except InvalidSignature as error:
        raise InputError(str(path), 1, message("bundle.forged", key=fingerprint(key))) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(str(path), 1, message("bundle.not_one")) from error
    if not known:
        raise InputError(str(path), 1, message("bundle.not_one"))
    if len(body) != head["size"] or hashlib.sha256(body).hexdigest() != head["sha256"]:
        raise InputError(str(path), 0, message("bundle.changed", size=head["size"], found=len(body)))
    records = []
    for number, line in enumerate(body.splitlines(), 2):
        try:
            records.append(record_of(json.loads(line)))
        except (ValueError, ConfigError) as error:
            raise InputError(str(path), number, message("bundle.record", detail=str(error)[:200])) from error
    return Bundle(
        number=int(head["number"]),
        label=str(head["label"]),
        producer=str(head["producer"]),
        at=datetime.fromisoformat(head["at"]),
        key=fingerprint(key),
        records=tuple(records),
        sha256=head["sha256"],
    )


def _signed(head: dict[str, Any]) -> bytes:
    """What is signed: the heading without its signature, in one spelling."""
    return json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
