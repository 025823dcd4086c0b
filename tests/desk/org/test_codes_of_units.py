"""Official codes: what is one, what is not, and that they are unique."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.org import actions, codes


@pytest.mark.parametrize(
    ("text", "valid"),
    [("4111010001", True), ("3441990001", True), ("L41990001", True), ("L", False), ("4111", False),
     ("9999999999", False),
     ("2199000001", False), ("２１４１９９０００１", False), ("34419900011", False), ("", False)],
)  # fmt: skip
def test_school_codes(text, valid):
    assert codes.is_school_code(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("419901", True),
        ("410173", True),
        ("41990", False),
        ("４１９９０１", False),
        ("994101", False),
        ("014101", False),
    ],
)
def test_region_codes(text, valid):
    assert codes.is_region_code(text) is valid


def test_a_real_credit_code_passes():
    assert codes.is_credit_code("12100000400002259P")


@pytest.mark.parametrize(
    "text", ["12100000400002259Q", "1210000040000225P", "12100000400002259p", "", "1210000040000225IP"]
)
def test_a_wrong_credit_code_does_not(text):
    assert not codes.is_credit_code(text)


@given(st.text(codes._ALPHABET, min_size=17, max_size=17), st.integers(0, 17), st.sampled_from(codes._ALPHABET))
def test_one_wrong_character_is_always_found(first, at, character):
    right = first + codes.credit_check_character(first)
    wrong = right[:at] + character + right[at + 1 :]
    assert codes.is_credit_code(right)
    assert codes.is_credit_code(wrong) is (wrong == right)


@pytest.mark.django_db
def test_a_school_code_belongs_to_one_unit(city):
    with pytest.raises(ValidationError):
        actions.create_unit(by=None, kind="school", name="冒名学校", parent=city.yunlu, school_code="3441990001")


@pytest.mark.django_db
def test_units_without_codes_do_not_collide(city):
    for name in ("甲幼儿园", "乙幼儿园"):
        actions.create_unit(by=None, kind="kindergarten", name=name, parent=city.yunlu)
