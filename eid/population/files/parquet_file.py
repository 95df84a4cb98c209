"""Writing a register as Parquet: typed columns, row groups of a batch or so, metadata that says what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from eid.population.files.columns import KINDS, Batches, Columns, Kind

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
