"""What visitors fill in, and what people of a unit do."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django import forms

from minewarden.desk.cases.fields import Words
from minewarden.desk.kit.words import word
from minewarden.desk.ledger.books import spelled
from minewarden.desk.pledges.ink import LARGEST, Ink, NotSigned, read
from minewarden.desk.pledges.models import Signer, Text
from minewarden.vocab.words import DISPLAY_ZONE

RELATIONS = ("father", "mother", "grandparent", "guardian")


def label(key: str) -> Any:
    """A word of the pledges, put into a language when it is shown."""
    return word(f"desk_pledges.{key}")


class Plain(forms.Form):
    """A form without colons behind its labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"label_suffix": ""}))


class Who(Plain):
    """A visitor's name, and the end of his number; of several who may be meant, the one chosen."""

    name = forms.CharField(label=label("field_name"), max_length=60, help_text=label("help_name"))
    tail = forms.CharField(label=label("field_tail"), max_length=60, required=False, help_text=label("help_tail"))
    chosen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ask_number: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tail"].required = ask_number
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "autofocus": True}
        self.fields["tail"].widget.attrs |= {"autocomplete": "off", "inputmode": "text"}

    def clean_name(self) -> str:
        """In the one spelling in which the roll has it."""
        return spelled(self.cleaned_data["name"])


class Sign(Plain):
    """Consent, handwriting, and the guardian of a child."""

    guardian = forms.CharField(label=label("field_guardian"), max_length=60)
    relation = forms.ChoiceField(
        label=label("field_relation"), choices=[(code, label(f"relation_{code}")) for code in RELATIONS]
    )
    agree = forms.BooleanField(label=label("agree"), error_messages={"required": label("refused_not_agreed")})
    text = forms.IntegerField(widget=forms.HiddenInput)
    ink = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LARGEST, strip=False)

    def __init__(self, *args: Any, variant: str, also: Iterable[Signer] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if units := [(row.pk, row.unit.name) for row in also]:
            # 一次签订: the same person in the rolls of other units.
            self.fields["also"] = forms.TypedMultipleChoiceField(
                label=label("also"), choices=units, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
            )
        if variant != Text.Variant.GUARDIAN:
            del self.fields["guardian"], self.fields["relation"]
        else:
            self.fields["guardian"].widget.attrs["autocomplete"] = "off"
        self.fields["ink"].error_messages["max_length"] = label("ink_too_large")

    def clean_guardian(self) -> str:
        """In one spelling."""
        return spelled(self.cleaned_data["guardian"])

    def clean_ink(self) -> Ink:
        """The strokes; a canvas without a name on it is said to be one."""
        try:
            return read(self.cleaned_data["ink"])
        except NotSigned as error:
            raise forms.ValidationError(label(f"ink_{error.lack.value}")) from error


_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class Find(Plain):
    """What narrows a list of people."""

    q = forms.CharField(label=label("find"), required=False, max_length=60)


class Reasons(Plain):
    """Why the people ticked have not signed."""

    reason = forms.ChoiceField(label=label("field_reason"), choices=Signer.Reason.choices)
    until = forms.DateField(label=label("field_until"), required=False, widget=_DAY, help_text=label("help_until"))
    note = forms.CharField(label=label("field_note"), required=False, max_length=200)


class CodesWanted(Plain):
    """For whom codes are printed, and until when they are good."""

    EACH, GROUPS, WHOLE = "each", "groups", "whole"
    kind = forms.ChoiceField(
        label=label("field_kind"),
        choices=[(kind, label(f"codes_{kind}")) for kind in (GROUPS, EACH, WHOLE)],
        widget=forms.RadioSelect,
        initial=GROUPS,
    )
    groups = forms.MultipleChoiceField(
        label=label("field_groups"), required=False, widget=forms.CheckboxSelectMultiple, help_text=label("help_groups")
    )
    until = forms.DateField(label=label("field_good_until"), widget=_DAY)
    ask_number = forms.BooleanField(
        label=label("field_ask_number"), required=False, initial=True, help_text=label("help_ask_number")
    )

    def __init__(self, *args: Any, groups: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["groups"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  # the form's own declaration
        field.choices = [(name, name or label("no_group")) for name in groups]

    def end(self) -> datetime:
        """The last moment of the last day."""
        return datetime.combine(self.cleaned_data["until"], time(23, 59, 59), DISPLAY_ZONE)


class Upload(Plain):
    """A scan of signed papers."""

    file = forms.FileField(label=label("field_scan"), help_text=label("help_scan"))


class TakeIn(Plain):
    """The day on which papers were signed, or sealed."""

    signed_on = forms.DateField(label=label("field_signed_on"), widget=_DAY)


class Publish(Plain):
    """Another version of a text."""

    variant = forms.ChoiceField(label=label("field_variant"), choices=Text.Variant.choices)
    title = forms.CharField(label=label("field_title"), max_length=120)
    body = Words(label=label("field_body"), rows=12, max_length=4000, help_text=label("help_body"))
    effective_from = forms.DateField(label=label("field_effective"), widget=_DAY)
    resign = forms.BooleanField(label=label("field_resign"), required=False, help_text=label("help_resign"))
    note = forms.CharField(label=label("field_note"), required=False, max_length=200)


class Why(Plain):
    """A reason that the log keeps."""

    reason = forms.CharField(label=label("field_why"), max_length=200)
