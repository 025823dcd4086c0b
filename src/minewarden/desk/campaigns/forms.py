"""What people fill in about campaigns, tasks, filings, needs, help, and the forms of a bureau's own."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from minewarden.desk.campaigns.cascade import end_of
from minewarden.desk.campaigns.columns import LONG, TABLES
from minewarden.desk.campaigns.filing import Measure
from minewarden.desk.campaigns.models import Filing, Form, Help, Member, Need, Task, Visit
from minewarden.desk.campaigns.questions import KINDS, Question
from minewarden.desk.campaigns.template import Plan
from minewarden.desk.cases.fields import Instant, Pick, Words
from minewarden.desk.kit.forms import FileField
from minewarden.desk.kit.words import said, say, word
from minewarden.desk.ledger.forms import field_of
from minewarden.desk.org.models import Unit
from minewarden.documents.sheet import Kind

_FEW = 5
_MOST_FIELDS = 12
_MOST_UNITS = 300
_ASKED_KINDS = [choice for choice in Unit.Kind.choices if choice[0] not in ("province", "department")]


def _label(key: str) -> Any:
    return word(f"desk_campaigns.{key}")


class Day(forms.DateField):
    """A day, picked from a calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class _Form(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))


class Note(_Form):
    """A reason."""

    note = Words(label=_label("field_note"), required=False)


class Answer(_Form):
    """The questions of a task that no ledger answers."""

    def __init__(self, task: Task, *args: Any, earlier: dict[str, Any] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", f"t{task.pk}")
        kwargs["initial"] = {key: _text(value) for key, value in {**(earlier or {}), **task.answer}.items()}
        super().__init__(*args, **kwargs)
        self.task = task
        for question in task.questions:
            if not question.known:
                self.fields[question.key] = _asked(question)
        defined = task.defined
        if defined is not None and defined.evidence != "none":
            wanted = defined.evidence == "wanted"
            self.fields["file"] = FileField(
                label=_label("field_evidence" if wanted else "field_evidence_optional"), required=False
            )
        version = task.campaign.version.number if task.campaign is not None else 0
        self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=version, required=False)

    def facts(self) -> dict[str, Any]:
        """What `actions.answer` asks for."""
        data = dict(self.cleaned_data)
        upload, version = data.pop("file", None), data.pop("version", 0)
        texts = {key: _text(value) for key, value in data.items()}
        files = ((upload.name, upload.read()),) if upload else ()
        return {"task": self.task, "texts": texts, "version": version or 0, "files": files}


def _asked(question: Question) -> forms.Field:
    field = field_of(question.column)
    options = [("yes", say("sheets.yes")), ("no", say("sheets.no"))] if question.kind == "flag" else []
    options += [(code, said(words)) for code, words in question.choices.items()]
    if 0 < len(options) <= _FEW:
        # On a telephone a choice of a few is one tap.
        shared: dict[str, Any] = {"label": field.label, "required": field.required, "help_text": field.help_text}
        field = forms.ChoiceField(choices=options, widget=forms.RadioSelect, **shared)
    elif question.kind == "text":
        field.widget = forms.Textarea(attrs={"rows": 2})
    elif question.kind == "number":
        field.widget = forms.TextInput(attrs={"inputmode": "numeric"})
    return field


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value if value is not None else "")


class AskTime(_Form):
    """Until when, and why."""

    until = Instant(label=_label("field_until"))
    reason = Words(label=_label("field_reason"), max_length=500)


class PostponeUnit(AskTime):
    """The superior gives a unit more time in a phase."""

    unit = Pick(label=_label("field_unit"))

    def __init__(self, *args: Any, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        Pick.among(self, "unit", units)


class CampaignForm(_Form):
    """A campaign's name, its template, and the days of its phases."""

    title = forms.CharField(label=_label("field_title"), max_length=200)
    number = forms.CharField(label=_label("field_number"), max_length=60, required=False)
    unit = Pick(label=_label("field_bureau"))
    text = forms.CharField(
        label=_label("field_template"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "class": "mono"}),
    )
    file = FileField(label=_label("field_template_file"), required=False, help_text=_label("help_template_file"))
    reason = Words(label=_label("field_reason"), required=False, max_length=500)

    def __init__(self, *args: Any, units: "QuerySet[Unit] | None", plan: Plan | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        if units is None:  # A new version: whose campaign it is does not change.
            for name in ("title", "number", "unit"):
                del self.fields[name]
        else:
            del self.fields["reason"]
            _units(self, units)
        for phase in plan.phases if plan is not None else ():
            for name, day in (("begins", phase.begins), ("ends", phase.ends)):
                self.fields[f"{phase.code}__{name}"] = Day(
                    label=word(f"desk_campaigns.field_{name}", phase=said(phase.title)), required=False, initial=day
                )

    def clean(self) -> dict[str, Any]:
        """A file takes the place of the text."""
        data = super().clean() or {}
        if data.get("file"):
            try:
                data["text"] = data["file"].read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _label("not_utf8"))
        return data

    @property
    def days(self) -> list[Any]:
        """The fields of the days, two of each phase."""
        return [self[name] for name in self.fields if "__" in name]

    def facts(self) -> dict[str, Any]:
        """What `actions.draft` and `actions.revise` ask for."""
        data = self.cleaned_data
        upload = data["file"]
        dates: dict[str, tuple[date | None, date | None]] = {}
        for phase in self.plan.phases if self.plan is not None else ():
            dates[phase.code] = (data.get(f"{phase.code}__begins"), data.get(f"{phase.code}__ends"))
        given = {
            "text": data["text"].replace("\r\n", "\n"),
            "name": upload.name if upload else "template.toml",
            "dates": dates,
        }
        named = ("title", "number", "unit", "reason")
        return given | {name: data[name] for name in named if name in data}


class FilingForm(_Form):
    """What is filed, by the columns of its kind."""

    def __init__(
        self, kind: str, *args: Any, units: "QuerySet[Unit]", filing: Filing | None = None, **kwargs: Any
    ) -> None:
        if filing is not None:
            kwargs["initial"] = {"title": filing.title, "day": filing.day, **filing.content}
        super().__init__(*args, **kwargs)
        self.kind, self.filing = kind, filing
        if filing is None:
            self.fields["unit"] = Pick(label=_label("field_unit"))
            _units(self, units)
        for column in TABLES[kind].columns:
            self.fields[column.key] = field_of(column)
            if column.key in LONG:
                rows = 8 if column.key == "text" else 3
                self.fields[column.key].widget = forms.Textarea(attrs={"rows": rows})
            elif column.kind is Kind.NUMBER:
                self.fields[column.key].widget = forms.TextInput(attrs={"inputmode": "numeric"})
        self.fields["file"] = FileField(label=_label("field_evidence_optional"), required=False)

    def facts(self) -> dict[str, Any]:
        """What `filing.write` asks for, but for the campaign."""
        data = dict(self.cleaned_data)
        upload = data.pop("file", None)
        unit = data.pop("unit", None) or (self.filing.unit if self.filing else None)
        files = ((upload.name, upload.read()),) if upload else ()
        texts = {key: _text(value) for key, value in data.items()}
        return {"filing": self.filing, "kind": self.kind, "unit": unit, "texts": texts, "files": files}


class Scan(_Form):
    """One file."""

    file = FileField(label=_label("field_scan"))

    def facts(self) -> dict[str, Any]:
        """What `attachments.attach` asks for."""
        upload = self.cleaned_data["file"]
        return {"name": upload.name, "content": upload.read()}


class Measures(_Form):
    """Lines of a plan or decisions of a meeting that become tasks: which, whose, until when."""

    def __init__(self, filing: Filing, *args: Any, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "m")
        super().__init__(*args, **kwargs)
        self.lines = lines_of(filing)
        many = units.count() > _MOST_UNITS
        for number, line in enumerate(self.lines):
            self.fields[f"take{number}"] = forms.BooleanField(label=line, required=False)
            self.fields[f"unit{number}"] = (
                UnitName(units, required=False, initial=filing.unit, label=_label("field_unit"))
                if many
                else forms.ModelChoiceField(
                    queryset=units, initial=filing.unit_id, required=False, label=_label("field_unit")
                )
            )
            self.fields[f"due{number}"] = Day(label=_label("field_due"), required=False)

    @property
    def rows(self) -> list[tuple[Any, Any, Any]]:
        """The three fields of each line."""
        return [(self[f"take{n}"], self[f"unit{n}"], self[f"due{n}"]) for n in range(len(self.lines))]

    def clean(self) -> dict[str, Any]:
        """What is taken must say whose it is and until when."""
        data = super().clean() or {}
        for number in range(len(self.lines)):
            if data.get(f"take{number}") and not data.get(f"due{number}"):
                self.add_error(f"due{number}", _label("need_due"))
        return data

    def measures(self) -> list[Measure]:
        """What `filing.make_tasks` asks for."""
        data = self.cleaned_data
        return [
            Measure(line, data[f"unit{n}"], end_of(data[f"due{n}"]))
            for n, line in enumerate(self.lines)
            if data.get(f"take{n}") and data.get(f"unit{n}")
        ]


def lines_of(filing: Filing) -> list[str]:
    """The measures of a plan or the decisions of a meeting, one a line, without the numbers in front of them."""
    text = str(filing.content.get("measures") or filing.content.get("decisions") or "")
    lines = [
        re.sub(r"^\s*[（(]?[\d一二三四五六七八九十]+[)）.、．]\s*", "", line).strip() for line in text.splitlines()
    ]
    taken = set(filing.tasks.values_list("title", flat=True)) if filing.pk else set()
    return [line for line in lines if line and line[:200] not in taken]


class NeedForm(_Form):
    """What is lacking and why."""

    unit = Pick(label=_label("field_unit"))
    kind = forms.ChoiceField(label=_label("field_need_kind"), choices=Need.Kind.choices)
    title = forms.CharField(label=_label("field_need"), max_length=200)
    reason = Words(label=_label("field_reason"), max_length=500)
    amount = forms.DecimalField(
        label=_label("field_amount"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    gap = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _units(self, units)


class MemberForm(_Form):
    """Somebody for the emergency team."""

    unit = Pick(label=_label("field_bureau"))
    name = forms.CharField(label=_label("field_name"), max_length=60)
    employer = forms.CharField(label=_label("field_employer"), max_length=120, required=False)
    skills = forms.CharField(label=_label("field_skills"), max_length=200)
    phone = forms.CharField(label=_label("field_phone"), max_length=20, required=False)

    def __init__(self, *args: Any, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _units(self, units)


class HelpForm(_Form):
    """What help is needed."""

    unit = Pick(label=_label("field_unit"))
    topic = forms.ChoiceField(label=_label("field_topic"), choices=Help.Topic.choices, widget=forms.RadioSelect)
    text = Words(label=_label("field_help"), rows=3)

    def __init__(self, *args: Any, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _units(self, units)


class Assign(_Form):
    """Who is sent."""

    member = Pick(label=_label("field_member"))

    def __init__(self, *args: Any, members: "QuerySet[Member]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        Pick.among(self, "member", members)


class VisitForm(_Form):
    """What was done."""

    member = Pick(label=_label("field_member"))
    way = forms.ChoiceField(
        label=_label("field_way"), choices=Visit.Way.choices, widget=forms.RadioSelect, initial="site"
    )
    at = Instant(label=_label("field_at"))
    did = Words(label=_label("field_did"), rows=3)
    left = Words(label=_label("field_left"), required=False)

    def __init__(self, *args: Any, members: "QuerySet[Member]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        Pick.among(self, "member", members)


class FormForm(_Form):
    """A form of a bureau's own: what it is for, who is asked, and up to twelve fields."""

    unit = Pick(label=_label("field_bureau"))
    title = forms.CharField(label=_label("field_title"), max_length=200)
    why = Words(label=_label("field_why"), max_length=500)
    minutes = forms.IntegerField(label=_label("field_minutes"), min_value=1, max_value=120, initial=3)
    kinds = forms.MultipleChoiceField(
        label=_label("field_kinds"), choices=_ASKED_KINDS, widget=forms.CheckboxSelectMultiple
    )
    due = Day(label=_label("field_due"))

    def __init__(self, *args: Any, units: "QuerySet[Unit]", form: Form | None = None, **kwargs: Any) -> None:
        if form is not None:
            kwargs["initial"] = _as_initial(form)
        super().__init__(*args, **kwargs)
        _units(self, units)
        kinds = [(kind, word(f"desk_campaigns.ask_{kind}")) for kind in KINDS]
        for n in range(_MOST_FIELDS):
            self.fields[f"title{n}"] = forms.CharField(label=_label("ask_title"), max_length=60, required=False)
            self.fields[f"kind{n}"] = forms.ChoiceField(label=_label("ask_kind"), choices=kinds, required=False)
            self.fields[f"choices{n}"] = forms.CharField(label=_label("ask_choices"), max_length=200, required=False)
            self.fields[f"must{n}"] = forms.BooleanField(label=_label("ask_must"), required=False)

    @property
    def rows(self) -> list[tuple[Any, Any, Any, Any]]:
        """The four fields of each question."""
        return [
            (self[f"title{n}"], self[f"kind{n}"], self[f"choices{n}"], self[f"must{n}"]) for n in range(_MOST_FIELDS)
        ]

    @property
    def head(self) -> list[Any]:
        """What stands above the questions."""
        return [self[name] for name in ("unit", "title", "why", "minutes", "kinds", "due")]

    def clean(self) -> dict[str, Any]:
        """A choice must say among what."""
        data = super().clean() or {}
        for n in range(_MOST_FIELDS):
            if data.get(f"title{n}") and data.get(f"kind{n}") == "choice" and len(_options(data[f"choices{n}"])) < 2:
                self.add_error(f"choices{n}", _label("need_choices"))
        return data

    def facts(self) -> dict[str, Any]:
        """What `support.make_form` asks for."""
        data = self.cleaned_data
        questions = []
        for n in range(_MOST_FIELDS):
            if title := data.get(f"title{n}", "").strip():
                kind = data.get(f"kind{n}") or "text"
                options = _options(data.get(f"choices{n}", "")) if kind == "choice" else []
                questions.append(
                    Question(
                        key=f"q{n}",
                        title={"zh": title},
                        kind=kind,
                        required=bool(data.get(f"must{n}")),
                        choices={f"c{i}": {"zh": text} for i, text in enumerate(options)},
                    )
                )
        named = {name: data[name] for name in ("unit", "title", "why", "minutes", "kinds")}
        return named | {"questions": questions, "due": end_of(data["due"])}


def _as_initial(form: Form) -> dict[str, Any]:
    initial: dict[str, Any] = {
        "unit": form.unit_id, "title": form.title, "why": form.why, "minutes": form.minutes, "kinds": form.kinds,
        "due": _last_day(form.due_at),
    }  # fmt: skip
    for n, row in enumerate(form.questions):
        initial |= {f"title{n}": row["title"]["zh"], f"kind{n}": row["kind"], f"must{n}": row["required"]}
        initial[f"choices{n}"] = "、".join(words["zh"] for words in row["choices"].values())
    return initial


def _last_day(due: datetime) -> date:
    return timezone.localdate(due - timedelta(minutes=1))


def _options(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in re.split(r"[、,，;；/]", text) if part.strip()))


class UnitName(forms.CharField):
    """One of very many units, by its name: nobody picks from a list of thousands."""

    def __init__(self, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        super().__init__(max_length=200, help_text=_label("help_unit_name"), **kwargs)
        self.units = units

    def clean(self, value: Any) -> Any:
        """The unit of that name."""
        text = super().clean(value)
        found = list(self.units.filter(Q(name=text) | Q(short_name=text))[:2]) if text else []
        if len(found) != 1:
            raise forms.ValidationError(_label("no_such_unit"))
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        """The name again."""
        return value.name if isinstance(value, Unit) else value


def _units(form: forms.Form, units: "QuerySet[Unit]") -> None:
    """Among which units; where there is one only, it is not asked."""
    if units.count() > _MOST_UNITS:
        form.fields["unit"] = UnitName(units, label=form.fields["unit"].label, initial=units.order_by("path").first())
        return
    Pick.among(form, "unit", units)
    only = list(units.order_by("path")[:2])
    form.fields["unit"].initial = only[0] if only else None
    if len(only) == 1:
        form.fields["unit"].widget = forms.HiddenInput()
