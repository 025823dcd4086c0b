"""Faults of a file of indicators: all of them at once, each with its place."""

from minewarden.intel.faults import CatalogueError, Fault
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import message


def test_every_fault_is_said_on_a_line_of_its_own() -> None:
    faults = [Fault("watch.toml", 3, message("ingest.empty")), Fault("pools.toml", 0, message("ingest.zeros"))]
    error = CatalogueError(faults)
    assert isinstance(error, ConfigError)
    head, first, second = error.said("en").splitlines()
    assert "2" in head
    assert first.startswith("watch.toml:3: is empty")
    assert second.startswith("pools.toml: ")
    assert error.said("zh") != error.said("en")
    assert error.faults == tuple(faults)
