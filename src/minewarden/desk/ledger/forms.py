"""Forms of the ledgers, made from the same columns as their spreadsheets."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone

from minewarden.desk.kit.words import said, say, word
from minewarden.desk.ledger import queries
from minewarden.desk.ledger.access import WRITERS
from minewarden.desk.ledger.accounts import accounts_of
from minewarden.desk.ledger.books import Book, Draft
from minewarden.desk.ledger.models import Staff
from minewarden.desk.ledger.plans import draft_of
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Unit
from minewarden.documents.sheet import Column, Kind

# Of more units than these nobody picks from a list; the name is typed, as in a spreadsheet.
_MOST_UNITS = 300
_LONG = 200


def unit_choice(writer: Person, *, required: bool = True, label: Any = None) -> forms.Field:
    """One of the writer's units: a list, or, where it would be endless, its name."""
    units = units_visible_to(writer, *WRITERS)
    title = label or word("desk_ledger.unit")
    if units.count() <= _MOST_UNITS:
        return forms.ModelChoiceField(label=title, queryset=units, required=required)
    return forms.CharField(label=title, max_length=200, required=required)


class EntryForm(forms.Form):
    """One entry of a book. `draft` is what it means, once it is valid."""

    def __init__(self, book: Book, writer: Person, *args: Any, entry: Any = None, **kwargs: Any) -> None:
        if entry is not None:
            kwargs["initial"] = {**queries.texts(book, entry), "unit": entry.unit.pk}
        super().__init__(*args, **kwargs)
        self.book, self.writer, self.entry = book, writer, entry
        self.draft: Draft | None = None
        for column in book.table.columns:
            self.fields[column.key] = unit_choice(writer) if column.key == "unit" else field_of(column)
        if entry is None and (only := units_visible_to(writer, *WRITERS)[:2]) and len(only) == 1:
            self.fields["unit"].initial = only[0].pk

    def clean(self) -> dict[str, Any]:
        """Try what was filled in by the rules of the spreadsheet."""
        given = super().clean() or {}
        unit = given.get("unit")
        texts = {key: str(value) for key, value in given.items() if value and key != "unit"}
        if isinstance(unit, str):
            texts["unit"] = unit
        chosen = unit if isinstance(unit, Unit) else None
        if unit:
            self.draft = draft_of(
                self.book, texts, by=self.writer, now=timezone.now(), unit=chosen, existing=self.entry
            )
            for key, why in self.draft.faults:
                if key not in self.errors:
                    self.add_error(key or None, said(why))
        return given


def field_of(column: Column) -> forms.Field:
    """A column as a field. What is required is tried by the rules, which know the exceptions."""
    shared: dict[str, Any] = {"label": said(column.title), "required": False}
    if column.help is not None:
        shared["help_text"] = said(column.help)
    field: forms.Field
    if column.kind is Kind.CHOICE:
        empty = say("desk_kit.choose") if column.required else "—"
        choices = [("", empty), *((code, said(label)) for code, label in column.choices.items())]
        field = forms.ChoiceField(choices=choices, **shared)
    elif column.kind is Kind.FLAG:
        field = forms.ChoiceField(choices=[("", "—"), ("yes", say("sheets.yes")), ("no", say("sheets.no"))], **shared)
    elif column.kind is Kind.DATE:
        field = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **shared)
    else:
        field = forms.CharField(max_length=max(column.longest, 60), **shared)
    # Starred, but not refused by the browser: a GPU may come without its purpose.
    field.required = column.required and column.key != "use"
    return field


class ImportForm(forms.Form):
    """A file for a book."""

    file = forms.FileField(label=word("desk_ledger.file"), help_text=word("desk_ledger.file_help"), max_length=200)

    def __init__(self, writer: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whose"] = unit_choice(writer, required=False, label=word("desk_ledger.whose"))
        self.fields["whose"].help_text = say("desk_ledger.whose_help")

    def whose(self) -> Unit | None:
        """Whose the rows are that name no unit."""
        chosen = self.cleaned_data.get("whose")
        return chosen if isinstance(chosen, Unit) else None


class ReasonForm(forms.Form):
    """Why somebody needs whole numbers."""

    reason = forms.CharField(
        label=word("desk_ledger.reason"), max_length=200, help_text=word("desk_ledger.reason_help")
    )


class ExportForm(forms.Form):
    """What is written out: numbers are masked unless a reason is given."""

    reason = forms.CharField(label=word("desk_ledger.export_reason"), max_length=200, required=False)


class LeaveForm(forms.Form):
    """Somebody leaves: since when, and who takes over."""

    left_on = forms.DateField(
        label=word("desk_ledger.left_on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    successor = forms.ModelChoiceField(
        label=word("desk_ledger.successor"),
        queryset=Staff.objects.none(),
        required=False,
        help_text=word("desk_ledger.successor_help"),
        empty_label=word("desk_ledger.no_successor"),
    )

    account = forms.ModelChoiceField(
        label=word("desk_ledger.leave_account_field"),
        queryset=Person.objects.none(),
        required=False,
        help_text=word("desk_ledger.leave_account_help"),
        empty_label=word("desk_ledger.leave_no_account"),
    )

    def __init__(self, staff: Staff, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [] if staff.account_id else accounts_of(staff)
        for name, rows in (
            ("successor", queries.successors(staff)),
            ("account", Person.objects.filter(pk__in=[account.pk for account in found])),
        ):
            choice = self.fields[name]
            if isinstance(choice, forms.ModelChoiceField):
                choice.queryset = rows
        if not found:
            del self.fields["account"]
        elif len(found) == 1:
            self.fields["account"].initial = found[0].pk


class LinkForm(forms.Form):
    """Which entry of the roll an account belongs to, by unit number of the staff."""

    person = forms.ModelChoiceField(queryset=Person.objects.none(), widget=forms.HiddenInput)
    staff = forms.ModelChoiceField(queryset=Staff.objects.none(), required=False)
    number = forms.CharField(max_length=40, required=False, label=word("desk_ledger.link_number"))

    def __init__(self, writer: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = units_visible_to(writer, *WRITERS)
        self._staff = Staff.objects.filter(unit__in=units, left_on=None).select_related("unit")
        for name, rows in (("person", Person.objects.filter(unit__in=units)), ("staff", self._staff)):
            choice = self.fields[name]
            if isinstance(choice, forms.ModelChoiceField):
                choice.queryset = rows

    def clean(self) -> dict[str, Any]:
        """Find the entry by its number where it was typed: at the account's unit, or nearest to it."""
        given = super().clean() or {}
        person, number = given.get("person"), str(given.get("number") or "").strip()
        if given.get("staff") is None and isinstance(person, Person) and number:
            rows = [row for row in self._staff.filter(number=number) if row.unit.contains(person.unit)]
            given["staff"] = max(rows, key=lambda row: row.unit.depth) if rows else None
        if given.get("staff") is None:
            raise forms.ValidationError(say("desk_ledger.link_nobody"))
        return given


class SearchForm(forms.Form):
    """What narrows a list."""

    q = forms.CharField(label=word("desk_ledger.search"), required=False, max_length=80)
    show = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def wanted(self) -> Mapping[str, str]:
        """`search` and `show`; nothing where a field cannot be read, and the form says so."""
        given = self.cleaned_data if self.is_valid() else {}
        return {"search": str(given.get("q", "")), "show": str(given.get("show", ""))}
