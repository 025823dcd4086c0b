"""What lies encrypted at rest: files that are evidence, secrets of channels. AES-256-GCM, the key outside the database.

A sealed thing begins with `MWS1` (AES-256-GCM), then a 12-byte nonce, then the ciphertext with its 16-byte tag. What it
is for is bound in as associated data, so that one thing cannot be put in the place of another.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import message

_MARK = b"MWS1"
_NONCE = 12
_KEY = 32


def key_path() -> Path:
    """Where the key lies: MINEWARDEN_FILES_KEY_FILE, else `files-key` in the data folder."""
    named = os.environ.get("MINEWARDEN_FILES_KEY_FILE")
    return Path(named) if named else Path(settings.DATA) / "files-key"


def seal(data: bytes, purpose: str) -> bytes:
    """Encrypt. `purpose` names what it is and must be given again to open it. The key is made on first use."""
    nonce = secrets.token_bytes(_NONCE)
    return _MARK + nonce + AESGCM(_key(make=True)).encrypt(nonce, data, purpose.encode())


def unseal(sealed: bytes, purpose: str) -> bytes:
    """Decrypt. Raises ConfigError where the key is gone or another one, or the thing was changed."""
    if not sealed.startswith(_MARK):
        raise ConfigError(message("desk_kit.seal_broken"))
    nonce, rest = sealed[len(_MARK) : len(_MARK) + _NONCE], sealed[len(_MARK) + _NONCE :]
    try:
        return AESGCM(_key(make=False)).decrypt(nonce, rest, purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise ConfigError(message("desk_kit.seal_broken")) from error


def _key(*, make: bool) -> bytes:
    path = key_path()
    if make and not path.exists():
        # Complete under its final name or not at all: another process may be making it too.
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    try:
        key = path.read_bytes()
    except OSError as error:
        raise ConfigError(message("desk_kit.seal_no_key")) from error
    if len(key) != _KEY:
        raise ConfigError(message("desk_kit.seal_no_key"))
    return key
