"""Indexes that hold all that a search for people asks about, so that it reads nothing else; children are found by parent."""

import sqlalchemy as sa
from alembic import op

revision = "0012_finding_by_index"
down_revision = "0011_finding"

BY_BIRTH = ["residence_province", "birth_date", "folded_name", "residence_old_province", "died_on"]
BY_PROVINCE = ["residence_province", "folded_name", "birth_date", "residence_old_province", "died_on"]
DEAD = {kind: sa.text("died_on IS NOT NULL") for kind in ("sqlite_where", "postgresql_where")}


def upgrade() -> None:
    op.drop_index(op.f("ix_persons_birth_date"), "persons")
    op.drop_index("ix_persons_residence_province_folded_name_birth_date", "persons")
    op.drop_index("ix_persons_dead", "persons")
    op.create_index(op.f("ix_persons_father_id"), "persons", ["father_id"])
    op.create_index(op.f("ix_persons_mother_id"), "persons", ["mother_id"])
    op.create_index("ix_persons_by_birth", "persons", BY_BIRTH, postgresql_include=["id"])
    op.create_index("ix_persons_by_province", "persons", BY_PROVINCE, postgresql_include=["id"])
    op.create_index("ix_persons_dead", "persons", ["folded_name", "birth_date"], **DEAD)
    op.create_index("ix_persons_dead_by_province", "persons", BY_PROVINCE[:-1], postgresql_include=["id"], **DEAD)
    op.create_index(
        "ix_name_words_glued",
        "name_words",
        ["word"],
        sqlite_where=sa.text("instr(folded_name, word) = 0"),
        postgresql_where=sa.text("strpos(folded_name, word) = 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_name_words_glued", "name_words")
    for index in ("dead_by_province", "dead", "by_province", "by_birth", "mother_id", "father_id"):
        op.drop_index(f"ix_persons_{index}", "persons")
    op.create_index("ix_persons_dead", "persons", ["folded_name", "birth_date", "residence_province"], **DEAD)
    op.create_index(
        "ix_persons_residence_province_folded_name_birth_date",
        "persons",
        ["residence_province", "folded_name", "birth_date"],
    )
    op.create_index(op.f("ix_persons_birth_date"), "persons", ["birth_date"])
