"""What stands before the first request: the data folder, the key, the tables."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

import django
from django.core.management import call_command
from django.core.management.base import SystemCheckError

_KEY_BYTES = 64


def prepare() -> Path:
    """Make the data folder and the key where they are missing, and start Django. Returns the data folder.

    Raises OSError where the folder cannot be written.
    """
    data = Path(os.environ.get("MINEWARDEN_DATA", "var")).absolute()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.environ.get("MINEWARDEN_SECRET_KEY") and not os.environ.get("MINEWARDEN_SECRET_KEY_FILE"):
        make_key(data / "secret-key")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minewarden.desk.settings")
    django.setup()
    return data


def make_key(path: Path) -> None:
    """Write a fresh key that only its owner can read; an existing one is left alone, also by a second process."""
    with suppress(FileExistsError):
        # Complete under its final name or not at all: another process may be reading.
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(_KEY_BYTES) + "\n")
            os.link(fresh, path)
        finally:
            fresh.unlink()


def migrate(verbosity: int = 0) -> None:
    """Bring the tables up to date."""
    call_command("migrate", interactive=False, verbosity=verbosity)


def problems() -> str:
    """What the system checks find, for a deployment; empty where nothing is wrong."""
    try:
        call_command("check", deploy=True, databases=["default"], fail_level="ERROR")
    except SystemCheckError as error:
        return str(error)
    return ""
