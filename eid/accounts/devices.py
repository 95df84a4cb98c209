"""The phone of an account: binding one by a key that never leaves it, ending it, and knowing it by what it signs.

One phone at a time (Decree 69/2024, article 14): a new one takes the place of the one before, and proves more for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from eid.accounts.challenges import ChallengePurpose, record_challenge, spend_challenge
from eid.accounts.device_models import Approval, Device, Passkey
from eid.accounts.device_proofs import parse_device_key, verify_device_proof
from eid.accounts.levels import AuthenticationLevel
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.security import prove_password
from eid.accounts.sessions import Session, record_sessions_ended
from eid.accounts.telling import tell_holder_everywhere
from eid.clock import wall_now
from eid.config import current_settings
from eid.db import db
from eid.errors import Malformed, NotFound, Refused, Unauthenticated, VerificationFailed
from eid.events import PossessionChanged, post_event
from eid.late_dataclasses import frozen

IF_NOT_YOU = "Neu khong phai ban, hay goi duong day nong."
BOUND_TEXT = "eid: Mot dien thoai moi vua duoc gan voi tai khoan cua ban; dien thoai cu, neu co, khong con dung duoc. "
ENDED_TEXT = "eid: Dien thoai gan voi tai khoan cua ban vua bi go bo. "
LONGEST_NAME = 64
REPLACED = "replaced"
"""The decision on a request whose phone has ended, or was asked something else meanwhile."""


@frozen
class BindingCode:
    """Whoever has it within five minutes can make a phone the account's; shown once."""

    code: str
    expires_at: datetime


@frozen
class KnownDevice:
    """A phone that has just signed, and what it signed."""

    id: int
    account_id: int
    person_id: int
    claims: Mapping[str, Any]


def find_device(account_id: int) -> Device | None:
    """The phone of an account, if it has one."""
    return db.session.scalar(select(Device).where(Device.account_id == account_id, Device.ended_at.is_(None)))


_OPEN_DEVICE = select(Device.id).where(Device.account_id == bindparam("account_id"), Device.ended_at.is_(None))


def find_device_id(account_id: int) -> int | None:
    """The number of an account's phone, if it has one: cheaper than the phone, for pages that many see."""
    device_id: int | None = db.session.scalar(_OPEN_DEVICE, {"account_id": account_id})
    return device_id


def find_passkeys(account_id: int) -> Sequence[Passkey]:
    """The passkeys of an account, oldest first."""
    return db.session.scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)).all()


def binding_level(account_id: int) -> AuthenticationLevel:
    """How strongly a session must have been proved before it may bind a phone: moving to a new one takes the face too."""
    return AuthenticationLevel.LOA2 if find_device(account_id) is None else AuthenticationLevel.LOA3


def begin_binding(session: Session, *, password: str) -> BindingCode:
    """A code by which a phone can become the account's, committed.

    1. The session is of level 2, or of level 3 where another phone is bound.
    2. The password is right (its tries are counted).
    """
    # (1)
    _check_level(session.account_id, session.level)
    # (2)
    prove_password(session, password)
    drawn = record_challenge(ChallengePurpose.BIND, session.account_id)
    db.session.commit()
    return BindingCode(drawn.text, drawn.expires_at)


def bind_device(code: str, *, name: str, jwk: Mapping[str, Any], proof: str) -> int:
    """The number of the phone that is now the account's; the one before has ended, with its sessions, and the holder is told.

    1. The key is one of P-256, and the name says something.
    2. The code is known, fresh and unused; now it is used, whatever follows.
    3. The phone has signed this code with this key (eid.accounts.device_proofs).
    4. The account is active. Its row is held: of two phones at once, one comes after the other.
    """
    # (1)
    public_key, now = parse_device_key(jwk), wall_now()
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Malformed("device_name", "Give the phone a name.", fields={"name": ["missing"]})
    # (2)
    account_id = spend_challenge(code, ChallengePurpose.BIND)
    # (3)
    audience = current_settings().public_url
    claims = verify_device_proof(proof, public_key=public_key, act="bind", expected_audience=audience, now=now)
    if claims.get("code") != code:
        raise VerificationFailed("code", "device_proof_code", "The phone has signed another code.")
    # (4)
    account = db.session.scalar(select(Account).where(Account.id == account_id).with_for_update())
    if account is None or account.state != AccountState.ACTIVE:
        raise Refused("account_not_active", "The account cannot be used.")
    _record_ended(account.id)
    device = Device(account_id=account.id, public_key=public_key, name=name, bound_at=now)
    db.session.add(device)
    db.session.flush()
    device_id: int = device.id
    post_event(PossessionChanged(account.id, account.person_id, "device", "create"))
    tell_holder_everywhere(account, BOUND_TEXT + IF_NOT_YOU, act="bind_device")
    db.session.commit()
    return device_id


def end_device(session: Session, device_id: int) -> None:
    """The account's phone is no longer its phone, its sessions have ended, and the holder is told. Raises NotFound."""
    account = db.session.get_one(Account, session.account_id, with_for_update=True, populate_existing=True)
    if not _record_ended(account.id, only_id=device_id, except_session=session.id):
        raise NotFound("device_unknown", "This phone is not yours, or has ended already.")
    post_event(PossessionChanged(account.id, account.person_id, "device", "delete"))
    tell_holder_everywhere(account, ENDED_TEXT + IF_NOT_YOU, act="end_device")
    db.session.commit()


def verify_device(device_id: int, *, act: str, proof: str) -> KnownDevice:
    """The phone of an active account that has signed this proof. Raises Unauthenticated, one sentence for whatever was wrong."""
    found = db.session.execute(
        select(Device, Account).join(Account).where(Device.id == device_id, Device.ended_at.is_(None))
    ).one_or_none()
    if found is None or found[1].state != AccountState.ACTIVE:
        raise _unknown("unknown, ended, or of an account that is not active")
    device, account = found
    try:
        claims = verify_device_proof(
            proof,
            public_key=device.public_key,
            act=act,
            expected_audience=current_settings().public_url,
            now=wall_now(),
        )
    except VerificationFailed as wrong:
        raise _unknown(wrong.code) from wrong
    return KnownDevice(device.id, account.id, account.person_id, claims)


def _check_level(account_id: int, level: AuthenticationLevel) -> None:
    if level < binding_level(account_id):
        raise Refused(
            "device_level", "Prove yourself more strongly first: a phone is bound at level 2, another one at level 3."
        )


def _record_ended(account_id: int, *, only_id: int | None = None, except_session: int | None = None) -> bool:
    device = find_device(account_id)
    if device is None or only_id not in (None, device.id):
        return False
    db.session.execute(update(Device).where(Device.id == device.id).values(ended_at=wall_now()))
    db.session.execute(
        update(Approval).where(Approval.device_id == device.id, Approval.used_at.is_(None)).values(decision=REPLACED)
    )
    record_sessions_ended(account_id, of_device=device.id, except_id=except_session)
    return True


def _unknown(reason: str) -> Unauthenticated:
    return Unauthenticated(
        "device_unproved", "This phone is not known here, or did not sign what it asks.", reason=reason
    )
