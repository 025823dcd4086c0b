"""What people fill in: records, what became of them, reviews of projects, energy, figures."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from minewarden.desk.cases.fields import Instant, Words
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.forms import FileField
from minewarden.desk.kit.words import say, word
from minewarden.desk.measures.codes import ANSWERS, KINDS, OFFICES, SIGNS, VERDICTS
from minewarden.desk.measures.lifecycle import Verb
from minewarden.desk.measures.models import EnergyFact, Entry, RegionalFigure
from minewarden.desk.org.codes import is_region_code
from minewarden.desk.org.forms import OwnUnit
from minewarden.desk.org.models import Person, Role


def _label(key: str) -> Any:
    return word(f"desk_measures.{key}")


def _codes(group: str, codes: Any) -> list[tuple[str, Any]]:
    return [(code, _label(f"{group}_{code}")) for code in codes]


def _day(key: str, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=_label(key), widget=widget, **kwargs)


class NoteForm(forms.Form):
    """A new record."""

    kind = forms.ChoiceField(label=_label("field_kind"))
    subject = forms.CharField(label=_label("col_subject"), max_length=200, help_text=_label("help_subject"))
    office = forms.ChoiceField(label=_label("field_office"), choices=_codes("office", OFFICES))
    authority = forms.CharField(label=_label("col_authority"), max_length=120, help_text=_label("help_authority"))
    basis = forms.CharField(label=_label("field_basis"), max_length=300)
    text = Words(label=_label("field_text"), rows=4, help_text=_label("help_text"))

    def __init__(self, person: Person, kind: str, *args: Any, case: Case | None = None, **kwargs: Any) -> None:
        known = KINDS.get(kind)
        kwargs["initial"] = {
            "kind": kind, "office": known.office if known else "", "basis": say(f"desk_measures.basis_{kind}"),
            **({"unit": case.unit_id} if case else {}),
        } if known else {}  # fmt: skip
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        unit = OwnUnit(person, Role.APPROVER if known and known.restricted else Role.OFFICER)
        self.fields = {"unit": unit, **self.fields}
        choice = self.fields["kind"]
        if isinstance(choice, forms.ChoiceField):
            open_to = [k for k in KINDS.values() if not k.restricted or person.holds(Role.APPROVER)]
            choice.choices = [(k.code, say(f"desk_measures.{k.word}")) for k in open_to]


class VerbForm(forms.Form):
    """What became of a record."""

    text = Words(label="", rows=3)
    _DAYS: ClassVar[dict[Verb, str]] = {
        Verb.SEND: "sent_on", Verb.ANSWER: "answered_on", Verb.DECIDE: "decided_on",
    }  # fmt: skip

    def __init__(self, verb: Verb, entry: Entry, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": "", "prefix": verb.value}
        super().__init__(*args, **kwargs)
        self.verb = verb
        if verb in (Verb.SEND, Verb.CLOSE):
            del self.fields["text"]
        else:
            self.fields["text"].label = _label(f"field_{verb.value}")
        if day := self._DAYS.get(verb):
            self.fields[day] = _day(f"field_{day}", initial=timezone.localdate)
        if verb in (Verb.SEND, Verb.DECIDE):
            self.fields["number"] = forms.CharField(
                label=_label("field_number"), max_length=64, required=verb is Verb.SEND
            )
        if verb is Verb.SEND:
            self.fields["answer_due"] = _day("field_answer_due", required=False)
        if verb is Verb.DECIDE and entry.year is None:
            self.fields["valid_to"] = _day("field_valid_to", required=False)

    @property
    def title(self) -> str:
        """What the button says."""
        return say(f"desk_measures.act_{self.verb.value}")


class ReasonForm(forms.Form):
    """Why somebody opens a restricted record."""

    reason = forms.CharField(label=_label("field_reason"), max_length=200)


class FileForm(forms.Form):
    """A document."""

    upload = FileField(label=_label("field_file"))


class ReviewForm(forms.Form):
    """An own project, held against the signs of mining in disguise."""

    name = forms.CharField(label=_label("field_project"), max_length=200)
    number = forms.CharField(label=_label("field_project_number"), max_length=64, required=False)
    partner = forms.CharField(label=_label("field_partner"), max_length=200, required=False)
    kilowatts = forms.IntegerField(label=_label("field_kilowatts"), min_value=0, max_value=1_000_000, required=False)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        self.fields = {"unit": OwnUnit(person, Role.OFFICER), **self.fields}
        for sign in SIGNS:
            self.fields[f"sign_{sign}"] = forms.ChoiceField(
                label=_label(f"sign_{sign}"), choices=_codes("answer", ANSWERS), widget=forms.RadioSelect
            )
        self.fields["verdict"] = forms.ChoiceField(label=_label("field_verdict"), choices=_codes("verdict", VERDICTS))
        self.fields["reason"] = Words(label=_label("field_review_reason"), rows=3)

    def facts(self) -> dict[str, Any]:
        """What `actions.review` asks for."""
        given = dict(self.cleaned_data)
        return given | {"answers": {sign: given.pop(f"sign_{sign}") for sign in SIGNS}}


class DecideForm(forms.Form):
    """The second person's answer to a review."""

    allow = forms.TypedChoiceField(choices=[("yes", "yes"), ("no", "no")], coerce=lambda text: text == "yes")
    note = Words(label=_label("field_note"), required=False)


class EnergyForm(forms.Form):
    """From what the energy of a case is estimated."""

    method = forms.ChoiceField(
        label=_label("field_method"), choices=_codes("method", EnergyFact.Method.values), widget=forms.RadioSelect
    )
    began_at = Instant(label=_label("col_began"))
    ended_at = Instant(label=_label("col_ended"))
    watts = forms.DecimalField(label=_label("field_watts"), min_value=0, max_digits=9, decimal_places=2, required=False)
    idle_watts = forms.DecimalField(
        label=_label("field_idle_watts"), min_value=0, max_digits=9, decimal_places=2, required=False,
        help_text=_label("help_idle"),
    )  # fmt: skip
    hours = forms.DecimalField(
        label=_label("field_hours"), min_value=0, max_digits=9, decimal_places=2, required=False,
        help_text=_label("help_hours"),
    )  # fmt: skip
    meter_account = forms.CharField(label=_label("field_meter_account"), max_length=40, required=False)
    meter_kwh = forms.DecimalField(
        label=_label("field_meter_kwh"), min_value=0, max_digits=12, decimal_places=3, required=False
    )
    meter_days = forms.IntegerField(label=_label("field_meter_days"), min_value=1, max_value=400, required=False)
    mining_days = forms.IntegerField(label=_label("field_mining_days"), min_value=0, max_value=400, required=False)
    basis = forms.CharField(label=_label("field_energy_basis"), max_length=300, help_text=_label("help_energy_basis"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)


class PeriodForm(forms.Form):
    """From which day to which."""

    since = _day("field_since")
    until = _day("field_until")

    def span(self) -> tuple[date, date]:
        """The days; this year where they cannot be read, or stand the wrong way round."""
        given = self.cleaned_data if self.is_valid() else {}
        today = timezone.localdate()
        since, until = given.get("since"), given.get("until")
        if since and until and since <= until:
            return since, until
        return date(today.year, 1, 1), today


class FigureForm(forms.Form):
    """A factor or a surcharge that was announced."""

    what = forms.ChoiceField(label=_label("field_what"), choices=_codes("what", RegionalFigure.What.values))
    region = forms.CharField(label=_label("field_region"), max_length=6, help_text=_label("help_region"))
    value = forms.DecimalField(label=_label("field_value"), min_value=0, max_digits=9, decimal_places=4)
    year = forms.IntegerField(label=_label("field_year"), min_value=2000, max_value=2100, required=False)
    since = _day("field_rate_since", required=False)
    until = _day("field_rate_until", required=False)
    source = forms.CharField(label=_label("field_source"), max_length=200, help_text=_label("help_source"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)

    def clean_region(self) -> str:
        """Two, four or six digits."""
        text = str(self.cleaned_data["region"]).strip()
        if not (text.isdecimal() and text.isascii() and (len(text) in (2, 4) or is_region_code(text))):
            raise forms.ValidationError(word("desk_measures.refused_region"))
        return text

    def clean(self) -> dict[str, Any]:
        """A factor is of a year; a surcharge is not."""
        given = super().clean() or {}
        if given.get("what") == RegionalFigure.What.FACTOR and not given.get("year"):
            self.add_error("year", say("sheets.required"))
        if given.get("what") == RegionalFigure.What.RATE:
            given["year"] = None
        return given
