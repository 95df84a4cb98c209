"""What happened is handled in the transaction in which it happened, or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from eid.app import HANDLERS
from eid.audit import AuditEntry, record_act
from eid.db import db
from eid.events import post_event, register_handlers


@dataclass(frozen=True)
class Rained:
    millimetres: int


@dataclass(frozen=True)
class Flooded:
    pass


@pytest.fixture
def handled(app: Flask) -> Iterator[list[object]]:
    seen: list[object] = []

    def flood(rained: Rained) -> None:
        seen.append(rained)
        record_act("flood")
        post_event(Flooded())

    register_handlers({Rained: (flood,), Flooded: (seen.append,)})
    yield seen
    register_handlers(HANDLERS)


def test_a_handler_writes_in_the_same_transaction(handled: list[object]) -> None:
    post_event(Rained(80))
    assert handled == []
    db.session.commit()
    assert handled == [Rained(80), Flooded()]
    assert db.session.query(AuditEntry).filter_by(act="flood").count() == 1


def test_a_rollback_forgets_what_happened(handled: list[object]) -> None:
    post_event(Rained(80))
    db.session.rollback()
    db.session.commit()
    assert handled == []


def test_a_handler_that_fails_undoes_the_act(handled: list[object]) -> None:
    def fail(rained: Rained) -> None:
        raise ValueError("the dam broke")

    register_handlers({Rained: (fail,)})
    record_act("rain")
    post_event(Rained(80))
    with pytest.raises(ValueError, match="dam"):
        db.session.commit()
    db.session.rollback()
    assert db.session.query(AuditEntry).count() == 0


def test_handlers_that_never_stop_are_stopped(handled: list[object]) -> None:
    register_handlers({Rained: (post_event,)})
    post_event(Rained(1))
    with pytest.raises(RuntimeError, match="each other"):
        db.session.commit()
