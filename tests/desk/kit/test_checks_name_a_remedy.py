"""Each system check has an id, words in both languages, and a remedy."""

import pytest

from minewarden.desk import checks
from minewarden.desk.org import actions
from minewarden.vocab.words import table


@pytest.fixture
def sound(settings, data_folder):
    key = data_folder / "secret-key"
    key.write_text("k" * 60)
    key.chmod(0o600)
    settings.SECRET_KEY, settings.SECRET_KEY_LASTS, settings.SECRET_KEY_PATH = "k" * 60, True, key
    settings.DEBUG, settings.HTTPS, settings.PROXIES, settings.ALLOWED_HOSTS = False, False, 0, ["localhost"]
    return settings


def found() -> set[str]:
    all_of_them = (checks.key_lasts, checks.data_folder_is_writable, checks.nothing_left_open)
    return {str(problem.id).removeprefix("minewarden.") for check in all_of_them for problem in check(None)}


def test_a_sound_installation_passes(sound):
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "identifier"),
    [
        ("SECRET_KEY_LASTS", False, "E001"),
        ("SECRET_KEY", "short", "E002"),
        ("DATA", "/nonexistent", "E004"),
        ("DEBUG", True, "E005"),
        ("HTTPS", True, "E006"),
        ("ALLOWED_HOSTS", ["*"], "W001"),
        ("ALLOWED_HOSTS", ["desk.example.edu.cn"], "W002"),
    ],
)
def test_what_is_wrong_is_found(sound, name, value, identifier):
    setattr(sound, name, value)
    assert identifier in found()


def test_a_key_that_others_can_read_is_found(sound):
    sound.SECRET_KEY_PATH.chmod(0o644)
    assert found() == {"E003"}


@pytest.mark.django_db
def test_missing_administrators_and_approvers_are_found(people, city):
    ids = {problem.id: problem.msg for problem in checks.administrators_are_named(None, databases=["default"])}
    assert set(ids) == {"minewarden.W004"}
    assert "云麓区" in ids["minewarden.W004"]
    assert "临江区" not in ids["minewarden.W004"]
    actions.set_active(people.audit, by=people.system, active=False)
    ids = {problem.id: problem.msg for problem in checks.administrators_are_named(None, databases=["default"])}
    assert "审计管理员" in ids["minewarden.W003"]


def test_every_check_has_a_remedy():
    words = table("desk_checks")
    assert all(f"{key}_hint" in words for key in words if not key.endswith("_hint"))
