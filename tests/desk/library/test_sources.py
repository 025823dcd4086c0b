"""Lists come in: by hand, out of a folder, from a server on a schedule, as a signed bundle."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.ledger import actions as ledger
from minewarden.desk.library import actions, intake, queries
from minewarden.desk.library.bridge import key_path, library, library_path, own_key, public_pem
from minewarden.desk.library.models import Feed, Trusted
from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from minewarden.intel.library import Library
from minewarden.vocab.errors import ConfigError, InputError, TransitionError
from tests.desk.made import typed_again

pytestmark = pytest.mark.django_db
FACTS: dict[str, Any] = {
    "name": "list", "form": "plain", "family": "", "licence": "MIT", "role": "pool-endpoint", "scope": "host",
    "tlp": "green", "url": "", "hours": 6, "token": "", "sha256": "", "enabled": True,
}  # fmt: skip
MANY = "".join(f"p{number}.example.org\n" for number in range(40)).encode()


@pytest.fixture
def declare(office: Any) -> Any:
    """declare(url=…) -> a list that the bureau takes in."""

    def make(**given: Any) -> Feed:
        return intake.declare(by=office.reviewer, now=timezone.now(), facts=FACTS | given)

    return make


@pytest.fixture
def take(office: Any, declare: Any) -> Any:
    """take(content) -> the report of the load."""

    def make(content: bytes, feed: Feed | None = None, name: str = "a.txt", reason: str = "", **given: Any) -> Any:
        feed = feed or declare(**given)
        now = timezone.now()
        return intake.take_file(feed, by=office.reviewer, now=now, name=name, content=content, reason=reason)

    return make


def test_half_a_list_changes_nothing_until_somebody_answers_for_it(take: Any, declare: Any, office: Any) -> None:
    feed = declare()
    assert take(MANY, feed).after == 40
    half = MANY[: len(MANY) // 2]
    held = take(half, feed)
    assert (held.outcome, held.held.id) == ("held", "feed.shrunk")
    feed.refresh_from_db()
    assert feed.outcome == "held"
    taken = take(half, feed, reason="核对过原文")
    assert (taken.outcome, taken.override) == ("taken", "周宁: 核对过原文")
    with pytest.raises(PermissionDenied):
        intake.take_file(feed, by=office.school, now=timezone.now(), name="a", content=MANY)


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("plain", b"\x7fELF\x00\x00"), ("plain", b"a" * 100_000), ("stix", b'{"objects": ' + b"[" * 100_000),
        ("misp", b"<xml>"), ("csv", b"=cmd|' /C calc'!A0\n"), ("stix", b'<!DOCTYPE a [<!ENTITY b "c">]>'),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_whole(take: Any, declare: Any, form: str, content: bytes) -> None:
    feed = declare(form=form)
    with pytest.raises((InputError, ConfigError)):
        take(content, feed, name="a.bin")
    assert list(library().records()) == []


def test_wide_and_own_names_do_not_come_in(take: Any, office: Any) -> None:
    since = timezone.now() - timedelta(days=9)
    ledger.add_range(by=None, unit=office.first_school, cidr="203.0.113.0/28", purpose="egress", valid_from=since)
    text = "*.cn\ncom\n0.0.0.0/0\n=cmd|x\n(a+)+$\nраураl.example.org\n203.0.113.5\n10.0.0.1\nreal.example.org\n"
    report = take(text.encode())
    assert report.added == ("host real.example.org",)
    assert {name for name, _ in report.waiting} == {"ip 203.0.113.5", "host xn--l-7sba6dbr.example.org"}
    rejected = {one.text: one.reason.id for one in report.rejects}
    assert set(rejected) == {"*.cn", "com", "0.0.0.0/0", "=cmd|x", "(a+)+$", "10.0.0.1"}
    assert rejected["*.cn"] == rejected["com"] == "feed.one_label"
    assert rejected["(a+)+$"] == "feed.pattern"


def test_all_that_waits_and_all_that_was_decided_stand_on_pages(
    take: Any, office: Any, login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PER_PAGE", 2)
    since = timezone.now() - timedelta(days=9)
    ledger.add_range(by=None, unit=office.first_school, cidr="203.0.113.0/28", purpose="egress", valid_from=since)
    addresses = {f"203.0.113.{number}" for number in range(1, 6)}
    take("\n".join(sorted(addresses)).encode())

    def found(show: str) -> list[str]:
        address = f"{reverse('library:waiting')}?show={show}&page="
        pages = [login(office.reviewer).get(f"{address}{page}").content.decode() for page in (1, 2, 3)]
        assert all("待审 5" in page or "已决定 5" in page for page in pages)
        return [one for page in pages for one in addresses if f">{one}<" in page]

    assert sorted(found("")) == sorted(addresses)
    for row in library().waiting():
        facts = {"by": office.reviewer, "now": timezone.now(), "accept": False, "reason": "本单位地址"}
        intake.settle_waiting(row.number, **facts)
    assert sorted(found("decided")) == sorted(addresses)


def test_an_unknown_licence_and_a_wrong_address_are_refused(declare: Any) -> None:
    for wrong in ({"licence": "mine"}, {"url": "ftp://lists.example.org/"}, {"scope": "url"}, {"name": "Ä"}):
        with pytest.raises((ConfigError, ValueError)):
            declare(**wrong)
    assert not Feed.objects.exists()


def test_a_file_in_the_folder_is_taken_in_once(declare: Any) -> None:
    feed = declare()
    folder = intake.folder_of(feed)
    folder.mkdir(parents=True)
    path = folder / "list.txt"
    path.write_bytes(b"a.example.org\n")
    old = timezone.now().timestamp() - 60
    os.utime(path, (old, old))
    assert intake.take_laid_down(timezone.now()) == 1
    assert library().get("a.example.org") is not None
    assert intake.take_laid_down(timezone.now()) == 0
    (folder / "wrong.txt").write_bytes(b"\x00\x01")
    os.utime(folder / "wrong.txt", (old, old))
    assert intake.take_laid_down(timezone.now()) == 1
    feed.refresh_from_db()
    assert feed.outcome == "failed"
    assert "不是文本文件" in feed.problem["zh"]
    assert library().get("a.example.org") is not None


@pytest.fixture
def served() -> Iterator[Any]:
    """A list server on loopback: `answer` is what it says, `asked` how often."""

    class Server(HTTPServer):
        answer: bytes = b"a.example.org\n"
        promised: int | None = None
        asked = 0

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert isinstance(self.server, Server)
            self.server.asked += 1
            self.send_response(200)
            self.send_header("Content-Length", str(self.server.promised or len(self.server.answer)))
            self.end_headers()
            self.wfile.write(self.server.answer)

        def log_message(self, *_args: Any) -> None:
            """Silent."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_list_is_fetched_when_its_time_has_come_and_half_an_answer_changes_nothing(declare: Any, served: Any) -> None:
    feed = declare(url=f"http://127.0.0.1:{served.server_address[1]}/list.txt")
    now = timezone.now()
    assert intake.pull_due(now) == 1
    feed.refresh_from_db()
    assert (feed.outcome, feed.problem) == ("taken", {}), feed.problem
    assert intake.pull_due(now + timedelta(hours=5)) == 0
    served.promised = 1000
    assert intake.pull_due(now + timedelta(hours=7)) == 1
    feed.refresh_from_db()
    assert feed.outcome == "failed"
    assert feed.problem["zh"]
    assert library().get("a.example.org") is not None
    assert served.asked == 2
    assert Record.objects.filter(action="library.load", result="refused").count() == 1


def test_a_reason_that_is_too_long_is_refused_and_kept_and_no_server_is_asked(
    declare: Any, served: Any, login: Any, office: Any
) -> None:
    feed = declare(url=f"http://127.0.0.1:{served.server_address[1]}/list.txt")
    long = "长" * 2001
    typed_again(login(office.reviewer).post(reverse("library:pull", args=[feed.pk]), {"note": long}), long, 2000)
    assert not served.asked


def test_a_server_that_is_an_indicator_itself_is_never_asked(declare: Any, office: Any) -> None:
    now = timezone.now()
    library().load(CATALOGUE, listing(now), now)
    feed = declare(url="https://xmr.f2pool.com/list.txt")
    assert intake.pull(feed, by=office.reviewer, now=now) is None
    feed.refresh_from_db()
    assert "本身是情报库中的指标，不连接" in feed.problem["zh"]


def test_a_bundle_goes_from_the_city_to_a_school_without_internet(
    office: Any, held: Any, accept: Any, publish: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    accept()
    issue = publish()
    now = issue.at
    (bundle,) = actions.fetch(issue, by=office.reviewer, now=now, form="bundle", unit=office.bureau).values()
    fingerprint, pem = own_key(), public_pem()
    # The desk of a school: another data folder, hence another library and key.
    school = tmp_path / "school"
    school.mkdir()
    monkeypatch.setattr(settings, "DATA", school)
    assert not library_path().exists()
    with pytest.raises(ConfigError):
        intake.checked(bundle)
    with pytest.raises(TransitionError):
        intake.trust(by=office.reviewer, now=now, name="市局", pem=pem, fingerprint="0" * 32)
    facts = {"by": office.reviewer, "now": now, "name": "市局", "pem": pem}
    trusted = intake.trust(fingerprint=fingerprint.upper().replace("-", " "), **facts)
    good = intake.checked(bundle)
    assert (good.found.label, good.trusted) == (issue.label, trusted)
    for wrong in (bundle[:-2], bundle.replace(b"pool.example.net", b"pool.example.com"), b"", b"{}\n"):
        with pytest.raises(ConfigError):
            intake.take_bundle(by=office.reviewer, now=now, content=wrong)
    assert not library_path().exists() or not list(Library(library_path()).records())
    report = intake.take_bundle(by=office.reviewer, now=now, content=bundle)
    assert report.outcome == "taken"
    taken = library().get("pool.example.net")
    assert taken is not None
    assert "QB-" in taken.voices[0].said
    intake.trust_no_more(trusted, by=office.reviewer, now=now, reason="换钥")
    with pytest.raises(ConfigError):
        intake.checked(bundle)
    again = intake.trust(fingerprint=fingerprint, **facts)
    assert (again.pk, Trusted.objects.count()) == (trusted.pk, 1)


def test_the_key_is_made_once_and_readable_by_its_owner_only(office: Any) -> None:
    first = own_key()
    assert own_key() == first
    assert key_path().stat().st_mode & 0o077 == 0


def test_a_clock_that_was_set_back_is_told_of_and_nothing_is_lost(take: Any, declare: Any, office: Any) -> None:
    feed = declare()
    take(b"a.example.org\n", feed)
    with pytest.raises(ConfigError):
        intake.take_file(
            feed, by=office.reviewer, now=timezone.now() - timedelta(hours=1), name="a", content=b"b.example.org\n"
        )
    assert library().get("a.example.org") is not None
    assert library().get("b.example.org") is None
    assert json.dumps(Feed.objects.get().problem) == "{}"
