"""The guard: what a person ordered to be blocked is compiled only if nobody else is cut off by it.

Pure: no clock, no lookups. Everything it refuses comes back with a sentence that says why and what to do instead.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from minewarden.enforce.fold import fold
from minewarden.enforce.ranges import Ranges
from minewarden.enforce.shared import Shared, holds_public_suffix, is_public_suffix, shared
from minewarden.vocab.blockrule import TERMINALS, BlockRule, Site, Target
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Network, canonical_ip, canonical_mac, canonical_name, parents

WEB_PORTS = frozenset({80, 443, 8080, 8443})
"""On these a content network serves web sites. On others something else may speak, but the address is shared still."""


LONGEST_ACCOUNT = 253
"""Octets that the attribute User-Name holds (RFC 2865)."""
_ACCOUNT = re.compile(r"[^\s\x00-\x1f\x7f'\"`%{}*$]+(?: [^\s\x00-\x1f\x7f'\"`%{}*$]+)*")
"""No wildcard, and nothing that an access server would take for an instruction."""
LONGEST_NAME = 253 - len("*." + ".minewarden.rpz")
"""One longer name would make a name server refuse the whole zone."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one rule may reach: the shortest prefix length allowed, and the longest life."""

    widest_v4: int = 24
    widest_v6: int = 48
    longest: timedelta = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that is not compiled, and why."""

    rule: BlockRule
    reason: Message


@dataclass(frozen=True, slots=True)
class Override:
    """Two people took it upon themselves that a rule touches what is shared or their own. Fewer than two different
    people, or one of them without a reason, override nothing."""

    by: tuple[tuple[str, str], ...]
    """(who, why), as signed."""

    @property
    def holds(self) -> bool:
        """Whether two different people signed, each with a reason."""
        return len({who.strip() for who, why in self.by if who.strip() and why.strip()}) >= 2


MAY_BE_OVERRIDDEN = frozenset(
    f"enforce.{key}"
    for key in (
        *("own", "protected", "protected_name", "resolver", "public_resolver"),
        *(
            "content_network",
            "content_network_port",
            "shared_cdn",
            "shared_cloud",
            "shared_dynamic_dns",
            "shared_public_site",
        ),
        *("protected_account", "protected_station", "too_wide"),
    )
)
"""What people may answer for. The rest (a wildcard, no end, half the internet) nobody may."""
FARTHEST_V4, FARTHEST_V6 = 16, 32
"""Prefix lengths beyond which nobody may make a rule wider: such a range belongs to thousands of networks."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """What may be compiled (canonical, folded, sorted by key) and what may not (sorted likewise). `overridden`: what
    would have been refused, had not two people signed for it; those rules are among the accepted."""

    accepted: tuple[BlockRule, ...]
    refused: tuple[Refusal, ...]
    overridden: tuple[Refusal, ...] = ()


def guard(
    rules: Iterable[BlockRule],
    site: Site,
    *,
    now: datetime,
    limits: Limits | None = None,
    overrides: Mapping[tuple[str, str, int], Override] | None = None,
) -> Guarded:
    """Divide rules into those that may be compiled and those that may not.

    `now` is an aware instant; rules that are over, or that end later than `limits.longest` from it, are refused.
    `overrides`: what two people signed for, by `BlockRule.key` as it was ordered.
    Raises ValueError where `now` has no zone or a resolver of the site is not an address.
    """
    if now.tzinfo is None:
        raise ValueError("now must carry a zone")
    judge = _Judge(site, now, limits or Limits())
    accepted: list[BlockRule] = []
    refused: list[Refusal] = []
    overridden: list[Refusal] = []
    for rule in rules:
        verdict = judge.verdict(rule)
        if not isinstance(verdict, Message):
            accepted.append(verdict)
            continue
        signed = (overrides or {}).get(rule.key)
        if signed is not None and signed.holds and verdict.id in MAY_BE_OVERRIDDEN:
            # Asked again without what was signed for: a range that is too wide stays too wide.
            again = judge.verdict(rule, lenient=True)
            if not isinstance(again, Message):
                accepted.append(again)
                overridden.append(Refusal(rule, verdict))
                continue
            verdict = again
        refused.append(Refusal(rule, verdict))
    refused.sort(key=_order)
    overridden.sort(key=_order)
    return Guarded(fold(accepted), tuple(refused), tuple(overridden))


def networks_of(rules: Iterable[BlockRule]) -> tuple[Network, ...]:
    """The networks that rules name; what cannot be read as one, and names, have none. Of a site, only what shares an
    address with one of these decides what `guard` says of the rules."""
    addressed = (rule for rule in rules if rule.target not in (Target.NAME, Target.SUBTREE, *TERMINALS))
    return tuple(network for rule in addressed if (network := _network(rule)) is not None)


def spelling(rule: BlockRule) -> BlockRule:
    """The rule in the spelling in which it is compiled, judged by nobody; as it stands where it cannot be read."""
    try:
        if rule.target in (Target.NAME, Target.SUBTREE):
            return replace(rule, value=canonical_name(rule.value))
        if rule.target is Target.STATION:
            return replace(rule, value=canonical_mac(rule.value))
    except ValueError:
        return rule
    if rule.target is Target.ACCOUNT:
        return replace(rule, value=rule.value.strip())
    network = _network(rule)
    return rule if network is None else _one_spelling(rule, network)


def _order(refusal: Refusal) -> tuple[object, ...]:
    """By everything that tells two refusals apart, so that the order in which rules came never shows."""
    rule = refusal.rule
    return (rule.key, refusal.reason.id, rule.reason, rule.basis, rule.expires_at)


class _Judge:
    """The site and the limits, prepared once for many rules."""

    def __init__(self, site: Site, now: datetime, limits: Limits) -> None:
        self.now, self.limits, self.lenient = now, limits, False
        self.shared: Shared = shared()
        self.own = Ranges((network, str(network)) for network in site.own)
        self.protected = Ranges((network, str(network)) for network in site.protected)
        self.resolvers = Ranges((ipaddress.ip_network(canonical_ip(ip)), ip) for ip in site.resolvers)
        self.protected_names = frozenset(canonical_name(name) for name in site.protected_names)
        self.accounts, self.stations = site.accounts, site.stations
        self.above_protected = {above: name for name in sorted(self.protected_names) for above in parents(name)}

    def verdict(self, rule: BlockRule, *, lenient: bool = False) -> BlockRule | Message:
        """The rule in its canonical spelling, or why it is refused; `lenient` passes over what may be overridden."""
        self.lenient = lenient
        if refusal := self._life(rule):
            return refusal
        if rule.target in (Target.NAME, Target.SUBTREE):
            return self._name(rule)
        if rule.target in TERMINALS:
            return self._terminal(rule)
        return self._address(rule)

    def _life(self, rule: BlockRule) -> Message | None:
        if rule.expires_at.tzinfo is None:
            return message("enforce.no_zone")
        if rule.expires_at <= self.now:
            return message("enforce.expired", expired=rule.expires_at.astimezone(UTC))
        # Subtracting, not adding: datetime.max is how a rule without an end is smuggled in.
        if rule.expires_at - self.now > self.limits.longest:
            return message("enforce.too_long", days=self.limits.longest.days)
        return None

    def _name(self, rule: BlockRule) -> BlockRule | Message:
        if "*" in rule.value:
            return message("enforce.wildcard", value=_shown(rule.value))
        if rule.port:
            return message("enforce.port_on_name", value=_shown(rule.value), port=rule.port)
        try:
            name = canonical_name(rule.value)
        except ValueError:
            return message("enforce.invalid_name", value=_shown(rule.value))
        if name.rpartition(".")[2].startswith("rpz-"):
            # In a response policy zone such names are not names but orders: 8.0.0.0.10.rpz-ip, rpz-passthru.
            return message("enforce.invalid_name", value=_shown(name))
        if len(name) > LONGEST_NAME:
            return message("enforce.name_too_long", value=_shown(name))
        if _is_address(name):
            return message("enforce.address_as_name", value=name)
        checks: tuple[Callable[[str, Target], Message | None], ...] = (self._shared_name, self._protected_name)
        for check in checks:
            refusal = check(name, rule.target)
            if refusal and not self._passed_over(refusal):
                return refusal
        return replace(rule, value=name)

    def _passed_over(self, refusal: Message) -> bool:
        return self.lenient and refusal.id in MAY_BE_OVERRIDDEN

    def _shared_name(self, name: str, target: Target) -> Message | None:
        if "." not in name:
            return message("enforce.top_level", value=name)
        if is_public_suffix(name):
            return message("enforce.public_suffix", value=name)
        if name in self.shared.names:
            return message(f"enforce.shared_{self.shared.names[name].replace('-', '_')}", value=name)
        if target is Target.SUBTREE and holds_public_suffix(name):
            return message("enforce.above_suffix", value=name)
        return None

    def _protected_name(self, name: str, target: Target) -> Message | None:
        for above in parents(name):
            if above in self.protected_names:
                return message("enforce.protected_name", value=name, protected=above)
        if target is Target.SUBTREE and name in self.above_protected:
            return message("enforce.protected_name", value=name, protected=self.above_protected[name])
        return None

    def _terminal(self, rule: BlockRule) -> BlockRule | Message:
        """A login name or a device: one at a time, and never one that must stay on."""
        if rule.port:
            return message("enforce.port_on_terminal", value=_shown(rule.value), port=rule.port)
        if rule.target is Target.STATION:
            try:
                station = canonical_mac(rule.value)
            except ValueError:
                return message("enforce.invalid_station", value=_shown(rule.value))
            # The lowest bit of the first octet is that of a group: no device has such an address.
            if int(station[:2], 16) & 1 or station == "00:00:00:00:00:00":
                return message("enforce.invalid_station", value=station)
            if station in self.stations and not self._passed_over(
                refusal := message("enforce.protected_station", value=station)
            ):
                return refusal
            return replace(rule, value=station)
        account = rule.value.strip()
        if not _ACCOUNT.fullmatch(account) or len(account.encode()) > LONGEST_ACCOUNT:
            return message("enforce.invalid_account", value=_shown(account))
        if account in self.accounts and not self._passed_over(
            refusal := message("enforce.protected_account", value=account)
        ):
            return refusal
        return replace(rule, value=account)

    def _address(self, rule: BlockRule) -> BlockRule | Message:
        if rule.target is Target.IP_PORT:
            if not 0 < rule.port < 65536:
                return message("enforce.invalid_port", value=_shown(rule.value), port=rule.port)
        elif rule.port:
            return message("enforce.port_on_address", value=_shown(rule.value), port=rule.port)
        network = _network(rule)
        if network is None:
            return message(f"enforce.invalid_{rule.target.value.replace('-', '_')}", value=_shown(rule.value))
        if refusal := self._reach(rule, network):
            return refusal
        return _one_spelling(rule, network)

    def _reach(self, rule: BlockRule, network: Network) -> Message | None:
        """Whom the rule would touch, the unit's own first."""
        single = network.prefixlen == network.max_prefixlen
        value = str(network.network_address if single else network)
        widest = self.limits.widest_v4 if network.version == 4 else self.limits.widest_v6
        places = (
            ("enforce.own", self.own),
            ("enforce.protected", self.protected),
            ("enforce.resolver", self.resolvers),
            ("enforce.special", self.shared.special),
            ("enforce.public_resolver", self.shared.resolvers),
        )
        for key, ranges in places:
            hit = ranges.touching(network)
            if hit and not (self.lenient and key in MAY_BE_OVERRIDDEN):
                return message(key, value=value, touched=str(hit[0]), label=hit[1])
        farthest = FARTHEST_V4 if network.version == 4 else FARTHEST_V6
        if network.prefixlen < farthest:
            return message("enforce.far_too_wide", value=value, widest=farthest)
        if network.prefixlen < widest and not self.lenient:
            return message("enforce.too_wide", value=value, widest=widest)
        if not self.lenient and (hit := self.shared.content.touching(network)):
            other = rule.target is Target.IP_PORT and rule.port not in WEB_PORTS
            key = "enforce.content_network_port" if other else "enforce.content_network"
            return message(key, value=value, touched=str(hit[0]), label=hit[1], port=rule.port)
        return None


def _one_spelling(rule: BlockRule, network: Network) -> BlockRule:
    """A block of one address is that address: one rule, not two that differ in spelling."""
    if rule.target is Target.CIDR and network.prefixlen < network.max_prefixlen:
        return replace(rule, value=str(network))
    target = Target.IP if rule.target is Target.CIDR else rule.target
    return replace(rule, target=target, value=str(network.network_address))


def _network(rule: BlockRule) -> Network | None:
    """The addresses of a rule, or None where it does not name any."""
    try:
        if rule.target is Target.CIDR:
            return ipaddress.ip_network(rule.value.strip())
        return ipaddress.ip_network(canonical_ip(rule.value))
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    """Whether a resolver would take the name for an address, in full or with a number as its last label (RFC 3696)."""
    return name.rpartition(".")[2].isdigit()


def _shown(value: str) -> str:
    """A value that somebody else wrote, made fit for one line of a sentence."""
    text = value if len(value) <= 80 else value[:79] + "…"
    return "".join(char if char.isprintable() else "?" for char in text)
