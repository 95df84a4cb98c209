"""Which keys requests prove to hold, each proof once: the sender of RFC 9449 and RFC 8705, sections 3 and 4."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from eid.clock import wall_now
from eid.crypto.nonces import build_nonce
from eid.db import db, insert_unless_present
from eid.errors import OAuthError, VerificationFailed
from eid.keystore import SecretUse, current_keystore
from eid.oauth.dpop import NONCE_LABEL, PROOF_KEPT, VerifiedProof, verify_dpop_proof
from eid.oauth.models import Client, DpopProof
from eid.oauth.profiles import rules_of
from eid.oauth.sender import DPOP, UNBOUND, Confirmation, Sender, challenge
from eid.randomness import random_bytes


def make_dpop_nonce() -> str:
    """A nonce for the client's next proof (RFC 9449, section 8.2), good for five minutes."""
    return build_nonce(NONCE_LABEL, secret=_nonce_secret(), randomness=random_bytes(16), now=wall_now())


def record_sender(client: Client, sender: Sender) -> Confirmation:
    """What tokens that this request asks for are to be bound to; the caller commits, and with that the proof is spent.

    1. A proof, where there is one, holds, and bears a nonce of ours: it comes with no token that it could be bound to.
    2. Without a proof it is the certificate of the connection, where the client registered that or must be bound to something.
    3. A client whose tokens must be bound has shown one of them (FAPI 2.0 Security Profile, section 5.3.2.1).

    Raises OAuthError: invalid_dpop_proof, use_dpop_nonce, invalid_request.
    """
    # (1)
    if sender.shown.proofs and not client.tls_client_certificate_bound_access_tokens:
        return Confirmation(jkt=_record_proof(sender, now=wall_now()))
    # (2)
    must_bind = rules_of(client.profile).must_bind_tokens
    if sender.certificate is not None and (client.tls_client_certificate_bound_access_tokens or must_bind):
        return Confirmation(certificate=sender.certificate)
    # (3)
    if client.dpop_bound_access_tokens or client.tls_client_certificate_bound_access_tokens or must_bind:
        raise OAuthError("invalid_request", "This client must prove a key that its tokens are bound to.")
    return UNBOUND


def record_named_key(sender: Sender) -> str | None:
    """The key that a client proves when it pushes a request, if it proves one (RFC 9449, section 10.1).

    Commits: reading the request may have to ask for the client's keys, and meanwhile no transaction is held.
    """
    if not sender.shown.proofs:
        return None
    jkt = _record_proof(sender, now=wall_now())
    db.session.commit()
    return jkt


def record_shown(token: str, bound: Confirmation, sender: Sender) -> None:
    """Whoever sends this token holds the key that it is bound to. Commits: the proof is spent whatever comes of the request.

    1. A token bound to a DPoP key comes with the scheme DPoP, and no other token does (RFC 9449, sections 7.1 and 7.2).
    2. Its proof holds, for this token, and was not sent before; or it did so earlier in this request.
    3. The proof is by the key that the token is bound to.
    4. A token bound to a certificate comes over a connection with that certificate (RFC 8705, section 3).

    Raises OAuthError (401): invalid_token, invalid_dpop_proof, use_dpop_nonce.
    """
    # (1)
    if (sender.scheme == DPOP) != (bound.jkt is not None):
        raise refuse_token(sender, reason=f"a {bound.token_type} token by the scheme {sender.scheme}")
    # (2)
    jkt = sender.proven.jkt if sender.proven else None
    if bound.jkt is not None and jkt is None:
        jkt = _record_proof(sender, now=wall_now(), access_token=token)
        db.session.commit()
    # (3)
    if jkt != bound.jkt:
        raise refuse_token(sender, reason="bound to another key")
    # (4)
    if bound.certificate is not None and bound.certificate != sender.certificate:
        raise refuse_token(sender, reason="bound to another certificate")


def refuse_token(sender: Sender, *, reason: str = "") -> OAuthError:
    """RFC 6750, section 3.1. One sentence, whatever is wrong with the token."""
    return OAuthError(
        "invalid_token",
        "The access token is unknown, expired or revoked.",
        reason=reason,
        status=401,
        challenge=challenge(sender.scheme, "invalid_token"),
    )


def _record_proof(sender: Sender, *, now: datetime, access_token: str | None = None) -> str:
    """The thumbprint of the key that the request proves; the proof is spent when the caller commits."""
    try:
        proof = verify_dpop_proof(
            sender.shown,
            nonce_secret=_nonce_secret(),
            needs_nonce=access_token is None,
            now=now,
            access_token=access_token,
        )
        _record_spent(proof, now)
    except VerificationFailed as failure:
        raise _refuse(failure, has_token=access_token is not None) from failure
    return proof.jkt


def _record_spent(proof: VerifiedProof, now: datetime) -> None:
    """One proof in 256 clears away those that nobody could send again, so that no request has to wait for it."""
    if proof.digest[0] == 0:
        db.session.execute(delete(DpopProof).where(DpopProof.expires_at <= now))
    if not insert_unless_present(DpopProof, digest=proof.digest, expires_at=now + PROOF_KEPT):
        raise VerificationFailed("jti", "invalid_dpop_proof", "The proof was used before.")


def _refuse(failure: VerificationFailed, *, has_token: bool) -> OAuthError:
    """400 where tokens are given (RFC 9449, section 5), 401 with a challenge where they are shown (section 7.1)."""
    return OAuthError(
        failure.code,
        failure.detail,
        reason=f"{failure.step} {failure.reason}".strip(),
        status=401 if has_token else 400,
        challenge=challenge(DPOP, failure.code) if has_token else "",
    )


def _nonce_secret() -> bytes:
    return current_keystore().find_secret(SecretUse.LOOKUPS)
