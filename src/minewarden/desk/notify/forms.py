"""What people fill in about outlets and their own addresses."""

from typing import Any

from django import forms

from minewarden.desk.kit.words import word
from minewarden.desk.notify.models import Outlet
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Role
from minewarden.desk.org.picks import Pick
from minewarden.plugins import CHANNELS

_LONG = frozenset({"fields", "signed"})


class OutletForm(forms.Form):
    """An outlet of one kind; its settings are those that the channel asks for."""

    name = forms.CharField(label=word("desk_notify.field_name"), max_length=64)
    urgent_only = forms.BooleanField(
        label=word("desk_notify.field_urgent_only"), required=False, help_text=word("desk_notify.help_urgent_only")
    )

    def __init__(self, *args: Any, kind: str, person: Person, outlet: Outlet | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.kind, self.settings = kind, CHANNELS.load(kind).settings
        if outlet is None:
            self.fields["unit"] = Pick(
                label=word("desk_notify.field_unit"),
                rows=units_visible_to(person, Role.SYSTEM),
                initial=person.unit_id,
            )
            self.fields["urgent_only"].initial = kind == "sms"
        kept = outlet.settings if outlet is not None else {}
        for setting in self.settings:
            keeps = setting.secret and outlet is not None
            self.fields[setting.name] = forms.CharField(
                label=word(f"desk_notify.setting_{setting.name}"),
                required=setting.required and not keeps,
                strip=True,
                max_length=2000,
                initial="" if setting.secret else kept.get(setting.name, setting.default),
                help_text=word("desk_notify.help_secret_kept") if keeps else "",
                widget=_widget(setting.name, secret=setting.secret),
            )
        self.order_fields(["unit", "name", *(s.name for s in self.settings), "urgent_only"])

    def facts(self) -> dict[str, Any]:
        """What the action asks for."""
        data = dict(self.cleaned_data)
        return data | {"settings": {setting.name: data.pop(setting.name) for setting in self.settings}}


class TrialForm(forms.Form):
    """Where a trial goes; a group needs nothing."""

    to = forms.CharField(label=word("desk_notify.field_to"), max_length=254, required=False)


class ReachForm(forms.Form):
    """One's own mail address."""

    mail = forms.EmailField(
        label=word("desk_notify.field_mail"), required=False, help_text=word("desk_notify.help_mail")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


def _widget(name: str, *, secret: bool) -> forms.Widget:
    if name in _LONG:
        return forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
    if secret:
        return forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
