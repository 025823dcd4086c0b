"""What narrows the log."""

from typing import Any

from django import forms

from minewarden.desk.audit.queries import Wanted, kinds_of_action
from minewarden.desk.kit.words import say, word

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class LogFilter(forms.Form):
    """Words, kind of act, result, days."""

    q = forms.CharField(label=word("desk_audit.search"), required=False, max_length=80)
    action = forms.ChoiceField(label=word("desk_audit.kind"), required=False)
    result = forms.ChoiceField(label=word("desk_audit.result"), required=False)
    since = forms.DateField(label=word("desk_audit.since"), required=False, widget=_DAY)
    until = forms.DateField(label=word("desk_audit.until"), required=False, widget=_DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "action": kinds_of_action(),
            "result": [("ok", say("desk_audit.result_ok")), ("refused", say("desk_audit.result_refused"))],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", say("desk_kit.all")), *offered]

    def wanted(self) -> Wanted:
        """The filter; fields that cannot be read narrow nothing, and the form says so."""
        self.is_valid()
        given = self.cleaned_data
        return Wanted(
            search=given.get("q", ""),
            action=given.get("action", ""),
            result=given.get("result", ""),
            since=given.get("since"),
            until=given.get("until"),
        )
