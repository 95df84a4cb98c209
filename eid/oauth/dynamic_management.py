"""Clients that read, change and end their own registration (RFC 7592, section 2), each with a token of its own."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from eid.audit import ActorKind, record_act
from eid.db import db
from eid.errors import NotFound, OAuthError
from eid.oauth.client_authentication import check_client_secret
from eid.oauth.client_metadata import HASHED_SECRETS, SECRETS
from eid.oauth.client_suspension import hold_client, record_client_ended, record_tokens_ended
from eid.oauth.clients import check_columns, find_client
from eid.oauth.dynamic_metadata import (
    describe_dynamic_client,
    read_test_client,
    refuse_registration_token,
    told_as_registration_error,
    with_statement,
)
from eid.oauth.dynamic_registration import record_registration_token, record_wait
from eid.oauth.models import Client
from eid.oauth.opaque import digest_of
from eid.oauth.owned_secrets import record_new_secret

_OURS = frozenset(
    {"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}
)
"""RFC 7592, section 2.2: a client does not send these."""


def read_dynamic_client(client_id: str, *, token: str) -> dict[str, Any]:
    """The registration as it is now (RFC 7592, section 2.1); its secret is not known here. Raises OAuthError: invalid_token."""
    return describe_dynamic_client(_find_managed(client_id, token), token=token)


def change_dynamic_client(client_id: str, document: Mapping[str, Any], *, token: str) -> dict[str, Any]:
    """The registration is what the document says, and as usual where it says nothing (RFC 7592, section 2.2); committed.

    1. The token is that of the client, which the document names; it sends nothing that is ours to say.
    2. What is asked for can be a client; addresses are asked while nothing is held.
    3. The token is the client's still. It gets another one, and another secret; the secret before is good for seven days more.
    4. Where it may less than before, what it was given ends.

    Raises OAuthError as register_dynamic_client.
    """
    # (1)
    client = _find_managed(client_id, token)
    _check_update(client, document)
    # (2)
    columns = read_test_client(with_statement(document))
    db.session.rollback()
    with told_as_registration_error():
        sector = check_columns(columns, client_id=client_id)
    # (3)
    client = _hold_managed(client_id, token)
    before = {*client.scopes, *client.redirect_uris}
    is_kind_kept = (client.auth_method in HASHED_SECRETS) == (columns["auth_method"] in HASHED_SECRETS)
    for name, value in columns.items():
        setattr(client, name, value)
    client.sector = sector
    secret = _record_changed_secret(client, is_kind_kept=is_kind_kept)
    new_token = record_registration_token(client)
    # (4)
    if not before <= {*client.scopes, *client.redirect_uris}:
        record_tokens_ended(client)
    record_wait(client)
    _record("change_dynamic_client", client)
    db.session.commit()
    return describe_dynamic_client(client, secret=secret, token=new_token)


def end_dynamic_client(client_id: str, *, token: str) -> None:
    """The client is no more, and what it was given has ended (RFC 7592, section 2.3); committed. Raises OAuthError:
    invalid_token."""
    client = _hold_managed(client_id, token)
    record_client_ended(client)
    _record("end_dynamic_client", client)
    db.session.commit()


def _find_managed(client_id: str, token: str) -> Client:
    try:
        return _check_managed(find_client(client_id), token)
    except NotFound as unknown:
        raise refuse_registration_token() from unknown


def _hold_managed(client_id: str, token: str) -> Client:
    try:
        return _check_managed(hold_client(client_id), token)
    except NotFound as unknown:
        raise refuse_registration_token() from unknown


def _check_managed(client: Client, token: str) -> Client:
    digest = client.registration_token_digest
    if digest is None or not compare_digest(digest, digest_of(token)):
        raise refuse_registration_token()
    return client


def _check_update(client: Client, document: Mapping[str, Any]) -> None:
    if document.get("client_id") != client.client_id or _OURS & document.keys():
        raise OAuthError("invalid_client_metadata", "An update names its client_id, and nothing that is ours to say.")
    secret = document.get("client_secret")
    if secret is not None:
        try:
            check_client_secret(client, secret if isinstance(secret, str) else "")
        except OAuthError as wrong:
            raise OAuthError("invalid_client_metadata", "The client_secret is not that of the client.") from wrong


def _record_changed_secret(client: Client, *, is_kind_kept: bool) -> str | None:
    if not is_kind_kept or client.auth_method not in SECRETS:
        client.secret_digest = client.sealed_secret = None
        client.previous_secret_digest = client.previous_sealed_secret = None
    return record_new_secret(client) if client.auth_method in SECRETS else None


def _record(act: str, client: Client) -> None:
    record_act(act, actor_kind=ActorKind.CLIENT, actor=client.client_id)
