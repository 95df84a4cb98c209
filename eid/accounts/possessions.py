"""What a holder has and may no longer be believed to have: the phone and the passkeys of an account, ended together."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, update

from eid.accounts.device_models import Approval, Device, Passkey
from eid.clock import wall_now
from eid.db import db


def record_possessions_ended(account_id: int) -> tuple[str, ...]:
    """The account has no phone and no passkey any more, and what was asked of the phone is over; the caller commits.

    Returns the kinds of which there were any: passkey, device.
    """
    now = wall_now()
    passkeys: Any = db.session.execute(delete(Passkey).where(Passkey.account_id == account_id))
    devices: Any = db.session.execute(
        update(Device).where(Device.account_id == account_id, Device.ended_at.is_(None)).values(ended_at=now)
    )
    db.session.execute(
        update(Approval).where(Approval.account_id == account_id, Approval.used_at.is_(None)).values(used_at=now)
    )
    return ("passkey",) * bool(passkeys.rowcount) + ("device",) * bool(devices.rowcount)
