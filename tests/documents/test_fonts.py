"""Faces that stand in for the official ones: a page can always be made, and what is missing is said."""

import pytest

from minewarden.documents import fonts


@pytest.mark.parametrize("role", fonts.FACES)
def test_every_role_has_a_face_that_is_here(role: str) -> None:
    found = fonts.families(role)
    assert found
    assert all(name.lower() in fonts.installed() for name in found)
    order = [name for name in fonts.FACES[role].stand_ins if name in found]
    assert found == (order or ["Libertinus Serif"]), "best first"


def test_the_official_names_are_those_of_the_standard() -> None:
    # GB/T 9704-2012: body in 仿宋, headings in 黑体 and 楷体, the title in 小标宋.
    assert {fonts.FACES[role].office for role in ("fang", "hei", "kai", "biao")} == {
        *("仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"),
    }


def test_a_role_is_missing_exactly_where_no_face_of_its_style_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(fonts.missing_roles()) <= set(fonts.FACES)
    monkeypatch.setattr(fonts, "installed", lambda: frozenset({"noto sans cjk sc"}))
    assert fonts.missing_roles() == ["fang", "kai", "biao", "song"]
    assert fonts.families("fang") == ["Noto Sans CJK SC"]
    monkeypatch.setattr(fonts, "installed", lambda: frozenset())
    assert fonts.families("fang") == ["Libertinus Serif"]
    assert set(fonts.missing_roles()) == set(fonts.FACES)
