"""Turning a use's signing keys into the next ones, while any number of processes sign and anybody keeps the published keys."""

from __future__ import annotations

from dataclasses import dataclass

from eid.audit import ActorKind, record_act
from eid.crypto.key_schedule import ScheduledKey
from eid.db import db
from eid.keystore import current_keystore
from eid.signing_keys import KeyUse


@dataclass(frozen=True)
class SigningRotation:
    following: tuple[ScheduledKey, ...]
    """Published, and signing from their time on without anybody doing anything."""
    removed: tuple[str, ...]
    """Identifiers of the dead keys that are gone."""


def rotate_signing_keys(use: KeyUse) -> SigningRotation:
    """Afterwards there is a next key for each algorithm of this use: a new one, or that of a rotation under way. Committed."""
    keys = current_keystore().signing_keys
    following = tuple(keys.add_signing_keys(use))
    removed = tuple(key.kid for key in keys.remove_dead_keys(use))
    kids = [one.key.kid for one in following]
    record_act("rotate_signing_keys", actor_kind=ActorKind.SYSTEM, actor="eid keys", use=str(use), keys=kids)
    db.session.commit()
    return SigningRotation(following, removed)
