"""The question of a trace, with what the case knows already, and a place for the logs of each registered source."""

from collections.abc import Sequence
from typing import Any

from django import forms

from minewarden.desk.cases.fields import Instant
from minewarden.desk.cases.models import Case, target
from minewarden.desk.kit.words import say, word
from minewarden.desk.ledger.models import LogSource
from minewarden.desk.tracing.bridge import Asked, Log
from minewarden.vocab.clock import parse_zone

MOST_FILES, MOST_BYTES = 40, 256 * 2**20


class Many(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class Files(forms.FileField):
    """The files that were chosen, as a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=Many(), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each of them. Raises ValidationError for too many, or too much."""
        chosen = [file for file in (data if isinstance(data, (list, tuple)) else [data]) if file]
        if len(chosen) > MOST_FILES or sum(file.size for file in chosen) > MOST_BYTES:
            raise forms.ValidationError(word("desk_tracing.too_much", files=MOST_FILES, mib=MOST_BYTES // 2**20))
        return [super(Files, self).clean(file, initial) for file in chosen]


def _label(key: str) -> Any:
    return word(f"desk_tracing.{key}")


class Question(forms.Form):
    """Whose device was it?"""

    public = forms.CharField(label=_label("public"), max_length=64, help_text=_label("help_public"))
    at = Instant(label=_label("at"))
    until = Instant(label=_label("until"), required=False)
    to = forms.CharField(label=_label("to"), max_length=64, required=False, help_text=_label("help_to"))
    name = forms.CharField(label=_label("name"), max_length=253, required=False, help_text=_label("help_name"))
    site = forms.CharField(label=_label("site"), max_length=120, required=False, help_text=_label("help_site"))
    tolerance = forms.TypedChoiceField(
        label=_label("tolerance"), coerce=int, initial=60,
        choices=[(seconds, _label(f"tolerance_{seconds}")) for seconds in (60, 120, 300, 600)],
    )  # fmt: skip
    zone = forms.CharField(label=_label("zone"), max_length=40, initial="Asia/Shanghai", help_text=_label("help_zone"))
    logs = Files(label=_label("logs"), required=False, help_text=_label("help_logs"))

    def __init__(self, *args: Any, case: Case, sources: Sequence[LogSource] = (), **kwargs: Any) -> None:
        ends = case.last_seen if case.last_seen != case.first_seen else None
        peer = target(case.server, case.port) if case.server else ""
        known = {"public": case.source, "at": case.first_seen, "until": ends, "name": case.server_name, "to": peer}
        kwargs |= {"label_suffix": "", "initial": known}
        super().__init__(*args, **kwargs)
        self._sources = {f"source_{source.pk}": source for source in sources}
        for name, source in self._sources.items():
            self.fields[name] = Files(required=False, label=_named(source, case), help_text=_clock(source))
        if sources:
            # Those whose clock nobody registered come last.
            self.fields["logs"] = self.fields.pop("logs")
            self.fields["logs"].label, self.fields["logs"].help_text = _label("other_logs"), _label("help_other_logs")
        for name in ("at", "until"):
            # Seconds matter here: a minute later the port may be another device's.
            self.fields[name].widget = forms.DateTimeInput(
                attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"
            )

    def clean_zone(self) -> str:
        """A zone that exists."""
        zone = str(self.cleaned_data["zone"])
        try:
            parse_zone(zone)
        except ValueError:
            raise forms.ValidationError(word("desk_tracing.bad_zone", zone=zone)) from None
        return zone

    def clean(self) -> dict[str, Any]:
        """Also all files together are not too many."""
        cleaned = super().clean() or self.cleaned_data
        files = [log.upload for log in self.put_in()]
        if len(files) > MOST_FILES or sum(file.size or 0 for file in files) > MOST_BYTES:
            self.add_error("logs", word("desk_tracing.too_much", files=MOST_FILES, mib=MOST_BYTES // 2**20))
        return cleaned

    def asked(self) -> Asked:
        """The question of a valid form."""
        files = {"logs", *self._sources}
        return Asked(**{name: value for name, value in self.cleaned_data.items() if name not in files})

    def put_in(self) -> list[Log]:
        """The files, each with the clock of the source that it was put in for."""
        found = [
            Log(file, _zone(source), source.offset)
            for name, source in self._sources.items()
            for file in self.cleaned_data.get(name) or ()
        ]
        return [*found, *(Log(file) for file in self.cleaned_data.get("logs") or ())]


def _named(source: LogSource, case: Case) -> str:
    """A source by its kind and device; by its unit as well where that is another than the case's."""
    text = f"{source.get_type_display()} · {source.device}"
    return text if source.unit_id == case.unit_id else f"{text}（{source.unit.label}）"


def _clock(source: LogSource) -> str:
    """What the ledger has of its clock, as a person checks it before he relies on it."""
    if source.offset is None:
        told = say("desk_tracing.clock_unmeasured")
    else:
        key = "clock_fast" if source.offset > 0 else "clock_slow" if source.offset else "clock_exact"
        told = say(f"desk_tracing.{key}", seconds=abs(source.offset))
    return f"{told} · {zone}" if (zone := _zone(source)) else told


def _zone(source: LogSource) -> str:
    """The registered zone, where it is one."""
    try:
        parse_zone(source.zone)
    except ValueError:
        return ""
    return source.zone.strip()
