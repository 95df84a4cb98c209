"""A made-up population into the database: all or nothing, once."""

from collections.abc import Callable

from sqlalchemy import select, text

from eid.audit import record_act
from eid.db import db
from eid.errors import Conflict
from eid.population.bulk import indexes_built_afterwards, lock_table, record_columns, settle_tables
from eid.population.models import Household, NameWord, Person
from eid.population.names import index_words
from eid.population.snapshot import FIRST_GENERATED_ID
from eid.population.synthesis.register import check_synthesis, synthesise_batches

NAMES_AT_ONCE = 20_000


def load_population(*, people: int, seed: int, progress: Callable[[int], None] | None = None) -> int:
    """Afterwards the register holds the first `people` people of this seed beside the cast; returns how many; committed.

    All or nothing: one transaction. `progress` is told, now and then, how many more rows are in.
    Raises Malformed: people_out_of_range, seed_out_of_range; Conflict: population_exists.
    """
    check_synthesis(people, seed)
    lock_table(Person.__tablename__)
    if holds_generated_people():
        raise Conflict(
            "population_exists", "The register already holds a population; a new one needs an empty database."
        )
    with indexes_built_afterwards(Person):
        for batch in synthesise_batches(people, seed):
            record_columns(Household.__tablename__, batch.households)
            record_columns(Person.__tablename__, batch.people)
            if progress is not None:
                progress(len(batch))
    record_name_words()
    record_act("load_population", people=people, seed=seed)
    db.session.commit()
    settle_tables(Household, Person, NameWord)
    return people


def holds_generated_people() -> bool:
    """Whether there is anybody beside the cast."""
    return db.session.scalar(select(Person.id).where(Person.id >= FIRST_GENERATED_ID).limit(1)) is not None


def record_name_words() -> None:
    """Add which of the register's names contain which words; the database sorts, so that memory does not grow with them."""
    db.session.execute(text("CREATE TEMPORARY TABLE new_name_words (word VARCHAR(40), folded_name VARCHAR(122))"))
    names = db.session.scalars(select(Person.folded_name).distinct().execution_options(yield_per=NAMES_AT_ONCE))
    for some in names.partitions():
        pairs = [(word, name) for name in some for word in index_words(name)]
        record_columns("new_name_words", dict(zip(("word", "folded_name"), zip(*pairs, strict=True), strict=True)))
    db.session.execute(
        text(
            f"INSERT INTO {NameWord.__tablename__} (word, folded_name)"  # noqa: S608 - names are ours
            " SELECT word, folded_name FROM new_name_words WHERE true ORDER BY word, folded_name"
            " ON CONFLICT DO NOTHING"
        )
    )
    db.session.execute(text("DROP TABLE new_name_words"))
