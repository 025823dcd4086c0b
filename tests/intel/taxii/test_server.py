"""The server answers as TAXII 2.1 asks: pages that miss and repeat nothing, filters, and no writing."""

import json
import urllib.error
import urllib.request
import warnings
from pathlib import Path
from typing import Any

import pytest

from minewarden.intel.taxii.server import MEDIA, Collection, Refused
from tests.intel.lists import NOW, listed, source
from tests.intel.taxii.served import OBJECTS, library_of, served


def test_pages_miss_and_repeat_nothing_while_the_library_changes(tmp_path: Path) -> None:
    library = library_of(tmp_path / "l", 25)
    collection = Collection(library, "云川市", clock=lambda: NOW)
    seen: list[str] = []
    query: dict[str, list[str]] = {"limit": ["10"]}
    while True:
        answer = collection.answer(OBJECTS, query)
        seen += [one["name"] for one in answer.body["objects"]]
        assert {name for name, _ in answer.headers} == {"X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"}
        if not answer.body["more"]:
            break
        if len(seen) == 10:
            library.load(source(name="other"), listed("late.example\n"), NOW)
        query["next"] = [answer.body["next"]]
    assert sorted(seen) == sorted([*(f"p{n}.example" for n in range(25)), "late.example"])


def test_filters(tmp_path: Path) -> None:
    library = library_of(tmp_path / "l", 5)
    collection = Collection(library, "云川市", clock=lambda: NOW)
    whole = collection.answer(OBJECTS, {}).body["objects"]
    assert len(whole) == 5
    one = whole[2]["id"]
    assert [o["id"] for o in collection.answer(OBJECTS, {"match[id]": [one]}).body["objects"]] == [one]
    assert collection.answer(OBJECTS, {"match[type]": ["malware"]}).body["objects"] == []
    manifest = collection.answer(OBJECTS.replace("objects", "manifest"), {}).body["objects"]
    after = manifest[2]["date_added"]
    later = collection.answer(OBJECTS, {"added_after": [after]}).body["objects"]
    assert [o["id"] for o in later] == [o["id"] for o in whole[3:]]
    assert collection.answer(f"{OBJECTS}{one}/", {}).body["objects"] == [whole[2]]
    assert collection.answer(f"{OBJECTS}{one}/versions/", {}).body["versions"] == [whole[2]["modified"]]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/", {}, 404), ("/minewarden/collections/x/", {}, 404), (f"{OBJECTS}indicator--x/", {}, 404),
        (OBJECTS, {"limit": ["0"]}, 400), (OBJECTS, {"limit": ["x"]}, 400), (OBJECTS, {"added_after": ["today"]}, 400),
        (OBJECTS, {"colour": ["red"]}, 400), (OBJECTS, {"next": ["-3"]}, 400),
    ],
)  # fmt: skip
def test_wrong_requests_are_told_so(path: str, query: dict[str, list[str]], status: int, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        Collection(library_of(tmp_path / "l", 1), "云川市").answer(path, query)
    assert caught.value.status == status


def asked(url: str, method: str = "GET", **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(url, method=method, headers=headers, data=b"{}" if method == "POST" else None)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.headers["Content-Type"] == MEDIA
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_over_http_it_is_read_only_and_asks_for_the_login(tmp_path: Path) -> None:
    library = library_of(tmp_path / "l", 1)
    with served(library, login="school:secret") as address:
        login = {"Authorization": "Basic c2Nob29sOnNlY3JldA=="}
        assert asked(address + OBJECTS)[0] == 401
        assert asked(address + OBJECTS, Authorization="Basic x")[0] == 401
        assert asked(address + OBJECTS, **login)[0] == 200
        assert asked(address + OBJECTS, "POST", **login)[0] == 403
        assert asked(address + OBJECTS, "DELETE", **login)[0] == 403
        assert asked(address + OBJECTS, Accept="text/html", **login)[0] == 406
        assert asked(address + "/taxii2/", **login)[1]["api_roots"] == ["/minewarden/"]
    assert [r.value for r in library.records()] == ["p0.example"]


@pytest.mark.filterwarnings("ignore")
def test_the_client_of_oasis_reads_it(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taxii2client.v21 import Server, as_pages

        with served(library_of(tmp_path / "l", 25), login="school:secret") as address:
            server = Server(f"{address}/taxii2/", user="school", password="secret")
            (root,) = server.api_roots
            (collection,) = root.collections
            assert (server.title, collection.can_write) == ("云川市", False)
            pages = list(as_pages(collection.get_objects, per_request=10))
            names = [one["name"] for page in pages for one in page["objects"]]
            assert (len(pages), len(set(names)), len(names)) == (3, 25, 25)
            assert len(collection.get_manifest()["objects"]) == 25
            server.close()
