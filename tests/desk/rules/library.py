"""Who may open which page of the library. The report is 市一中's, the version was handed to 临江区."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils import timezone

from minewarden.desk.cases import leads
from minewarden.desk.cases.intake import take_findings
from minewarden.desk.cases.models import Lead
from minewarden.desk.library import actions, decisions, intake
from minewarden.desk.library.bridge import library, public_pem
from minewarden.desk.library.models import Addressed, Feedback
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.intel.bundle import make_key
from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from tests.desk.made import finding
from tests.desk.rules.rule import Rule

DUTY = "officer approver leader"
FOUND: dict[str, Any] = {
    "domain": "pool.example.org", "ip": None, "port": 3333, "protocol": "", "coins": "", "method": "detected",
    "sureness": "likely", "evidence": "抓包", "note": "",
}  # fmt: skip


def _person(username: str, unit: Unit, role: str) -> Person:
    made = org.create_person(
        by=None, unit=unit, username=username, name="吴庆", password="Qing-Shan-2026", must_change=False
    )
    org.grant_post(made, role=role, unit=unit, by=None)
    return made


def prepare(world: SimpleNamespace) -> None:
    """A report, a version that went to 临江区 and on to 市一中, one that waits, a list, a key, a word of a case."""
    now, city = timezone.now(), world.city
    reviewer = _person("library.one", city.bureau, Role.OFFICER)
    second = _person("library.two", city.bureau, Role.APPROVER)
    school = world.people.school_officer
    held = library()
    held.load(CATALOGUE, listing(now), now)
    facts = FOUND | {"found_at": now}
    world.report = actions.submit(by=school, now=now, unit=city.first_school, facts=facts)
    proposed = actions.propose_version(by=reviewer, now=now, least=20, note="版")
    world.issue = actions.publish(proposed, by=second, now=now)
    actions.hand_down(world.issue, by=world.people.officer, now=now, unit=city.linjiang)
    world.addressed = Addressed.objects.get(issue=world.issue, unit=city.first_school)
    world.indicator = held.version(world.issue.number)[0]
    world.publication = actions.propose_version(by=reviewer, now=now, least=20, note="版")
    feed = {"name": "list", "form": "plain", "licence": "own", "family": "", "role": "pool-endpoint", "scope": "host"}
    feed |= {"tlp": "green", "url": "", "hours": 24, "token": "", "sha256": "", "enabled": True}
    world.feed = intake.declare(by=reviewer, now=now, facts=feed)
    intake.take_file(world.feed, by=reviewer, now=now, name="a.txt", content=b"a.example.org\n")
    public_pem()

    other = Path(settings.DATA) / "other"
    shown = make_key(other)
    world.trusted = intake.trust(
        by=reviewer, now=now, name="省", pem=Path(f"{other}.pub").read_bytes(), fingerprint=shown
    )
    line = json.dumps(finding(9), ensure_ascii=False)
    (number,) = take_findings([line], by=world.people.officer, now=now, unit=city.linjiang).new
    world.reported_lead = Lead.objects.get(pk=number)
    line = json.dumps(finding(8), ensure_ascii=False)
    (number,) = take_findings([line], by=world.people.officer, now=now, unit=city.linjiang).new
    lead = Lead.objects.get(pk=number)
    world.reported_case = leads.open_case(lead, by=world.people.officer, now=now, unit=city.linjiang, reason="本单位")
    world.word = Feedback.objects.create(case=world.reported_case, kind="seen", hits=[], counts=True, at=now)
    made = actions.submit(by=reviewer, now=now, unit=city.bureau, facts=facts | {"domain": "x.example.org"})
    no = [{"part": "name", "accept": False, "why": "误报"}]
    decisions.review(made, by=reviewer, now=now, role="pool-endpoint", verdicts=no)
    world.handed = actions.hand_up(by=reviewer, now=now, addressee="省", note="", submissions=[made], rows=[["1"] * 11])


def issue(world: SimpleNamespace) -> dict[str, int]:
    return {"issue_id": world.issue.pk}


def report(world: SimpleNamespace) -> dict[str, int]:
    return {"submission_id": world.report.pk}


def publication(world: SimpleNamespace) -> dict[str, int]:
    return {"publication_id": world.publication.pk}


def feed(world: SimpleNamespace) -> dict[str, int]:
    return {"feed_id": world.feed.pk}


# The people of this table work for a district or its neighbour; pages of the office exist for none of them. Who of the
# office may do what is held by tests/desk/library.
RULES = {
    "library:home": Rule(f"{DUTY} stranger"),
    "library:indicator": Rule(f"{DUTY} stranger", lambda w: {"key": w.indicator.id}),
    "library:change-indicator": Rule("", lambda w: {"key": w.indicator.id, "verb": "revoke"}, method="post"),
    "library:reports": Rule(f"{DUTY} stranger"),
    "library:submit": Rule("officer stranger"),
    "library:submit-case": Rule("officer", lambda w: {"case_id": w.reported_case.pk}),
    "library:submit-lead": Rule("officer", lambda w: {"lead_id": w.reported_lead.pk}),
    "library:report": Rule(DUTY, report),
    "library:act": Rule("officer", lambda w: report(w) | {"verb": "relay"}, method="post", status=302),
    "library:versions": Rule(f"{DUTY} stranger"),
    "library:version": Rule(f"{DUTY} stranger", issue),
    "library:version-file": Rule("officer approver stranger", lambda w: issue(w) | {"form": "rpz"}),
    "library:relay-version": Rule("officer", lambda w: issue(w) | {}, method="post", status=404),
    "library:urge": Rule("officer stranger", issue, method="post", status=302),
    "library:answer": Rule("officer", lambda w: {"row_id": w.addressed.pk}),
    "library:publish": Rule(""),
    "library:publication": Rule("", publication),
    "library:decide-publication": Rule("", lambda w: publication(w) | {"verb": "agree"}, method="post"),
    "library:sources": Rule(""),
    "library:add-feed": Rule(""),
    "library:take-catalogue": Rule("", method="post"),
    "library:feed": Rule("", feed),
    "library:change-feed": Rule("", feed, method="post"),
    "library:take-file": Rule("", feed, method="post"),
    "library:pull": Rule("", feed, method="post"),
    "library:load": Rule("", lambda w: {"number": 1}),
    "library:waiting": Rule(""),
    "library:settle": Rule("", lambda w: {"number": 1}, method="post"),
    "library:allow": Rule(""),
    "library:end-allow": Rule("", method="post"),
    "library:feedback": Rule(""),
    "library:weigh": Rule("", lambda w: {"feedback_id": w.word.pk}, method="post"),
    "library:bundles": Rule(""),
    "library:own-key": Rule(f"{DUTY} stranger"),
    "library:trust": Rule("", method="post"),
    "library:trust-no-more": Rule("", lambda w: {"trusted_id": w.trusted.pk}, method="post"),
    "library:province": Rule(""),
    "library:province-file": Rule("", lambda w: {"what": "t10", "form": "xlsx"}),
    "library:handed-file": Rule("", lambda w: {"handed_id": w.handed.pk, "form": "xlsx"}),
    "blocks:propose-version": Rule("officer stranger", issue),
    "blocks:agree-version": Rule("", issue, method="post"),
}
