"""TLS as a sensor sees it: XMRig's hello (OpenSSL's default, no server name, no ALPN) and a browser's.

Only the hello is real in form; everything behind it is random bytes in records of the sizes that such sessions show.
Source: `openssl s_client -noservername` of OpenSSL 3.0, field by field; RFC 8446, RFC 6066, RFC 7301.
"""

import struct
from dataclasses import dataclass, field
from random import Random

from minewarden.simulator.dialogues.mining import job_times, spread
from minewarden.simulator.framing import Raw
from minewarden.simulator.session import Dialogue, Say, Script

_OPENSSL_CIPHERS = (
    "130213031301c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067"
    "c00ac0140039c009c0130033009d009c003d003c0035002f00ff"
)
_OPENSSL_SIGNATURES = "040305030603080708080809080a080b080408050806040105010601030303010302040205020602"
_BROWSER_CIPHERS = "130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035"
_BROWSER_SIGNATURES = "0403080404010503080505010806060 1".replace(" ", "")


def _extension(kind: int, body: bytes) -> bytes:
    return struct.pack("!HH", kind, len(body)) + body


def _sized(body: bytes) -> bytes:
    return struct.pack("!H", len(body)) + body


def record(kind: int, body: bytes, version: int = 0x0303) -> bytes:
    """One TLS record."""
    return struct.pack("!BHH", kind, version, len(body)) + body


def _hello(rng: Random, ciphers: str, extensions: bytes) -> bytes:
    body = b"\x03\x03" + rng.randbytes(32) + b"\x20" + rng.randbytes(32) + _sized(bytes.fromhex(ciphers)) + b"\x01\0"
    body += _sized(extensions)
    return record(22, b"\x01" + len(body).to_bytes(3, "big") + body, version=0x0301)


def _key_share(rng: Random) -> bytes:
    return _extension(51, _sized(struct.pack("!HH", 29, 32) + rng.randbytes(32)))


def openssl_hello(rng: Random, host: str = "") -> bytes:
    """The hello of a program that uses OpenSSL 3.0 as it comes: 297 bytes where no server name is sent."""
    name = _extension(0, _sized(b"\0" + _sized(host.encode("idna")))) if host else b""
    groups = bytes.fromhex("001d0017001e0019001801000101010201030104")
    parts = [
        name,
        _extension(11, bytes.fromhex("03000102")),
        _extension(10, _sized(groups)),
        *(_extension(kind, b"") for kind in (35, 22, 23)),
        _extension(13, _sized(bytes.fromhex(_OPENSSL_SIGNATURES))),
        _extension(43, bytes.fromhex("080304030303020301")),
        _extension(45, b"\x01\x01"),
        _key_share(rng),
    ]
    return _hello(rng, _OPENSSL_CIPHERS, b"".join(parts))


def browser_hello(rng: Random, host: str) -> bytes:
    """A browser's hello: GREASE, the server's name, h2 before http/1.1, padded to 517 bytes."""
    grease = bytes([rng.randrange(16) << 4 | 0x0A]) * 2
    protocols = b"".join(bytes([len(name)]) + name for name in (b"h2", b"http/1.1"))
    parts = [
        _extension(int.from_bytes(grease, "big"), b""),
        _extension(0, _sized(b"\0" + _sized(host.encode("idna")))),
        *(_extension(kind, body) for kind, body in ((23, b""), (65281, b"\0"))),
        _extension(10, _sized(grease + bytes.fromhex("001d00170018"))),
        _extension(11, b"\x01\0"),
        _extension(35, b""),
        _extension(16, _sized(protocols)),
        _extension(5, b"\x01\0\0\0\0"),
        _extension(13, _sized(bytes.fromhex(_BROWSER_SIGNATURES))),
        _extension(18, b""),
        _key_share(rng),
        _extension(45, b"\x01\x01"),
        _extension(43, b"\x06" + grease + b"\x03\x04\x03\x03"),
    ]
    ciphers = grease.hex() + _BROWSER_CIPHERS
    bare = len(_hello(rng, ciphers, b"".join(parts)))
    parts.append(_extension(21, b"\0" * max(0, 517 - bare - 4)))
    return _hello(rng, ciphers, b"".join(parts))


def _sealed(rng: Random, *sizes: int) -> bytes:
    return b"".join(record(23, rng.randbytes(size)) for size in sizes)


@dataclass(slots=True)
class TlsMiner:
    """Hello, then Finished and the login together, then a small record for every share."""

    script: Script
    rng: Random
    _step: int = 0

    def begins(self) -> list[Say]:
        """The hello; the server's name only where the script gives one, since XMRig sends none by itself."""
        return [Say(0.0, openssl_hello(self.rng, self.script.host))]

    def hears(self, said: object) -> list[Say]:
        """Answer the server's hello; everything later is planned then."""
        self._step += 1
        if self._step > 1:
            return []
        finished = record(20, b"\x01") + _sealed(self.rng, 69) + _sealed(self.rng, 556)
        times = spread(self.script.shares, self.script.duration_s, self.rng)
        return [Say(0.002, finished), *(Say(at + 1, _sealed(self.rng, 252)) for at in times)]


@dataclass(slots=True)
class TlsPool:
    """Server hello and certificate, tickets, the first job, then jobs of one size and short replies."""

    script: Script
    rng: Random
    _step: int = 0

    def begins(self) -> list[Say]:
        """A pool waits."""
        return []

    def hears(self, said: object) -> list[Say]:
        """By the order of what comes."""
        self._step += 1
        if self._step == 1:
            hello = record(22, b"\x02\0\0\x76" + self.rng.randbytes(118)) + record(20, b"\x01")
            return [Say(0.002, hello + _sealed(self.rng, 23, 1140, 101, 69))]
        if self._step == 2:
            tickets, first = _sealed(self.rng, 79, 79)[:158], _sealed(self.rng, 486)
            jobs = [Say(at, _sealed(self.rng, 374)) for at in job_times(self.script, self.rng)]
            return [Say(0.001, tickets), Say(0.004, first), *jobs]
        return [Say(0.001, _sealed(self.rng, 80))]


@dataclass(slots=True)
class Browser:
    """A few requests in a burst, then silence."""

    script: Script
    rng: Random
    _step: int = 0
    sizes: tuple[int, ...] = field(default=(420, 180, 176, 190))

    def begins(self) -> list[Say]:
        """The hello."""
        return [Say(0.0, browser_hello(self.rng, self.script.host or "www.example"))]

    def hears(self, said: object) -> list[Say]:
        """Requests after the server's hello."""
        self._step += 1
        if self._step > 1:
            return []
        finished = record(20, b"\x01") + _sealed(self.rng, 53)
        return [Say(0.002, finished), *(Say(0.01 + 0.15 * i, _sealed(self.rng, s)) for i, s in enumerate(self.sizes))]


@dataclass(slots=True)
class WebServer:
    """Pages of all sizes."""

    rng: Random
    _step: int = 0

    def begins(self) -> list[Say]:
        """A server waits."""
        return []

    def hears(self, said: object) -> list[Say]:
        """A hello, then a page for every request."""
        self._step += 1
        if self._step == 1:
            hello = record(22, b"\x02\0\0\x76" + self.rng.randbytes(118)) + record(20, b"\x01")
            return [Say(0.002, hello + _sealed(self.rng, 32, 3200, 281, 53))]
        if self._step == 2:
            return []
        return [Say(0.02, _sealed(self.rng, *(self.rng.randint(300, 4000) for _ in range(self.rng.randint(1, 6)))))]


def tls_xmrig(script: Script, rng: Random) -> Dialogue:
    """XMRig over TLS."""
    return Dialogue(TlsMiner(script, rng), TlsPool(script, rng), Raw(), Raw())


def tls_browser(script: Script, rng: Random) -> Dialogue:
    """A web page over TLS."""
    return Dialogue(Browser(script, rng), WebServer(rng), Raw(), Raw())
