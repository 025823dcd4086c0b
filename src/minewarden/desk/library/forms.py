"""What people fill in about intelligence."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from minewarden.desk.cases.fields import Instant, Pick, Words
from minewarden.desk.cases.finding_form import GRADES
from minewarden.desk.cases.models import Case, Lead
from minewarden.desk.cases.protocols import protocol_name
from minewarden.desk.kit.words import said, say, word
from minewarden.desk.library import actions, decisions, intake
from minewarden.desk.library.models import DONE, Addressed, Feed, Submission
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Role
from minewarden.desk.org.models import Unit as Unit
from minewarden.intake.cells import addresses_in, name_in
from minewarden.intel.normalise import canonical_value
from minewarden.intel.record import FREE_LICENCES, Tlp
from minewarden.intel.source import FETCHED_ONLY
from minewarden.intel.watchset import refuse_wide
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.indicator import Kind
from minewarden.vocab.indicator import Role as Part
from minewarden.vocab.words import DISPLAY_ZONE

REVIEW_ROLES = (Part.POOL_ENDPOINT, Part.PROXY, Part.JS_MINER, Part.MALWARE_C2)
"""As what a report may be accepted: what may alert. What people read too is no matter for a block."""


def _label(key: str) -> Any:
    return word(f"desk_library.{key}")


def _codes(group: str, codes: Any) -> list[tuple[str, Any]]:
    return [(code, _label(f"{group}_{str(code).replace('-', '_').replace('+', '_')}")) for code in codes]


class Report(forms.Form):
    """上报: one pool. What a case or a finding says is filled in."""

    unit = Pick(label=_label("field_unit"))
    domain = forms.CharField(
        label=_label("t10_domain"), max_length=300, required=False, help_text=_label("help_domain")
    )
    ip = forms.CharField(label=_label("t10_ip"), max_length=60, required=False)
    port = forms.IntegerField(label=_label("t10_port"), min_value=1, max_value=65535, required=False)
    protocol = forms.CharField(label=_label("field_protocol"), max_length=64, required=False)
    coins = forms.CharField(label=_label("field_coins"), max_length=128, required=False)
    found_at = Instant(label=_label("t10_found"))
    method = forms.ChoiceField(label=_label("t10_method"), choices=_codes("method", Submission.Method.values))
    sureness = forms.ChoiceField(label=_label("t10_sureness"), choices=_codes("sureness", Submission.Sureness.values))
    evidence = Words(label=_label("t10_evidence"), rows=3, help_text=_label("help_evidence"))
    note = Words(label=_label("field_note"), required=False)

    def __init__(self, *args: Any, person: Person, submission: Submission | None = None, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        units = units_visible_to(person, Role.OFFICER)
        Pick.among(self, "unit", units)
        if submission is not None or units.count() == 1:
            self.fields["unit"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """A name or an address that can be read, in the one spelling, written harmless or not."""
        data = super().clean() or {}
        text, ip = data.get("domain", "").strip(), data.get("ip", "").strip()
        data["domain"], data["ip"] = "", None
        if text:
            name, port, _ = name_in(text)
            if not name:
                self.add_error("domain", say("desk_library.bad_name", text=text))
            else:
                try:
                    data["domain"] = canonical_value(Kind.HOST, name)
                except ValueError:
                    self.add_error("domain", say("desk_library.bad_name", text=text))
                data["port"] = data.get("port") or port
        if ip:
            found = addresses_in(ip)
            if found.wrong or len(found.addresses) != 1:
                self.add_error("ip", say("desk_library.bad_address", text=ip))
            else:
                data["ip"] = found.addresses[0].ip
                data["port"] = data.get("port") or found.addresses[0].port
        if not text and not ip:
            raise ValidationError(say("desk_library.refused_nothing_named"))
        return data

    def facts(self) -> dict[str, Any]:
        """What `actions.submit` asks for, but for the unit and where it came from."""
        names = ("domain", "ip", "port", "protocol", "coins", "found_at", "method", "sureness", "evidence", "note")
        return {name: self.cleaned_data[name] for name in names}


def known_of_case(case: Case) -> dict[str, Any]:
    """What a case says of a pool, so that nobody types it twice."""
    confirmed = case.conclusion == Case.Conclusion.TRUE
    text = say("desk_library.from_case", case=case.number)
    known = {
        "unit": case.unit_id, "domain": case.server_name, "ip": case.server or "", "port": case.port,
        "protocol": protocol_name(case.protocol), "coins": case.coins,
        "found_at": case.last_seen or case.opened_at, "sureness": "confirmed" if confirmed else "likely",
        "evidence": text, "method": "detected" if case.origin == Case.Origin.SELF_FOUND else "notice",
    }  # fmt: skip
    if case.evidence is not None:
        known["evidence"] = "\n".join((text, *_strongest(case.evidence.content)))
    return known


def known_of_lead(lead: Lead) -> dict[str, Any]:
    """What a finding says of a pool."""
    return {
        "unit": lead.unit_id or lead.keeper_id, "domain": lead.server_name, "ip": lead.server or "", "port": lead.port,
        "protocol": protocol_name(lead.protocol), "coins": lead.coins, "found_at": lead.last_seen,
        "method": "detected",
        "sureness": lead.sureness if lead.sureness in Submission.Sureness.values else "suspected",
        "evidence": "\n".join(_strongest(lead.evidence.content)),
    }  # fmt: skip


def _strongest(content: Any) -> list[str]:
    """The strongest reasons of a finding in the reader's language."""
    rows = sorted(content.get("evidence", []), key=lambda row: -GRADES.index(row["grade"]))
    return [said(row["text"]) for row in rows[:3]]


class Reason(forms.Form):
    """Why."""

    reason = Words(label=_label("field_reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))


class Note(forms.Form):
    """A remark that may be left out."""

    note = Words(label=_label("field_note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))


class ReviewForm(forms.Form):
    """审核: of each part of a report, as what it is accepted or that it is not, and why."""

    role = forms.ChoiceField(label=_label("field_role"), choices=_codes("role", [role.value for role in REVIEW_ROLES]))

    def __init__(self, *args: Any, submission: Submission, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        self.submission = submission
        for part in decisions.PARTS:
            value = decisions.part_of(submission, part)
            if not value:
                continue
            kinds = [kind for kind in decisions.TYPES[part] if _fits(submission, part, kind)]
            choices = [(kind.value, _label(f"accept_{kind.value.replace('-', '_')}")) for kind in kinds]
            self.fields[f"{part}_as"] = forms.ChoiceField(
                label=say(f"desk_library.part_{part}", value=value),
                choices=[*choices, ("no", _label("accept_no"))],
                widget=forms.RadioSelect,
            )
            self.fields[f"{part}_why"] = Words(label=_label("field_why"), required=False)

    def facts(self) -> dict[str, Any]:
        """What `decisions.review` asks for."""
        data = self.cleaned_data
        verdicts = [
            {"part": part, "accept": data[f"{part}_as"] != "no", "type": data[f"{part}_as"], "why": data[f"{part}_why"]}
            for part in decisions.PARTS
            if f"{part}_as" in data
        ]
        return {"role": data["role"], "verdicts": verdicts}


def _fits(submission: Submission, part: str, kind: Any) -> bool:
    try:
        decisions.spelt(submission, part, kind)
    except ConfigError:
        return False
    except ValueError:
        return False
    return True


class Propose(forms.Form):
    """The next version."""

    least = forms.FloatField(
        label=_label("field_least"), min_value=1, max_value=99, initial=20, help_text=_label("help_least")
    )
    note = Words(label=_label("field_version_note"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))


class Answer(forms.Form):
    """回执 of a unit: how it stands to a version, and if it likes the list that its device gives out."""

    state = forms.ChoiceField(
        label=_label("field_state"), choices=_codes("answer", [*DONE, Addressed.State.UNABLE]), widget=forms.RadioSelect
    )
    device = forms.CharField(label=_label("field_device"), max_length=80, required=False)
    file = forms.FileField(label=_label("field_held"), required=False, help_text=_label("help_held"))
    note = Words(label=_label("field_answer_note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": "", "initial": {"state": "confirmed"}} | kwargs))

    def clean_file(self) -> Any:
        """A list that is not larger than any device's."""
        file = self.cleaned_data["file"]
        if file and file.size > actions.LARGEST_LIST:
            raise ValidationError(say("desk_library.refused_large"))
        return file

    def facts(self) -> dict[str, Any]:
        """What `actions.answer` asks for."""
        data = self.cleaned_data
        content = data["file"].read() if data["file"] else None
        return {"state": data["state"], "device": data["device"], "note": data["note"], "content": content}


class Allow(forms.Form):
    """白名单: what is excused, whose it is, until when, why."""

    kind = forms.ChoiceField(label=_label("field_kind"), choices=_codes("kind", [kind.value for kind in Kind]))
    value = forms.CharField(label=_label("field_value"), max_length=253)
    owner = forms.CharField(label=_label("field_owner"), max_length=120, help_text=_label("help_owner"))
    until = forms.DateField(
        label=_label("field_until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = Words(label=_label("field_reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))

    def clean(self) -> dict[str, Any]:
        """The value in its one spelling; one that would excuse strangers too is refused."""
        data = super().clean() or {}
        if data.get("value") and data.get("kind"):
            kind = Kind(data["kind"])
            try:
                data["value"] = canonical_value(kind, data["value"])
                refuse_wide(kind, data["value"])
            except ConfigError as error:
                self.add_error("value", said(error.message))
            except ValueError:
                self.add_error(
                    "value",
                    say("desk_library.bad_value", kind=say(f"desk_library.kind_{kind.value.replace('-', '_')}")),
                )
        if (day := data.get("until")) is not None and day < timezone.localdate():
            self.add_error("until", say("desk_library.refused_owner_and_day"))
        return data

    def facts(self) -> dict[str, Any]:
        """What `actions.excuse` asks for; the day lasts until its end in Beijing."""
        data = dict(self.cleaned_data)
        end = datetime.combine(data["until"] + timedelta(days=1), time(), DISPLAY_ZONE)
        return data | {"until": end}


class FeedForm(forms.Form):
    """A list that is taken in."""

    name = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]{0,63}$", label=_label("field_feed_name"), help_text=_label("help_feed_name")
    )
    form = forms.ChoiceField(
        label=_label("field_form"),
        choices=_codes("feed", ["plain", "hosts", "csv", "maltrail", "misp", "stix", "taxii", "notice"]),
    )
    licence = forms.ChoiceField(
        label=_label("field_licence"),
        choices=[
            (code, _label("licence_own") if code == "own" else code)
            for code in (*sorted(FREE_LICENCES), *sorted(FETCHED_ONLY))
        ],
        initial="own",
        help_text=_label("help_licence"),
    )
    family = forms.CharField(
        label=_label("field_family"), max_length=64, required=False, help_text=_label("help_family")
    )
    role = forms.ChoiceField(label=_label("field_role"), choices=_codes("role", [role.value for role in Part]))
    scope = forms.ChoiceField(label=_label("field_scope"), choices=_codes("scope", ["host", "domain"]))
    tlp = forms.ChoiceField(
        label=_label("field_tlp"), choices=_codes("tlp", [mark.value for mark in Tlp]), initial="green"
    )
    url = forms.URLField(
        label=_label("field_url"), max_length=500, required=False, assume_scheme="https", help_text=_label("help_url")
    )
    hours = forms.IntegerField(label=_label("field_hours"), min_value=1, max_value=24 * 31, initial=24)
    token = forms.CharField(
        label=_label("field_token"), max_length=500, required=False, widget=forms.PasswordInput,
        help_text=_label("help_token"),
    )  # fmt: skip
    sha256 = forms.RegexField(
        r"^[0-9a-fA-F]{64}$", label=_label("field_sha256"), required=False, help_text=_label("help_sha256")
    )
    enabled = forms.BooleanField(label=_label("field_enabled"), required=False, initial=True)

    def __init__(self, *args: Any, feed: Feed | None = None, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        if feed is not None:
            kwargs["initial"] = {name: getattr(feed, name) for name in self.base_fields if name != "token"}
        super().__init__(*args, **kwargs)
        if feed is not None:
            self.fields["name"].disabled = True
        self._feed = feed

    def clean_name(self) -> str:
        """A name that no other list has."""
        name: str = self.cleaned_data["name"]
        if self._feed is None and Feed.objects.filter(name=name).exists():
            raise ValidationError(say("desk_library.refused_feed_name", name=name))
        return name

    def facts(self) -> dict[str, Any]:
        """What `intake.declare` and `intake.change` ask for."""
        data = dict(self.cleaned_data)
        data["sha256"] = data["sha256"].lower()
        return data


class TakeFile(forms.Form):
    """A list as a file, and the reason with which one is taken that looks like half a list."""

    file = forms.FileField(label=_label("field_file"))
    reason = forms.CharField(
        label=_label("field_override"), max_length=300, required=False, help_text=_label("help_override")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))

    def clean_file(self) -> Any:
        """A file within the bounds."""
        file = self.cleaned_data["file"]
        if file.size > intake.LARGEST:
            raise ValidationError(say("desk_library.refused_large"))
        return file


class TrustForm(forms.Form):
    """A public key and the fingerprint that was read out over the telephone."""

    name = forms.CharField(label=_label("field_key_name"), max_length=120)
    key = forms.FileField(label=_label("field_key"), help_text=_label("help_key"))
    fingerprint = forms.CharField(
        label=_label("field_fingerprint"), max_length=80, help_text=_label("help_fingerprint")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))

    def facts(self) -> dict[str, Any]:
        """What `intake.trust` asks for."""
        data = self.cleaned_data
        return {"name": data["name"], "pem": data["key"].read(64 * 1024), "fingerprint": data["fingerprint"]}


class HandUp(forms.Form):
    """报送: to whom, and which reports."""

    addressee = forms.CharField(label=_label("field_addressee"), max_length=120)
    submissions: Any = forms.ModelMultipleChoiceField(queryset=None, widget=forms.CheckboxSelectMultiple, label="")
    note = Words(label=_label("field_note"), required=False)

    def __init__(self, *args: Any, rows: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        field = self.fields["submissions"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101  # declared above
        field.queryset = rows


class Weigh(forms.Form):
    """Whether what a case said moves the score, and why."""

    counts = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda text: text == "yes")
    note = forms.CharField(label=_label("field_reason"), max_length=300)


class Settle(forms.Form):
    """Whether what waits comes in, and why."""

    accept = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda text: text == "yes")
    reason = forms.CharField(label=_label("field_reason"), max_length=300)
