"""The health insurance card and the driving licence are in an account once they were added: who had them there, has added them.

They were in every activated account of level 2 whose holder had one with its agency.
"""

from alembic import op

from eid.online import ROWS_AT_ONCE, open_steps

revision = "0036_added_papers"
down_revision = "0035_retention"

PAPERS = {"health_insurance": "health_insurances", "driving_licence": "driving_licences"}
"""Paper → the agency's table."""


def upgrade() -> None:
    context = op.get_context()
    if context.dialect.name != "postgresql":
        op.execute(_add("accounts"))
        return
    columns = "id, person_id, level, state, activated_at"
    chunk = f"SELECT {columns} FROM accounts WHERE id > :after ORDER BY id LIMIT {ROWS_AT_ONCE}"  # noqa: S608
    with open_steps(context) as steps:
        steps.run_in_chunks(
            f"WITH chunk AS MATERIALIZED ({chunk}), added AS ({_add('chunk')}) SELECT max(id) FROM chunk"  # noqa: S608
        )


def _add(accounts: str) -> str:
    """As of the activation: when each was asked for, nobody knows."""
    found = " UNION ALL ".join(
        f"SELECT a.person_id, '{paper}', a.activated_at, a.activated_at FROM {accounts} a"  # noqa: S608
        f" JOIN {table} held ON held.person_id = a.person_id"
        " WHERE a.level = '2' AND a.state IN ('active', 'locked') AND a.activated_at IS NOT NULL"
        for paper, table in PAPERS.items()
    )
    return f"INSERT INTO paper_additions (person_id, paper, asked_at, answered_at) {found} ON CONFLICT DO NOTHING"


def downgrade() -> None:
    for paper in PAPERS:
        op.execute(f"DELETE FROM paper_additions WHERE paper = '{paper}'")  # noqa: S608
