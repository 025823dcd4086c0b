"""Rules of a password, each with our own words: 10 characters, 3 of 4 classes, nothing about the person, not common."""

import secrets
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from minewarden.desk.kit.words import say, word

MIN_LENGTH = 10
MIN_CLASSES = 3
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


class LongEnough:
    """At least ten characters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where it is shorter."""
        if len(password) < MIN_LENGTH:
            raise ValidationError(word("desk_org.password_short", count=MIN_LENGTH), code="short")

    def get_help_text(self) -> str:
        """The rule in words."""
        return say("desk_org.password_short", count=MIN_LENGTH)


class MixedEnough:
    """Three of four classes: small letters, capitals, digits, other characters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where there are fewer."""
        classes = (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
        if sum(classes) < MIN_CLASSES:
            raise ValidationError(word("desk_org.password_plain"), code="plain")

    def get_help_text(self) -> str:
        """The rule in words."""
        return say("desk_org.password_plain")


class NotAboutThePerson:
    """Neither the login name, the name, the phone nor the codes of the unit, in whatever case."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where one of them is part of the password."""
        lowered = password.lower()
        if any(fact.lower() in lowered for fact in _facts(user)):
            raise ValidationError(word("desk_org.password_personal"), code="personal")

    def get_help_text(self) -> str:
        """The rule in words."""
        return say("desk_org.password_personal")


def _facts(user: Any) -> list[str]:
    if user is None:
        return []
    facts = [user.username, user.name, user.phone]
    if user.unit_id is not None:
        facts += [user.unit.school_code, user.unit.region_code, user.unit.credit_code, user.unit.name]
    # A one-letter login name would forbid most passwords, and tells nothing.
    return [fact for fact in facts if fact and len(fact) >= 2]


class NotCommon(CommonPasswordValidator):
    """Not one of the twenty thousand that everybody tries first."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError with our words."""
        if password.lower().strip() in self.passwords:
            raise ValidationError(word("desk_org.password_common"), code="common")

    def get_help_text(self) -> str:
        """The rule in words."""
        return say("desk_org.password_common")


def first_password() -> str:
    """A random password for the first login: four groups that can be read out, of four classes, nothing look-alike."""
    groups = ["".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4)]
    return "-".join([*groups[:3], secrets.choice("ABCDEFGHJKMNPQRSTUVWXYZ") + groups[3] + secrets.choice("23456789")])
