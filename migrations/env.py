"""Alembic's environment: migrations run on the connection that the caller has open, inside its transaction."""

from alembic import context

import eid.models
from eid.db import Base

connection = context.config.attributes["connection"]
assert eid.models
context.configure(connection=connection, target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
