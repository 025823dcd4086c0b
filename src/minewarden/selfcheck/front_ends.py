"""The front ends for hosts without Python: the same checks, as far as they go there, and the same report.

`front/minecheck.sh` and `front/minecheck.ps1` are scripts with gaps that are filled here with the names, the pools and
the sentences that the other front end has, so that the three cannot drift apart.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from minewarden.selfcheck.build import words
from minewarden.selfcheck.host import facts

FRONT = Path(__file__).parent / "front"
_USED = re.compile(r"(?:result|check|harmless|next|gap|severity|not_clean)")

Pools = Mapping[str, Sequence[str]]


def shell(pools: Pools) -> bytes:
    """`minecheck.sh`, whole."""
    rows = [
        f"{key}_{language}) printf '%s\\n' '{_quoted(sentence)}' ;;"
        for key, both in sorted(words().items())
        if _USED.match(key)
        for language, sentence in sorted(both.items())
    ]
    return _filled("minecheck.sh", pools, {"SENTENCES": "\n".join(rows)})


def powershell(pools: Pools) -> bytes:
    """`minecheck.ps1`, whole, with the mark without which PowerShell 5.1 reads another encoding."""
    used = {key: both for key, both in sorted(words().items()) if _USED.match(key)}
    return b"\xef\xbb\xbf" + _filled("minecheck.ps1", pools, {"JSON": json.dumps(used, ensure_ascii=False)})


def _filled(name: str, pools: Pools, more: Mapping[str, str]) -> bytes:
    text = (FRONT / name).read_text(encoding="utf-8")
    names = sorted({*pools.get("hosts", ()), *pools.get("domains", ())})
    gaps = {
        "MINERS": " ".join(sorted(facts.MINERS - facts.WEAK_NAMES)),
        "OTHERS": " ".join(sorted(facts.OTHERS)),
        "FLAGS": "|".join(sorted(facts.FLAGS)),
        "POOLS": "|".join(re.escape(host).replace("\\-", "-") for host in names) or "pool[.]invalid",
        **more,
    }
    for gap, filling in gaps.items():
        text = text.replace(f"@{gap}@", filling)
    return text.encode("utf-8")


def _quoted(sentence: str) -> str:
    """Within single quotes of sh, within a string of JSON."""
    return sentence.replace("\\", "\\\\").replace('"', '\\"').replace("'", "'\\''")
