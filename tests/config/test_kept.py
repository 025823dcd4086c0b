"""Settings that the program changes: only the value moves, what was there is kept, and every step can be taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.config.kept import former, replace_file, rewritten, roll_back, text_of
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


def written(path: Path, text: str, now: datetime) -> str:
    return replace_file(path, text, now, was=text_of(path)).name


def test_every_step_is_kept_and_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "minewarden.toml"
    kept = [written(path, f"a = {n}\n", NOW + timedelta(days=n > 2)) for n in (1, 2, 3, 4)]
    assert kept == [
        "minewarden.20261129T041500Z.toml",
        "minewarden.20261129T041500Z-2.toml",
        "minewarden.20261130T041500Z.toml",
        "minewarden.20261130T041500Z-2.toml",
    ]
    assert len(former(path)) == 4
    for content in ("a = 3\n", "a = 2\n", "a = 1\n", ""):
        roll_back(path, NOW)
        assert path.read_text() == content
    with pytest.raises(ConfigError):
        roll_back(path, NOW)
    assert former(path) == []


def test_a_clock_that_was_set_back_does_not_turn_the_steps_round(tmp_path: Path) -> None:
    path = tmp_path / "minewarden.toml"
    for n, days in enumerate((0, 400, -400, 0)):
        written(path, f"a = {n}\n", NOW + timedelta(days=days))
    for content in ("a = 2\n", "a = 1\n", "a = 0\n", ""):
        roll_back(path, NOW)
        assert path.read_text() == content


def test_what_was_changed_by_hand_since_is_not_lost_when_a_step_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "minewarden.toml"
    for n in (1, 2):
        written(path, "a = 1\n", NOW)
        path.write_text(f"a = 1\nours = {n}\n")
        _, undone = roll_back(path, NOW)
        assert undone is not None
        assert undone.read_text() == f"a = 1\nours = {n}\n"
    path.unlink()
    (tmp_path / "minewarden.20261129T041500Z.toml").write_text("b = 1\n")
    assert roll_back(path, NOW)[1] is None
    assert path.read_text() == "b = 1\n"


def test_what_was_decided_on_other_settings_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "minewarden.toml"
    path.write_text("a = 1\n")
    with pytest.raises(ConfigError) as refusal:
        replace_file(path, "a = 2\n", NOW, was="")
    assert "再执行一次" in refusal.value.said("zh")
    assert path.read_text() == "a = 1\n"
    assert former(path) == []


def test_of_many_at_once_each_is_written_and_kept_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "minewarden.toml"
    written(path, "a = 0\n", NOW)

    def change(n: int) -> bool:
        try:
            replace_file(path, f"a = {n}\n", NOW, was="a = 0\n")
        except ConfigError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = [n for n, ok in enumerate(pool.map(change, range(1, 33)), 1) if ok]
    assert len(done) == 1
    assert path.read_text() == f"a = {done[0]}\n"
    assert len(former(path)) == 2


def test_files_of_others_are_not_taken_for_kept_ones(tmp_path: Path) -> None:
    for name in ("minewarden.toml", "minewarden.old.toml", "minewarden.20261129.toml"):
        (tmp_path / name).write_text("")
    assert former(tmp_path / "minewarden.toml") == []
