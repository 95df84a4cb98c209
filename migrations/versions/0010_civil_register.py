"""The register of a whole life: where one was born, names to be found by, numbers that were replaced."""

import sqlalchemy as sa
from alembic import op

from eid.population.names import fold_name, join_name

revision = "0010_civil_register"
down_revision = "0009_refresh_tokens"


def upgrade() -> None:
    with op.batch_alter_table("persons") as persons:
        persons.add_column(sa.Column("folded_name", sa.String(122), nullable=True))
        persons.add_column(sa.Column("birth_country", sa.String(3), nullable=True))
        persons.add_column(sa.Column("phone", sa.String(10), nullable=True))
        persons.alter_column("birth_province", existing_type=sa.String(2), nullable=True)
        persons.alter_column("relation_to_head", existing_type=sa.String(16), nullable=True)
        persons.drop_constraint(op.f("uq_persons_pin"), type_="unique")
    _fill_names()
    op.execute(
        "UPDATE persons SET birth_country = 'VNM',"
        " household_id = CASE WHEN died_on IS NULL THEN household_id END,"
        " relation_to_head = CASE WHEN died_on IS NULL THEN relation_to_head END"
    )
    with op.batch_alter_table("persons") as persons:
        persons.alter_column("folded_name", existing_type=sa.String(122), nullable=False)
        persons.alter_column("birth_country", existing_type=sa.String(3), nullable=False)
    op.create_index(op.f("ix_persons_pin"), "persons", ["pin"], unique=True)
    op.create_index(op.f("ix_persons_birth_date"), "persons", ["birth_date"])
    op.create_index(op.f("ix_persons_folded_name_birth_date"), "persons", ["folded_name", "birth_date"])
    op.create_index(op.f("ix_persons_residence_province_birth_date"), "persons", ["residence_province", "birth_date"])
    op.create_table(
        "replaced_pins",
        sa.Column("pin", sa.String(12), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("replaced_on", sa.Date, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("pin", name=op.f("pk_replaced_pins")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_replaced_pins_person_id")),
    )
    op.create_index(op.f("ix_replaced_pins_person_id"), "replaced_pins", ["person_id"])


def downgrade() -> None:
    op.drop_table("name_words")
    op.drop_table("replaced_pins")
    for index in ("pin", "birth_date", "folded_name_birth_date", "residence_province_birth_date"):
        op.drop_index(op.f(f"ix_persons_{index}"), "persons")
    op.execute("UPDATE persons SET birth_province = '' WHERE birth_province IS NULL")
    op.execute("UPDATE persons SET relation_to_head = 'other' WHERE relation_to_head IS NULL")
    with op.batch_alter_table("persons") as persons:
        persons.drop_column("folded_name")
        persons.drop_column("birth_country")
        persons.drop_column("phone")
        persons.alter_column("birth_province", existing_type=sa.String(2), nullable=False)
        persons.alter_column("relation_to_head", existing_type=sa.String(16), nullable=False)
        persons.create_unique_constraint(op.f("uq_persons_pin"), ["pin"])


def _fill_names() -> None:
    """Names are folded here, not by the database: neither SQLite nor PostgreSQL without extensions can."""
    connection = op.get_bind()
    persons = sa.table(
        "persons", *(sa.column(c) for c in ("id", "surname", "middle_name", "given_name", "folded_name"))
    )
    name = (persons.c.surname, persons.c.middle_name, persons.c.given_name)
    change = (
        sa.update(persons)
        .where(persons.c.surname == sa.bindparam("s"), persons.c.middle_name == sa.bindparam("m"))
        .where(persons.c.given_name == sa.bindparam("g"))
        .values(folded_name=sa.bindparam("folded"))
    )
    op.create_index("ix_persons_names", "persons", ["given_name", "middle_name", "surname"])
    names = connection.execute(sa.select(*name).distinct()).all()
    rows = [{"s": s, "m": m, "g": g, "folded": fold_name(join_name(s, m, g))} for s, m, g in names]
    for start in range(0, len(rows), 10_000):
        connection.execute(change, rows[start : start + 10_000])
    op.drop_index("ix_persons_names", "persons")
    op.create_table(
        "name_words",
        sa.Column("word", sa.String(40), nullable=False),
        sa.Column("folded_name", sa.String(122), nullable=False),
        sa.PrimaryKeyConstraint("word", "folded_name", name=op.f("pk_name_words")),
    )
    words = sa.table("name_words", sa.column("word"), sa.column("folded_name"))
    pairs = sorted({(word, row["folded"]) for row in rows for word in row["folded"].split()})
    if pairs:
        connection.execute(sa.insert(words), [{"word": word, "folded_name": folded} for word, folded in pairs])
