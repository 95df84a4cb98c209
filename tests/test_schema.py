"""The models and the migrated schema say the same, on both databases."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

import eid.models
from eid.db import Base, db
from eid.revisions import MIGRATIONS, find_revision, newest_revision
from eid.upgrading import alembic_config
from tests.turns import both_engines

pytestmark = both_engines


def test_models_and_migrated_schema_are_the_same(app: Flask) -> None:
    assert eid.models
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_migration_can_be_taken_back(app: Flask) -> None:
    with db.engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    with db.engine.begin() as connection:
        context = MigrationContext.configure(connection)
        assert (context.get_current_heads(), find_revision(connection)) == ((), None)
        command.upgrade(alembic_config(connection), "head")
        assert find_revision(connection) == context.get_current_revision() == newest_revision()


def test_the_newest_migration_is_that_of_alembic_and_each_is_named_by_its_revision() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    chain = [(script.revision, Path(script.path).stem) for script in scripts.walk_revisions()]
    assert chain == [(name, name) for name in sorted((name for name, _ in chain), reverse=True)]
    assert newest_revision() == scripts.get_current_head()
