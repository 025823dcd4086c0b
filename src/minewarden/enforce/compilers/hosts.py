"""A hosts file: exactly the names listed, and no more. What lies below a blocked name has no form here."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.hosts_lines import hosts_lines
from minewarden.vocab.blockrule import BlockRule, Target

FILE = "minewarden.hosts"


class HostsCompiler:
    """`now` is taken, as every compiler takes it, and leaves no trace."""

    form = "hosts"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """`minewarden.hosts`: two lines for a name, IPv4 and IPv6. Of a subtree only its own name; addresses not at
        all; both are counted in the heading."""
        everything = fold_for_network(rules)
        named = [rule for rule in everything if rule.target in (Target.NAME, Target.SUBTREE)]
        trees = sum(rule.target is Target.SUBTREE for rule in named)
        lines = [
            f"# {len(named)} names; {len(everything) - len(named)} addresses have no form in a hosts file",
            f"# {trees} of them were ordered with all that lies below, which a hosts file cannot say",
            *hosts_lines(named),
        ]
        return {FILE: ("\n".join(lines) + "\n").encode()}
