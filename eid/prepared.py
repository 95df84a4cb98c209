"""Statements that are compiled once a dialect and then given to the driver as they are.

What every sign-in asks is run so: SQLAlchemy's way from a statement to its rows costs several times what the driver and the
database take for them. Types, names and errors are SQLAlchemy's; models, defaults of columns and lists to be expanded
(`IN`) are not for statements that are prepared.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from eid.connecting import read_json
from eid.lazily import Later
from eid.timing import current_ledger, sending

if TYPE_CHECKING:
    from eid import postgresql_plans
    from eid.transactions import Transaction
else:
    postgresql_plans = Later("eid.postgresql_plans")

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
        self._plans: dict[str, Plan] = {}

    def run(self, transaction: Transaction, given: Parameters) -> Found:
        """What it brings, within the transaction.

        Raises SQLAlchemy's error for the driver's; KeyError where a parameter is missing.
        """
        plan = self._plans.get(transaction.dialect.name) or self._prepare(transaction.dialect, given)
        parameters = plan.write(given)
        try:
            if current_ledger() is None:
                return plan.run(transaction, parameters)
            with sending():
                return plan.run(transaction, parameters)
        except transaction.dialect.loaded_dbapi.Error as error:
            raise transaction.translate(error, plan.text) from error

    def run_each(self, transaction: Transaction, given: Sequence[Parameters]) -> None:
        """Run it for each of these parameters; what it brings is not looked at. Raises as `run`."""
        plan = self._plans.get(transaction.dialect.name) or self._prepare(transaction.dialect, given[0])
        several = [plan.write(each) for each in given]
        try:
            with sending():
                plan.run_each(transaction, several)
        except transaction.dialect.loaded_dbapi.Error as error:
            raise transaction.translate(error, plan.text) from error

    def _prepare(self, dialect: Dialect, given: Parameters) -> Plan:
        kind = postgresql_plans.PostgresqlPlan if dialect.name == "postgresql" else Plan
        plan: Plan = kind(self.statement, dialect, given)
        self._plans[dialect.name] = plan
        return plan


class Plan:
    """A statement as a dialect has it: its text, how its parameters are written, how its columns are read; run on SQLite."""

    def __init__(self, statement: Statement, dialect: Dialect, given: Parameters) -> None:
        names = list(given) if isinstance(statement, Insert) else None
        compiled = statement.compile(dialect=self.find_compiling_dialect(dialect), column_keys=names)
        _check_preparable(compiled)
        self.text = compiled.string
        self._own = {name: value for name, value in compiled.params.items() if name not in given}
        self._expected = len(given)
        kinds = {name: parameter.type for parameter, name in compiled.bind_names.items()}
        self._names = compiled.positiontup or []
        writers = [self.find_writer(kinds[name].dialect_impl(dialect), dialect) for name in self._names]
        self._writers = [(place, write) for place, write in enumerate(writers) if write is not None]
        columns = statement.exported_columns
        readers = [_find_reader(column.type.dialect_impl(dialect), dialect) for column in columns]
        self._readers = [(place, reader) for place, reader in enumerate(readers) if reader is not None]
        self.brings_rows = len(columns) > 0
        row: Any = namedtuple("Row", map(str, columns.keys()), rename=True)  # type: ignore[misc]
        self._build: Callable[[Sequence[Any]], Any] = partial(tuple.__new__, row)
        self.make = self._read if self._readers else self._build
        """A row of the values that the driver brings."""

    def find_compiling_dialect(self, dialect: Dialect) -> Dialect:
        """One that has a place for each parameter."""
        return dialect

    def find_writer(self, kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
        """What makes the driver's of a value."""
        return kind.bind_processor(dialect)

    def run(self, transaction: Transaction, parameters: Sequence[Any]) -> Found:
        cursor = transaction.driver.execute(self.text, parameters)
        rows = list(map(self.make, cursor.fetchall())) if self.brings_rows else ()
        return Found(rows, cursor.rowcount)

    def run_each(self, transaction: Transaction, several: Sequence[Sequence[Any]]) -> None:
        transaction.driver.executemany(self.text, several)

    def write(self, given: Parameters) -> list[Any]:
        """Parameters as the driver takes them, in the order of their places. KeyError where they are others."""
        if len(given) != self._expected:
            raise KeyError(f"{self._expected} parameters, not {len(given)}")
        all_given = {**self._own, **given} if self._own else given
        values = [all_given[name] for name in self._names]
        for place, write in self._writers:
            values[place] = write(values[place])
        return values

    def _read(self, row: Sequence[Any]) -> Any:
        values = list(row)
        for place, reader in self._readers:
            values[place] = reader(values[place])
        return self._build(values)


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
