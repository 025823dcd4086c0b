"""Forms of units, people, posts and one's own account."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import password_validators_help_texts

from minewarden.desk.kit.words import said, say, word
from minewarden.desk.org import codes, divisions
from minewarden.desk.org.access import NO_POST, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.parameters import SETTINGS
from minewarden.desk.org.picks import Pick


class OwnUnit(Pick):
    """One of the units over which a person holds one of the roles: a list or, where it would be endless, its name."""

    def __init__(self, person: Person, *roles: str, **kwargs: Any) -> None:
        units = units_visible_to(person, *roles)
        kwargs.setdefault("label", word("desk_org.unit"))
        super().__init__(rows=units, **kwargs)
        only = units[:2]
        if self.initial is None and len(only) == 1:
            self.initial = only[0].pk


class LoginForm(AuthenticationForm):
    """Login name and password; one answer for whatever was wrong."""

    error_messages = {  # noqa: RUF012  # Django declares it so
        "invalid_login": word("desk_org.login_wrong"),
        "inactive": word("desk_org.login_wrong"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = word("desk_org.username")
        self.fields["password"].label = word("desk_org.password")


class CodeForm(forms.Form):
    """A code of the telephone, or a recovery code."""

    code = forms.CharField(
        label=word("desk_org.otp"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class PasswordForm(forms.Form):
    """The present password, and the new one twice."""

    present = forms.CharField(
        label=word("desk_org.password_present"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=word("desk_org.password_new"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=word("desk_org.password_again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def rules(self) -> list[str]:
        """The rules in words, for the page."""
        return [str(rule) for rule in password_validators_help_texts()]

    def clean_present(self) -> str:
        """Refuse a wrong present password."""
        present = str(self.cleaned_data["present"])
        if not self.person.check_password(present):
            raise forms.ValidationError(say("desk_org.password_present_wrong"))
        return present

    def clean(self) -> dict[str, Any]:
        """The two new ones must agree."""
        given = super().clean() or {}
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", say("desk_org.passwords_differ"))
        return given


class UnitForm(forms.Form):
    """A new unit below another."""

    kind = forms.ChoiceField(label=word("desk_org.kind"), choices=Unit.Kind.choices)
    name = forms.CharField(label=word("desk_org.unit_name"), max_length=200, help_text=word("desk_org.unit_name_help"))
    short_name = forms.CharField(label=word("desk_org.short_name"), max_length=60, required=False)
    aliases = forms.CharField(
        label=word("desk_org.aliases"), max_length=300, required=False, help_text=word("desk_org.aliases_help")
    )
    school_code = forms.CharField(
        label=word("desk_org.school_code"), max_length=12, required=False, help_text=word("desk_org.school_code_help")
    )
    region_code = forms.CharField(label=word("desk_org.region_code"), max_length=6, required=False)
    credit_code = forms.CharField(label=word("desk_org.credit_code"), max_length=18, required=False)
    region_seen = forms.CharField(max_length=6, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, above: Unit | None, was: str = "", **kwargs: Any) -> None:
        """above: the unit that it stands below; was: the division code that it bears already."""
        super().__init__(*args, **kwargs)
        self._above, self._was = above, was

    def clean(self) -> dict[str, Any]:
        """A division code that names nothing, a former place or another one is pointed out once; saved again, it is
        taken: the table is of a day, and people may know better."""
        given = super().clean() or {}
        seen, code = given.pop("region_seen", ""), given.get("region_code", "")
        if not codes.is_region_code(code) or code in (seen, self._was) or given.get("kind") == Unit.Kind.ZONE:
            return given
        name, code_above = (self._above.name, self._above.region_code) if self._above else ("", "")
        told = f"{given.get('name', '')}{name}"
        if found := divisions.cautions(code, above=code_above, told=told):
            self.add_error("region_code", [*map(said, found), say("desk_org.region_again")])
            self.data = {**{key: self.data[key] for key in self.data}, "region_seen": code}
        return given

    def clean_aliases(self) -> list[str]:
        """Several names, separated as people separate them."""
        text = str(self.cleaned_data["aliases"])
        for separator in "，；;、":
            text = text.replace(separator, ",")
        return [name.strip() for name in text.split(",") if name.strip()]


class CloseUnitForm(forms.Form):
    """A unit ends: its last day, and the unit into which it is merged."""

    until = forms.DateField(
        label=word("desk_org.until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    successor = Pick(
        label=word("desk_org.successor"),
        required=False,
        empty_label=word("desk_org.no_successor"),
        help_text=word("desk_org.successor_help"),
    )

    def __init__(self, unit: Unit, keeper: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = units_visible_to(keeper).filter(valid_to=None).exclude(path__startswith=unit.path)
        Pick.among(self, "successor", others)


class PhoneForm(forms.Form):
    """Why somebody needs a whole telephone number."""

    reason = forms.CharField(label=word("desk_org.phone_reason"), max_length=200)


class PersonForm(forms.Form):
    """A new account; the first password is made by the program."""

    name = forms.CharField(label=word("desk_org.person_name"), max_length=60)
    username = forms.CharField(label=word("desk_org.username"), max_length=60, help_text=word("desk_org.username_help"))
    phone = forms.CharField(
        label=word("desk_org.phone"), max_length=20, required=False, help_text=word("desk_org.phone_help")
    )


class PostForm(forms.Form):
    """A role over a unit's subtree."""

    # Nothing stands chosen: the first of the list would be the system's administrator.
    role = forms.ChoiceField(label=word("desk_org.role"), choices=[("", word("desk_kit.choose")), *Role.choices])
    unit = Pick(label=word("desk_org.scope"), help_text=word("desk_org.scope_help"))

    def __init__(self, grantor: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        Pick.among(self, "unit", units_visible_to(grantor, Role.SECURITY))


class TreeFilter(forms.Form):
    """What is shown of the organisation tree: one unit's level (`at`), and what is searched for below it."""

    q = forms.CharField(label=word("desk_org.unit_or_code"), required=False, max_length=60)
    show = forms.ChoiceField(label=word("desk_org.posts"), required=False)
    at = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["show"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [("", say("desk_kit.all")), ("no_post", say("desk_org.no_post"))]


class PeopleFilter(forms.Form):
    """What narrows the list of people."""

    q = forms.CharField(label=word("desk_org.person_or_unit"), required=False, max_length=60)
    role = forms.ChoiceField(label=word("desk_org.role"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["role"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [("", say("desk_kit.all")), (NO_POST, say("desk_org.no_post")), *Role.choices]


class LanguageForm(forms.Form):
    """Chinese or English."""

    language = forms.ChoiceField(choices=[("zh", "中文"), ("en", "English")])


class ParameterForm(forms.Form):
    """A number, from a day on."""

    key = forms.ChoiceField(label=word("desk_org.parameter"))
    value = forms.CharField(label=word("desk_org.parameter_value"), max_length=60)
    since = forms.DateField(
        label=word("desk_org.parameter_since"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=word("desk_org.parameter_reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["key"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(key, say(f"desk_org.parameter_{key}")) for key in SETTINGS]
