"""A client for TAXII 2.1: all pages of a collection, or nothing.

Source: OASIS TAXII 2.1, sections 3.5 (pagination), 5.4 (get objects). The address is that of the collection's objects.
"""

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from minewarden.intel.feeds.documents import document
from minewarden.intel.feeds.fetching import fetch
from minewarden.intel.feeds.reading import Listing, bounded
from minewarden.intel.feeds.stix import read_objects
from minewarden.intel.source import Bounds, Source
from minewarden.vocab.errors import ConfigError, InputError
from minewarden.vocab.message import message

MEDIA = "application/taxii+json;version=2.1"
MOST_PAGES = 10_000


def pull(source: Source, added_after: datetime | None = None) -> Listing:
    """The indicators of a collection. Raises InputError where any page fails; then nothing is taken."""
    objects, digest, size = collect(source.url, source.bounds, login(source), added_after)
    return bounded(read_objects(objects, source), source, source.url, digest, size)


def collect(
    url: str, bounds: Bounds, headers: dict[str, str], added_after: datetime | None = None
) -> tuple[list[Any], str, int]:
    """All objects of a collection, the SHA-256 over its pages, and their bytes."""
    objects: list[Any] = []
    digest, size = hashlib.sha256(), 0
    asked: dict[str, str] = {}
    if added_after is not None:
        asked["added_after"] = added_after.astimezone(UTC).isoformat().replace("+00:00", "Z")
    seen: set[str] = set()
    while True:
        page = fetch(f"{url}?{urlencode(asked)}" if asked else url, bounds, {"Accept": MEDIA, **headers})
        size += len(page.data)
        digest.update(page.data)
        if size > bounds.size:
            raise InputError(url, 0, message("feed.too_large", most=bounds.megabytes))
        envelope = document(page.data, url)
        held = envelope.get("objects", []) if isinstance(envelope, dict) else None
        if not isinstance(held, list):
            raise InputError(url, 0, message("fetch.not_taxii"))
        objects.extend(held)
        if len(objects) > bounds.entries:
            raise InputError(url, 0, message("feed.too_many", most=bounds.entries))
        if envelope.get("more") is not True:
            return objects, digest.hexdigest(), size
        following = str(envelope.get("next", ""))
        if not following or following in seen or len(seen) >= MOST_PAGES:
            raise InputError(url, 0, message("fetch.endless"))
        seen.add(following)
        asked["next"] = following


def login(source: Source) -> dict[str, str]:
    """The header of the login, out of the source's file (`user:password`, or a token). Raises ConfigError."""
    if not source.token_file:
        return {}
    try:
        secret = Path(source.token_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(message("feed.token_file", source=source.name, file=source.token_file)) from error
    if ":" in secret:
        return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    return {"Authorization": f"Bearer {secret}"}
