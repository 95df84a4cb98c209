"""A register of one's own into the database: checked row by row, then loaded in one transaction."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import field
from itertools import count
from typing import IO

import numpy as np

from eid.audit import record_act
from eid.db import db
from eid.errors import Conflict, Malformed
from eid.late_dataclasses import frozen
from eid.population.bulk import indexes_built_afterwards, lock_table, record_columns, settle_tables
from eid.population.files.reading import RegisterFile, read_unchanged
from eid.population.importing.crowd import Crowd, build_crowd, join_crowds
from eid.population.importing.crowd_rules import Verdict, judge_crowd
from eid.population.importing.filling import build_households, fill_people
from eid.population.importing.header import check_header
from eid.population.importing.register import find_first_household, find_first_id, read_known
from eid.population.importing.rejects import write_rejects
from eid.population.importing.row_rules import find_reasons, read_columns
from eid.population.loading import holds_generated_people, record_name_words
from eid.population.models import Household, NameWord, Person

Progress = Callable[[int], None]
Stamp = tuple[int, ...]


@frozen
class Imported:
    """How an import went: rows of the file, those loaded and those refused, and of these how many for which code."""

    rows: int
    people: int
    refused: int
    codes: Counter[str] = field(default_factory=Counter)


def import_register(
    file: RegisterFile,
    *,
    rejects: Callable[[], AbstractContextManager[IO[str]]],
    all_or_nothing: bool = False,
    add: bool = False,
    progress: Progress,
) -> Imported:
    """Afterwards the good rows of the file are in the register, or none where that was asked; committed.

    `rejects` is opened only where a row is refused, and is whole before anybody is loaded; `progress` is told of each row
    twice. Nobody is loaded where every row is refused. With `add` the register may hold a population already. Raises
    Conflict: population_exists, file_changed; Malformed: file_no_rows, as check_header, and as the file's reading.
    """
    check_header(file.header)
    stamp = file.stamp()
    _check_room(add)
    db.session.rollback()  # checking a million rows takes a while, and on SQLite everybody would wait
    crowd = _read_crowd(file, stamp, progress)
    lock_table(Person.__tablename__)
    _check_room(add)
    verdict = judge_crowd(crowd, read_known(crowd))
    refused, codes = int(verdict.refused.sum()), Counter[str]()
    if refused:
        with rejects() as out:
            codes = write_rejects(out, file, stamp, verdict)
    if refused == len(crowd) or (refused and all_or_nothing):
        db.session.rollback()
        return Imported(len(crowd), 0, refused, codes)
    _record_people(file, stamp, crowd, verdict, progress)
    record_name_words()
    record_act("import_register", people=len(crowd) - refused, refused=refused)
    db.session.commit()
    settle_tables(Household, Person, NameWord)
    return Imported(len(crowd), len(crowd) - refused, refused, codes)


def _check_room(add: bool) -> None:
    if not add and holds_generated_people():
        raise Conflict(
            "population_exists",
            "The register already holds a population; a new one needs an empty database, or --add to come beside it.",
        )


def _read_crowd(file: RegisterFile, stamp: Stamp, progress: Progress) -> Crowd:
    crowds = []
    for _here, rows in read_unchanged(file, stamp):
        texts = read_columns(rows)
        crowds.append(build_crowd(texts, find_reasons(rows, texts)))
        progress(len(rows))
    if not any(map(len, crowds)):
        raise Malformed("file_no_rows", "The file has a header and no rows.")
    return join_crowds(crowds)


def _record_people(file: RegisterFile, stamp: Stamp, crowd: Crowd, verdict: Verdict, progress: Progress) -> None:
    """Add who is not refused, and their households. A file without ids gets those that follow the register's, row by row."""
    ids = crowd.ids if "id" in file.header else find_first_id() + np.arange(len(crowd))
    new_households = count(find_first_household(crowd))
    with indexes_built_afterwards(Person):
        for here, rows in read_unchanged(file, stamp):
            kept = (~verdict.refused[here]).nonzero()[0]
            texts = {name: [column[place] for place in kept] for name, column in read_columns(rows).items()}
            people, homes = fill_people(texts, ids=ids[here][kept].tolist(), new_households=new_households)
            founders = verdict.founders[here][kept].nonzero()[0].tolist()
            record_columns(Household.__tablename__, build_households(people, [*founders, *homes]))
            record_columns(Person.__tablename__, people)
            progress(len(rows))
