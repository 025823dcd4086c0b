"""What people fill in to have something blocked."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from minewarden.desk.blocks import actions
from minewarden.desk.blocks.bridge import refusal_of
from minewarden.desk.blocks.models import Block
from minewarden.desk.cases.fields import Pick, Words
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.words import say, word
from minewarden.desk.org.models import Person
from minewarden.vocab.blockrule import TERMINALS, Target
from minewarden.vocab.message import Message

DAYS = (7, 30, 90, 180)
LARGEST_RECEIPT = 4 * 1024 * 1024


def _label(key: str) -> Any:
    return word(f"desk_blocks.{key}")


def _codes(group: str, codes: Any) -> list[tuple[str, Any]]:
    return [(code, _label(f"{group}_{code.replace('-', '_')}")) for code in codes]


class Propose(forms.Form):
    """What is to be blocked, for how long, on what basis, why."""

    target = forms.ChoiceField(label=_label("field_target"), choices=_codes("target", [t.value for t in Target]))
    value = forms.CharField(label=_label("field_value"), max_length=253, help_text=_label("help_value"))
    port = forms.IntegerField(label=_label("field_port"), min_value=0, max_value=65535, required=False)
    days = forms.TypedChoiceField(
        label=_label("field_days"),
        choices=[(d, word("desk_blocks.days", days=d)) for d in DAYS],
        coerce=int,
        initial=30,
    )
    basis = forms.ChoiceField(label=_label("field_basis"), choices=_codes("basis", actions.BASES))
    reason = Words(label=_label("field_reason"))
    override = Words(label=_label("field_override"), help_text=_label("help_override"), required=False)

    def __init__(self, *args: Any, refused: bool = False, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        # Nobody is asked to answer for anything before the guard has refused it.
        if not refused:
            del self.fields["override"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("target") in TERMINALS and data.get("basis") not in ("plan-terminal", "superior-order"):
            self.add_error("basis", _label("need_terminal_basis"))
        return data

    def facts(self, now: datetime) -> dict[str, Any]:
        """What `actions.propose` asks for, but for the unit and the case."""
        data = dict(self.cleaned_data)
        data["port"] = data["port"] or 0
        return data | {"expires_at": now + timedelta(days=data.pop("days"))}


class ProposeVersion(forms.Form):
    """What of a version of the library is to be blocked for a unit, for how long, on what basis, why."""

    unit = Pick(label=_label("field_unit"))
    days = forms.TypedChoiceField(
        label=_label("field_days"),
        choices=[(d, word("desk_blocks.days", days=d)) for d in DAYS],
        coerce=int,
        initial=30,
    )
    basis = forms.ChoiceField(label=_label("field_basis"), choices=_codes("basis", actions.BASES))
    reason = Words(label=_label("field_reason"))

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"label_suffix": ""}))
        Pick.among(self, "unit", units)

    def facts(self, now: datetime) -> dict[str, Any]:
        """What `actions.propose_version` asks for, but for the version and what was chosen of it."""
        data = dict(self.cleaned_data)
        return data | {"expires_at": now + timedelta(days=data.pop("days"))}


def suggested(case: Case) -> list[dict[str, Any]]:
    """What could be blocked in a case: the name, and the address with its port; never the address alone."""
    found: list[dict[str, Any]] = []
    if case.server_name:
        found.append({"target": Target.NAME.value, "value": case.server_name, "port": None})
    if case.server and case.port:
        found.append({"target": Target.IP_PORT.value, "value": case.server, "port": case.port})
    # Only where the notice of disconnection is there: taking people off begins with it.
    if getattr(case, "order", None) is not None:
        login = case.candidates.filter(chosen_at__isnull=False).values_list("login", flat=True).first()
        reason = say("desk_blocks.reason_terminal", case=case.number)
        pairs = ((Target.STATION, case.device_mac), (Target.ACCOUNT, login))
        found += [
            {"target": target.value, "value": value, "port": None, "basis": "plan-terminal", "days": 30}
            | {"reason": reason}
            for target, value in pairs
            if value
        ]
    return found


def answer(case: Case, suggestion: dict[str, Any], person: Person, now: datetime) -> Message | None:
    """What the guard would say to a suggestion; None: it may be blocked."""
    block = Block(unit=case.unit, case=case, asked_by=person, expires_at=now + timedelta(days=30), basis="")
    block.target, block.value, block.port = suggestion["target"], suggestion["value"], suggestion["port"] or 0
    return refusal_of(block, now)


class Answer(forms.Form):
    """The second person's answer, or why a block is lifted."""

    note = Words(label=_label("field_note"), required=False)


class Size(forms.Form):
    """Why a large change is right, in the words of whoever asks or of whoever has looked."""

    note = Words(label=_label("field_size"))


class Confirm(forms.Form):
    """A unit's receipt: the file that the command line wrote, or a device named by hand."""

    unit = Pick(label=_label("field_unit"))
    file = forms.FileField(label=_label("field_receipts"), help_text=_label("help_receipts"), required=False)
    device = forms.CharField(label=_label("field_device"), max_length=80, required=False)
    note = Words(label=_label("field_receipt_note"), required=False)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"label_suffix": ""}))
        Pick.among(self, "unit", units)
        # A school answers for itself: there is nothing to choose. A city has thousands, which nobody counts for this.
        if len(some := units[:2]) == 1:
            self.fields["unit"].initial = some[0].pk

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file = data.get("file")
        if not file and not data.get("device"):
            self.add_error("device", _label("need_receipt"))
        if file and file.size > LARGEST_RECEIPT:
            self.add_error("file", _label("receipt_too_large"))
        return data

    def facts(self) -> dict[str, Any]:
        """What `actions.take_receipts` or `actions.confirm` asks for."""
        data = self.cleaned_data
        if data["file"]:
            return {"unit": data["unit"], "file": data["file"].read()}
        return {"unit": data["unit"], "device": data["device"], "note": data["note"]}
