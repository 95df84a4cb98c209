"""Registers of one's own, written by hand: a good row, files of rows, and the command that imports them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from eid.cli.population import population
from eid.config import Settings
from eid.db import db

Row = dict[str, str]

FEW: Row = {
    "pin": "979085001901",
    "surname": "Trần",
    "given_name": "Minh",
    "birth_date": "1985-11-02",
    "sex": "M",
    "residence_province": "79",
}
"""A person in the few columns that must be there."""


def person(number: int, **cells: str) -> Row:
    """A good row with this id, and a PIN of its own."""
    return {"id": str(number)} | FEW | {"pin": f"979085{900_000 + number:06}"} | cells


def write_rows(path: Path, rows: list[Row]) -> Path:
    """A CSV file of these rows, its columns all that any of them has."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def environ_of(settings: Settings) -> dict[str, str]:
    return {"EID_DATABASE_URL": settings.database_url, "EID_STATE_DIR": str(settings.state_dir)}


def run(settings: Settings, *arguments: str) -> str:
    """What the command says on standard output; a refusal is raised. What the test has read so far does not hold it up."""
    db.session.rollback()
    result = CliRunner().invoke(population, list(arguments), env=environ_of(settings), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def import_rows(settings: Settings, path: Path, *options: str) -> dict[str, Any]:
    """The document of eid population import."""
    document: dict[str, Any] = json.loads(run(settings, "import", str(path), "--json", *options))
    return document


def reasons_in(rejects: Path) -> dict[str, list[tuple[str, str]]]:
    """Line → columns and codes of a file of refused rows."""
    return {
        row["refused_line"]: list(
            zip(row["refused_columns"].split("; "), row["refused_codes"].split("; "), strict=True)
        )
        for row in read_rows(rejects)
    }
