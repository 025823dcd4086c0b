"""Files that people hand in: on the disk encrypted, known by their hash, never opened by the program."""

import os
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from minewarden.desk.kit import sealed
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import message

LARGEST = 20 * 1024 * 1024


def keep(content: bytes, folder: str, purpose: str) -> str:
    """Write a file below `files/<folder>` and return its place. `purpose` is bound into the seal with the place."""
    place = uuid4().hex
    path = path_of(folder, place)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed.seal(content, f"{purpose}.{place}"))
        file.flush()
        os.fsync(file.fileno())
    return place


def read(folder: str, purpose: str, place: str, digest: str) -> bytes:
    """The file as it was handed in. Raises ConfigError where it is gone, was changed, or cannot be opened."""
    try:
        content = sealed.unseal(path_of(folder, place).read_bytes(), f"{purpose}.{place}")
    except OSError as error:
        raise ConfigError(message("desk_kit.file_gone")) from error
    if sha256(content).hexdigest() != digest:
        raise ConfigError(message("desk_kit.file_gone"))
    return content


def path_of(folder: str, place: str) -> Path:
    """Where a file lies."""
    return Path(settings.DATA) / "files" / folder / place[:2] / f"{place}.sealed"


def plain_name(name: str) -> str:
    """The last part of a name, without what a browser or a disk could take for something else."""
    kept = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable() and c not in '<>:"|?*')
    return kept.strip(". ")[-200:] or "file"
