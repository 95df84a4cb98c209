"""Wallets that nobody registered: whoever was shown an offer and told its code may take it, whatever program they use
(OpenID4VCI 1.0, section 12.3: pre-authorized_grant_anonymous_access_supported)."""

from __future__ import annotations

from eid.clock import wall_now
from eid.db import db, insert_unless_present
from eid.errors import NotFound
from eid.oauth.clients import find_client
from eid.oauth.models import ApplicationType, AuthMethod, Client, Profile

ANONYMOUS = "anonymous-wallet"


def find_anonymous_wallet() -> Client:
    """What stands for all of them: a client that nobody can be led back to, so that it takes offers and does nothing else.

    It is added where it is missing, and that is committed.
    """
    try:
        return find_client(ANONYMOUS)
    except NotFound:
        _record_anonymous_wallet()
        db.session.commit()
    return find_client(ANONYMOUS)


def _record_anonymous_wallet() -> None:
    insert_unless_present(
        Client,
        client_id=ANONYMOUS,
        name="Ví điện tử",
        foreign_name="A wallet app",
        purpose="Giữ giấy tờ trên thiết bị của bạn",
        profile=Profile.BASIC,
        application_type=ApplicationType.NATIVE,
        auth_method=AuthMethod.NONE,
        redirect_uris=[],
        scopes=[],
        required_scopes=[],
        default_level="LoA2",
        sector=ANONYMOUS,
        registered_at=wall_now(),
    )


def is_anonymous(client: Client) -> bool:
    return client.client_id == ANONYMOUS
