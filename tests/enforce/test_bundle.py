"""Files on disk: whole, named in the manifest, and nothing left lying about."""

import hashlib
import ipaddress
import json
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.enforce import bundle as module
from minewarden.enforce.bundle import MANIFEST, compile_to
from minewarden.plugins import COMPILERS
from minewarden.vocab.blockrule import BlockRule, Site, Target
from tests.enforce.rules import NOW, SAMPLE, SOON

REFUSED = (BlockRule(Target.IP, "203.0.113.200", SOON, "own"), BlockRule(Target.NAME, "com", SOON, "tld"))
SITE = Site(own=(ipaddress.ip_network("203.0.113.192/26"),))


def test_everything_is_written_and_accounted_for(tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    made = compile_to(out, list(COMPILERS), [*SAMPLE, *REFUSED], now=NOW, site=SITE)
    manifest = json.loads((out / MANIFEST).read_text())
    assert sorted(path.name for path in out.iterdir()) == sorted([MANIFEST, *(item.file for item in made.files)])
    assert {item["form"] for item in manifest["files"]} == set(COMPILERS)
    for item in manifest["files"]:
        data = (out / item["file"]).read_bytes()
        assert (item["sha256"], item["size"]) == (hashlib.sha256(data).hexdigest(), len(data))
        assert (out / item["file"]).stat().st_mode & 0o777 == 0o644
    assert manifest["counts"] == {"accepted": len(SAMPLE) - 1, "refused": 2}
    assert [item["value"] for item in manifest["refused"]] == ["203.0.113.200", "com"]
    assert all(item["why"]["zh"] and item["why"]["en"] for item in manifest["refused"])
    assert manifest["compiled_at"] == "2026-11-24T01:02:03Z"
    assert (manifest["first_expiry"], manifest["last_expiry"]) == ("2026-12-23T01:02:03Z", "2027-02-22T01:02:03Z")
    assert b"203.0.113.200" not in b"".join((out / item.file).read_bytes() for item in made.files)


def test_the_same_rules_in_any_order_give_the_same_folder(tmp_path: Path) -> None:
    rules = [*SAMPLE, *REFUSED]
    for name, given in (("a", rules), ("b", rules[::-1]), ("a", rules)):
        compile_to(tmp_path / name, list(COMPILERS), given, now=NOW, site=SITE)
    files = [path.name for path in (tmp_path / "a").iterdir()]
    assert sorted(files) == sorted(path.name for path in (tmp_path / "b").iterdir())
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_an_unknown_form_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        compile_to(tmp_path / "out", ["rpz", "smoke"], SAMPLE, now=NOW)
    assert not (tmp_path / "out").exists()


def test_nothing_to_block_makes_empty_lists_not_stale_ones(tmp_path: Path) -> None:
    compile_to(tmp_path, ["edl"], SAMPLE, now=NOW)
    compile_to(tmp_path, ["edl"], [], now=NOW + timedelta(days=1))
    assert (tmp_path / "domains.txt").read_bytes() == b""
    assert json.loads((tmp_path / MANIFEST).read_text())["last_expiry"] is None


def test_a_write_that_fails_leaves_the_old_files_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_to(tmp_path, ["edl"], SAMPLE, now=NOW)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        compile_to(tmp_path, ["edl"], [], now=NOW)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
