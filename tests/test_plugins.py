"""The table of plugins: every name can be loaded, names itself so, and keeps the promise of its room."""

import inspect
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from minewarden.plugins import COMPILERS, DETECTORS, HOPS, READERS, Registry
from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Reader
from minewarden.telemetry.schema import TABLES

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ROOMS = (READERS, DETECTORS, HOPS, COMPILERS)


def made(room: Registry, name: str) -> Any:
    kind = room.load(name)
    return kind(now=NOW) if room is COMPILERS else kind()


def word(room: Registry, plugin: Any) -> str:
    """What a plugin calls itself."""
    return str(plugin.form if room in (READERS, COMPILERS) else plugin.name if room is DETECTORS else plugin.kind)


@pytest.mark.parametrize(
    ("room", "name"),
    [pytest.param(room, name, id=f"{room.room}-{name}") for room in ROOMS for name in room],
)
def test_a_plugin_calls_itself_as_the_table_does(room: Registry, name: str) -> None:
    assert word(room, made(room, name)) == name


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.room)
def test_no_class_of_a_room_was_forgotten(room: Registry) -> None:
    registered = set(room.load_all().values())
    asked = {"readers": "read", "detectors": "detect", "hops": "find", "compilers": "compile"}[room.room]
    for module in {kind.__module__ for kind in registered}:
        for _, kind in inspect.getmembers(import_module(module), inspect.isclass):
            if kind.__module__ == module and callable(getattr(kind, asked, None)) and not kind.__name__.startswith("_"):
                assert kind in registered, f"{module}.{kind.__name__} is in no table"


@pytest.mark.parametrize("name", list(READERS))
def test_a_reader_claims_nothing_that_is_not_its_own(name: str) -> None:
    reader: Reader = made(READERS, name)
    for data in (b"", b"\n", bytes(4096), bytes(range(256)) * 16, "这只是一封信。\n".encode() * 50, b"a,b,c\n1,2,3\n"):
        assert not reader.recognises(head_of(data)), data[:20]


@pytest.mark.parametrize("name", list(DETECTORS))
def test_a_detector_reads_tables_that_there_are(name: str) -> None:
    detector = made(DETECTORS, name)
    assert detector.reads
    assert detector.reads <= set(TABLES)


def test_listing_a_room_imports_nothing() -> None:
    room = Registry("room", {"gone": "minewarden.no.such.module:Thing"})
    assert list(room) == ["gone"]
    with pytest.raises(ModuleNotFoundError):
        room.load("gone")


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        READERS.load("no_such_form")
