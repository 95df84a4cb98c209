"""Turning a use's signing keys into the next ones, while any number of processes sign and anybody keeps the published keys."""

from __future__ import annotations

from dataclasses import dataclass

from eid.audit import ActorKind, record_act
from eid.crypto.key_schedule import ScheduledKey
from eid.db import db
from eid.issuing_keys import CERTIFIED
from eid.keystore import AuthorityUse, current_keystore
from eid.signing_keys import KeyUse


@dataclass(frozen=True)
class SigningRotation:
    following: tuple[ScheduledKey, ...]
    """Published, and signing from their time on without anybody doing anything."""
    removed: tuple[str, ...]
    """Identifiers of the dead keys that are gone."""


def rotate_signing_keys(use: KeyUse) -> SigningRotation:
    """Afterwards there is a next key for each algorithm of this use: a new one, or that of a rotation under way; with its
    certificate, where keys of this use have one. Committed."""
    keys = current_keystore().signing_keys
    following = tuple(keys.add_signing_keys(use))
    if use in CERTIFIED:
        current_keystore().issuing_keys.make_certificates(use)
    removed = tuple(key.kid for key in keys.remove_dead_keys(use))
    kids = [one.key.kid for one in following]
    record_act("rotate_signing_keys", actor_kind=ActorKind.SYSTEM, actor="eid keys", use=str(use), keys=kids)
    db.session.commit()
    return SigningRotation(following, removed)


def withdraw_signing_key(use: KeyUse, kid: str) -> str:
    """Afterwards nothing that this key signed is to be believed, and another signs, with its certificate; returns that one's
    identifier. Committed. Raises NotFound: key_unknown."""
    keystore = current_keystore()
    alg = keystore.signing_keys.withdraw_key(use, kid).key.alg
    if use in CERTIFIED:
        keystore.issuing_keys.make_certificates(use)
    record_act("withdraw_signing_key", actor_kind=ActorKind.SYSTEM, actor="eid keys", use=str(use), key=kid)
    db.session.commit()
    return keystore.find_signing_key(use, alg).kid


def rotate_authority(use: AuthorityUse) -> str:
    """Afterwards a new authority certifies whoever comes next; who is certified stays so. Returns its name. Committed."""
    keys = current_keystore().issuing_keys
    keys.find_authorities(use)
    subject = keys.add_authority(use).certificate.subject.rfc4514_string()
    record_act("rotate_authority", actor_kind=ActorKind.SYSTEM, actor="eid keys", use=str(use), subject=subject)
    db.session.commit()
    return subject
