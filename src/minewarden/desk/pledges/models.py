"""Texts, who is to sign, links, signatures with their ink, scans of papers, and failed attempts at a link."""

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from minewarden.desk.kit.words import word
from minewarden.desk.ledger.models import Entry, Staff
from minewarden.desk.org.models import Person, Unit


class Text(models.Model):
    """A version of the text of one kind of pledge. It is never changed: another version takes its place from a day on.

    body: one paragraph a line, with places for names in braces; resign: whoever signed an earlier version signs again.
    """

    class Variant(models.TextChoices):
        UNIT = "unit", word("desk_pledges.variant_unit")
        STAFF = "staff", word("desk_pledges.variant_staff")
        STUDENT = "student", word("desk_pledges.variant_student")
        GUARDIAN = "guardian", word("desk_pledges.variant_guardian")

    variant = models.CharField(max_length=16, choices=Variant.choices)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    effective_from = models.DateField()
    resign = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("variant", "-number")
        constraints = (models.UniqueConstraint(fields=["variant", "number"], name="pledge_text_numbered_once"),)

    def __str__(self) -> str:
        return f"{self.variant} v{self.number}"


class Signer(Entry):
    """应签人: somebody of whom a pledge is due to a unit, or the unit itself, which owes one to its superior.

    `staff` and `case` say out of which record the row was made; rows of students are handed in. What is known of the
    signature in force stands here too (signature, text, signed_at), so that a city is counted without joining.
    again: it was signed to another unit, and is due to this one; left_on: kept, and no longer due; from_unit: the unit
    that was merged into this one, for whose people a code may hang on a wall.
    """

    class Category(models.TextChoices):
        UNIT = "unit", word("desk_pledges.category_unit")
        STAFF = "staff", word("desk_pledges.category_staff")
        OPERATOR = "operator", word("desk_pledges.category_operator")
        INVOLVED = "involved", word("desk_pledges.category_involved")
        STUDENT = "student", word("desk_pledges.category_student")

    class Reason(models.TextChoices):
        REFUSED = "refused", word("desk_pledges.reason_refused")
        ABSENT = "absent", word("desk_pledges.reason_absent")
        LEAVE = "leave", word("desk_pledges.reason_leave")
        MEDICAL = "medical", word("desk_pledges.reason_medical")
        ABROAD = "abroad", word("desk_pledges.reason_abroad")
        OTHER = "other", word("desk_pledges.reason_other")

    NO_EXCUSE: ClassVar[frozenset[str]] = frozenset({"refused"})

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="signers")
    group = models.CharField(max_length=120, blank=True)
    number = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=16, choices=Category.choices)
    under14 = models.BooleanField(default=False)
    staff = models.OneToOneField(Staff, models.PROTECT, null=True, blank=True, editable=False, related_name="signer")
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, null=True, blank=True, editable=False, related_name="signers"
    )
    from_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    due_from = models.DateField(default=timezone.localdate, editable=False)
    left_on = models.DateField(null=True, blank=True, editable=False)
    signature = models.ForeignKey("Signature", models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    text = models.ForeignKey(Text, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True, editable=False)
    again = models.BooleanField(default=False, editable=False)
    reason = models.CharField(max_length=16, choices=Reason.choices, blank=True, editable=False)
    reason_note = models.CharField(max_length=200, blank=True, editable=False)
    reason_until = models.DateField(null=True, blank=True, editable=False)
    reason_at = models.DateTimeField(null=True, blank=True, editable=False)
    reason_by = models.ForeignKey(Person, models.PROTECT, null=True, editable=False, related_name="+")
    excused_at = models.DateTimeField(null=True, blank=True, editable=False)
    excused_by = models.ForeignKey(Person, models.PROTECT, null=True, editable=False, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "group", "number")
        constraints = (
            models.UniqueConstraint(fields=["unit", "number"], name="signer_number_once_per_unit"),
            models.CheckConstraint(
                condition=Q(excused_at__isnull=True) | ~Q(reason=""), name="signer_is_excused_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(excused_by__isnull=True) | ~Q(excused_by=F("reason_by")),
                name="signer_is_excused_by_a_second_person",
            ),
        )
        indexes = (
            # Lists in their order, what they are searched by and where people stand, without the rows.
            models.Index(
                fields=[
                    "unit",
                    "group",
                    "number",
                    "name",
                    "category",
                    "text",
                    "again",
                    "left_on",
                    "signature",
                    "reason",
                    "excused_at",
                    "reason_until",
                ],
                name="signer_in_order",
            ),
            # Those who left are few, and are not among the kept counts.
            models.Index(fields=["unit"], name="signer_left", condition=Q(left_on__isnull=False)),
            # What a city is counted by, without the rows.
            models.Index(fields=["unit", "category", "text", "again", "left_on"], name="signer_counted"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def variant(self) -> str:
        """Which text is signed: a guardian's for a child under fourteen."""
        if self.category == self.Category.UNIT:
            return Text.Variant.UNIT
        if self.category == self.Category.STUDENT or self.under14:
            return Text.Variant.GUARDIAN if self.under14 else Text.Variant.STUDENT
        return Text.Variant.STAFF


class SignerCount(models.Model):
    """How many of a unit's roll stand alike: of a category, with the same text signed or none (0), asked again or not,
    due from the same day, missing or excused for the same reason; those that left aside.

    The database keeps it by triggers (`kept`), whoever writes the roll: nothing else writes here.
    """

    NO_END: ClassVar[date] = date.max
    """Until when a reason holds that has no end."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    category = models.CharField(max_length=16)
    text = models.BigIntegerField()
    again = models.BooleanField()
    due_from = models.DateField()
    reason = models.CharField(max_length=16, blank=True)
    excused = models.BooleanField()
    reason_until = models.DateField()
    people = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "category", "text", "again", "due_from", "reason", "excused", "reason_until"],
                name="signers_counted_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.category}: {self.people}"


class Link(models.Model):
    """签订码: an address by which those of a group, or one of them, sign without an account. Its token is not kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    salt = models.CharField(max_length=32)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="pledge_links")
    group = models.CharField(max_length=120, blank=True)
    whole = models.BooleanField(default=False)
    from_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    signer = models.ForeignKey(Signer, models.PROTECT, null=True, related_name="links")
    ask_number = models.BooleanField(default=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-made_at", "-pk")
        indexes = (models.Index(fields=["unit", "group", "signer", "expires_at"], name="pledge_link_of_group"),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.group}"


class Scan(models.Model):
    """A file of signed papers: sealed on the disk, its pages told apart by the codes on them.

    It counts when a person has looked it through and confirms it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", word("desk_pledges.scan_waiting")
        DONE = "done", word("desk_pledges.scan_done")
        DROPPED = "dropped", word("desk_pledges.scan_dropped")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="pledge_scans")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    pages = models.PositiveIntegerField()
    place = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return self.name


class Page(models.Model):
    """A page of a scan: whose pledge it is, by its code or because a person said so; or why it is nobody's.

    also: the numbers of the same person's rows in other rolls for which the paper says that it is signed as well.
    """

    class State(models.TextChoices):
        READ = "read", word("desk_pledges.page_read")
        UNREAD = "unread", word("desk_pledges.page_unread")
        TWICE = "twice", word("desk_pledges.page_twice")
        FOREIGN = "foreign", word("desk_pledges.page_foreign")
        SIGNED = "signed", word("desk_pledges.page_signed")
        MATCHED = "matched", word("desk_pledges.page_matched")
        BLANK = "blank", word("desk_pledges.page_blank")

    TAKEN: ClassVar[frozenset[str]] = frozenset({"read", "matched"})
    ASKS: ClassVar[frozenset[str]] = frozenset({"unread", "twice", "foreign"})

    scan = models.ForeignKey(Scan, models.CASCADE, related_name="page_rows")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices)
    signer = models.ForeignKey(Signer, models.PROTECT, null=True, related_name="+")
    also = models.JSONField(default=list)
    text = models.ForeignKey(Text, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("scan", "number")
        constraints = (models.UniqueConstraint(fields=["scan", "number"], name="pledge_page_once"),)

    def __str__(self) -> str:
        return f"{self.scan_id}/{self.number}"


class Signature(models.Model):
    """A pledge that was signed. Rows are added and never changed; `hash` covers all else and the row before.

    What it says stands by value, so that it holds when names, units and rolls change. ink_sha256 is the hash of the
    handwriting, scan_sha256 that of the scan of which `page` is the paper.
    """

    class Way(models.TextChoices):
        PHONE = "phone", word("desk_pledges.way_phone")
        PAPER = "paper", word("desk_pledges.way_paper")

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    signer = models.ForeignKey(Signer, models.PROTECT, related_name="signatures")
    text = models.ForeignKey(Text, models.PROTECT, related_name="signatures")
    text_sha256 = models.CharField(max_length=64)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="pledge_signatures")
    unit_name = models.CharField(max_length=200)
    group = models.CharField(max_length=120, blank=True)
    category = models.CharField(max_length=16)
    number = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    guardian = models.CharField(max_length=60, blank=True)
    relation = models.CharField(max_length=20, blank=True)
    way = models.CharField(max_length=16, choices=Way.choices)
    signed_on = models.DateField()
    ip = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    ink_sha256 = models.CharField(max_length=64, blank=True)
    scan = models.ForeignKey(Scan, models.PROTECT, null=True, related_name="signatures")
    scan_sha256 = models.CharField(max_length=64, blank=True)
    page = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("-seq",)
        constraints: ClassVar[Any] = (
            models.CheckConstraint(
                condition=(Q(way="phone") & ~Q(ink_sha256="") & Q(scan__isnull=True))
                | (Q(way="paper") & Q(ink_sha256="") & Q(scan__isnull=False, page__isnull=False)),
                name="pledge_is_signed_by_ink_or_on_a_page",
            ),
        )
        indexes = (
            models.Index(fields=["unit", "at"], name="pledge_signed_when"),
            # Units' own pledges are few among those of their people.
            models.Index(fields=["category", "unit"], name="pledge_by_category"),
        )

    def __str__(self) -> str:
        return f"#{self.seq}"


class Ink(models.Model):
    """The handwriting of a signature, sealed, in a row that lists never read; what is deleted leaves it empty."""

    signature = models.OneToOneField(Signature, models.PROTECT, primary_key=True, related_name="ink")
    sealed = models.BinaryField()
    deleted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"#{self.signature_id}"


class Knock(models.Model):
    """Failed attempts at a link from one place in one span of time. The place stands as a keyed hash."""

    link = models.ForeignKey(Link, models.CASCADE, related_name="knocks")
    place = models.CharField(max_length=32)
    since = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["link", "place", "since"], name="pledge_knocks_counted_once"),)

    def __str__(self) -> str:
        return f"{self.link_id} {self.count}"
