"""Indexes to find people by; names with hyphens and apostrophes are found by their parts."""

import sqlalchemy as sa
from alembic import op

from eid.population.names import index_words

revision = "0011_finding"
down_revision = "0010_civil_register"


def upgrade() -> None:
    op.drop_index(op.f("ix_persons_residence_province_birth_date"), "persons")
    op.create_index(
        "ix_persons_residence_province_folded_name_birth_date",
        "persons",
        ["residence_province", "folded_name", "birth_date"],
    )
    op.create_index(
        "ix_persons_dead",
        "persons",
        ["folded_name", "birth_date", "residence_province"],
        sqlite_where=sa.text("died_on IS NOT NULL"),
        postgresql_where=sa.text("died_on IS NOT NULL"),
    )
    _divide_names()


def downgrade() -> None:
    op.drop_index("ix_persons_dead", "persons")
    op.drop_index("ix_persons_residence_province_folded_name_birth_date", "persons")
    op.create_index(op.f("ix_persons_residence_province_birth_date"), "persons", ["residence_province", "birth_date"])


def _divide_names() -> None:
    """Until now a word was whatever stands between blanks."""
    connection = op.get_bind()
    words = sa.table("name_words", sa.column("word"), sa.column("folded_name"))
    known = connection.execute(sa.select(words)).all()
    divided = {name for word, name in known if not word.isalpha()}
    pairs = [{"word": word, "folded_name": name} for name in sorted(divided) for word in sorted(index_words(name))]
    for name in sorted(divided):
        connection.execute(sa.delete(words).where(words.c.folded_name == name))
    if pairs:
        connection.execute(sa.insert(words), pairs)
