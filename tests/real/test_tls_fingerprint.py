"""The hello that a miner built on OpenSSL sends: made by the real program, heard on loopback, read by us."""

import socket
import subprocess
import threading

import pytest

from minewarden.detect.detectors.tls_shape import OPENSSL_JA3
from minewarden.telemetry.packets.tls_hello import parse_client_hello
from tests.real.needs import need

pytestmark = pytest.mark.real


def heard(*options: str) -> bytes:
    """What `openssl s_client` says first to a listener that says nothing."""
    said = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def listen() -> None:
            connection, _ = listener.accept()
            with connection:
                said.extend(connection.recv(4096))

        listening = threading.Thread(target=listen)
        listening.start()
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        command = ["openssl", "s_client", *options, "-connect", place]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
        listening.join()
    return bytes(said)


def test_the_hello_of_openssl() -> None:
    """The figures of OpenSSL 3.0 are those of XMRig's connections, which give no name and offer no protocol."""
    need("openssl")
    raw = heard("-noservername")
    hello = parse_client_hello(raw[9:])
    assert hello is not None
    assert hello.sni is None
    assert hello.print.alpn is None
    assert hello.print.ja4.startswith("t13i")
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout
    if version.startswith("OpenSSL 3.0."):
        assert len(raw) == 297
        assert hello.print.ja4 == "t13i310900_e8f1e7e78f70_1f22a2ca17c4"
        named = parse_client_hello(heard("-servername", "pool.example.org")[9:])
        assert named is not None
        assert (hello.print.ja3, named.print.ja3) == OPENSSL_JA3


def test_the_same_with_a_name() -> None:
    need("openssl")
    hello = parse_client_hello(heard("-servername", "pool.example.org", "-alpn", "h2")[9:])
    assert hello is not None
    assert (hello.sni, hello.print.alpn) == ("pool.example.org", "h2")
    assert hello.print.ja4.startswith("t13d")
    assert hello.print.ja4[8:10] == "h2"
