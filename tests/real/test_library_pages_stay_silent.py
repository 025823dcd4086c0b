"""The pages of the library and the worker's looks, in a network that leads nowhere: no packet leaves for what a school
reports, a list names or a version blocks, and no name is asked for."""

from pathlib import Path

import pytest

from tests.real.needs import need, need_root
from tests.real.no_way_out import seen_of

pytestmark = pytest.mark.real

ACTS = r"""
import os

from minewarden.desk.start import migrate, prepare

prepare()
migrate()
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.library import intake
from minewarden.desk.library.bridge import ALL_FORMS, library
from minewarden.desk.library.models import Addressed, Feed, Issue, Publication, Submission
from minewarden.desk.org import actions as org
from minewarden.desk.worker import LOOKS

city = org.create_unit(by=None, kind="city", name="云川市教育局", short_name="市局")
school = org.create_unit(by=None, kind="school", name="云川市第一中学", short_name="一中", parent=city)


def person(username, unit, role):
    made = org.create_person(
        by=None, unit=unit, username=username, name="吴庆", password="Qing-Shan-2026", must_change=False
    )
    org.grant_post(made, role=role, unit=unit, by=None)
    client = Client(HTTP_HOST="localhost")
    client.force_login(made, "django.contrib.auth.backends.ModelBackend")
    return client


one, two, teacher = person("a.a", city, "officer"), person("b.b", city, "approver"), person("c.c", school, "officer")


def get(who, route, *args, query=""):
    answer = who.get(reverse(f"library:{route}", args=args) + query)
    assert answer.status_code == 200, (route, answer.status_code)


def post(who, route, *args, **data):
    answer = who.post(reverse(f"library:{route}", args=args), data)
    assert answer.status_code == 302, (route, answer.status_code, answer.content.decode()[-3000:])


post(one, "take-catalogue")
found = {"unit": school.pk, "domain": "pool.example.net:3333", "ip": "203.0.113.9", "found_at": "2026-03-12T10:00"}
post(teacher, "submit", **found, method="detected", sureness="likely", evidence="抓包")
made = Submission.objects.get()
get(one, "report", made.pk)
verdict = {"role": "pool-endpoint", "name_as": "domain", "name_why": "", "address_as": "ip-port", "address_why": ""}
post(one, "act", made.pk, "review", **verdict)
post(two, "act", made.pk, "agree", note="")
feed = {"name": "list", "form": "plain", "licence": "MIT", "role": "pool-endpoint", "scope": "host", "tlp": "green"}
post(one, "add-feed", **feed, hours="1", enabled="on", url="https://xmr.f2pool.com/list.txt")
(folder / "list.txt").write_text("xmr.example.net\n203.0.113.10\nhttp://203.0.113.11/m.js\n")
with (folder / "list.txt").open("rb") as file:
    post(one, "take-file", Feed.objects.get().pk, file=file, reason="")
post(one, "pull", Feed.objects.get().pk, note="")
post(one, "allow", kind="host", value="www.example.net", owner="o", until="2999-01-01", reason="r")
post(one, "publish", least="20", note="版")
post(two, "decide-publication", Publication.objects.get().pk, "agree", note="")
issue = Issue.objects.get()
for form in (*ALL_FORMS, "bundle"):
    assert teacher.get(reverse("library:version-file", args=[issue.pk, form])).status_code == 200
row = Addressed.objects.get()
with (folder / "list.txt").open("rb") as file:
    post(teacher, "answer", row.pk, state="confirmed", device="出口", file=file)
key = library().get("pool.example.net").id
for who in (one, teacher):
    for route in ("home", "reports", "versions"):
        get(who, route)
    get(who, "indicator", key)
    get(who, "version", issue.pk)
for route in ("sources", "waiting", "allow", "feedback", "bundles", "province"):
    get(one, route)
Feed.objects.update(tried_at=None)
for look in LOOKS:
    look(timezone.now())
intake.pull_due(timezone.now())
assert one.get(reverse("blocks:propose-version", args=[issue.pk])).status_code == 200
result["held"] = sum(1 for _ in library().records())
result["problem"] = Feed.objects.get().problem["zh"]
"""


def test_nothing_is_asked_of_or_sent_to_any_indicator(tmp_path: Path) -> None:
    need_root()
    need("unshare", "ip", "sysctl")
    seen = seen_of(ACTS, tmp_path, MINEWARDEN_DATA=str(tmp_path / "data"))
    assert seen["silent"] == 0
    assert set(seen["then"]) == {"wan", "lo"}
    assert seen["held"] > 400
    assert "不连接" in seen["problem"]
