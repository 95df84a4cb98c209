"""The half of the commands that needs pyarrow: a register as a Parquet file, written or read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eid import __version__
from eid.population.files.columns import Batches
from eid.population.files.parquet_file import ParquetRegister, write_parquet


def write_file(path: Path, batches: Batches, progress: Callable[[int], None], about: dict[str, str]) -> int:
    """The file's metadata says that nobody in it exists, and which version wrote it."""
    return write_parquet(path, batches, about={"synthetic": "yes", "eid": __version__} | about, progress=progress)


def open_file(path: Path) -> ParquetRegister:
    """A Parquet file to be read. Raises Malformed as ParquetRegister does."""
    return ParquetRegister(path)
