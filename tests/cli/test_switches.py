"""`minewarden switches`: what is said before any switch is asked."""

from pathlib import Path

import pytest

from minewarden.cli.main import main


def test_without_a_login_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["switches", "127.0.0.1"]) == 2
    assert "--community-file" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, " \n"])
def test_a_secret_that_cannot_be_read_is_named(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "community.txt"
    if content is not None:
        secret.write_text(content)
    assert main(["switches", "127.0.0.1", "--community-file", str(secret)]) == 2
    assert "community.txt" in capsys.readouterr().err


def test_a_name_is_refused_and_the_others_are_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "community.txt"
    secret.write_text("public\n")
    assert main(["switches", "switch.example.net", "--community-file", str(secret)]) == 1
    said = capsys.readouterr()
    assert "switch.example.net" in said.err
    assert said.out.splitlines() == ["switch,time,ip,mac,vlan,port"]
