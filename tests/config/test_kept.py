"""Settings that the program changes: only the value moves, what was there is kept, and every step can be taken back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.config.kept import former, replace_file, rewritten, roll_back
from minewarden.vocab.errors import ConfigError

NOW = datetime(2026, 11, 29, 4, 15, tzinfo=UTC)
CHANGE = {"detect.push_flow": {"least_weight": 5.25}}
FILE = """# 本校设置
[detect.push_flow]   # by the network centre
least_pushes = 12
least_weight = 2.0  # since the summer
[detect.tls_shape]
least_weight = 3.0
"""


def test_only_the_value_moves() -> None:
    assert rewritten(FILE, CHANGE) == FILE.replace("least_weight = 2.0  #", "least_weight = 5.25  #")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("", "[detect.push_flow]\nleast_weight = 5.25\n"),
        ("[detect.push_flow]\nleast_pushes = 9", "[detect.push_flow]\nleast_weight = 5.25\nleast_pushes = 9\n"),
        ("[other]\nx = 1\n", "[other]\nx = 1\n\n[detect.push_flow]\nleast_weight = 5.25\n"),
    ],
)
def test_what_is_missing_is_added(text: str, new: str) -> None:
    assert rewritten(text, CHANGE) == new


@pytest.mark.parametrize(
    "text",
    [
        "detect = { push_flow = { least_weight = 2.0 } }", "detect.push_flow.least_weight = 2.0", "[detect",
        "[detect]\npush_flow.least_weight = 2.0", 'x = """\n[detect.push_flow]\nleast_weight = 2.0\n"""', "detect = 3",
    ],
)  # fmt: skip
def test_where_the_place_is_not_sure_nothing_is_changed(text: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        rewritten(text, CHANGE)
    assert refusal.value.said("zh") != refusal.value.said("en")


def test_every_step_is_kept_and_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "minewarden.toml"
    assert replace_file(path, "a = 1\n", NOW) is None
    first, second, third = (replace_file(path, f"a = {n}\n", NOW + timedelta(days=n > 2)) for n in (2, 3, 4))
    assert [kept.name for kept in (first, second, third) if kept] == [
        "minewarden.20261129T041500Z.toml",
        "minewarden.20261130T041500Z.toml",
        "minewarden.20261130T041500Z-2.toml",
    ]
    assert len(former(path)) == 3
    for content in ("a = 3\n", "a = 2\n", "a = 1\n"):
        roll_back(path)
        assert path.read_text() == content
    with pytest.raises(ConfigError):
        roll_back(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["minewarden.toml"]


def test_files_of_others_are_not_taken_for_kept_ones(tmp_path: Path) -> None:
    for name in ("minewarden.toml", "minewarden.old.toml", "minewarden.20261129.toml"):
        (tmp_path / name).write_text("")
    assert former(tmp_path / "minewarden.toml") == []
