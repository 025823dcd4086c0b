"""Reads TOML that a person wrote or sent: whatever is wrong with it is one kind of error."""

import tomllib
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a text. Raises ValueError, which says what is wrong, for all that cannot be read.

    What is nested deeper than calls may be is a RecursionError of tomllib's, which whoever sends a file could use to
    end more than its reading.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
