"""Static files whose address carries the hash of their content, so that a browser never shows an old look."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class HashedStatic(StaticFilesStorage):
    """`mw/css/base.css` -> `/static/mw/css/base.css?v=4f1c0a9b`."""

    def url(self, name: str | None) -> str:
        """The address of a file, with the hash where the file is ours."""
        address = super().url(name)
        mark = _mark(name or "")
        return f"{address}?v={mark}" if mark else address


@cache
def _mark(name: str) -> str:
    found = finders.find(name)
    return sha256(Path(found).read_bytes()).hexdigest()[:8] if isinstance(found, str) else ""
