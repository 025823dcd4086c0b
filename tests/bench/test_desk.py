"""The measurement of pages ends what takes too long, goes on where it stopped, and says what it left out."""

import json
import time
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from bench import desk
from tests.desk.conftest import city, data_folder, people

__all__ = ["city", "data_folder", "people"]


def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<p>页</p>")


def _slow(request: HttpRequest) -> HttpResponse:
    time.sleep(5)
    return HttpResponse("never")


def _file(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(b"1")
    answer["Content-Disposition"] = "attachment"
    return answer


urlpatterns = [path("page/", _page), path("slow/", _slow), path("file/", _file)]


def _opened(settings: Any, address: str, **how: Any) -> dict[str, Any]:
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
    return desk.opened(Client(), address, 3, met=desk.Met(), **how)


def test_what_takes_longer_than_the_bound_is_ended_and_says_so(settings, db):
    begun = time.monotonic()
    page = _opened(settings, "/slow/", bound=0.2)
    assert page["ended"]
    assert page["opened"] == 1
    assert time.monotonic() - begun < 5


def test_a_page_is_opened_four_times_a_long_or_quick_one_twice_and_a_file_once(settings, db, monkeypatch):
    assert (_opened(settings, "/page/")["opened"], _opened(settings, "/file/")["opened"]) == (2, 1)
    monkeypatch.setattr(desk, "QUICK_MS", 0)
    assert _opened(settings, "/page/")["opened"] == 4
    assert not _opened(settings, "/page/")["ended"]
    monkeypatch.setattr(desk, "LONG_MS", 0)
    assert _opened(settings, "/page/")["opened"] == 2


def _facts(people: SimpleNamespace) -> dict[str, Any]:
    """The desk's own first page and a download, for ten people of whom two may read the log."""
    told = dict.fromkeys(desk.PEOPLE, people.officer.pk) | {"security": people.audit.pk, "audit": people.audit.pk}
    addresses = [("home", "/"), ("audit:export", "/audit/export/"), ("accounts:login", "/nowhere/")]
    return {"people": told, "addresses": addresses}


def test_a_download_is_opened_by_the_first_who_may_and_a_page_by_everybody(people, tmp_path):
    found = desk.measure(_facts(people), tmp_path / "so-far.jsonl")
    by = [(page["address"], page["who"]) for page in found["pages"]]
    assert by.count(("/audit/export/", "security")) == 1
    assert [who for address, who in by if address == "/audit/export/"] == ["security"]
    assert len([who for address, who in by if address == "/"]) >= len(desk.PEOPLE) - 2
    assert "accounts:login" in found["unseen"]


def test_a_run_that_was_cut_off_goes_on_and_opens_nothing_twice(people, tmp_path):
    so_far = tmp_path / "so-far.jsonl"
    whole = desk.measure(_facts(people), so_far)
    lines = so_far.read_text().splitlines()
    so_far.write_text("\n".join(lines[:7]) + "\n")
    again = desk.measure(_facts(people), so_far)
    assert so_far.read_text().splitlines()[:7] == lines[:7]
    keys = [(page["address"], page["who"]) for page in map(json.loads, so_far.read_text().splitlines())]
    assert len(keys) == len(set(keys)) == len(lines)
    assert {(p["address"], p["who"]) for p in again["pages"]} == {(p["address"], p["who"]) for p in whole["pages"]}
    assert again["unseen"] == whole["unseen"]


def _of(address: str, who: str, ms: float, **more: Any) -> dict[str, Any]:
    return {
        "route": address, "address": address, "who": who, "status": 200, "page": True, "ended": False, "opened": 4,
        "cold_ms": ms, "warm_ms": ms, "cpu_ms": ms, "queries": 9, "kib": 1.0, **more,
    }  # fmt: skip


def _told(pages: list[dict[str, Any]]) -> str:
    facts = {
        "server": "SQLite 3", "counts": {"unit": 5}, "pages": pages, "measured_s": 1, "load": 1, "furnished_s": 1,
        "refused": 17, "only_sent": 6, "unseen": {"notices:picture": "no worker"},
        "failed": [{"address": "/broken/", "who": "audit"}],
    }  # fmt: skip
    return "\n".join(desk._section({"sqlite": facts, "postgresql": facts}))


def test_what_was_left_out_is_told_with_its_reason():
    told = _told(
        [
            _of("/a/", "audit", 9),
            _of("/x/", "audit", 2000, opened=2),
            _of("/f/", "audit", 30_000, page=False, ended=True),
        ]
    )
    assert "17 addresses" in told
    assert "6 routes" in told
    assert "Failed: 1 (/broken/)" in told
    assert "`notices:picture`, no worker" in told
    assert "slow at first: 1 (/x/)" in told
    assert f"Ended at {desk.BOUND_S} s: 1 (/f/)" in told


def test_every_address_over_the_limit_is_named_however_many_there_are():
    told = _told([_of(f"/{n}/", "audit", 301 + n) for n in range(40)] + [_of("/fine/", "audit", 299)])
    table = told.split("The slowest of what is no page")[0]
    assert all(f"| /{n}/ |" in table for n in range(40))
    assert "**40**" in table
    assert "/fine/" not in table


def test_pages_are_counted_by_address_and_shown_once_by_the_slowest():
    told = _told([_of("/a/", "audit", 400), _of("/a/", "system", 500)])
    assert "/a/ by 2" in told
    assert "| /a/ | system | 500 |" in told
    assert "| /a/ | audit |" not in told.split("opened on both")[0]
