"""A phone and a passkey of an account, as they are kept; neither could sign."""

from __future__ import annotations

from eid.accounts.device_models import Device, Passkey
from eid.accounts.devices import find_device, find_passkeys
from eid.clock import wall_now
from eid.db import db


def record_possessions(account_id: int) -> None:
    now, key = wall_now(), b"key"
    db.session.add(Device(account_id=account_id, public_key=key, name="Phone", bound_at=now))
    passkey = Passkey(
        account_id=account_id, credential_id=b"id", public_key=key, sign_count=0, name="Key", added_at=now
    )
    passkey.backed_up = False
    db.session.add(passkey)
    db.session.commit()


def has_possessions(account_id: int) -> bool:
    return find_device(account_id) is not None or bool(find_passkeys(account_id))
