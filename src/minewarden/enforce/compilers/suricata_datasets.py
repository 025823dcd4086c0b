"""Suricata with long lists: three rules, and the names and addresses in datasets beside them.

Source: the Suricata user guide, chapter Datasets (`type string` holds base64, one a line; `type ip` plain; the match is
exact). For a hundred thousand names this loads in a fraction of what as many rules take. What is to match below a name,
a range or a port has no form here and stays with `suricata`.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.plain import heading
from minewarden.vocab.blockrule import BlockRule, Target

RULES, NAMES, ADDRESSES = "minewarden-datasets.rules", "minewarden-names.lst", "minewarden-addresses.lst"
SENSOR_LIMIT = "threshold:type limit, track by_both, count 1, seconds 60;"
"""One alert a minute for a pair of addresses."""
_SIDS = (1_000_101, 1_000_102, 1_000_103, 1_000_104)
"""Within the project's own range, beside those of the protocol rules."""


class SuricataDatasetsCompiler:
    """`now` is taken, as every compiler takes it, and leaves no trace."""

    form = "suricata-datasets"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """The rules, and two lists that must lie in the same folder."""
        folded = [rule for rule in fold_for_network(rules) if rule.target in (Target.NAME, Target.IP)]
        names = sorted({rule.value for rule in folded if rule.target is Target.NAME})
        addresses = sorted({rule.value for rule in folded if rule.target is Target.IP})
        lines = [f"# {rule.value} {heading(rule)}" for rule in folded]
        buffers = (("dns", "dns.query"), ("tls", "tls.sni"), ("http", "http.host"))
        for (kind, buffer), sid in zip(buffers, _SIDS, strict=False):
            lines.append(
                f'alert {kind} any any -> any any (msg:"minewarden: a listed name ({kind})"; {buffer}; to_lowercase; '
                f"dataset:isset,minewarden-names,type string,load {NAMES}; {SENSOR_LIMIT} classtype:coin-mining; "
                f"sid:{sid}; rev:1;)"
            )
        lines.append(
            'alert ip any any -> any any (msg:"minewarden: a listed address"; ip.dst; '
            f"dataset:isset,minewarden-addresses,type ip,load {ADDRESSES}; {SENSOR_LIMIT} classtype:coin-mining; "
            f"sid:{_SIDS[3]}; rev:1;)"
        )
        return {
            RULES: ("\n".join(lines) + "\n").encode(),
            NAMES: "".join(f"{base64.b64encode(name.encode()).decode()}\n" for name in names).encode(),
            ADDRESSES: "".join(f"{address}\n" for address in addresses).encode(),
        }
