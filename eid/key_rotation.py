"""Turning a use's signing keys into the next ones, while any number of processes sign and anybody keeps the published keys."""

from __future__ import annotations

from eid.audit import ActorKind, record_act
from eid.crypto.key_schedule import ScheduledKey
from eid.db import db
from eid.issuing_keys import CERTIFIED
from eid.keystore import AGENCIES, AuthorityUse, current_keystore
from eid.late_dataclasses import frozen
from eid.signing_keys import KeyUse, SigningKeys


@frozen
class SigningRotation:
    following: tuple[ScheduledKey, ...]
    """Published, and signing from their time on without anybody doing anything."""
    removed: tuple[str, ...]
    """Identifiers of the dead keys that are gone."""


def rotate_signing_keys(use: KeyUse, *, agency: str = "") -> SigningRotation:
    """Afterwards there is a next key for each algorithm of this use: a new one, or that of a rotation under way; with its
    certificate, where keys of this use have one. Committed. `agency` names whose keys they are, where not the service's."""
    keys = _keys_of(agency)
    following = tuple(keys.add_signing_keys(use))
    if use in CERTIFIED:
        current_keystore().issuing_keys.make_certificates(use)
    removed = tuple(key.kid for key in keys.remove_dead_keys(use))
    kids = [one.key.kid for one in following]
    record_act(
        "rotate_signing_keys", actor_kind=ActorKind.SYSTEM, actor="eid keys", use=name_use(use, agency), keys=kids
    )
    db.session.commit()
    return SigningRotation(following, removed)


def withdraw_signing_key(use: KeyUse, kid: str, *, agency: str = "") -> str:
    """Afterwards nothing that this key signed is to be believed, and another signs, with its certificate; returns that one's
    identifier. Committed. `agency` as in rotate_signing_keys. Raises NotFound: key_unknown."""
    keys = _keys_of(agency)
    alg = keys.withdraw_key(use, kid).key.alg
    if use in CERTIFIED:
        current_keystore().issuing_keys.make_certificates(use)
    used_for = name_use(use, agency)
    record_act("withdraw_signing_key", actor_kind=ActorKind.SYSTEM, actor="eid keys", use=used_for, key=kid)
    db.session.commit()
    return keys.find_signing_key(use, alg).kid


def name_use(use: KeyUse, agency: str = "") -> str:
    """What people call these keys by: the use, or the agency's folder."""
    return f"{AGENCIES}/{agency}" if agency else str(use)


def _keys_of(agency: str) -> SigningKeys:
    keystore = current_keystore()
    return keystore.find_agency_keys(agency) if agency else keystore.signing_keys


def rotate_authority(use: AuthorityUse) -> str:
    """Afterwards a new authority certifies whoever comes next; who is certified stays so. Returns its name. Committed."""
    keys = current_keystore().issuing_keys
    keys.find_authorities(use)
    subject = keys.add_authority(use).certificate.subject.rfc4514_string()
    record_act("rotate_authority", actor_kind=ActorKind.SYSTEM, actor="eid keys", use=str(use), subject=subject)
    db.session.commit()
    return subject
