"""How strict the provider is with a client, as one table of what each profile demands. Pure.

`fapi2` is the FAPI 2.0 Security Profile; the section of it stands beside each rule. `haip`, for wallets, rests on it and
differs in how a client proves itself (HAIP 1.0, section 4). What is demanded of everybody is not here:
response type `code`, PKCE with S256, exact redirect URIs, codes that live for 60 seconds and work once, `iss` in each answer.
"""

from __future__ import annotations

from eid.late_dataclasses import frozen
from eid.oauth.client_assertions import ALGORITHMS, STRICT_ALGORITHMS
from eid.oauth.client_metadata import METHODS_OF
from eid.oauth.models import AuthMethod, Profile


@frozen
class ProfileRules:
    """What is demanded of a client; everything that is weaker is refused."""

    auth_methods: tuple[AuthMethod, ...]
    """How it may prove itself (section 5.3.2.1). Checked where it is registered."""
    signing_algorithms: tuple[str, ...]
    """With what it may sign assertions and request objects (section 5.4.1)."""
    must_push: bool
    """Authorization requests come by PAR (section 5.3.2.2)."""
    must_bind_tokens: bool
    """Access tokens are bound to a key, by DPoP or by a certificate (section 5.3.2.1)."""
    must_bound_request_objects: bool
    """A request object says whom it is for and from when until when (Message Signing, section 5.3.1)."""
    rotates_refresh_tokens: bool
    """Every use of a refresh token gives the next one. Where the client proves itself by a key that is not needed, and without
    it no lost answer costs the grant (section 5.3.2.1)."""


RULES: dict[str, ProfileRules] = {
    Profile.BASIC: ProfileRules(
        auth_methods=tuple(AuthMethod),
        signing_algorithms=ALGORITHMS,
        must_push=False,
        must_bind_tokens=False,
        must_bound_request_objects=False,
        rotates_refresh_tokens=True,
    ),
    **{
        profile: ProfileRules(
            auth_methods=METHODS_OF[profile],
            signing_algorithms=STRICT_ALGORITHMS,
            must_push=True,
            must_bind_tokens=True,
            must_bound_request_objects=True,
            rotates_refresh_tokens=False,
        )
        for profile in (Profile.FAPI2, Profile.HAIP)
    },
}


def rules_of(profile: str) -> ProfileRules:
    return RULES[profile]
