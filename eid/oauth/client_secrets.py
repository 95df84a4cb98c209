"""Secrets that clients sign with (client_secret_jwt): sealed, because whoever verifies such a signature needs the secret."""

from __future__ import annotations

from datetime import datetime

from joserfc.jwk import OctKey
from sqlalchemy import select

from eid.accounts.sealing_rotation import SealedColumn
from eid.crypto.jwks import PublicKey
from eid.crypto.sealing import NONCE_BYTES, read_head, seal_secret, unseal_secret
from eid.keystore import SecretUse, current_keystore
from eid.oauth.models import Client
from eid.randomness import random_bytes


def seal_client_secret(secret: str, client_id: str) -> bytes:
    """The secret as it is stored: sealed under the newest key, readable for this client alone."""
    key = current_keystore().find_secret(SecretUse.SEALING)
    return seal_secret(secret.encode(), key=key, nonce=random_bytes(NONCE_BYTES), context=_context(client_id))


def is_previous_good(client: Client, now: datetime) -> bool:
    """Whether the secret before the current one still counts."""
    return client.previous_secret_until is not None and now < client.previous_secret_until


def find_secret_keys(client: Client, *, now: datetime) -> tuple[PublicKey, ...]:
    """What this client's assertions may be signed with: the octets of its secret (OpenID Connect Core, section 10.1), and of the
    one before while that is good as well."""
    sealed = (client.sealed_secret, client.previous_sealed_secret if is_previous_good(client, now) else None)
    return tuple(_open(one, client.client_id) for one in sealed if one is not None)


def _open(sealed: bytes, client_id: str) -> PublicKey:
    key = current_keystore().find_sealing_key(read_head(sealed))
    return PublicKey(OctKey.import_key(unseal_secret(sealed, key=key, context=_context(client_id))))


def reseal_client_secret(sealed: bytes, client_id: str) -> bytes:
    """The same secret under the newest key. Raises VerificationFailed (step `seal`)."""
    key = current_keystore().find_sealing_key(read_head(sealed))
    return seal_client_secret(unseal_secret(sealed, key=key, context=_context(client_id)).decode(), client_id)


def _context(client_id: str) -> str:
    return f"client-secret:{client_id}"


SEALED_COLUMNS = tuple(
    SealedColumn(Client, column, select(Client.id, column, Client.client_id), reseal_client_secret)
    for column in (Client.sealed_secret, Client.previous_sealed_secret)
)
"""What the rotation of sealing keys has to seal anew."""
