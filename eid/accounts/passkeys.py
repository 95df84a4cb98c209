"""Passkeys (W3C Web Authentication, Level 3): adding, using and ending them; an account may have several.

What a browser sends is checked by the package `webauthn` as sections 7.1 and 7.2 have it. Challenges and their single use, the
account, and the counter of signatures are ours. The authenticator must have verified its user; nothing is asked about its make.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from eid.accounts.challenges import ChallengePurpose, record_challenge, spend_challenge
from eid.accounts.device_models import Passkey
from eid.accounts.devices import find_passkeys
from eid.accounts.levels import Factor
from eid.accounts.models import Account
from eid.accounts.security import prove_password
from eid.accounts.sessions import NewSession, Session, find_session
from eid.accounts.sign_in import begin_session_for, raise_session, refuse_sign_in
from eid.accounts.telling import tell_holder_everywhere
from eid.clock import wall_now
from eid.config import current_settings
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, VerificationFailed
from eid.events import PossessionChanged, post_event
from eid.late_dataclasses import frozen
from eid.population.service import find_person_by_id

MOST_PASSKEYS = 10
LONGEST_NAME = 64
LONGEST_CREDENTIAL = 8192
"""Characters of JSON; attestation, which would be longer, is not asked for."""

IF_NOT_YOU = "Neu khong phai ban, hay goi duong day nong."
ADDED_TEXT = "eid: Mot passkey moi vua duoc them vao tai khoan cua ban. "
ENDED_TEXT = "eid: Mot passkey cua tai khoan ban vua bi go bo. "
CLONED_TEXT = (
    "eid: Mot passkey cua ban vua bi tu choi vi co the da bi sao chep. Hay go bo passkey do trong phan bao mat. "
)


@frozen
class PasskeyWish:
    """What the browser's authenticator is asked, as JSON for navigator.credentials."""

    options: str


def begin_passkey(session: Session, *, password: str) -> PasskeyWish:
    """What a new passkey has to sign, committed, for a holder who has given the password again (its tries are counted).

    Raises Conflict where the account has as many as it may.
    """
    prove_password(session, password)
    return build_registration(session)


def build_registration(session: Session) -> PasskeyWish:
    """A fresh challenge for a new passkey of this account, committed; those that it has cannot be added twice."""
    known = find_passkeys(session.account_id)
    if len(known) >= MOST_PASSKEYS:
        raise Conflict("passkeys_many", "The account has ten passkeys; end one first.")
    person, drawn = find_person_by_id(session.person_id), _draw(ChallengePurpose.ADD_PASSKEY, session.account_id)
    options = generate_registration_options(
        rp_id=_rp_id(),
        rp_name="eid (simulation)",
        user_id=_user_handle(session.account_id),
        user_name=person.full_name,
        user_display_name=person.full_name,
        challenge=drawn,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known],
    )
    return PasskeyWish(options_to_json(options))


def add_passkey(session: Session, *, name: str, credential: str) -> None:
    """The account has one more passkey, and the holder was told.

    1. The credential is JSON with a challenge (Malformed) and a name says something.
    2. The challenge was drawn for adding a passkey to this account, is fresh and unused; now it is used.
    3. Type, challenge, origin, rpId, presence, verification and signature hold (Web Authentication, section 7.1).
    4. Nobody has this passkey yet, and the account has room for it; its row is held.
    """
    # (1)
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Malformed("passkey_name", "Give the passkey a name.", fields={"name": ["missing"]})
    sent, challenge = _read(credential)
    # (2)
    if spend_challenge(challenge, ChallengePurpose.ADD_PASSKEY) != session.account_id:
        raise VerificationFailed("challenge", "challenge_over", "This took too long, or was done already. Begin again.")
    # (3)
    try:
        verified = verify_registration_response(
            credential=sent,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_rp_id(),
            expected_origin=current_settings().public_url,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refuse(error) from error
    # (4)
    account = db.session.get_one(Account, session.account_id, with_for_update=True, populate_existing=True)
    if len(find_passkeys(account.id)) >= MOST_PASSKEYS:
        raise Conflict("passkeys_many", "The account has ten passkeys; end one first.")
    added = Passkey(
        account_id=account.id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name,
        backed_up=verified.credential_backed_up,
        added_at=wall_now(),
    )
    try:
        db.session.add(added)
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("passkey_known", "This passkey was added before.") from error
    post_event(PossessionChanged(session.account_id, session.person_id, "passkey", "create"))
    tell_holder_everywhere(account, ADDED_TEXT + IF_NOT_YOU, act="add_passkey")
    db.session.commit()


def end_passkey(session: Session, passkey_id: int) -> None:
    """The passkey signs nobody in any more, and the holder was told. Raises NotFound where it is not one of the account's."""
    mine = (Passkey.id == passkey_id) & (Passkey.account_id == session.account_id)
    ended: Any = db.session.execute(delete(Passkey).where(mine))
    if not ended.rowcount:
        raise NotFound("passkey_unknown", "This passkey is not yours, or has ended already.")
    post_event(PossessionChanged(session.account_id, session.person_id, "passkey", "delete"))
    tell_holder_everywhere(db.session.get_one(Account, session.account_id), ENDED_TEXT + IF_NOT_YOU, act="end_passkey")
    db.session.commit()


def open_passkey_sign_in() -> PasskeyWish:
    """What any passkey of ours has to sign to sign its holder in, committed; who that is, is not asked before."""
    options = generate_authentication_options(
        rp_id=_rp_id(),
        challenge=_draw(ChallengePurpose.USE_PASSKEY, None),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return PasskeyWish(options_to_json(options))


def begin_sign_in_by_passkey(credential: str, *, browser: str = "") -> NewSession:
    """A session of level 1 for the holder of the passkey that has signed.

    Raises Unauthenticated where the passkey is unknown or its account cannot be used; else as record_passkey_use.
    """
    account_id = record_passkey_use(credential, "begin_sign_in_by_passkey")
    return begin_session_for(account_id, [Factor.PASSKEY], act="begin_sign_in_by_passkey", browser=browser)


def complete_sign_in_by_passkey(token: str, credential: str) -> NewSession:
    """The session has shown a passkey of its account too, under a new token. Raises as begin_sign_in_by_passkey."""
    session, act = find_session(token), "complete_sign_in_by_passkey"
    record_passkey_use(credential, act, expected_account_id=session.account_id)
    return raise_session(token, Factor.PASSKEY, lambda: None, session, act=act)


def record_passkey_use(credential: str, act: str, *, expected_account_id: int | None = None) -> int:
    """The account whose passkey has signed; the caller commits its counter.

    1. The credential is JSON with a challenge and names a passkey (Malformed).
    2. The challenge was drawn for signing in, is fresh and unused; now it is used, whatever follows.
    3. The passkey is known, and the expected account's where one is expected; its row is held.
    4. Type, challenge, origin, rpId, presence, verification and signature hold (Web Authentication, section 7.2).
    5. Its counter went on, where it counts at all: one that did not is refused, and the holder is told (step 22 there).
    """
    # (1)
    sent, challenge = _read(credential)
    # (2)
    spend_challenge(challenge, ChallengePurpose.USE_PASSKEY)
    # (3)
    passkey = _hold(sent)
    if passkey is None or expected_account_id not in (None, passkey.account_id):
        raise refuse_sign_in(act, None, reason="the passkey is unknown or another account's")
    # (4)
    try:
        verified = verify_authentication_response(
            credential=sent,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_rp_id(),
            expected_origin=current_settings().public_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refuse(error) from error
    # (5)
    if verified.new_sign_count <= passkey.sign_count and (verified.new_sign_count or passkey.sign_count):
        account = db.session.get_one(Account, passkey.account_id)
        tell_holder_everywhere(account, CLONED_TEXT + IF_NOT_YOU, act="refuse_cloned_passkey")
        db.session.commit()
        raise VerificationFailed("counter", "passkey_cloned", "This passkey may have been copied; it was refused.")
    passkey.sign_count, passkey.last_used_at = verified.new_sign_count, wall_now()
    passkey.backed_up = verified.credential_backed_up
    return passkey.account_id


def _draw(purpose: ChallengePurpose, account_id: int | None) -> bytes:
    text = record_challenge(purpose, account_id).text
    db.session.commit()
    return base64url_to_bytes(text)


def _hold(sent: dict[str, Any]) -> Passkey | None:
    try:
        credential_id = base64url_to_bytes(sent["rawId"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    query = select(Passkey).where(Passkey.credential_id == credential_id)
    found: Passkey | None = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    return found


def _read(credential: str) -> tuple[dict[str, Any], str]:
    """The credential as JSON and the challenge that it says it signed."""
    try:
        sent = json.loads(credential[:LONGEST_CREDENTIAL])
        client_data = json.loads(base64url_to_bytes(sent["response"]["clientDataJSON"]))
        challenge = client_data["challenge"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _malformed() from error
    if not isinstance(challenge, str) or not isinstance(sent, dict):
        raise _malformed()
    return sent, challenge


def _rp_id() -> str:
    return urlsplit(current_settings().public_url).hostname or ""


def _user_handle(account_id: int) -> bytes:
    """Says nothing of the person (Web Authentication, section 14.6.1)."""
    return f"account-{account_id}".encode()


def _malformed() -> Malformed:
    return Malformed("passkey_malformed", "The browser sent no passkey that can be read.")


def _refuse(error: Exception) -> VerificationFailed:
    reason = f"{type(error).__name__}: {error}"[:200]
    return VerificationFailed("passkey", "passkey_refused", "The passkey's answer does not hold.", reason=reason)
