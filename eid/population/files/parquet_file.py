"""A register as Parquet: typed columns, row groups of a batch or so, metadata that says what it is.

Read are also files of other programs: whole numbers of any width, dates or texts that say them, texts plain or as dictionaries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from eid.errors import Malformed
from eid.population.files.columns import KINDS, Batches, Columns, Kind
from eid.population.files.reading import ROWS_AT_ONCE, Rows, refuse_unreadable, stamp_of

READ_BUFFER = 2**20
"""Bytes of a column that are held at once, however large a row group is."""

TYPES: dict[Kind, pa.DataType] = {
    Kind.NUMBER: pa.int64(),
    Kind.DATE: pa.date32(),
    Kind.TEXT: pa.string(),
    Kind.CODE: pa.dictionary(pa.int32(), pa.string()),
}


def write_parquet(
    path: Path, batches: Batches, *, about: Mapping[str, str], progress: Callable[[int], None] | None = None
) -> int:
    """Write them as they come, with `about` as metadata of the file. Returns how many people."""
    schema = pa.schema({name: TYPES[kind] for name, kind in KINDS.items()}, metadata=dict(about))
    people = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for columns in batches:
            writer.write_table(build_table(columns, schema))
            people += len(columns["id"])
            if progress is not None:
                progress(len(columns["id"]))
    return people


def build_table(columns: Columns, schema: pa.Schema) -> pa.Table:
    """Texts are cast by Arrow: dates from ISO 8601, codes into dictionaries."""
    arrays = []
    for field in schema:
        given = pa.array(columns[field.name], pa.int64() if pa.types.is_integer(field.type) else pa.string())
        arrays.append(given.cast(field.type) if given.type != field.type else given)
    return pa.table(arrays, schema=schema)


class ParquetRegister:
    """A register's Parquet file, to be read. Raises Malformed: file_unreadable, file_empty, file_parquet, file_column_type."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.stamp()
        with self._open() as file:
            schema = file.schema_arrow
            self.header, self.most_rows = tuple(schema.names), file.metadata.num_rows
        for field in schema:
            if not _can_hold(field.type, KINDS.get(field.name, Kind.TEXT)):
                raise Malformed(
                    "file_column_type", f"{path}: the column {field.name!a:.60} is of a type that is not read."
                )

    def stamp(self) -> tuple[int, ...]:
        return stamp_of(self._path)

    def read(self) -> Iterator[Rows]:
        row = 1
        with self._open() as file:
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False):
                columns = {name: _read_texts(batch.column(place)) for place, name in enumerate(self.header)}
                yield Rows(list(range(row, row + len(batch))), columns, {})
                row += len(batch)

    @contextmanager
    def _open(self) -> Iterator[pq.ParquetFile]:
        try:
            with pq.ParquetFile(self._path, buffer_size=READ_BUFFER, pre_buffer=False) as file:
                yield file
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise Malformed(
                "file_parquet", f"{self._path} is no Parquet file, or is damaged.", reason=str(error)
            ) from error
        except OSError as error:
            raise refuse_unreadable(self._path, error) from error


def _can_hold(of: pa.DataType, kind: Kind) -> bool:
    if pa.types.is_dictionary(of):
        of = of.value_type
    if pa.types.is_string(of) or pa.types.is_large_string(of) or pa.types.is_null(of):
        return True
    return pa.types.is_integer(of) if kind is Kind.NUMBER else kind is Kind.DATE and pa.types.is_date32(of)


def _read_texts(column: pa.Array) -> list[str]:
    """Whole, so that no text holds bytes that are none; empty where there is nothing."""
    column.validate(full=True)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    texts: list[str] = column.cast(pa.string()).fill_null("").to_pylist()
    return texts
