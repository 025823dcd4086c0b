"""The client takes all pages or nothing."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from minewarden.intel.library import Library
from minewarden.intel.source import Bounds
from minewarden.intel.taxii.client import login, pull
from minewarden.vocab.errors import ConfigError, InputError
from tests.intel.lists import NOW, source
from tests.intel.taxii.served import OBJECTS, library_of, served


def test_one_library_reaches_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minewarden.intel.taxii.server.LARGEST_PAGE", 10)
    token = tmp_path / "token"
    token.write_text("school:secret\n")
    with served(library_of(tmp_path / "city", 25), login="school:secret") as address:
        declared = source("taxii", url=address + OBJECTS, token_file=str(token))
        found = pull(declared)
        with pytest.raises(InputError) as caught:
            pull(source("taxii", url=address + OBJECTS))
        assert caught.value.message.id == "fetch.refused"
    school = Library(tmp_path / "school")
    school.load(declared, found, NOW)
    assert sorted(r.value for r in school.records()) == sorted(f"p{n}.example" for n in range(25))


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        (['{"more": true, "next": "1", "objects": []}'] * 3, "fetch.endless"),
        (['{"more": true, "objects": []}'], "fetch.endless"),
        (['{"more": true, "next": "1", "objects": []}', '{"obj'], "feed.not_json"),
        (["[]"], "fetch.not_taxii"),
        ([json.dumps({"objects": [{}] * 50})], "feed.too_many"),
    ],
)
def test_a_server_that_gives_half_gives_nothing(pages: list[str], reason: str) -> None:
    left = list(pages)

    class Half(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = left.pop(0).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Half) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            with pytest.raises(InputError) as caught:
                pull(source("taxii", url=f"http://127.0.0.1:{server.server_address[1]}/", bounds=Bounds(entries=20)))
        finally:
            server.shutdown()
            thread.join()
    assert caught.value.message.id == reason


def test_the_login_comes_out_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("abc\n")
    assert login(source(token_file=str(tmp_path / "t"))) == {"Authorization": "Bearer abc"}
    assert login(source()) == {}
    with pytest.raises(ConfigError):
        login(source(token_file=str(tmp_path / "absent")))
