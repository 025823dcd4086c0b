"""Files that a device reads: replaced whole, checked, and as they were where the check says no."""

from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.enforce.publish.folder import FolderPublisher
from minewarden.enforce.publisher import PublishError
from minewarden.plugins import COMPILERS
from tests.enforce.rules import NOW, SAMPLE


@pytest.mark.parametrize("form", [form for form in COMPILERS if form != "nftables"])
def test_it_holds_what_was_wanted_on_another_day_too(tmp_path: Path, form: str) -> None:
    device = FolderPublisher("d", form, tmp_path)
    assert device.held() == frozenset()
    kept = device.keep()
    device.push(SAMPLE, now=NOW)
    assert device.held() == device.wanted(SAMPLE, now=NOW + timedelta(days=1)) != frozenset()
    device.restore(kept)
    assert list(tmp_path.iterdir()) == []


def test_a_check_that_says_no_and_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(PublishError):
        FolderPublisher("d", "edl", tmp_path, check=["false"]).push(SAMPLE, now=NOW)
    (tmp_path / "file").touch()
    with pytest.raises(PublishError):
        FolderPublisher("d", "edl", tmp_path / "file").push(SAMPLE, now=NOW)
