"""The bounded process: takes its bounds before it looks at the file, answers on standard output, and ends.

Standard input: one line of JSON that says what is asked, then the file. Exit codes: 0 answered, 3 out of memory.
"""

import json
import resource
import sys
from datetime import datetime
from typing import Any

from minewarden.vocab.clock import parse_zone

_OUT_OF_MEMORY = 3


def main() -> int:
    """Answer one question."""
    order = json.loads(sys.stdin.buffer.readline())
    _bind(order)
    try:
        answer = _answered(order, sys.stdin.buffer.read())
    except MemoryError:
        return _OUT_OF_MEMORY
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return 0


def _bind(order: dict[str, Any]) -> None:
    bounds = {
        resource.RLIMIT_AS: order["memory"],
        resource.RLIMIT_CPU: order["seconds"],
        resource.RLIMIT_FSIZE: order["written"],
        resource.RLIMIT_CORE: 0,
    }
    for what, most in bounds.items():
        _, ceiling = resource.getrlimit(what)
        least = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        resource.setrlimit(what, (least, least))


def _answered(order: dict[str, Any], data: bytes) -> bytes:
    if order["do"] == "picture":
        from minewarden.intake.pictures import drawn

        return drawn(data, int(order["page"]))
    from minewarden.intake.notice import read
    from minewarden.intake.wire import encoded

    latest = datetime.fromisoformat(order["latest"])
    return encoded(read(str(order["name"]), data, zone=parse_zone(str(order["zone"])), latest=latest))


if __name__ == "__main__":
    sys.exit(main())
