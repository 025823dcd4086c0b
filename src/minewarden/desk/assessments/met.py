"""Which of many conditions each row of a table meets, as one number for sixty of them, which the database computes.

A page of figures asks of each row some fifty conditions, most of them comparisons of a few columns with a few instants.
To look up the column of each anew, as a question of Django's does for each of its conditions, takes longer than to
answer; here each column is looked up once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import eq, ge, lt
from typing import Any

from django.core.exceptions import FieldError
from django.db.models import BigIntegerField, Q
from django.db.models.expressions import Col, Expression
from django.db.models.sql.where import WhereNode

BITS = 60
"""Conditions that one number of a database tells."""
_COMPARED = ("lt", "lte", "gt", "gte", "in", "startswith")


def numbers(conditions: Sequence[Q]) -> dict[str, "Met"]:
    """Columns of numbers that tell of each row which of the conditions hold, as many as it takes."""
    begins = range(0, len(conditions), BITS)
    return {f"met{n}": Met(conditions[begin : begin + BITS]) for n, begin in enumerate(begins)}


def as_one(told: int | Iterable[int]) -> int:
    """The numbers of `numbers` as one, of which there may be one only: a bit for each condition that holds."""
    if isinstance(told, int):
        return told
    return sum(number << place * BITS for place, number in enumerate(told))


class _Column(Expression):
    """A column of a table, or what a question made of several, spelled once however many conditions compare it."""

    def __init__(self, of: Any, always: bool = False) -> None:
        super().__init__(output_field=of.output_field)
        self.always = always
        """Whether every row has it."""
        self._of = of
        self._sql: tuple[str, Sequence[Any]] | None = None

    def compared(self, sort: str, value: Any) -> Any:
        """Its comparison with a value."""
        lookup = self.get_lookup(sort)
        if lookup is None:
            raise FieldError(f"{self._of} has no {sort}")
        return lookup(self, value)

    def get_source_expressions(self) -> list[Any]:
        """What stands behind it."""
        return [self._of]

    def resolve_expression(self, *args: Any, **kwargs: Any) -> "_Column":
        """Itself: it is looked up already."""
        return self

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """As what stands behind it is spelled."""
        if self._sql is None:
            self._sql = compiler.compile(self._of)
        return self._sql


class Met(Expression):
    """The sum of a bit for each of at most `BITS` conditions that a row meets; one that is empty holds of every row.

    What conditions ask of one column alone is asked of it together: where among some instants a time lies, or which of
    some texts it is.
    """

    def __init__(self, conditions: Sequence[Q]) -> None:
        super().__init__(output_field=BigIntegerField())
        self._conditions = tuple(conditions)
        self._always = 0
        self._marks: list[tuple[Any, int]] = []
        self._asked: list[tuple[_Column, bool, _Asked]] = []

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells two of them apart: never what they ask, for fifty conditions are long to compare."""
        return type(self), id(self)

    def get_source_expressions(self) -> list[Any]:
        """What it is made of, as Django walks through it."""
        return [*(mark for mark, _ in self._marks), *(column for column, _, _ in self._asked)]

    def resolve_expression(
        self, query: Any = None, allow_joins: bool = True, reuse: Any = None, summarize: bool = False,
        for_save: bool = False,
    ) -> "Met":  # fmt: skip
        """The same of the table of a question."""
        found, look = Met(self._conditions), _Look(query, allow_joins, reuse, summarize)
        asked = defaultdict[tuple[str, bool], _Asked](_Asked)
        for place, where in enumerate(self._conditions):
            if not where and not where.negated:
                found._always |= 1 << place
            elif (about := _about(where)) is not None:
                asked[about].add(where, 1 << place)
            else:
                found._marks.append((look.condition(where), 1 << place))
        found._asked = [(look.column(name), texts, of) for (name, texts), of in asked.items()]
        return found

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """A sum of cases. Numbers stand in it as they are: they are ours, and nothing is to be made of them."""
        parts, given = [str(self._always)], list[Any]()

        def told(condition: Any) -> str:
            sql, params = compiler.compile(condition)
            given.extend(params)
            return str(sql)

        parts += [f"CASE WHEN {told(mark)} THEN {bit} ELSE 0 END" for mark, bit in self._marks]
        parts += [of.texts(column, told) if texts else of.times(column, told) for column, texts, of in self._asked]
        return f"({' + '.join(parts)})", given


class _Asked:
    """What some conditions ask of one column, and the bit of each."""

    def __init__(self) -> None:
        self._bits: list[tuple[Q, int]] = []

    def add(self, where: Q, bit: int) -> None:
        self._bits.append((where, bit))

    def texts(self, column: _Column, told: Callable[[Any], str]) -> str:
        """The bits of a text, by which of those asked for it is; where there is nothing, it is none of them."""
        steps = [f"WHEN {told(column.compared('exact', v))} THEN {self._met(v)}" for v in self._values()]
        return f"CASE {' '.join(steps)} ELSE {self._met(_OTHER)} END"

    def times(self, column: _Column, told: Callable[[Any], str]) -> str:
        """The bits of a time, by where among the instants it lies."""
        between = self._between(self._values(), column, told, None)
        if column.always:
            return between
        return f"CASE WHEN {told(column.compared('isnull', True))} THEN {self._met(None)} ELSE {between} END"

    def _values(self) -> list[Any]:
        return sorted({value for where, _ in self._bits for _, value in _leaves(where) if value is not None})

    def _between(self, at: Sequence[datetime], column: _Column, told: Callable[[Any], str], since: Any) -> str:
        """The bits of a time that is not before `since`, where it lies among some later instants: halved again and
        again, for a course of a year has many."""
        if not at:
            return str(self._met(since or _BEFORE))
        middle = len(at) // 2
        later = told(column.compared("gte", at[middle]))
        then = self._between(at[middle + 1 :], column, told, at[middle])
        return f"CASE WHEN {later} THEN {then} ELSE {self._between(at[:middle], column, told, since)} END"

    def _met(self, value: Any) -> int:
        return sum(bit for where, bit in self._bits if _holds(where, value))


_BEFORE = datetime.min.replace(tzinfo=UTC)
_OTHER = object()
"""A text that is none of those which are asked for."""
_OF_TIMES = {"gte": ge, "lt": lt}


def _leaves(where: Q) -> Iterator[tuple[str, Any]]:
    """The comparisons that a condition is made of; nameless what is none."""
    if where.negated or where.connector == Q.XOR:
        yield "", where
    for child in where.children:
        if isinstance(child, tuple):
            yield child
        elif isinstance(child, Q):
            yield from _leaves(child)
        else:
            yield "", child


def _about(where: Q) -> tuple[str, bool] | None:
    """The column that a condition asks, and whether for texts or for times, where it asks for nothing else. None where
    anything of it is denied: what is not known is neither."""
    found: set[tuple[str, bool]] = set()
    for lookup, value in _leaves(where):
        name, _, sort = lookup.rpartition("__")
        if sort in _OF_TIMES and isinstance(value, datetime):
            found.add((name, False))
        elif sort not in _COMPARED and (value is None or isinstance(value, str)):
            found.add((lookup, value is not None))
        else:
            return None
    return found.pop() if len(found) == 1 else None


def _holds(where: Any, value: Any) -> bool:
    """Whether a condition holds of a value of the column that it asks."""
    if isinstance(where, tuple):
        sort = _OF_TIMES.get(where[0].rpartition("__")[2], eq)
        return value is None if where[1] is None else value is not None and sort(value, where[1])
    holds = (_holds(child, value) for child in where.children)
    return all(holds) if where.connector == Q.AND else any(holds)


class _Look:
    """Looks columns up in the tables of a question, each once."""

    def __init__(self, query: Any, *how: Any) -> None:
        self._query, self._how = query, how
        self._columns: dict[str, _Column] = {}

    def column(self, name: str) -> _Column:
        if name not in self._columns:
            of = self._query.resolve_ref(name, *self._how)
            own = isinstance(of, Col) and of.alias == self._query.get_initial_alias()
            self._columns[name] = _Column(of, own and not of.target.null)
        return self._columns[name]

    def condition(self, where: Any) -> Any:
        """A condition of columns and values. What is denied is left to Django, which knows where it may be unknown."""
        if isinstance(where, tuple):
            return self._compared(*where)
        if not isinstance(where, Q) or where.negated or where.connector == Q.XOR:
            return where.resolve_expression(self._query, *self._how)
        return WhereNode([*map(self.condition, where.children)], where.connector)

    def _compared(self, lookup: str, value: Any) -> Any:
        name, _, sort = lookup.rpartition("__")
        column, sort = (self.column(name), sort) if sort in _COMPARED else (self.column(lookup), "exact")
        if hasattr(value, "resolve_expression"):
            value = value.resolve_expression(self._query, *self._how)
        return column.compared("isnull", True) if value is None else column.compared(sort, value)
