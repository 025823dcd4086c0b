"""What people fill in to have a warning go out."""

from typing import Any

from django import forms

from minewarden.desk.alerts.access import texts_for
from minewarden.desk.alerts.actions import FASTEST
from minewarden.desk.alerts.codes import AUDIENCES, LONGEST, TEXTS, WAYS, faults
from minewarden.desk.cases.fields import Words
from minewarden.desk.kit.words import say, word
from minewarden.desk.org.forms import OwnUnit
from minewarden.desk.org.models import Person, Role, Unit


def _label(key: str) -> Any:
    return word(f"desk_alerts.{key}")


def _codes(group: str, codes: Any) -> list[tuple[str, Any]]:
    return [(code, _label(f"{group}_{code}")) for code in codes]


class AskForm(forms.Form):
    """A warning."""

    title = forms.CharField(label=_label("field_title"), max_length=80)
    text = Words(label=_label("field_text"), rows=4, max_length=LONGEST, help_text=_label("help_text"))
    ways = forms.MultipleChoiceField(
        label=_label("field_ways"), choices=_codes("way", WAYS), widget=forms.CheckboxSelectMultiple, initial=["inbox"]
    )
    audience = forms.ChoiceField(
        label=_label("field_audience"), choices=_codes("audience", AUDIENCES), widget=forms.RadioSelect,
        initial="accounts",
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=_label("field_kinds"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_label("help_kinds"),
        choices=[(k.value, k.label) for k in Unit.Kind if k is not Unit.Kind.DEPARTMENT],
    )  # fmt: skip
    per_minute = forms.IntegerField(
        label=_label("field_per_minute"), min_value=1, max_value=FASTEST, initial=60, help_text=_label("help_pace")
    )
    cap = forms.IntegerField(label=_label("field_cap"), min_value=0, max_value=1_000_000, initial=200)
    reason = forms.CharField(label=_label("field_reason"), max_length=200)
    keep_as = forms.CharField(
        label=_label("field_keep_as"), max_length=60, required=False, help_text=_label("help_keep_as")
    )

    def __init__(self, person: Person, chosen: str, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": "", "initial": self._chosen(person, chosen)}
        super().__init__(*args, **kwargs)
        self.fields = {"unit": OwnUnit(person, Role.OFFICER, label=_label("field_unit")), **self.fields}

    def clean_text(self) -> str:
        """Refuse what must not stand in a short message."""
        text = str(self.cleaned_data["text"]).strip()
        for fault in faults(text):
            raise forms.ValidationError(word(f"desk_alerts.refused_{fault}"))
        return text

    @staticmethod
    def _chosen(person: Person, chosen: str) -> dict[str, str]:
        if chosen in TEXTS:
            return {"title": say(f"desk_alerts.title_{chosen}"), "text": say(f"desk_alerts.text_{chosen}")}
        kept = texts_for(person).filter(pk=int(chosen)).first() if chosen.isdecimal() else None
        return {"title": kept.name, "text": kept.text} if kept else {}


class AnswerForm(forms.Form):
    """The second person's answer, or why it is stopped."""

    note = Words(label=_label("field_note"), required=False, max_length=200)
