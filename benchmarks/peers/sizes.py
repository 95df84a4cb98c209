"""What a sign-in costs in a country of ten thousand and in one of a million, where everybody has an account and has been here.

Everybody has an account with its authenticators, an ended session, a consent that is remembered, a code, a token and ten entries
of the log: copies of those of one who signed in, each with digests of its own. SQLite, whose time is the service's own.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from benchmarks.peers.deeds import settle, sign_in_again, sign_in_by_form
from benchmarks.peers.eid import EidState, describe_eid, made_eid, served_eid
from benchmarks.peers.page import print_sections, write_part
from benchmarks.peers.results import Bar, Section, figures_of, spread
from benchmarks.peers.rounds import Rounds, Way, interleave
from benchmarks.peers.serving import Contender, generating

SMALL, LARGE = 10_000, 1_000_000
MOST = 1.2
ROUNDS, SECONDS = 5, 1.5
USERS = range(16)
ENTRIES = 10
"""Of the log, about each person."""
PHONE = "'0' || (100000000 + person % 900000000)"
COPIES: Sequence[tuple[str, Mapping[str, str]]] = (
    ("accounts", {"id": "account", "person_id": "person", "phone": PHONE}),
    ("authenticators", {"account_id": "account"}),
    ("sessions", {"account_id": "account", "token_hash": "lower(hex(randomblob(32)))", "ended_at": "datetime('now')"}),
    ("consents", {"person_id": "person"}),
    (
        "authorization_codes",
        {
            "id": "code",
            "person_id": "person",
            "account_id": "account",
            "session_id": "account",
            "code_digest": "randomblob(32)",
        },
    ),
    (
        "access_tokens",
        {"code_id": "code", "person_id": "person", "account_id": "account", "token_digest": "randomblob(32)"},
    ),
    *[("audit_entries", {"person_id": "person", "batch": "0", "place": "person", "leaf": "NULL"})] * ENTRIES,
)
"""Table → what is another in each copy, as SQL over `others` (person, account, code)."""


def copy_for_everybody(database: Path) -> int:
    """Afterwards everybody who lives has what the last one who signed in has; how many got it."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "CREATE TEMP TABLE others AS SELECT p.id AS person,"
            " (SELECT max(id) FROM accounts) + row_number() OVER (ORDER BY p.id) AS account,"
            " (SELECT max(id) FROM authorization_codes) + row_number() OVER (ORDER BY p.id) AS code"
            " FROM persons p WHERE p.died_on IS NULL AND p.id NOT IN (SELECT person_id FROM accounts)"
        )
        for table, changes in COPIES:
            _copy(connection, table, changes)
        return int(connection.execute("SELECT count(*) FROM others").fetchone()[0])


def _copy(connection: sqlite3.Connection, table: str, changes: Mapping[str, str]) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    for pattern in _find_patterns(connection, table, columns):
        given = {**pattern, "id": None}  # the database numbers what the changes do not
        values = [changes.get(column, f":{column}") for column in columns]
        connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM others", given)


def _find_patterns(connection: sqlite3.Connection, table: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of the account that signed in last: all authenticators, one of anything else."""
    account, person = connection.execute(
        "SELECT account_id, person_id FROM authorization_codes ORDER BY id DESC LIMIT 1"
    ).fetchone()
    whose = {"accounts": "id = :account"}.get(
        table, "account_id = :account" if "account_id" in columns else "person_id = :person"
    )
    limit = "" if table == "authenticators" else "ORDER BY id DESC LIMIT 1"
    found = connection.execute(f"SELECT * FROM {table} WHERE {whose} {limit}", {"account": account, "person": person})
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def grow(state: EidState) -> int:
    """Everybody of this service's country has been here; nobody serves it meanwhile."""
    with served_eid(state) as server:
        asyncio.run(settle(Contender(server, describe_eid(state.made)), range(1), {}))
    return copy_for_everybody(state.folder / "measured.sqlite3")


def judge(rounds: Rounds, deed: str, small: str, large: str) -> Bar:
    ratios = [b.cost_ms / a.cost_ms for a, b in zip(rounds[small], rounds[large], strict=True)]
    return Bar(f"{deed}: cost at {LARGE:,} / at {SMALL:,} people", spread(ratios), MOST, is_most=True)


def measure_sizes(folder: Path) -> Section:
    with ExitStack() as stack:
        ways = {}
        for people in (SMALL, LARGE):
            state = stack.enter_context(made_eid(folder / f"{people}", mode="demo", people=people))
            print(f"  {people:,} people: {grow(state):,} have been here", flush=True)
            eid = Contender(stack.enter_context(served_eid(state)), describe_eid(state.made))
            ways[f"{people:,} people"] = Way(eid, sign_in_again(eid.provider), USERS, {})
            asyncio.run(settle(eid, USERS, ways[f"{people:,} people"].cookies))
            eid.server.pause()
        small, large = ways
        figures, bars = [], []
        for name, make in (("again", sign_in_again), ("forms", sign_in_by_form)):
            doing = {
                key: Way(way.contender, make(way.contender.provider), way.users, way.cookies)
                for key, way in ways.items()
            }
            rounds = interleave(doing, rounds=ROUNDS, seconds=SECONDS, tell=lambda line: print(line, flush=True))
            figures += figures_of({f"{name}, {key}": windows for key, windows in rounds.items()})
            bars.append(judge(rounds, name, small, large))
        return Section("sizes", figures, bars)


def run(*, write: bool = False) -> None:
    """Measure and print; with `write`, docs/performance.md says it afterwards."""
    with generating(), tempfile.TemporaryDirectory() as folder:
        section = measure_sizes(Path(folder))
    print_sections([section])
    if write:
        write_part(section)
