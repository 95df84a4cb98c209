"""Whether an access token covers a credential: by a credential identifier that came with it, or by scope (OpenID4VCI 1.0, section
8.2). Pure."""

from __future__ import annotations

from eid.credentials.configurations import CONFIGURATIONS, Configuration
from eid.credentials.wallet_requests import CredentialRequest, refused
from eid.oauth.tokens import AccessGrant, refuse_scope


def check_granted(grant: AccessGrant, request: CredentialRequest) -> Configuration:
    """The configuration that is asked for and that the token covers, by identifier or by scope (section 8.2).

    Raises OAuthError: unknown_credential_identifier, unknown_credential_configuration, invalid_credential_request where the token
    names identifiers and the request does not, insufficient_scope.
    """
    if request.identifier is not None:
        found = grant.release.find_credential(request.identifier)
        if found is None:
            raise refused("unknown_credential_identifier", "No credential that was granted has this identifier.")
        return CONFIGURATIONS[found]
    configuration = CONFIGURATIONS.get(str(request.configuration))
    if configuration is None:
        raise refused("unknown_credential_configuration", "There is no credential of this configuration.")
    _check_scope(grant, configuration)
    return configuration


def check_still_granted(grant: AccessGrant, configuration: Configuration) -> None:
    """Raise OAuthError: insufficient_scope unless the token covers what was asked for with this or another token before."""
    if not _is_named(grant, configuration) and not _is_in_scope(grant, configuration):
        raise refuse_scope(grant.scheme, configuration.scope)


def _check_scope(grant: AccessGrant, configuration: Configuration) -> None:
    if _is_in_scope(grant, configuration):
        return
    if _is_named(grant, configuration):
        raise refused("invalid_credential_request", "Name the credential by its identifier.")
    raise refuse_scope(grant.scheme, configuration.scope)


def _is_in_scope(grant: AccessGrant, configuration: Configuration) -> bool:
    return configuration.scope in grant.scopes and grant.release.allows(configuration.scope)


def _is_named(grant: AccessGrant, configuration: Configuration) -> bool:
    return any(one.get("credential_configuration_id") == configuration.id for one in grant.release.details)
