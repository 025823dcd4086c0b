"""Access servers: the session of an account or a device is ended, or set aside, and nobody else's.

A RADIUS Disconnect or Change-of-Authorization (RFC 5176) goes to the access server that accounting names for the
session, and only to servers that the administrator listed with their secrets. An access server cannot be asked what it
holds: what it acknowledged is kept in a file, and accounting is the check. A session of which records still come after
it was ended was not ended, and a new session of the same account is one more to end; both show as drift.
"""

import json
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from minewarden.enforce.bundle import write_whole
from minewarden.enforce.publisher import PublishError
from minewarden.enforce.radius import (
    LONGEST,
    Answer,
    Attribute,
    Code,
    Kind,
    Unauthentic,
    Unfitting,
    address,
    answer,
    number,
    request,
    text,
)
from minewarden.enforce.sessions import Session
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.errors import MinewardenError
from minewarden.vocab.message import message
from minewarden.vocab.net import Endpoint
from minewarden.vocab.system import reason_of

SCHEMA = "minewarden/radius-state/1"
NOT_FOUND = 503
"""Session-Context-Not-Found: the server has no such session, so that there is nothing left to end."""
CAUSES = frozenset({201, 202, 401, 402, 403, 404, 405, 406, 407, 501, 502, 503, 504, 505, 506, 507, 508})
"""The values of Error-Cause (RFC 5176 section 3.6) that have a sentence."""
STATION_FORMS: Mapping[str, tuple[str, int, bool]] = {
    "AA-BB-CC-DD-EE-FF": ("-", 2, True),
    "AA:BB:CC:DD:EE:FF": (":", 2, True),
    "aa:bb:cc:dd:ee:ff": (":", 2, False),
    "aa-bb-cc-dd-ee-ff": ("-", 2, False),
    "aabb-ccdd-eeff": ("-", 4, False),
    "aabb.ccdd.eeff": (".", 4, False),
    "aabbccddeeff": ("", 12, False),
    "AABBCCDDEEFF": ("", 12, True),
}
"""How an access server writes Calling-Station-Id: what parts it, after how many digits, in capitals or not."""

GRACE = timedelta(minutes=1)
"""A record that was on its way, or a clock that differs, does not mean that a session went on."""
Act = Literal["disconnect", "coa"]
Accounting = Callable[[Sequence[BlockRule], datetime], Sequence[Session]]
"""Open sessions that rules name at an instant."""
Heard = Callable[[Sequence[tuple[str, str]]], Mapping[tuple[str, str], tuple[bool, datetime]]]
"""For (server, session): whether it ended, and when it was last heard of; none for one that is not known any more."""


class Refused(PublishError):
    """An access server said no, with its Error-Cause in words."""

    def __init__(self, device: str, session: Session, given: Answer) -> None:
        cause = f"cause_{given.cause}" if given.cause in CAUSES else "cause_other"
        said = message(
            f"radius.{cause}", device=device, nas=session.nas, session=session.session, cause=given.cause,
            said=given.said[:120] or "-",
        )  # fmt: skip
        MinewardenError.__init__(self, said)


class Silent(PublishError):
    """An access server did not answer, or nothing that came can be trusted."""

    def __init__(self, device: str, session: Session, why: str, **facts: str | int) -> None:
        MinewardenError.__init__(self, message(f"radius.{why}", device=device, nas=session.nas, **facts))


@dataclass(frozen=True, slots=True)
class Server:
    """Where an access server listens for such packets, and the secret that is shared with it."""

    at: Endpoint
    secret: bytes

    def __repr__(self) -> str:
        return f"Server({self.at})"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a device is spoken to. `aside`, `normal`: what a CoA changes the session to, and back to when it is lifted.
    `wait`: seconds for the first answer, doubled with each of `tries`."""

    act: Act = "disconnect"
    aside: tuple[Attribute, ...] = ()
    normal: tuple[Attribute, ...] = ()
    station_form: str = "AA-BB-CC-DD-EE-FF"
    demand_message_authenticator: bool = False
    tries: int = 4
    wait: float = 2.0


class RadiusPublisher:
    """`servers`: by the name or address that accounting gives, `*` for all others. `state`: the file of what was
    acknowledged."""

    kind = "radius"

    def __init__(
        self,
        name: str,
        servers: Mapping[str, Server],
        accounting: Accounting,
        heard: Heard,
        state: Path,
        manner: Manner,
    ) -> None:
        self.name, self.servers, self.state, self.manner = name, servers, state, manner
        self.accounting, self.heard = accounting, heard

    def wanted(self, rules: Sequence[BlockRule], *, now: datetime) -> frozenset[str]:
        """`off` or `aside` with the session, for every open session that a rule names. Reaches no server."""
        return frozenset(self._item(one.session, one.nas) for one in self.accounting(rules, now))

    def held(self) -> frozenset[str]:
        """What was acknowledged, and has not ended or been heard of since."""
        return frozenset(self._standing(self._read()))

    def keep(self) -> bytes:
        """What was acknowledged until now."""
        return json.dumps(self._read(), ensure_ascii=False).encode()

    def push(self, rules: Sequence[BlockRule], *, now: datetime) -> None:
        """End, or set aside, what rules name and is on; let back what was set aside and no rule names any more. All
        are tried; then the first refusal is raised."""
        known = self._read()
        standing = self._standing(known)
        named = {self._item(one.session, one.nas): one for one in self.accounting(rules, now)}
        entries = {item: entry for item, entry in known.items() if item in standing}
        self._write(entries)
        failed: list[PublishError] = []
        for item in sorted(named.keys() - standing):
            self._tried(failed, named[item], self.manner.aside, item, now, entries)
        for item in sorted(standing - named.keys()):
            self._let_back(failed, item, entries)
        if failed:
            raise failed[0]

    def restore(self, kept: bytes) -> None:
        """Let back what was set aside since, and set aside again what was let back. A session that was ended stays
        ended, and the file goes on saying so: whoever it was can log in again by himself."""
        before: dict[str, dict[str, str]] = json.loads(kept)
        entries = self._read()
        if self.manner.act == "disconnect":
            self._write(before | entries)
            return
        failed: list[PublishError] = []
        for item in sorted(entries.keys() - before.keys()):
            self._let_back(failed, item, entries)
        for item in sorted(before.keys() - entries.keys()):
            entry = before[item]
            at = datetime.fromisoformat(entry["at"])
            self._tried(failed, _session(entry), self.manner.aside, item, at, entries)
        if failed:
            raise failed[0]

    def _tried(
        self,
        failed: list[PublishError],
        session: Session,
        changes: tuple[Attribute, ...],
        item: str,
        now: datetime,
        entries: dict[str, dict[str, str]],
    ) -> None:
        try:
            self._ask(session, changes)
        except PublishError as error:
            failed.append(error)
            return
        entries[item] = _entry(session, now)
        self._write(entries)

    def _let_back(self, failed: list[PublishError], item: str, entries: dict[str, dict[str, str]]) -> None:
        """One that was ended cannot be let back and needs nothing; one that was set aside gets its normal rights."""
        if self.manner.act == "coa":
            try:
                self._ask(_session(entries[item]), self.manner.normal)
            except PublishError as error:
                failed.append(error)
                return
        del entries[item]
        self._write(entries)

    def _ask(self, session: Session, changes: tuple[Attribute, ...]) -> None:
        """One request, sent until it is answered. Raises PublishError; a server that has no such session agrees."""
        server = self.servers.get(session.nas) or self.servers.get("*")
        if server is None:
            raise Silent(self.name, session, "no_server")
        code = Code.COA if self.manner.act == "coa" else Code.DISCONNECT
        try:
            # The true time, whatever instant is planned for: servers throw old packets away as copied ones.
            stamp = number(Kind.EVENT_TIMESTAMP, int(time.time()))
            attributes = [*self._identity(session), *(changes if code is Code.COA else ()), stamp]
            packet = request(code, secrets.randbelow(256), attributes, server.secret)
        except ValueError as error:
            raise PublishError(self.name, f"{session.key}: {error}") from error
        given = self._exchange(session, server, packet)
        if not given.agreed and given.cause != NOT_FOUND:
            raise Refused(self.name, session, given)

    def _identity(self, session: Session) -> list[Attribute]:
        """All that accounting told of the session: a server acts only where every one of them matches."""
        try:
            nas = address(session.nas, Kind.NAS_IP_ADDRESS, Kind.NAS_IPV6_ADDRESS)
        except ValueError:
            nas = text(Kind.NAS_IDENTIFIER, session.nas)
        found = [text(Kind.USER_NAME, session.login), nas, text(Kind.ACCT_SESSION_ID, session.session)]
        if session.ip:
            found.append(address(session.ip, Kind.FRAMED_IP_ADDRESS, Kind.FRAMED_IPV6_ADDRESS))
        if session.mac and self.manner.station_form:
            found.append(text(Kind.CALLING_STATION_ID, station_id(session.mac, self.manner.station_form)))
        return found

    def _exchange(self, session: Session, server: Server, packet: bytes) -> Answer:
        """Send the same octets until somebody who knows the secret answers: a copy is recognised as such (RFC 5080)."""
        forged = 0
        family = socket.AF_INET6 if ":" in server.at.ip else socket.AF_INET
        try:
            # Connected, so that only what comes from the server's own address and port is read at all.
            with socket.socket(family, socket.SOCK_DGRAM) as link:
                link.connect((server.at.ip, server.at.port))
                for attempt in range(self.manner.tries):
                    link.send(packet)
                    until = time.monotonic() + self.manner.wait * 2**attempt
                    while (left := until - time.monotonic()) > 0:
                        link.settimeout(left)
                        try:
                            data = link.recv(LONGEST + 1)
                            return answer(data, packet, server.secret, demand=self.manner.demand_message_authenticator)
                        except Unauthentic:
                            forged += 1
                        except Unfitting:
                            continue
                        except TimeoutError:
                            break
        except OSError as error:
            raise Silent(self.name, session, "unreachable", place=str(server.at), problem=str(error)) from error
        if forged:
            raise Silent(self.name, session, "forged", place=str(server.at), count=forged)
        raise Silent(self.name, session, "silent", place=str(server.at), tries=self.manner.tries)

    def _item(self, session: str, nas: str) -> str:
        return f"{'aside' if self.manner.act == 'coa' else 'off'} {session}@{nas}"

    def _standing(self, known: Mapping[str, Mapping[str, str]]) -> set[str]:
        """Of what was acknowledged, that which neither ended nor went on afterwards as if nothing had been."""
        heard = self.heard([(entry["nas"], entry["session"]) for entry in known.values()])
        standing = set()
        for item, entry in known.items():
            if (found := heard.get((entry["nas"], entry["session"]))) is None:
                continue
            ended, last = found
            # A session that is set aside goes on: only of one that was ended nothing may come.
            went_on = self.manner.act == "disconnect" and last > datetime.fromisoformat(entry["at"]) + GRACE
            if not ended and not went_on:
                standing.add(item)
        return standing

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            given: Any = json.loads(self.state.read_bytes())
            if given["schema"] != SCHEMA:
                raise ValueError(given["schema"])
            return dict(given["sessions"])
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PublishError(self.name, f"{self.state}: {error!r}") from error

    def _write(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        """Through to the disk after every answer: what was done to a person's session must not be forgotten."""
        body = json.dumps({"schema": SCHEMA, "sessions": entries}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        try:
            write_whole(self.state, body.encode(), mode=0o600)
        except OSError as error:
            raise PublishError(self.name, reason_of(error, where=str(self.state))) from error


def station_id(mac: str, form: str) -> str:
    """A MAC address (`canonical_mac`) as an access server writes it. Raises KeyError for an unknown form."""
    mark, size, capitals = STATION_FORMS[form]
    digits = mac.replace(":", "")
    parted = mark.join(digits[at : at + size] for at in range(0, 12, size))
    return parted.upper() if capitals else parted


def _entry(session: Session, at: datetime) -> dict[str, str]:
    return {
        "nas": session.nas,
        "session": session.session,
        "login": session.login,
        "ip": session.ip,
        "mac": session.mac,
        "at": at.isoformat(),
    }


def _session(entry: Mapping[str, str]) -> Session:
    at = datetime.fromisoformat(entry["at"])
    return Session(entry["nas"], entry["session"], entry["login"], entry["ip"], entry["mac"], at)
