"""BIND and other primaries: names enter and leave the policy zone by dynamic update, signed with TSIG.

Source: RFC 2136 (update), RFC 5936 (AXFR), RFC 8945 (TSIG). It speaks to the name server that the administrator named,
and to no other; names in the zone are written and never looked up.
"""

import errno
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.update
import dns.xfr
import dns.zone

from minewarden.enforce.compilers.rpz import TTL, ZONE, RpzCompiler
from minewarden.enforce.publisher import PublishError
from minewarden.vocab.blockrule import BlockRule

_AT_ONCE = 500
"""Changes in one message: a message over TCP holds 64 KiB, and a name takes 255 bytes at most twice over."""
_PATIENCE = 30.0
_FAULTS = (dns.exception.DNSException, OSError, EOFError)
"""What a server that is down, refuses, or hangs up in the middle of an answer makes of a question."""


class BindPublisher:
    """`server`: an address. `secret`: the TSIG key in base64. `algorithm`: such as hmac-sha256."""

    kind = "bind"

    def __init__(
        self,
        name: str,
        server: str,
        key_name: str,
        secret: str,
        *,
        port: int = 53,
        zone: str = ZONE,
        algorithm: str = "hmac-sha256",
    ) -> None:
        self.name, self.server, self.port = name, server, port
        self.zone = dns.name.from_text(zone)
        self.key = dns.tsig.Key(key_name, secret, algorithm)
        self._seen: tuple[int, frozenset[str]] | None = None

    def wanted(self, rules: Sequence[BlockRule], *, now: datetime) -> frozenset[str]:
        """`owner CNAME .`, the owner relative to the zone."""
        lines = RpzCompiler(now=now).compile(rules)[ZONE].decode().splitlines()
        return frozenset(line for line in lines if line.endswith(" CNAME ."))

    def held(self) -> frozenset[str]:
        """The zone as the server transfers it, or as it transferred it before where its serial number is still the
        same: a step of `block` asks several times, and a hundred thousand names take their time."""
        if self._seen is not None and self._serial() == self._seen[0]:
            return self._seen[1]
        zone = dns.zone.Zone(self.zone)
        try:
            query, _ = dns.xfr.make_query(zone, keyring=self.key)
            dns.query.inbound_xfr(self.server, zone, query, port=self.port, timeout=_PATIENCE, lifetime=_PATIENCE)
        except _FAULTS as error:
            raise _failed(self.name, "AXFR", error) from error
        found = zone.iterate_rdatas(dns.rdatatype.CNAME)
        items = frozenset(f"{name} CNAME {data.to_text()}" for name, _, data in found)
        soa = zone.get_rdataset("@", dns.rdatatype.SOA)
        self._seen = (soa[0].serial, items) if soa else None
        return items

    def _serial(self) -> int | None:
        """The zone's serial number now; None where the server does not tell it to whoever asks (it still transfers)."""
        query = dns.message.make_query(self.zone, dns.rdatatype.SOA)
        query.use_tsig(self.key)
        try:
            answer = dns.query.tcp(query, self.server, timeout=_PATIENCE, port=self.port)
        except _FAULTS as error:
            raise _failed(self.name, "SOA", error) from error
        found = answer.get_rrset(answer.answer, self.zone, dns.rdataclass.IN, dns.rdatatype.SOA)
        return int(found[0].serial) if found else None

    def keep(self) -> bytes:
        """The items of the zone."""
        return json.dumps(sorted(self.held())).encode()

    def push(self, rules: Sequence[BlockRule], *, now: datetime) -> None:
        """Only what differs is sent, removals first; the server numbers the zone anew by itself."""
        self._become(self.wanted(rules, now=now))

    def restore(self, kept: bytes) -> None:
        """The items that were there."""
        self._become(frozenset(json.loads(kept)))

    def _become(self, wanted: frozenset[str]) -> None:
        held = self.held()
        changes = [(item, False) for item in sorted(held - wanted)] + [(item, True) for item in sorted(wanted - held)]
        for part in _parts(changes):
            update = dns.update.UpdateMessage(self.zone, keyring=self.key)
            for item, comes in part:
                owner, _, target = item.partition(" CNAME ")
                if comes:
                    update.add(owner, TTL, "CNAME", target)
                else:
                    update.delete(owner, "CNAME", target)
            self._send(update)

    def _send(self, update: dns.update.UpdateMessage) -> None:
        try:
            answer = dns.query.tcp(update, self.server, timeout=_PATIENCE, port=self.port)
        except _FAULTS as error:
            raise _failed(self.name, "update", error) from error
        if answer.rcode() != dns.rcode.NOERROR:
            raise PublishError(self.name, f"update: {dns.rcode.to_text(answer.rcode())}")


def _failed(device: str, step: str, error: Exception) -> PublishError:
    """A server that hangs up in the middle of an answer was reached; one that refuses the connection was not."""
    reached = not isinstance(error, (dns.exception.Timeout, ConnectionRefusedError, TimeoutError)) and not (
        isinstance(error, OSError) and error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH)
    )
    return PublishError(device, f"{step}: {error or type(error).__name__}", reached=reached)


def _parts(changes: Iterable[tuple[str, bool]]) -> Iterable[list[tuple[str, bool]]]:
    rest = iter(changes)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
