"""Fetching: from the declared host alone, whole or not at all."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from minewarden.intel.feeds.fetching import fetch
from minewarden.intel.source import Bounds
from minewarden.vocab.errors import InputError


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.2:1/list")
            self.end_headers()
        elif self.path == "/near":
            self.send_response(302)
            self.send_header("Location", "/list")
            self.end_headers()
        elif self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"a.example\n")
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(10_000):
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass
        elif self.path == "/list":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a.example\n")
        else:
            self.send_error(404)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/list", "/near"])
def test_a_whole_answer(address: str, path: str) -> None:
    assert fetch(address + path, Bounds()).data == b"a.example\n"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/away", "fetch.redirected"),
        ("/half", "fetch.half"),
        ("/endless", "feed.too_large"),
        ("/none", "fetch.refused"),
    ],
)
def test_everything_else_is_nothing(address: str, path: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        fetch(address + path, Bounds(size=200_000))
    assert caught.value.message.id == reason


def test_without_tls_only_this_machine_is_asked() -> None:
    with pytest.raises(InputError) as caught:
        fetch("http://192.0.2.1/list", Bounds())
    assert caught.value.message.id == "fetch.not_tls"


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(InputError) as caught:
            fetch(f"http://127.0.0.1:{closed.getsockname()[1]}/", Bounds())
    assert caught.value.message.id == "fetch.closed"
    assert "urlopen" not in caught.value.said("zh")
