"""Lists for firewalls: whole, tagged, 304 when nothing changed, and nothing else from the folder."""

import http.client
import threading
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from minewarden.enforce.bundle import compile_to
from minewarden.enforce.serve import make_server
from tests.enforce.rules import NOW, SAMPLE


class Client:
    def __init__(self, folder: Path, *allowed: str) -> None:
        self.seen: list[tuple[str, str, int]] = []
        networks = [ip_network(one) for one in allowed]
        self.server = make_server(folder, "127.0.0.1", 0, networks, lambda *facts: self.seen.append(facts))
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, str]:
        link = http.client.HTTPConnection("127.0.0.1", self.server.server_address[1], timeout=10)
        link.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = link.getresponse()
        body = answer.read()
        link.close()
        return answer.status, body, answer.headers.get("ETag", "")

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    compile_to(tmp_path, ["edl"], SAMPLE, now=NOW)
    made = Client(tmp_path)
    yield made
    made.close()


def test_nothing_is_sent_again_until_it_changes(client: Client, tmp_path: Path) -> None:
    code, body, tag = client.ask("/domains.txt")
    assert (code, body) == (200, (tmp_path / "domains.txt").read_bytes())
    assert client.ask("/domains.txt", If_None_Match=tag) == (304, b"", tag)
    assert client.ask("/domains.txt", If_None_Match=f'"x", W/{tag}')[0] == 304
    compile_to(tmp_path, ["edl"], SAMPLE, now=NOW)
    assert client.ask("/domains.txt", If_None_Match=tag)[0] == 304, "compiled anew, and the same"
    compile_to(tmp_path, ["edl"], SAMPLE[3:], now=NOW)
    code, body, fresh = client.ask("/domains.txt", If_None_Match=tag)
    assert (code, b"pool.example.net" in body, fresh != tag) == (200, False, True)
    assert client.seen[0][1:] == ("/domains.txt", 200)


def test_a_head_has_no_body(client: Client) -> None:
    assert client.ask("/ips.txt", "HEAD")[:2] == (200, b"")


@pytest.mark.parametrize("path", ["/", "/manifest.json", "/../etc/passwd", "/%2e%2e/manifest.json", "//etc/passwd"])
def test_nothing_but_the_lists(client: Client, path: str) -> None:
    assert client.ask(path)[0] == 404


def test_a_list_that_is_absent_is_no_empty_list(client: Client, tmp_path: Path) -> None:
    (tmp_path / "ips.txt").unlink()
    assert client.ask("/ips.txt")[:2] == (404, b"")


@pytest.mark.parametrize(("allowed", "code"), [("192.0.2.0/24", 403), ("127.0.0.0/8", 200)])
def test_only_who_is_allowed(tmp_path: Path, allowed: str, code: int) -> None:
    compile_to(tmp_path, ["edl"], SAMPLE, now=NOW)
    client = Client(tmp_path, allowed)
    try:
        assert client.ask("/domains.txt")[0] == code
    finally:
        client.close()
