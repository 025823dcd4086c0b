"""The tables of an app, made in one step of a migration.

Django renders every model anew after each single step, so that a hundred tables with their indexes and constraints,
made one by one, took half a minute of a desk's first start. Here all models of an app stand before any is rendered.
"""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation


class CreateModels(Operation):
    """Create the tables of several models, which may point to each other in any order."""

    serialization_expand_args = ["operations"]  # noqa: RUF012 - Django declares a list

    def __init__(self, operations: Sequence[CreateModel]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Add the models; the rendered ones are dropped, so that whoever asks next renders all of them once."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create the tables in the order given."""
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Remove the tables, the last one first."""
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """The names of the models."""
        return "Create models " + ", ".join(operation.name for operation in self.operations)
