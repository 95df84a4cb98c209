"""What a wallet can ask for that services cannot: the identity card, to keep it. Pure."""

from __future__ import annotations

from eid.credentials.configurations import IDENTITY_SCOPE, list_configurations_of
from eid.credentials.identity import IDENTITY
from eid.oauth.claims import Attribute, Scope

WALLET_SCOPES: tuple[Scope, ...] = (
    Scope(
        name=IDENTITY_SCOPE,
        title=IDENTITY.share_title,
        attributes=tuple(Attribute(one.label) for one in IDENTITY.attributes),
        credentials=list_configurations_of(IDENTITY),
    ),
)
"""It gives a service no claims: those are the scopes `identity` and `profile`."""
