"""Where the status of issued papers stands (draft Token Status List 20): a place for each token, and what changes do to it.

A place is drawn at random and never given twice. A status only gets worse: after any change a token no longer says what its
agency would say, so a fresh one must be fetched; that a licence is valid again does not make an old token true.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.models import LIST_SIZE, IssuedPaper, PaperStatusList
from eid.crypto.status_list import StatusReference, StatusType
from eid.db import db
from eid.events import AccountClosed, AccountLocked, EntitlementChanged, EntitlementsChanged, PersonDied, PinReplaced
from eid.randomness import system_rng

TRIES = 16
"""So many random places taken in a row mean that the list fills up: the next is opened when about six in ten are taken."""

FEW = 500
"""So many people are named to the database; of more, those with tokens are asked for and compared here."""

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}

_STATUS_AFTER = {"valid": StatusType.INVALID, "suspended": StatusType.SUSPENDED, "invalid": StatusType.INVALID}
"""What becomes of tokens issued before, by what the entitlement has become."""


def list_uri(list_id: int) -> str:
    """The address of a status list, which is also its identifier."""
    return f"{current_settings().public_url}/api/v1/status-lists/{list_id}"


def record_place(*, token_id: str, **columns: Any) -> StatusReference:
    """Add an issued paper at a random place that was never given before; the caller's transaction commits it."""
    return record_places([token_id], **columns)[0]


def record_places(token_ids: Sequence[str], **columns: Any) -> list[StatusReference]:
    """Add an issued paper for each of these, as record_place does, in one statement but where a place is taken."""
    list_id = db.session.scalar(select(func.max(PaperStatusList.id))) or _record_list(1)
    found: dict[str, StatusReference] = {}
    while True:
        for _ in range(TRIES):
            missing = [token_id for token_id in token_ids if token_id not in found]
            for token_id, index in _take_places(list_id, missing, columns):
                found[token_id] = StatusReference(list_uri(list_id), index)
            if len(found) == len(token_ids):
                return [found[token_id] for token_id in token_ids]
        list_id = _record_list(list_id + 1)


def follow_entitlement(changed: EntitlementChanged) -> None:
    """Handles EntitlementChanged: tokens issued before say what is no longer so; the changing transaction commits it."""
    _worsen(_STATUS_AFTER[changed.status], changed.person_id, IssuedPaper.paper == changed.paper)


def follow_entitlements(changed: EntitlementsChanged) -> None:
    """Handles EntitlementsChanged, as follow_entitlement; few of many people have a token at any moment."""
    with_tokens = select(IssuedPaper.person_id).where(
        IssuedPaper.paper == changed.paper,
        IssuedPaper.expires_at > wall_now(),
        IssuedPaper.status != StatusType.INVALID,
    )
    if len(changed.person_ids) <= FEW:
        with_tokens = with_tokens.where(IssuedPaper.person_id.in_(changed.person_ids))
    for person_id in sorted(changed.person_ids.intersection(db.session.scalars(with_tokens.distinct()))):
        _worsen(_STATUS_AFTER[changed.status], person_id, IssuedPaper.paper == changed.paper)


def suspend_papers_of_locked_account(locked: AccountLocked) -> None:
    """Handles AccountLocked: papers shown through an account are shown no more while it is locked (Law 26/2023, article 34)."""
    _worsen(StatusType.SUSPENDED, locked.person_id)


def end_papers_of_closed_account(closed: AccountClosed) -> None:
    """Handles AccountClosed: what was shown through the account is good no longer."""
    _worsen(StatusType.INVALID, closed.person_id)


def end_papers_of_old_pin(replaced: PinReplaced) -> None:
    """Handles PinReplaced: tokens issued before tell a birth date, sex or name that was corrected, and are good no longer."""
    _worsen(StatusType.INVALID, replaced.person_id)


def record_issuance_ended(issuance_id: int) -> None:
    """A wallet has not kept what it was given: nobody shall show it; the caller commits."""
    db.session.execute(
        update(IssuedPaper)
        .where(IssuedPaper.issuance_id == issuance_id)
        .values(status=StatusType.INVALID)
        .execution_options(synchronize_session=False)
    )


def end_papers_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: nothing says of the dead what it said of the living, the identity card neither."""
    _worsen(StatusType.INVALID, died.person_id)


def _worsen(status: StatusType, person_id: int, *conditions: Any) -> None:
    worse = {StatusType.SUSPENDED: [StatusType.VALID], StatusType.INVALID: [StatusType.VALID, StatusType.SUSPENDED]}
    db.session.execute(
        update(IssuedPaper)
        .where(
            IssuedPaper.person_id == person_id,
            IssuedPaper.expires_at > wall_now(),
            IssuedPaper.status.in_(worse[status]),
            *conditions,
        )
        .values(status=status)
        .execution_options(synchronize_session=False)
    )


def _take_places(list_id: int, token_ids: Sequence[str], columns: dict[str, Any]) -> list[tuple[str, int]]:
    """Which of these got which place of the list; the others drew one that was taken."""
    indices = system_rng().sample(range(LIST_SIZE), len(token_ids))
    rows = [
        {**columns, "token_id": token_id, "list_id": list_id, "list_index": index}
        for token_id, index in zip(token_ids, indices, strict=True)
    ]
    taking = _INSERT[db.engine.dialect.name](IssuedPaper.__table__).values(rows).on_conflict_do_nothing()
    taken = db.session.execute(taking.returning(IssuedPaper.token_id, IssuedPaper.list_index))
    return [(token_id, index) for token_id, index in taken]


def _record_list(list_id: int) -> int:
    """A list of this number, ours or that of whoever opened it at the same moment."""
    opening = _INSERT[db.engine.dialect.name](PaperStatusList.__table__)
    db.session.execute(opening.values(id=list_id, opened_at=wall_now()).on_conflict_do_nothing())
    return list_id
