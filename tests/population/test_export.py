"""A register as a file: CSV and Parquet say the same, whether the people were just made up or come from the database."""

import csv
import io
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from flask import Flask

from eid.cli.population import population
from eid.config import Settings
from eid.db import db
from eid.errors import Refused
from eid.population.export import export_register
from eid.population.files.columns import KINDS, Columns
from eid.population.files.csv_file import write_csv
from eid.population.files.parquet_file import write_parquet
from eid.population.loading import load_population
from eid.population.synthesis.batch import PEOPLE_COLUMNS
from eid.population.synthesis.register import synthesise_batches
from tests.people import HOA, record_one

DOCS = Path(__file__).parent.parent.parent / "docs" / "population.md"


def made(people: int = 1500, seed: int = 3) -> list[Columns]:
    return [batch.people for batch in synthesise_batches(people, seed, blocks=1)]


def as_csv(batches: list[Columns]) -> str:
    file = io.StringIO()
    write_csv(file, iter(batches))
    return file.getvalue()


def test_the_columns_are_those_of_the_register_and_documented_in_their_order() -> None:
    assert tuple(KINDS) == PEOPLE_COLUMNS
    section = DOCS.read_text(encoding="utf-8").split("## Files\n")[1].split("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    assert [(row[1].strip(" `"), row[2].strip()) for row in rows] == [
        (name, kind.value) for name, kind in KINDS.items()
    ]


def test_an_exported_register_is_the_file_of_its_seed(app: Flask) -> None:
    load_population(people=1500, seed=3)
    assert as_csv(list(export_register())) == as_csv(made())


def test_the_cast_comes_first(app: Flask) -> None:
    load_population(people=60, seed=3)
    record_one(HOA)
    db.session.commit()
    lines = list(csv.DictReader(as_csv(list(export_register())).splitlines()))
    assert [line["id"] for line in lines[:2]] == ["1", "1000"]
    assert lines[0]["pin"] == HOA["pin"]
    assert len(lines) == 61


def test_parquet_has_types_groups_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    assert write_parquet(path, iter(made()), about={"seed": "3"}) == 1500
    file = pq.ParquetFile(path)
    assert file.num_row_groups == 2
    assert file.schema_arrow.metadata[b"seed"] == b"3"
    types = {field.name: field.type for field in file.schema_arrow}
    assert (types["id"], types["birth_date"], types["died_on"]) == (pa.int64(), pa.date32(), pa.date32())
    assert types["pin"] == pa.string() and pa.types.is_dictionary(types["ethnicity"])


def test_parquet_holds_the_same_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    write_parquet(path, iter(made()), about={})
    rows = pq.read_table(path).to_pylist()
    texts = [
        {k: "" if v is None else v.isoformat() if isinstance(v, date) else str(v) for k, v in row.items()}
        for row in rows
    ]
    assert texts == list(csv.DictReader(as_csv(made()).splitlines()))


def run(*arguments: str, **environ: str) -> str:
    result = CliRunner().invoke(population, list(arguments), env=environ, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", ["people.csv", "people.parquet"])
def test_the_commands_write_the_same_file(app: Flask, settings: Settings, tmp_path: Path, name: str) -> None:
    environ = {"EID_DATABASE_URL": settings.database_url, "EID_STATE_DIR": str(settings.state_dir)}
    load_population(people=1100, seed=9)
    db.session.rollback()
    one, other = tmp_path / f"one-{name}", tmp_path / f"other-{name}"
    assert (
        run("synthesise", "--people", "1100", "--seed", "9", "--out", str(one))
        == f"{one} holds 1100 people of seed 9.\n"
    )
    assert run("export", str(other), **environ) == f"{other} holds 1100 people.\n"
    if name == "people.csv":
        assert one.read_bytes() == other.read_bytes()
        assert run("export", "-", **environ) == one.read_text(encoding="utf-8")
    else:
        assert pq.read_table(one).to_pylist() == pq.read_table(other).to_pylist()
        assert pq.ParquetFile(one).schema_arrow.metadata[b"synthetic"] == b"yes"


def test_a_file_that_cannot_be_written_is_refused_and_what_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "people.parquet").mkdir()
    with pytest.raises(Refused) as refusal:
        run("synthesise", "--people", "4", "--seed", "9", "--out", str(tmp_path / "people.parquet"))
    assert refusal.value.code == "file_not_writable"
    assert [path.name for path in tmp_path.iterdir()] == ["people.parquet"]
