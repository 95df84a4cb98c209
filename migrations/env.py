"""Alembic's environment: migrations run on the connection that the caller has open, inside its transaction.

Where the caller says that it has none (eid.online), each migration is a transaction of its own.
"""

from alembic import context

import eid.models
from eid.db import Base
from eid.online import ONLINE

connection = context.config.attributes["connection"]
assert eid.models
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=context.config.attributes.get(ONLINE, False),
)
with context.begin_transaction():
    context.run_migrations()
