"""Statements that are compiled once a dialect and then given to the driver as they are.

What every sign-in asks is run so: SQLAlchemy's way from a statement to its rows costs several times what the driver and the
database take for them. Types, names and errors are SQLAlchemy's; models, defaults of columns and lists to be expanded
(`IN`) are not for statements that are prepared.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from eid.connecting import read_json
from eid.timing import current_ledger, sending

if TYPE_CHECKING:
    from eid.transactions import Transaction

Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete
Parameters = Mapping[str, Any]


class Found:
    """What a prepared statement brought: its rows, all of them, as named tuples; or how many it changed."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> Sequence[Any]:
        return self._rows

    def first(self) -> Any:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Any:
        """The row, or None. Raises MultipleResultsFound."""
        if len(self._rows) > 1:
            raise MultipleResultsFound("more than one row where one was expected")
        return self.first()

    def one(self) -> Any:
        """The row. Raises NoResultFound or MultipleResultsFound."""
        if not self._rows:
            raise NoResultFound("no row where one was expected")
        return self.one_or_none()

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """The only column of the only row. Raises as `one`."""
        return self.one()[0]


class Prepared:
    """A statement, built where its module is read, and compiled when a dialect is first asked for it.

    It is always run with parameters of the same names, among which are none that it has values for itself.
    """

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._plans: dict[str, _Plan] = {}

    def run(self, transaction: Transaction, given: Parameters) -> Found:
        """What it brings, within the transaction.

        Raises SQLAlchemy's error for the driver's; KeyError where a parameter is missing.
        """
        plan = self._plans.get(transaction.dialect.name) or self._prepare(transaction.dialect, given)
        parameters = plan.write(given)
        try:
            cursor = _send(transaction.driver, plan.text, parameters)
            rows = cursor.fetchall() if plan.brings_rows else ()
        except transaction.dialect.loaded_dbapi.Error as error:
            raise transaction.translate(error, plan.text) from error
        return Found(plan.read(rows), cursor.rowcount)

    def run_each(self, transaction: Transaction, given: Sequence[Parameters]) -> None:
        """Run it for each of these parameters; what it brings is not looked at. Raises as `run`."""
        plan = self._plans.get(transaction.dialect.name) or self._prepare(transaction.dialect, given[0])
        parameters = [plan.write(each) for each in given]
        try:
            with sending():
                transaction.driver.cursor().executemany(plan.text, parameters)
        except transaction.dialect.loaded_dbapi.Error as error:
            raise transaction.translate(error, plan.text) from error

    def _prepare(self, dialect: Dialect, given: Parameters) -> _Plan:
        plan = self._plans[dialect.name] = _Plan(self.statement, dialect, given)
        return plan


def _send(driver: Any, text: str, parameters: Any) -> Any:
    if current_ledger() is None:
        return driver.execute(text, parameters)
    with sending():
        return driver.execute(text, parameters)


class _Plan:
    """A statement as one dialect has it: its text, how its parameters are written, how its columns are read."""

    def __init__(self, statement: Statement, dialect: Dialect, given: Parameters) -> None:
        names = list(given) if isinstance(statement, Insert) else None
        compiled = statement.compile(dialect=dialect, column_keys=names)
        _check_preparable(compiled)
        self.text = compiled.string
        self._own = {name: value for name, value in compiled.params.items() if name not in given}
        self._expected = len(given)
        kinds = {name: parameter.type for parameter, name in compiled.bind_names.items()}
        self._is_positional = dialect.positional
        self._names = compiled.positiontup or list(kinds)
        writers = [(name, kinds[name].dialect_impl(dialect).bind_processor(dialect)) for name in self._names]
        keys: Iterable[Any] = range(len(writers)) if dialect.positional else self._names
        self._writers = [(key, write) for key, (_, write) in zip(keys, writers, strict=True) if write is not None]
        columns = statement.exported_columns
        readers = [_find_reader(column.type.dialect_impl(dialect), dialect) for column in columns]
        self._readers = [(place, reader) for place, reader in enumerate(readers) if reader is not None]
        self.brings_rows = len(columns) > 0
        row: Any = namedtuple("Row", map(str, columns.keys()), rename=True)  # type: ignore[misc]
        self._make: Callable[[Sequence[Any]], Any] = partial(tuple.__new__, row)

    def write(self, given: Parameters) -> list[Any] | dict[str, Any]:
        """Parameters as the driver takes them: in the order of their places, or by name. KeyError where they are others."""
        if len(given) != self._expected:
            raise KeyError(f"{self._expected} parameters, not {len(given)}")
        all_given = {**self._own, **given} if self._own else given
        values: Any
        if self._is_positional:
            values = [all_given[name] for name in self._names]
        else:
            values = {name: all_given[name] for name in self._names}
        for key, write in self._writers:
            values[key] = write(values[key])
        return values  # type: ignore[no-any-return]

    def read(self, rows: Sequence[Any]) -> list[Any]:
        """Rows with the values that their columns' types make of the driver's."""
        if not self._readers:
            return list(map(self._make, rows))
        return [self._read_one(row) for row in rows]

    def _read_one(self, row: Sequence[Any]) -> Any:
        values = list(row)
        for place, reader in self._readers:
            values[place] = reader(values[place])
        return self._make(values)


def _find_reader(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes a column's value of the driver's. SQLAlchemy's for JSON on SQLite looks out for what is no JSON."""
    if isinstance(kind, JSON) and dialect.name == "sqlite":
        return read_json
    return kind.result_processor(dialect, None)


def _check_preparable(compiled: SQLCompiler) -> None:
    """Raise ValueError for what only SQLAlchemy can run: it would be run without a part of it."""
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise ValueError("a list of parameters has another text for each length")
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise ValueError("a column's default is not asked for: give the column a value")
