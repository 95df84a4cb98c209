"""eid population import: a register of one's own, checked row by row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import click

from eid.cli.context import service
from eid.cli.lazily import load
from eid.cli.population.file import STDOUT, check_suffix
from eid.cli.progress import progress_bar
from eid.cli.writing import refusing_what_cannot_be_written, replaced_when_whole
from eid.db import check_database
from eid.errors import Conflict, Malformed
from eid.population.files.csv_file import CsvRegister
from eid.population.files.reading import RegisterFile
from eid.population.importing.header import REFUSAL_COLUMNS
from eid.population.importing.reasons import REASONS
from eid.population.importing.service import Imported, import_register


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--rejects",
    type=click.Path(path_type=Path),
    help="Where refused rows go; for people.csv otherwise people.rejects.csv.",
)
@click.option("--all-or-nothing", is_flag=True, help="Import nobody if any row is refused, and exit with 1.")
@click.option("--add", is_flag=True, help="Beside the people whom the register already holds.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON document and nothing else.")
def import_file(file: Path, rejects: Path | None, all_or_nothing: bool, add: bool, as_json: bool) -> None:
    """Import people from a .csv or .parquet file; rows that cannot be right go to a file of their own, with reasons.

    The others are imported, and the exit status is 0; it is 1 where nobody was imported.

    Example: eid population import people.csv --all-or-nothing
    """
    check_suffix(file, "FILE")
    rejects = rejects or file.with_suffix(".rejects.csv")
    if str(file) == STDOUT or rejects.suffix != ".csv" or rejects.resolve() == file.resolve():
        raise click.BadParameter("name two files, the second to end in .csv", param_hint="FILE, --rejects")
    with service():
        check_database()
        _check_stale(rejects)
        register = _open_register(file)
        with progress_bar("rows, read twice", 2 * register.most_rows) as progress:
            options = {"all_or_nothing": all_or_nothing, "add": add}
            imported = import_register(register, rejects=partial(_open_rejects, rejects), progress=progress, **options)
    if not imported.refused:
        with refusing_what_cannot_be_written(rejects):
            rejects.unlink(missing_ok=True)
    _report(imported, rejects, as_json)


def _open_register(file: Path) -> RegisterFile:
    if file.suffix == ".csv":
        return CsvRegister(file)
    register: RegisterFile = load("eid.cli.population.parquet:open_file")(file)
    return register


def _check_stale(rejects: Path) -> None:
    """What stands where refused rows will go is nothing, or an earlier file of such rows.

    Raises Conflict: rejects_exist; Refused: file_not_writable.
    """
    if not rejects.exists():
        return
    ours = False
    if rejects.is_file():
        with refusing_what_cannot_be_written(rejects), rejects.open(encoding="utf-8", errors="replace") as file:
            ours = file.readline(100).startswith(",".join(REFUSAL_COLUMNS))
    if not ours:
        raise Conflict("rejects_exist", f"{rejects} is no file of refused rows; name another by --rejects.")


@contextmanager
def _open_rejects(rejects: Path) -> Iterator[IO[str]]:
    with replaced_when_whole(rejects) as path, path.open("w", encoding="utf-8", newline="") as file:
        yield file


def _report(imported: Imported, rejects: Path, as_json: bool) -> None:
    """Raises Malformed: rows_refused."""
    if as_json:
        document = {
            "rows": imported.rows,
            "imported": imported.people,
            "refused": imported.refused,
            "codes": {code: imported.codes[code] for code in REASONS if code in imported.codes},
            "rejects": str(rejects) if imported.refused else None,
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    told = f"{imported.people} people imported, {imported.refused} rows refused: see {rejects}."
    if not imported.people:
        raise Malformed("rows_refused", told)
    if not as_json:
        click.echo(told if imported.refused else f"{imported.people} people imported.")
