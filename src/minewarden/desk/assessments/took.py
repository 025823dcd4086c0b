"""How long it took from one time of a row to another, which the database computes.

Thousands of schools sign at thousands of different times: to make times of the texts that SQLite keeps, two for each,
takes longer than to count them.
"""

from typing import Any

from django.db.models import BigIntegerField, F, Func


class Took(Func):
    """Whole seconds from one column to another, the nearest; below nought where they stand the other way round."""

    output_field = BigIntegerField()

    def __init__(self, begun: str, ended: str) -> None:
        super().__init__(F(ended), F(begun))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """As days between two Julian days, which SQLite knows to the thousandth of a second."""
        return self._of(compiler, "CAST(ROUND((julianday({}) - julianday({})) * 86400) AS INTEGER)")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """As the seconds of an interval."""
        return self._of(compiler, "CAST(ROUND(EXTRACT(EPOCH FROM ({} - {}))) AS bigint)")

    def _of(self, compiler: Any, form: str) -> Any:
        ended, begun = map(compiler.compile, self.get_source_expressions())
        return form.format(ended[0], begun[0]), (*ended[1], *begun[1])
