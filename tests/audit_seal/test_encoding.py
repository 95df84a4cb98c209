"""An entry has one form, whatever database it lies in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from eid.audit import AuditEntry, record_act
from eid.audit_seal.encoding import EntryFacts, compute_leaf, derive_blind, describe_entry, encode_entry
from eid.audit_seal.models import ENTRY_COLUMNS
from eid.db import db

NOON = datetime(2026, 3, 1, 12, 0, 0, 1, UTC)
SALT = bytes(range(32))
BLIND = "47cdebcdb73f89f2b9deff1a4852aab11ac006bfcc7307cfe76e4b7c47b5571a"
LEAF = "22651c272375243cfca3bf1f440ba8915aa956917e999e49c3bbc897698d9d2b"
ENTRY = EntryFacts(
    id=17,
    at=NOON,
    world_at=NOON + timedelta(days=1),
    actor_kind="officer",
    actor="7",
    act="look_up_person",
    person_id=2,
    details={"purpose": "Đổi thẻ", "n": [1, 2.5, None, True], "a": {"z": 1, "b": 2}},
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def test_the_form_is_the_one_that_is_published() -> None:
    """docs/security.md: third parties compute the same; the hash was computed with sha256sum and openssl."""
    assert encode_entry(describe_entry(ENTRY)) == (
        b'{"act":"look_up_person","actor":"7","actor_kind":"officer","at":"2026-03-01T12:00:00.000001Z",'
        b'"details":{"a":{"b":2,"z":1},"n":[1,2.5,null,true],"purpose":"\\u0110\\u1ed5i th\\u1ebb"},'
        b'"id":17,"person_id":2,"world_at":"2026-03-02T12:00:00.000001Z"}'
    )
    assert derive_blind(SALT, 17).hex() == BLIND
    assert compute_leaf(ENTRY, salt=SALT).hex() == LEAF


def test_what_comes_back_from_either_database_has_the_same_leaf(app: Flask) -> None:
    record_act("look_up_person", **dict(ENTRY.details))
    db.session.commit()
    db.session.execute(
        AuditEntry.__table__.update().values(
            id=17, at=NOON, world_at=ENTRY.world_at, actor_kind="officer", actor="7", person_id=2
        )
    )
    db.session.commit()
    [row] = db.session.execute(select(*ENTRY_COLUMNS))
    assert compute_leaf(EntryFacts(*row), salt=SALT).hex() == LEAF


@given(st.dictionaries(st.text(max_size=8), values, max_size=5))
def test_a_form_survives_being_written_and_read_as_json(details: dict[str, Any]) -> None:
    described = describe_entry(ENTRY) | {"details": details}
    assert encode_entry(json.loads(json.dumps(described))) == encode_entry(described)


def test_the_zone_in_which_a_time_is_written_plays_no_part() -> None:
    vietnam = NOON.astimezone(timezone(timedelta(hours=7)))
    moved = EntryFacts(**ENTRY._asdict() | {"at": vietnam})
    assert encode_entry(describe_entry(moved)) == encode_entry(describe_entry(ENTRY))


def test_every_part_of_an_entry_counts() -> None:
    others: dict[str, Any] = {
        "id": 18,
        "at": NOON + timedelta(microseconds=1),
        "world_at": NOON,
        "actor_kind": "person",
        "actor": "8",
        "act": "look_up_persons",
        "person_id": None,
        "details": {},
    }
    changed = [compute_leaf(EntryFacts(**ENTRY._asdict() | {name: value}), salt=SALT) for name, value in others.items()]
    assert len({compute_leaf(ENTRY, salt=SALT), *changed}) == len(others) + 1
