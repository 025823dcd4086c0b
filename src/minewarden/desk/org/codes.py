"""Official codes of units: 学校（机构）标识码, GB/T 2260 and zone codes, 统一社会信用代码 (GB 32100)."""

import re

_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|81|82)"
_SCHOOL = re.compile(rf"(?:11|21|22|31|32|33|34|35|36|37|41|42|51|91|92|93){_PROVINCE}\d{{6}}|L\d{{1,11}}", re.ASCII)
_REGION = re.compile(rf"{_PROVINCE}\d{{4}}", re.ASCII)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def is_school_code(text: str) -> bool:
    """Ten digits, category and province being known ones, or a temporary local code that begins with L."""
    return _SCHOOL.fullmatch(text) is not None


def is_region_code(text: str) -> bool:
    """Six digits that begin with a province: a division of GB/T 2260 or a statistical code of a development zone."""
    return _REGION.fullmatch(text) is not None


def credit_check_character(first17: str) -> str:
    """The eighteenth character of a unified social credit code. Raises ValueError for characters it does not use."""
    total = sum(_ALPHABET.index(character) * weight for character, weight in zip(first17, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def is_credit_code(text: str) -> bool:
    """Eighteen characters of which the last checks the others."""
    if len(text) != 18 or any(character not in _ALPHABET for character in text):
        return False
    return credit_check_character(text[:17]) == text[17]
