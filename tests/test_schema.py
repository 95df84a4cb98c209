"""The models and the migrated schema say the same, on both databases."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask

import eid.models
from eid.db import Base, alembic_config, db
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
        assert context.get_current_heads() == ()
        command.upgrade(alembic_config(connection), "head")
