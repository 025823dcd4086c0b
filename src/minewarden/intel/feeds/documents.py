"""JSON of strangers. It has no entities that could grow, so that its size and its depth are all there is to bound."""

from typing import Any

import orjson

from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message


def document(data: bytes, file: str) -> Any:
    """The JSON of a file whose size is bounded already. Raises InputError with the line where it is none; orjson
    refuses what nests deeper than 1024."""
    try:
        return orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        line = data[: error.pos].count(b"\n") + 1 if error.pos else 0
        raise InputError(file, line, message("feed.not_json", detail=error.msg)) from error
