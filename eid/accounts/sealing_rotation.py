"""Sealing everything anew under a new key, in batches, while the service runs.

The newest key of the store seals, older ones still open: whoever reads meanwhile finds either. A rotation that was broken off
is gone on with by the next one. An older key is removed on request, once nothing needs it. NIST SP 800-57 part 1, 5.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import LargeBinary, func, literal, select, update

from eid.accounts.authenticators import seal_totp_secret, unseal_totp_secret
from eid.accounts.models import Account, Activation, Authenticator
from eid.accounts.recovery_models import Recovery
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.crypto.sealing import HEAD_BYTES, build_head, name_key
from eid.db import db
from eid.errors import Conflict, VerificationFailed
from eid.keystore import current_keystore
from eid.late_dataclasses import frozen

BATCH = 200
SETTLED_AFTER = 300.0
"""Seconds for which a new key must have sealed before an older one may go: nothing begun before is still under way then."""


@frozen
class SealedColumn:
    """A column whose values are sealed, each bound to the owner of its row."""

    model: Any
    column: Any
    owned: Any
    """Selects id, sealed value and owner of each row."""
    reseal: Callable[[bytes, Any], bytes]
    """From a sealed value and its owner to the same under the newest key. Raises VerificationFailed where it does not open."""


def _of_account(model: Any, column: Any) -> SealedColumn:
    """Sealed as a TOTP secret of the account's person."""
    owned = select(model.id, column, Account.person_id).join(Account, Account.id == model.account_id)
    return SealedColumn(model, column, owned, _reseal_totp_secret)


def _reseal_totp_secret(sealed: bytes, person_id: int) -> bytes:
    return seal_totp_secret(unseal_totp_secret(sealed, person_id=person_id), person_id=person_id)


ACCOUNTS_COLUMNS: tuple[SealedColumn, ...] = (
    _of_account(Authenticator, Authenticator.sealed_secret),
    _of_account(Activation, Activation.sealed_totp),
    _of_account(Recovery, Recovery.sealed_totp),
)

_columns: list[SealedColumn] = [*ACCOUNTS_COLUMNS]


def register_sealed_columns(others: Iterable[SealedColumn]) -> None:
    """From now on these are rotated beside those of accounts, and no others, in this process; eid.app says which there are."""
    _columns[:] = [*ACCOUNTS_COLUMNS, *others]


def known_sealed_columns() -> tuple[SealedColumn, ...]:
    return tuple(_columns)


@frozen
class Rotation:
    key: str
    """The name of the key that seals now."""
    is_new: bool
    """Whether this rotation made it, or went on with one that was broken off."""
    resealed: int
    older: tuple[str, ...]
    """Names of the keys that are kept although nothing needs them."""


def rotate_sealing_key(report: Callable[[int], None] = lambda _done: None) -> Rotation:
    """A new key seals, and everything sealed is sealed under it; where a rotation was broken off, that one is finished instead.

    `report` is told how many have been done so far. Raises VerificationFailed where something could not be opened: it is left
    as it was, everything else is done.
    """
    keystore = current_keystore()
    newest = keystore.find_sealing_keys()[-1]
    is_new = not any(_count_other(sealed.column, build_head(newest)) for sealed in _columns)
    newest = keystore.add_sealing_key() if is_new else newest
    resealed, closed = 0, 0
    record_act("rotate_sealing_key", actor_kind=ActorKind.SYSTEM, actor="eid keys", key=name_key(newest))
    db.session.commit()
    for sealed in _columns:
        done, failed = _reseal_column(sealed, partial(_report_more, report, resealed))
        resealed, closed = resealed + done, closed + failed
    if closed:
        raise VerificationFailed(
            "seal",
            "seal_unopened",
            "Some stored secrets cannot be opened; no key may be removed.",
            reason=f"{closed} of them",
        )
    return Rotation(name_key(newest), is_new, resealed, tuple(map(name_key, keystore.find_sealing_keys()[:-1])))


def remove_older_sealing_keys() -> list[str]:
    """Every key but the newest is gone; their names. Raises Conflict while something is sealed under one, or may just be."""
    keystore = current_keystore()
    *older, newest = keystore.find_sealing_keys()
    if any(_count_other(sealed.column, build_head(newest)) for sealed in _columns):
        raise Conflict("seal_key_needed", "Secrets are still sealed under an older key; rotate first.")
    if older and keystore.sealing_key_age(now=wall_now().timestamp()) < SETTLED_AFTER:
        raise Conflict("seal_key_settling", "The new key is not five minutes old; wait, then try again.")
    for key in older:
        record_act("remove_sealing_key", actor_kind=ActorKind.SYSTEM, actor="eid keys", key=name_key(key))
    db.session.commit()
    for key in older:
        keystore.remove_sealing_key(key)
    return [name_key(key) for key in older]


def _report_more(report: Callable[[int], None], before: int, more: int) -> None:
    report(before + more)


def _reseal_column(sealed_column: SealedColumn, report: Callable[[int], None]) -> tuple[int, int]:
    """Seal a column anew, batch after batch, until a whole pass finds nothing to do; how many were done, how many do not open."""
    resealed = 0
    while True:
        head = build_head(current_keystore().find_sealing_keys()[-1])  # another rotation may have begun
        done, failed, after = 0, 0, 0
        while rows := _find_other(sealed_column, head, after):
            for id_, sealed, owner in rows:
                if (newer := _reseal(sealed_column, sealed, owner)) is None:
                    failed += 1
                    continue
                done += _replace(sealed_column.model, sealed_column.column, id_, sealed, newer)
            db.session.commit()
            after = rows[-1][0]
            report(resealed + done)
        resealed += done
        if not done:
            return resealed, failed


def _find_other(sealed: SealedColumn, head: bytes, after: int) -> Sequence[Any]:
    """The next batch that is sealed under another key; read without a transaction that would hold others up."""
    id_ = sealed.model.id
    query = sealed.owned.where(_is_other(sealed.column, head), id_ > after).order_by(id_).limit(BATCH)
    rows = db.session.execute(query).all()
    db.session.rollback()
    return rows


def _replace(model: Any, column: Any, id_: int, sealed: bytes, newer: bytes) -> int:
    """1 where the row still held what was read; whoever changed it meanwhile sealed it themselves, or it is found again."""
    statement = update(model).where(model.id == id_, column == sealed).values({column: newer})
    changed: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(changed.rowcount)


def _reseal(sealed_column: SealedColumn, sealed: bytes, owner: Any) -> bytes | None:
    try:
        return sealed_column.reseal(sealed, owner)
    except VerificationFailed:
        return None  # counted, and refused at the end


def _is_other(column: Any, head: bytes) -> Any:
    return column.is_not(None) & (func.substr(column, 1, HEAD_BYTES, type_=LargeBinary) != literal(head, LargeBinary))


def _count_other(column: Any, head: bytes) -> int:
    return db.session.scalar(select(func.count()).where(_is_other(column, head))) or 0
