"""What people fill in: the sheet of a place, what became of a fix, links, files of reports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone

from minewarden.desk.cases.fields import Words
from minewarden.desk.kit import kept
from minewarden.desk.kit.words import say, word
from minewarden.desk.ledger.models import Asset
from minewarden.desk.org.forms import OwnUnit
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.selfchecks.actions import Seen, defaults
from minewarden.desk.selfchecks.codes import Item, Place, Result, items_of
from minewarden.desk.selfchecks.lifecycle import Verb
from minewarden.desk.selfchecks.models import Fix, HostReport, Link
from minewarden.desk.selfchecks.queries import assets_like

LARGEST_UPLOAD = 40
"""Files handed in at once."""
DAYS = (7, 30, 90, 365)


def _label(key: str) -> Any:
    return word(f"desk_selfchecks.{key}")


def _places() -> list[tuple[str, Any]]:
    return [(kind.value, _label(f"place_{kind.value}")) for kind in Place]


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet as the page draws it."""

    item: Item
    result: forms.BoundField
    note: forms.BoundField
    measure: forms.BoundField
    responsible: forms.BoundField
    due_on: forms.BoundField

    @property
    def wrong(self) -> bool:
        """Whether something of it has to be mended before the sheet can be handed in."""
        return any(field.errors for field in (self.result, self.note, self.due_on))


class StartForm(forms.Form):
    """Which place is looked at."""

    kind = forms.ChoiceField(label=_label("field_kind"), choices=_places)
    place = forms.CharField(label=_label("field_place"), max_length=120, help_text=_label("help_place"))

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields = {"unit": OwnUnit(person, Role.OFFICER), **self.fields}


class SheetForm(forms.Form):
    """All lines of a place on one page; what nobody answered may be said to be fine at the end, in one stroke."""

    inspector = forms.CharField(label=_label("field_inspector"), max_length=60)
    rest_fine = forms.BooleanField(label=_label("field_rest_fine"), required=False)
    page = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, kind: str, *args: Any, now: datetime, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs["initial"] = {"page": uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.items = items_of(kind)
        self._days = defaults(self.items, now)
        choices = [(result.value, _label(f"result_{result.value}")) for result in Result]
        for item in self.items:
            at = item.code
            # Its label is the sentence, for whoever hears the page.
            self.fields[f"{at}-result"] = forms.ChoiceField(
                label=word(item.word), choices=choices, widget=forms.RadioSelect, required=False
            )
            self.fields[f"{at}-note"] = forms.CharField(label=_label("field_note"), required=False, max_length=500)
            self.fields[f"{at}-measure"] = forms.CharField(
                label=_label("field_measure"), required=False, max_length=500
            )
            self.fields[f"{at}-responsible"] = forms.CharField(
                label=_label("field_responsible"), required=False, max_length=60
            )
            self.fields[f"{at}-due_on"] = _day(label=_label("field_due_on"), required=False)
            self.initial.setdefault(f"{at}-due_on", self._days[at])

    def lines(self) -> Iterator[Line]:
        """The lines, with their fields."""
        for item in self.items:
            names = ("result", "note", "measure", "responsible", "due_on")
            yield Line(item, *(self[f"{item.code}-{name}"] for name in names))

    def clean(self) -> dict[str, Any]:
        """Each line is answered; a problem has words, and a day that is not over."""
        given = super().clean() or {}
        today = timezone.localdate()
        for item in self.items:
            at = item.code
            result = given.get(f"{at}-result")
            if not result and given.get("rest_fine"):
                given[f"{at}-result"] = Result.FINE.value
            elif not result:
                self.add_error(f"{at}-result", say("desk_selfchecks.refused_unanswered"))
            elif result == Result.PROBLEM and not given.get(f"{at}-note", "").strip():
                self.add_error(f"{at}-note", say("desk_selfchecks.refused_no_words"))
            due_on = given.get(f"{at}-due_on")
            if result == Result.PROBLEM and isinstance(due_on, date) and due_on < today:
                self.add_error(f"{at}-due_on", say("desk_selfchecks.refused_day"))
        return given

    def seen(self) -> dict[str, Seen]:
        """What was seen, by line."""
        given = self.cleaned_data
        return {
            item.code: Seen(
                given[f"{item.code}-result"], given[f"{item.code}-note"], given[f"{item.code}-measure"],
                given[f"{item.code}-responsible"], given[f"{item.code}-due_on"],
            )
            for item in self.items
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """What `actions.hand_in_sheet` asks for, but for whose and which place it is."""
        page: UUID = self.cleaned_data["page"]
        return {"inspector": self.cleaned_data["inspector"], "seen": self.seen(), "page": str(page)}


class FixForm(forms.Form):
    """What became of a fix."""

    note = Words(label=_label("field_done"), max_length=1000)

    def __init__(self, verb: Verb, fix: Fix, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": "", "prefix": verb.value}
        super().__init__(*args, **kwargs)
        self.verb = verb
        self.fields["note"].label = _label(f"field_{verb.value}")
        self.fields["note"].required = verb is not Verb.ACCEPT
        if verb is Verb.MEND:
            self.fields["files"] = ManyFiles(
                accept="image/*,.pdf", label=_label("field_photo"), help_text=_label("help_photo"), required=False
            )
        if verb is Verb.POSTPONE:
            self.fields["due_on"] = _day(label=_label("field_due_on"), initial=fix.due_on)

    @property
    def title(self) -> str:
        """What the button says."""
        return say(f"desk_selfchecks.act_{self.verb.value}")

    def facts(self) -> dict[str, Any]:
        """What the act asks for; files are read as far as tells that one is too large."""
        given = dict(self.cleaned_data)
        if "files" in given:
            given["files"] = [(file.name, file.read(kept.LARGEST + 1)) for file in given["files"]]
        return given


class LinkForm(forms.Form):
    """A link to be given out."""

    purpose = forms.ChoiceField(label=_label("field_purpose"), choices=Link.Purpose.choices, widget=forms.RadioSelect)
    label = forms.CharField(label=_label("field_label"), max_length=80, help_text=_label("help_label"))
    days = forms.TypedChoiceField(
        label=_label("field_days"), choices=[(days, word("desk_selfchecks.days", days=days)) for days in DAYS],
        coerce=int, initial=30,
    )  # fmt: skip
    kind = forms.ChoiceField(label=_label("field_kind"), required=False, help_text=_label("help_sheet_only"))
    place = forms.CharField(label=_label("field_place"), max_length=120, required=False)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs["initial"] = {"purpose": Link.Purpose.REPORTS, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields = {"unit": OwnUnit(person, Role.OFFICER), **self.fields}
        kind = self.fields["kind"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = [("", "—"), *_places()]

    def clean(self) -> dict[str, Any]:
        """A link for a sheet names its place."""
        given = super().clean() or {}
        if given.get("purpose") == Link.Purpose.SHEET:
            for name in ("kind", "place"):
                if not given.get(name):
                    self.add_error(name, say("sheets.required"))
        return given


class ManyFiles(forms.FileField):
    """Several files at once."""

    class Widget(forms.FileInput):
        allow_multiple_selected = True

    def __init__(self, *, accept: str = ".json,.txt", **kwargs: Any) -> None:
        super().__init__(widget=self.Widget(attrs={"accept": accept}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each of them."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            return super().clean(None, initial) or []
        return [super(ManyFiles, self).clean(one, initial) for one in given]


class UploadForm(forms.Form):
    """Files of reports, as the self-check wrote them."""

    reports = ManyFiles(label=_label("field_files"), help_text=_label("help_files"), allow_empty_file=True)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields = {"unit": OwnUnit(person, Role.OFFICER), **self.fields}

    def clean_reports(self) -> Sequence[Any]:
        """Not endlessly many."""
        given: list[Any] = self.cleaned_data["reports"]
        if len(given) > LARGEST_UPLOAD:
            raise forms.ValidationError(word("desk_selfchecks.refused_many", most=LARGEST_UPLOAD))
        return given

    @property
    def unit(self) -> Unit:
        """Whose they are."""
        found: Unit = self.cleaned_data["unit"]
        return found


class MatchForm(forms.Form):
    """Which device of the ledger a report is of."""

    asset = forms.ModelChoiceField(
        queryset=Asset.objects.none(), required=False, label=_label("field_asset"), empty_label=_label("no_asset")
    )

    def __init__(self, report: HostReport, search: str, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        choice = self.fields["asset"]
        if isinstance(choice, forms.ModelChoiceField):
            found = assets_like(report, search or report.host)
            numbers = [asset.pk for asset in found] + ([report.asset_id] if report.asset_id else [])
            choice.queryset = Asset.objects.filter(pk__in=numbers).select_related("unit")
            choice.initial = report.asset_id
