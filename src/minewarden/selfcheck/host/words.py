"""Sentences in both languages: from `words.json` in the built file, or from whoever runs this as a library."""

from __future__ import annotations

import json
import pkgutil


def load() -> dict[str, dict[str, str]]:
    """identifier -> {zh, en}; empty where no file of words is beside this one."""
    try:
        data = pkgutil.get_data(__package__ or "", "words.json")
    except (OSError, ValueError):
        data = None
    return json.loads(data) if data else {}


class Words:
    """Says an identifier in both languages; one that is not there says itself."""

    def __init__(self, table: dict[str, dict[str, str]]) -> None:
        self._table = table

    def __call__(self, key: str) -> dict[str, str]:
        """Both sentences."""
        return self._table.get(key) or {"zh": key, "en": key}
