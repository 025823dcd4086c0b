"""Signed bundles: what was changed, cut short, signed by somebody else or is older is not loaded."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minewarden.intel import bundle
from minewarden.intel.library import Library
from minewarden.intel.record import Record
from minewarden.vocab.errors import ConfigError, InputError
from tests.intel.lists import NOW, listed, record, source

LATER = NOW + timedelta(days=1)
RECORDS = (record("a.example"), record("b.example"))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "city.key"
    bundle.make_key(path)
    return path


def written(keys: Path, records: tuple[Record, ...] = RECORDS, number: int = 1) -> Path:
    key = bundle.private_key(keys)
    path = keys.parent / "bundle.txt"
    path.write_bytes(bundle.write(records, key, number=number, label=f"2026.{number}", producer="云川市", at=NOW))
    return path


def read(keys: Path, path: Path) -> bundle.Bundle:
    return bundle.read(path, bundle.public_key(Path(f"{keys}.pub")))


def test_what_was_signed_is_read(keys: Path) -> None:
    found = read(keys, written(keys))
    assert set(found.records) == set(RECORDS)
    assert (found.number, found.label, found.producer, found.at) == (1, "2026.1", "云川市", NOW)
    assert keys.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigError):
        bundle.make_key(keys)


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_changed_byte_passes(keys: Path, data: st.DataObject) -> None:
    path = written(keys)
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    try:
        found = read(keys, path)
    except InputError:
        return
    # JSON has several spellings of one heading (a space, \u escapes): what was read must still be what was signed.
    assert set(found.records) == set(RECORDS)


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -200])
def test_half_a_bundle_is_none(keys: Path, cut: int) -> None:
    path = written(keys)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError):
        read(keys, path)


def test_another_s_signature_is_told(keys: Path, tmp_path: Path) -> None:
    path = written(keys)
    bundle.make_key(tmp_path / "other.key")
    with pytest.raises(InputError) as caught:
        bundle.read(path, bundle.public_key(tmp_path / "other.key.pub"))
    assert caught.value.message.id == "bundle.forged"
    with pytest.raises(ConfigError):
        bundle.public_key(keys)


def test_a_unit_takes_it_in_and_an_older_one_is_refused(keys: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "school.sqlite")
    library.load(source(name="own"), listed("b.example\n"), NOW)
    assert library.take_bundle(read(keys, written(keys, number=2)), NOW).added == ("host a.example",)
    third = library.take_bundle(read(keys, written(keys, (record("c.example"),), number=3)), LATER)
    assert (third.added, third.gone) == (("host c.example",), ("host a.example",))
    gone, ours = library.get("a.example"), library.get("b.example")
    assert gone is not None
    assert gone.revoked == LATER
    assert ours is not None
    assert ours.revoked is None
    with pytest.raises(ConfigError) as caught:
        library.take_bundle(read(keys, written(keys, number=2)), LATER)
    assert caught.value.message.id == "bundle.older"
    back = library.take_bundle(read(keys, written(keys, number=4)), LATER)
    assert back.gone == ("host c.example",)
    again = library.get("a.example")
    assert again is not None
    assert again.revoked is None


def test_a_signed_record_that_is_none_stops_the_bundle(keys: Path) -> None:
    wide = replace(record("a.example"), value="com")
    with pytest.raises(InputError) as caught:
        read(keys, written(keys, (wide,)))
    assert caught.value.message.id == "bundle.record"
    assert json.loads(written(keys).read_text().splitlines()[0])["schema"] == bundle.SCHEMA
