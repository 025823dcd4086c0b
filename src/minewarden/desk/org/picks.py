"""One of some rows in a form: a list to choose from or, where that would be endless, what the row is called.

Whoever types is offered what fits, found by the server; without JavaScript the whole name is typed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet
from django.urls import reverse

from minewarden.desk.kit.initials import by_initials
from minewarden.desk.kit.words import say, word
from minewarden.desk.org.models import Unit

FEW = 60
"""Of more rows than these nobody picks from a list: it would be sent whole with every page."""
OFFERED = 20
_WITHIN = " / "


@dataclass(frozen=True, slots=True)
class Called:
    """What rows of a sort are called: in a text, by a text, and where a browser asks for those that fit."""

    text: Callable[[Any], str]
    found: Callable[[QuerySet[Any], str], QuerySet[Any]]
    offers: str


def unit_text(unit: Unit) -> str:
    """A unit in one line; a department with what it belongs to, since every school has its own of the same name."""
    within = unit.parent if unit.kind == Unit.Kind.DEPARTMENT else None
    return f"{within.name}{_WITHIN}{unit.name}" if within else unit.name


def units_called(units: QuerySet[Unit], text: str) -> QuerySet[Unit]:
    """The units of that name, short name or school code."""
    within, parted, own = text.partition(_WITHIN)
    name = own.strip() if parted else text
    named = Q(name=name) | Q(short_name=name) | Q(school_code=name)
    return units.filter(named & (Q(parent__name=within.strip()) if parted else Q()))


def units_like(units: QuerySet[Unit], text: str) -> list[str]:
    """The first few units whose names hold a text or its letters, or whose code begins with it, as they may be
    typed."""
    like = Q(name__icontains=text) | Q(short_name__icontains=text) | Q(school_code__startswith=text)
    like |= by_initials(units, text, "name", "short_name")
    return [unit_text(unit) for unit in units.filter(like).select_related("parent")[:OFFERED]]


UNITS = Called(unit_text, units_called, "org:units-named")


class Pick(forms.ModelChoiceField):  # type: ignore[type-arg]  # the class takes no argument at run time
    """One of some rows, which the form names when it knows who is asking."""

    def __init__(self, *, called: Called = UNITS, rows: "QuerySet[Any] | None" = None, **kwargs: Any) -> None:
        self.called = called
        kwargs.setdefault("widget", ListOrName())
        kwargs.setdefault("empty_label", word("desk_kit.choose") if kwargs.get("required", True) else "—")
        super().__init__(queryset=rows, **kwargs)

    @staticmethod
    def among(form: forms.BaseForm, name: str, rows: "QuerySet[Any]") -> None:
        """Say among which rows."""
        field = form.fields[name]
        assert isinstance(field, Pick)  # noqa: S101  # the form's own declaration
        field.queryset = rows

    def to_python(self, value: Any) -> Any:
        """The row that was chosen by its number, or typed by what it is called."""
        text = str(value or "").strip()
        if isinstance(value, Model) or not text or self.queryset is None or not isinstance(self.widget, ListOrName):
            return super().to_python(value)
        if text.isdecimal() and len(self.queryset.order_by().values_list("pk")[: FEW + 1]) <= FEW:
            return super().to_python(value)
        found = list(self.called.found(self.queryset, text)[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                word("desk_org.pick_several" if found else "desk_org.pick_none"), code="invalid_choice"
            )
        return found[0]


class ListOrName(forms.Select):
    """A list where there are few rows, else a line to type in; how many there are is asked when it is drawn."""

    def use_required_attribute(self, initial: Any) -> bool:
        """Django would run the whole query to see whether the first choice is empty."""
        return not self.is_hidden

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """Draw one of the two."""
        field, rows = self.choices.field, self.choices.queryset  # type: ignore[attr-defined]  # a field of rows has them
        first = list(rows[: FEW + 1])
        if len(first) <= FEW:
            empty = [("", field.empty_label)] if field.empty_label is not None else []
            shown = [(field.prepare_value(row), field.label_from_instance(row)) for row in first]
            return forms.Select(self.attrs, [*empty, *shown]).render(name, value, attrs, renderer)
        typed: dict[str, Any] = {"autocomplete": "off", "maxlength": 200, "placeholder": say("desk_org.pick_hint")}
        typed["data-offers"] = reverse(field.called.offers)
        text = self._text(field, rows, value)
        return forms.TextInput({**self.attrs, **typed}).render(name, text, attrs, renderer)

    @staticmethod
    def _text(field: Pick, rows: "QuerySet[Any]", value: Any) -> str:
        # A number is what a form begins with; what somebody typed stays as it is.
        row = rows.filter(pk=value).first() if isinstance(value, int) else None
        return field.called.text(row) if row is not None else str(value or "")
