"""Who may open which page of the pledges. The roll is 临江区's own; the stranger is of the next district."""

from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from minewarden.desk.pledges.built_in import publish
from minewarden.desk.pledges.codes import hash_of, new_salt, ticket_of, token_of
from minewarden.desk.pledges.models import Link, Page, Scan, Signer, Text
from tests.desk.pledges.made import signed
from tests.desk.rules.rule import EVERYONE, Rule

READERS = "officer approver leader keeper"
KEEPERS = "officer keeper"


def prepare(world: SimpleNamespace) -> None:
    """Add two people, one of whom has signed, a code, and a scan of one page to the world."""
    publish()
    unit, now = world.city.linjiang, timezone.now()
    world.signer = Signer.objects.create(unit=unit, number="T1", name="秦朗", group="科室", category="staff")
    world.signature = signed(
        Signer.objects.create(unit=unit, number="T2", name="何晓", group="科室", category="staff"), now
    )
    salt = new_salt()
    world.pledge_token = token_of(salt)
    world.link = Link.objects.create(
        token_hash=hash_of(world.pledge_token),
        salt=salt,
        unit=unit,
        group="科室",
        made_at=now,
        expires_at=now + timedelta(days=1),
    )
    world.scan = Scan.objects.create(
        unit=unit, name="扫描.pdf", sha256="0" * 64, size=1, pages=1, place="0" * 32, at=now, by=world.people.officer
    )
    Page.objects.create(scan=world.scan, number=1, state="unread")
    world.text = Text.objects.get(variant="staff")


def of_unit(world: SimpleNamespace) -> dict[str, object]:
    return {"unit_id": world.city.linjiang.pk}


def of_scan(world: SimpleNamespace) -> dict[str, object]:
    return {"scan_id": world.scan.pk}


def of_page(world: SimpleNamespace) -> dict[str, object]:
    return {"scan_id": world.scan.pk, "number": 1}


def of_signature(world: SimpleNamespace) -> dict[str, object]:
    return {"signer_id": world.signature.signer_id, "seq": world.signature.seq}


def act(verb: str, of: object) -> object:
    return lambda world: {**of(world), "verb": verb}  # type: ignore[operator]


RULES = {
    "pledges:enter": Rule(EVERYONE, lambda world: {"token": world.pledge_token}, anonymous=200),
    "pledges:pledge": Rule(
        EVERYONE,
        lambda world: {"token": world.pledge_token, "ticket": ticket_of(world.link.pk, world.signer.pk)},
        anonymous=200,
    ),
    "pledges:home": Rule(f"{READERS} stranger", status=302),
    "pledges:texts": Rule(f"{READERS} stranger"),
    "pledges:text": Rule(f"{READERS} stranger", lambda world: {"text_id": world.text.pk}),
    # 临江区's approver is not the city's.
    "pledges:publish": Rule(""),
    "pledges:unit": Rule(READERS, of_unit),
    "pledges:people": Rule(READERS, of_unit),
    "pledges:people-act": Rule(
        "officer approver keeper", act("reason", of_unit), method="post", data={"reason": "leave"}, status=302
    ),
    "pledges:download": Rule("officer approver keeper", of_unit),
    "pledges:statistics": Rule(READERS, of_unit),
    "pledges:take-over": Rule(KEEPERS, of_unit, method="post", status=302),
    "pledges:remind": Rule(
        "officer approver", lambda world: {"unit_id": world.city.first_school.pk}, method="post", status=302
    ),
    "pledges:codes": Rule(KEEPERS, of_unit),
    "pledges:code-sheet": Rule(KEEPERS, of_unit),
    "pledges:papers": Rule(KEEPERS, of_unit),
    "pledges:scans": Rule(KEEPERS, of_unit),
    "pledges:revoke": Rule(KEEPERS, lambda world: {"link_id": world.link.pk}, method="post", status=302),
    "pledges:scan": Rule(KEEPERS, of_scan),
    "pledges:scan-act": Rule(KEEPERS, act("drop", of_scan), method="post", status=302),
    # The file of this scan is gone, which is said and not traced back.
    "pledges:scan-picture": Rule(KEEPERS, of_page, status=404),
    "pledges:match": Rule(KEEPERS, of_page, method="post", data={"blank": "1"}, status=302),
    "pledges:person": Rule(READERS, lambda world: {"signer_id": world.signer.pk}),
    "pledges:reveal": Rule("officer approver keeper", of_signature, method="post", data={"reason": "核对"}),
    "pledges:original": Rule("officer approver keeper", of_signature),
}
