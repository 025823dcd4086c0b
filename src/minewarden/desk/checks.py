"""System checks: what an installation lacks before it may serve, each with an id and a remedy."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from minewarden.desk.kit.words import say

_SHORTEST_KEY = 50


def _error(number: str, **params: str) -> Error:
    return Error(say(f"desk_checks.{number}", **params), say(f"desk_checks.{number}_hint"), id=f"minewarden.{number}")


def _warning(number: str, **params: str) -> Caution:
    return Caution(say(f"desk_checks.{number}", **params), say(f"desk_checks.{number}_hint"), id=f"minewarden.{number}")


@register(Tags.security, deploy=True)
def key_lasts(app_configs: object, **rest: Any) -> Sequence[CheckMessage]:
    """E001, E002: a signing key that survives a restart, is long, and is nobody else's to read."""
    if not settings.SECRET_KEY_LASTS:
        return [_error("E001", path=str(settings.SECRET_KEY_PATH))]
    found: list[CheckMessage] = []
    if len(settings.SECRET_KEY) < _SHORTEST_KEY:
        found.append(_error("E002", count=str(_SHORTEST_KEY)))
    path = Path(settings.SECRET_KEY_PATH)
    if path.is_file() and path.stat().st_mode & 0o077:
        found.append(_error("E003", path=str(path)))
    return found


@register(Tags.files, deploy=True)
def data_folder_is_writable(app_configs: object, **rest: Any) -> Sequence[CheckMessage]:
    """E004: the folder for the database, the anchor and the files."""
    folder = Path(settings.DATA)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return []
    return [_error("E004", path=str(folder))]


@register(Tags.security, deploy=True)
def nothing_left_open(app_configs: object, **rest: Any) -> Sequence[CheckMessage]:
    """E005, E006, W001, W002: no tracebacks in the browser; TLS by a proxy that is known of; named hosts."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(_error("E005"))
    if settings.HTTPS and not settings.PROXIES:
        found.append(_error("E006"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(_warning("W001"))
    local = {"localhost", "127.0.0.1", "[::1]"}
    if not settings.HTTPS and not set(settings.ALLOWED_HOSTS) <= local:
        found.append(_warning("W002"))
    return found


@register(Tags.database, deploy=True)
def administrators_are_named(
    app_configs: object, databases: Sequence[str] | None = None, **rest: Any
) -> Sequence[CheckMessage]:
    """W003, W004: each of the three administrators exists; wherever somebody handles cases, somebody else approves."""
    if not databases:
        return []
    from minewarden.desk.org.queries import administrators_missing, scopes_without_approver

    found: list[CheckMessage] = []
    if missing := administrators_missing():
        found.append(_warning("W003", roles=say("desk_kit.list_comma").join(missing)))
    if lonely := scopes_without_approver():
        found.append(_warning("W004", units=say("desk_kit.list_comma").join(lonely[:5])))
    return found
