"""Whatever is done to a sealed log is found, and named; what was done to nothing is found sound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, delete, select, text, update

from eid.audit import AuditEntry
from eid.audit_seal import examination
from eid.audit_seal.models import AuditBatch
from eid.audit_seal.sealing import find_standing, seal_entries
from eid.clock import wall_now, world_now
from eid.db import db
from tests.audit_seal.conftest import Log, examine, found
from tests.engines import one_engine

pytestmark = pytest.mark.usefixtures("sealed")

Tamper = Callable[[list[int]], None]


def entries() -> list[int]:
    """Their numbers, in the order in which they were sealed: three in batch 1, one in 2, two in 3."""
    return list(db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.batch, AuditEntry.place)))


def change(entry: int, **values: Any) -> None:
    db.session.execute(update(AuditEntry).where(AuditEntry.id == entry).values(**values))


def change_batch(number: int, **values: Any) -> None:
    db.session.execute(update(AuditBatch).where(AuditBatch.number == number).values(**values))


def remove_batch(number: int) -> None:
    db.session.execute(delete(AuditBatch).where(AuditBatch.number == number))


def add(**values: Any) -> None:
    like = {"at": wall_now(), "world_at": world_now(), "actor_kind": "system", "actor": "", "act": "x", "details": {}}
    db.session.add(AuditEntry(**like | values))
    db.session.flush()


def remove(entry: int) -> None:
    db.session.execute(delete(AuditEntry).where(AuditEntry.id == entry))


def change_all(*entries: int) -> None:
    for entry in entries:
        change(entry, act="x")


def drop_at_once(number: int) -> None:
    change_batch(number, dropped_at=world_now())
    db.session.execute(delete(AuditEntry).where(AuditEntry.batch == number))


def swap_places(one: int, other: int) -> None:
    places = {entry: db.session.get_one(AuditEntry, entry).place for entry in (one, other)}
    change(one, place=places[other])
    change(other, place=places[one])


def swap_contents(one: int, other: int) -> None:
    change(one, id=-1)
    change(other, id=one)
    change(-1, id=other)


def reseal_leaf(entry: int) -> None:
    """The entry is altered, and so is its leaf: as somebody would who knows how leaves are made."""
    change(entry, act="nothing_at_all")
    row = db.session.get_one(AuditEntry, entry, populate_existing=True)
    batch = db.session.get_one(AuditBatch, row.batch)
    facts = examination.EntryFacts(
        row.id, row.at, row.world_at, row.actor_kind, row.actor, row.act, row.person_id, row.details
    )
    change(entry, leaf=examination.compute_leaf(facts, salt=batch.salt))


def test_a_sound_log_is_found_sound(log: Log) -> None:
    log(2)
    report = examine()
    assert (report.fault_count, report.batches, report.entries, report.unsealed) == (0, 3, 6, 2)
    assert report.chained_root == find_standing().chained_root


TAMPERED: dict[str, tuple[Tamper, list[tuple[str, int | None, int | None]]]] = {
    "the act altered": (lambda ids: change(ids[1], act="open_account"), [("entry_altered", 1, 1)]),
    "the actor altered": (lambda ids: change(ids[1], actor="8"), [("entry_altered", 1, 1)]),
    "the person altered": (lambda ids: change(ids[3], person_id=None), [("entry_altered", 2, 3)]),
    "the time altered": (lambda ids: change(ids[1], at=wall_now()), [("entry_altered", 1, 1)]),
    "a detail altered": (lambda ids: change(ids[4], details={"purpose": "another"}), [("entry_altered", 3, 4)]),
    "an entry altered with its leaf": (lambda ids: reseal_leaf(ids[1]), [("batch_root", 1, None)]),
    "two entries altered": (
        lambda ids: change_all(ids[0], ids[5]),
        [("entry_altered", 1, 0), ("entry_altered", 3, 5)],
    ),
    "a leaf removed": (lambda ids: change(ids[1], leaf=None), [("entry_altered", 1, 1)]),
    "an entry missing": (
        lambda ids: remove(ids[1]),
        [("entry_missing", 1, -1)],
    ),
    "an entry taken out to be sealed again": (
        lambda ids: change(ids[3], batch=None, place=None, leaf=None),
        [("entry_missing", 2, -1)],
    ),
    "an entry moved to another batch": (
        lambda ids: change(ids[3], batch=3, place=2),
        [("entry_missing", 2, -1), ("entry_added", 3, 3)],
    ),
    "an entry added behind": (lambda ids: add(batch=2, place=1), [("entry_added", 2, 6)]),
    "an entry added in a place that is taken": (lambda ids: add(batch=2, place=0), [("entry_added", 2, 6)]),
    "an entry added without a place": (lambda ids: add(batch=2), [("entry_added", 2, 6)]),
    "entries in each other's places": (lambda ids: swap_places(ids[0], ids[2]), [("entry_moved", 1, None)]),
    "entries under each other's numbers": (
        lambda ids: swap_contents(ids[0], ids[2]),
        [("entry_altered", 1, 2), ("entry_altered", 1, 0), ("entry_moved", 1, None)],
    ),
    "a batch with another root": (
        lambda ids: change_batch(2, root=bytes(32)),
        [("batch_altered", 2, None), ("batch_root", 2, None), ("batch_chain", 3, None)],
    ),
    "a batch with another time": (
        lambda ids: change_batch(2, sealed_at=wall_now() + timedelta(days=1)),
        [("batch_altered", 2, None), ("batch_chain", 3, None)],
    ),
    "a batch with fewer entries": (
        lambda ids: change_batch(3, entries=1),
        [("batch_altered", 3, None), ("entry_added", 3, 5)],
    ),
    "a batch with another salt": (
        lambda ids: change_batch(3, salt=bytes(32)),
        [("batch_altered", 3, None), ("entry_altered", 3, 4), ("entry_altered", 3, 5)],
    ),
    "a batch with the signature of another": (
        lambda ids: change_batch(3, signature=db.session.get_one(AuditBatch, 2).signature),
        [("batch_altered", 3, None)],
    ),
    "a batch with no signature": (lambda ids: change_batch(3, signature="e30.e30."), [("batch_signature", 3, None)]),
    "a batch missing": (lambda ids: remove_batch(2), [("batch_missing", 2, None)]),
    "the first batch missing": (lambda ids: remove_batch(1), [("batch_missing", 1, None)]),
    "the last batch missing, its entries there": (lambda ids: remove_batch(3), [("batch_missing", 3, None)]),
    "an entry in a batch that never was": (lambda ids: add(batch=-7, place=0), [("batch_missing", -7, None)]),
    "entries dropped before their time": (lambda ids: drop_at_once(2), [("batch_dropped_early", 2, None)]),
}
"""What is done, and every fault that is then found: code, batch, and the entry by its place among all; -1 is a place itself."""


def test_what_was_tampered_with_is_found_and_named() -> None:
    ids, kept = entries(), take_log()
    for what, (tamper, expected) in TAMPERED.items():
        tamper(ids)
        db.session.commit()
        report = examine()
        numbered = {entry: at for at, entry in enumerate(ids + sorted(set(entries()) - set(ids)))}
        named = [
            (fault.code, fault.batch, -1 if fault.code == "entry_missing" else numbered.get(fault.entry))
            for fault in report.faults
        ]
        assert named == expected, what
        assert report.fault_count == len(expected)
        put_back(kept)
    assert found() == []


def take_log() -> dict[Table, list[dict[str, Any]]]:
    tables = (AuditBatch.__table__, AuditEntry.__table__)
    return {table: [dict(row._mapping) for row in db.session.execute(select(table))] for table in tables}


def put_back(kept: dict[Table, list[dict[str, Any]]]) -> None:
    for table, rows in kept.items():
        db.session.execute(table.delete())
        db.session.execute(table.insert(), rows)
    db.session.commit()
    db.session.expunge_all()


def test_the_place_of_what_is_missing_is_named() -> None:
    db.session.execute(delete(AuditEntry).where(AuditEntry.id == entries()[2]))
    db.session.commit()
    assert found() == [("entry_missing", 1, 2)]


@one_engine
def test_what_cannot_be_read_any_more_is_found_and_the_rest_is_examined() -> None:
    """PostgreSQL stores no text that is not JSON."""
    db.session.execute(text("UPDATE audit_entries SET details = '{' WHERE batch = 2"))
    change(entries()[5], act="x")
    db.session.commit()
    assert found() == [("entry_unreadable", 2, None), ("entry_altered", 3, entries()[5])]


@one_engine
def test_a_signature_by_another_key_does_not_hold(app: Flask) -> None:
    app.extensions["eid.keystore"].directory.joinpath("audit.pem").unlink()
    assert {code for code, _, _ in found()} == {"batch_signature"}


def test_an_end_that_was_cut_off_is_found_by_whoever_kept_a_root() -> None:
    kept = find_standing().chained_root
    assert found(expected_root=kept) == []
    remove_batch(3)
    db.session.execute(delete(AuditEntry).where(AuditEntry.batch == 3))
    db.session.commit()
    assert found() == []
    assert found(expected_root=kept) == [("root_unknown", None, None)]


def test_an_older_root_is_in_the_chain_of_a_log_that_went_on(log: Log) -> None:
    kept = find_standing().chained_root
    log(2)
    seal_entries()
    assert found(expected_root=kept) == []


def test_a_log_written_anew_from_its_beginning_is_found_by_whoever_kept_a_root() -> None:
    kept = find_standing().chained_root
    db.session.execute(delete(AuditBatch))
    db.session.execute(update(AuditEntry).values(batch=None, place=None, leaf=None))
    db.session.commit()
    seal_entries()
    assert found() == []
    assert found(expected_root=kept) == [("root_unknown", None, None)]


def test_a_part_of_the_log_is_examined_with_its_place_in_the_chain() -> None:
    """Batches are found by the times of their acts."""
    second = db.session.get_one(AuditBatch, 2)
    first_at, last_at = second.first_at, second.last_at
    change(entries()[5], act="x")
    db.session.commit()
    assert examine(until=last_at).batches == 2
    assert found(until=last_at) == []
    assert examine(since=first_at).batches == 2
    assert [code for code, _, _ in found(since=first_at)] == ["entry_altered"]
    assert examine(since=world_now() + timedelta(days=1)).batches == 0
    change_batch(1, root=bytes(32))
    db.session.commit()
    assert ("batch_chain", 2, None) in found(since=first_at)


@one_engine
def test_windows_of_any_size_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    change(entries()[4], act="x")
    remove_batch(2)
    db.session.commit()
    expected = found()
    monkeypatch.setattr(examination, "WINDOW_ENTRIES", 1)
    assert found() == expected
    monkeypatch.setattr(examination, "WINDOW_BATCHES", 1)
    assert found() == expected


@one_engine
def test_faults_beyond_a_hundred_are_counted(log: Log) -> None:
    log(120)
    seal_entries()
    db.session.execute(update(AuditEntry).where(AuditEntry.batch == 4).values(act="x"))
    db.session.commit()
    report = examine()
    assert (report.fault_count, len(report.faults)) == (120, 100)
