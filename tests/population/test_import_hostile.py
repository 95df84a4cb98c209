"""Files that are no registers, and registers that somebody has tampered with: refused in one sentence, never loaded wrong."""

import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from eid.cli.population import population
from eid.config import Settings
from eid.db import db
from eid.errors import Malformed, Refusal
from eid.population.files.columns import KINDS
from eid.population.files.csv_file import CsvRegister, write_csv
from eid.population.files.parquet_file import ParquetRegister, write_parquet
from eid.population.files.reading import RegisterFile
from eid.population.importing.cells import CELLS
from eid.population.importing.crowd import Crowd
from eid.population.importing.crowd_rules import Known, judge_crowd
from eid.population.importing.header import check_header
from eid.population.importing.row_rules import find_reasons, read_columns
from eid.population.models import Household, NameWord, Person
from eid.population.quality.inspection import POPULATION_CHECKS, audit_population
from eid.population.synthesis.register import synthesise_batches
from tests.population.own_register import (
    FEW,
    Row,
    environ_of,
    import_rows,
    person,
    read_rows,
    reasons_in,
    run,
    write_rows,
)

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HEADER = ",".join(FEW)
GOOD = ",".join(FEW.values())

NO_REGISTERS: list[tuple[bytes, str]] = [
    (b"", "file_empty"),
    (b"\n\n", "file_empty"),
    (f"{HEADER}\n".encode(), "file_no_rows"),
    (f"{HEADER},colour\n{GOOD},red\n".encode(), "file_columns_unknown"),
    (f"{HEADER},pin\n{GOOD},1\n".encode(), "file_columns_twice"),
    (b"pin,surname\n979085001901,An\n", "file_columns_missing"),
    (f"{HEADER},mother_id\n{GOOD},1\n".encode(), "file_links"),
    (f"{HEADER}\n{GOOD}\n".encode("utf-16"), "file_encoding"),
    (f"{HEADER}\n{GOOD.replace('ầ', 'à')}\n".encode("latin-1"), "file_encoding"),
    (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "file_encoding"),
    (f'{HEADER}\n"{GOOD}\n'.encode(), "file_csv"),
    (f'{HEADER}\n"a"b,{GOOD}\n'.encode(), "file_csv"),
    (b"x" * (2**20 + 1), "file_csv"),
    (f"{HEADER}\n".encode() + b'"a\n","\n' * 400_000, "file_csv"),
    (b"\0" * 5000, "file_columns_missing"),
]


@ON_SQLITE
def test_what_is_no_register_is_refused_in_one_sentence(app: Flask, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    found = []
    for content, _code in NO_REGISTERS:
        path.write_bytes(content)
        with pytest.raises(Refusal) as refusal:
            run(settings, "import", str(path))
        assert refusal.value.detail.isprintable() and len(refusal.value.detail) < 300 + len(str(path))
        found.append(refusal.value.code)
    assert found == [code for _content, code in NO_REGISTERS]
    assert not (tmp_path / "people.rejects.csv").exists()
    assert db.session.query(Person).count() == 0


def not_there(path: Path) -> None:
    """Nothing at all."""


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("make", [not_there, Path.mkdir, os.mkfifo], ids=["nothing", "folder", "pipe"])
def test_what_is_no_file_is_refused(tmp_path: Path, suffix: str, make: Callable[[Path], None]) -> None:
    path = tmp_path / f"people{suffix}"
    make(path)
    with pytest.raises(Malformed) as refusal:
        open_register(path)
    assert refusal.value.code == "file_unreadable"


def open_register(path: Path) -> RegisterFile:
    return CsvRegister(path) if path.suffix == ".csv" else ParquetRegister(path)


@ON_SQLITE
def test_a_parquet_file_of_another_program_is_read_where_its_types_say_the_same(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "people.parquet"
    row = person(7, middle_name="Văn") | {"birth_date": "1985-11-02"}
    table = pa.table({name: [text, text] for name, text in row.items()})
    table = table.set_column(1, "pin", pa.array([row["pin"], FEW["pin"]], pa.large_string()).dictionary_encode())
    table = table.set_column(0, "id", pa.array([7, None], pa.int16()))
    table = table.append_column("religion", pa.array([None, None], pa.null()))
    pq.write_table(table.append_column("commune", table.column("sex")), path)
    assert refused_code(settings, path) == "file_columns_unknown"
    pq.write_table(table, path)
    assert import_rows(settings, path)["imported"] == 1
    assert reasons_in(tmp_path / "people.rejects.csv") == {"2": [("id", "cell_missing")]}


def refused_code(settings: Settings, path: Path) -> str:
    with pytest.raises(Refusal) as refusal:
        run(settings, "import", str(path), "--add")
    return refusal.value.code


@pytest.mark.parametrize(
    ("column", "values"),
    [("id", pa.array([1.0])), ("birth_date", pa.array([0], pa.timestamp("us"))), ("pin", pa.array([979085001901]))],
)
def test_a_parquet_column_of_a_type_that_says_something_else_is_refused(
    tmp_path: Path, column: str, values: Any
) -> None:
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({column: values}), path)
    with pytest.raises(Malformed) as refusal:
        ParquetRegister(path)
    assert refusal.value.code == "file_column_type"


@pytest.mark.parametrize("column", ["pinQQQQ", "pin"])
def test_parquet_whose_names_or_texts_are_none_is_refused(tmp_path: Path, column: str) -> None:
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({column: ["QQQQ"]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"QQQQ", b"\xff\xfe\xff\xfe"))
    with pytest.raises(Malformed) as refusal:
        list(ParquetRegister(path).read())
    assert refusal.value.code == "file_parquet"


def small_register() -> list[dict[str, list[Any]]]:
    return [batch.people for batch in synthesise_batches(60, 2)]


def read_everything(path: Path) -> None:
    """All that is done with a file before a database is asked."""
    file = open_register(path)
    check_header(file.header)
    for rows in file.read():
        find_reasons(rows, read_columns(rows))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the files of many examples, with a good one of each kind."""
    folder = tmp_path_factory.mktemp("hostile")
    with (folder / "good.csv").open("w", encoding="utf-8", newline="") as file:
        write_csv(file, iter(small_register()))
    write_parquet(folder / "good.parquet", iter(small_register()), about={})
    return folder


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@examples(max_examples=60, deadline=None)
@given(data=st.data())
def test_bytes_that_were_tampered_with_raise_nothing_but_a_refusal(scratch: Path, suffix: str, data: Any) -> None:
    good = (scratch / f"good{suffix}").read_bytes()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 40)) | st.just(len(good)))
    path = scratch / f"tampered{suffix}"
    path.write_bytes(good[:start] + data.draw(st.binary(max_size=40)) + good[end:])
    try:
        read_everything(path)
    except Malformed as refusal:
        assert refusal.code.startswith("file_")


GUARANTEED = [
    "pin-form",
    "pin-prefix",
    "pin-sex",
    "pin-year",
    "pin-replaced",
    "old-number-form",
    "phone-form",
    "phone-twice",
    "name-missing",
    "name-form",
    "folded-name",
    "ethnicity-unknown",
    "nationality-unknown",
    "birth-country-unknown",
    "mother-unknown",
    "father-unknown",
    "spouse-unknown",
    "household-missing",
    "household-address",
    "household-empty",
]
"""Rules of the audit that hold for whatever is imported; it asks the database, and shares no code with the import."""
CAUGHT = {"id_twice", "pin_twice", "phone_twice", "link_unknown", "link_refused", "household_address"}
"""What a row can be refused for because of another."""
NASTY = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "1000",
        "01",
        "-1",
        "1e3",
        " ",
        "M",
        "F",
        "head",
        "VNM",
        "XXA",
        "79",
        "24",
        "Kinh",
        "An",
        "Ấn",
        "'",
        "1985-11-02",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "979085000001",
        "079085000001",
        "997085000001",
        "１２",
        "=1+1",
        "\x00",
        "a\nb",
        "a\rb",
        "a\u202eb",
        "\\N",
        '"',
        "0100000001",
        "０１００００００００",
        "923456789",
        "",
        "x" * 300,
        "ß" * 40,
    ]
)
CELL = NASTY | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.fixture
def checks() -> list[Any]:
    return [check for check in POPULATION_CHECKS if check.rule.id in GUARANTEED]


@examples(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 39), st.sampled_from(list(KINDS)), CELL), min_size=1, max_size=60))
def test_whatever_is_loaded_keeps_the_rules(
    app: Flask, settings: Settings, tmp_path: Path, checks: list[Any], changes: list[tuple[int, str, str]]
) -> None:
    [batch] = synthesise_batches(40, 4)
    rows: list[Row] = [
        {name: "" if value is None else str(value) for name, value in zip(batch.people, row, strict=True)}
        for row in batch.people_rows()
    ]
    for place, column, text in changes:
        rows[place][column] = text
    for table in (Person, Household, NameWord):
        db.session.query(table).delete()
    db.session.commit()
    path = write_rows(tmp_path / "people.csv", rows)
    try:
        told = import_rows(settings, path)
    except Malformed as refusal:
        assert refusal.code == "rows_refused"
        return
    assert len(checks) == len(GUARANTEED)
    report = audit_population(checks)
    assert [finding for finding in report.findings if finding.count] == []
    assert (report.people, told["rows"]) == (told["imported"], 40)
    rejects = read_rows(tmp_path / "people.rejects.csv") if told["refused"] else []
    assert len(rejects) == told["refused"]
    untouched = {row["id"] for place, row in enumerate(rows) if place not in {change[0] for change in changes}}
    codes = {code for row in rejects if row["id"] in untouched for code in row["refused_codes"].split("; ")}
    assert codes <= CAUGHT


def test_no_cell_that_a_spreadsheet_computes_is_good() -> None:
    """So a file of refused rows can mark each such cell without changing one that is good."""
    for sign in "=+-@\t\r\n":
        assert [name for name, check in CELLS.items() if check(f"{sign}1") is None or check(f"{sign}An") is None] == []


def test_a_chain_of_refusals_is_followed_to_its_end_however_long_it_is() -> None:
    size, nothing = 100_000, np.zeros(0, np.int64)
    none, numbers = np.zeros(size, np.int64), np.arange(1, size + 1)
    bad = numbers == 1
    crowd = Crowd(numbers, numbers, none, numbers - 1, none, none, none, none, bad & False, bad)
    assert judge_crowd(crowd, Known(nothing, nothing, nothing, nothing, nothing)).refused.all()


def test_files_that_are_read_need_little_memory(scratch: Path) -> None:
    """A cell or a row without an end is refused before it fills the memory."""
    path = scratch / "endless.csv"
    with path.open("wb") as file:
        file.write(b'pin,surname\n"')
        file.truncate(2**27)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Malformed) as refusal:
        list(CsvRegister(path).read())
    assert refusal.value.code == "file_csv"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    path.unlink()


def test_a_misshapen_row_is_given_back_as_it_is(scratch: Path) -> None:
    path = scratch / "misshapen.csv"
    path.write_text(f"{HEADER}\n{GOOD}\nonly,two\n\n{GOOD},more\n", encoding="utf-8")
    [rows] = CsvRegister(path).read()
    assert rows.lines == [2, 3, 5]
    assert [rows.cells(place) for place in range(3)] == [GOOD.split(","), ["only", "two"], [*GOOD.split(","), "more"]]


@ON_SQLITE
def test_misuse_of_the_command_says_what_is_wrong(app: Flask, settings: Settings) -> None:
    for arguments in (["people.txt"], ["-"], []):
        result = CliRunner().invoke(population, ["import", *arguments], env=environ_of(settings))
        assert (result.exit_code, result.stdout) == (2, "")
