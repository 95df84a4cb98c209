"""What a registration says about requests and tokens (RFC 7591, section 2, and the specifications that add to it). Pure."""

from __future__ import annotations

from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.oauth.models import TokenFormat
from eid.oauth.resources import MAX_RESOURCES, check_resource_registrable


@frozen
class ClientChoices:
    """What a client binds itself to beyond its profile, and what it wants."""

    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    access_token_format: TokenFormat = TokenFormat.OPAQUE
    resources: tuple[str, ...] = ()


USUAL_CHOICES = ClientChoices()


def check_client_choices(choices: ClientChoices, *, has_keys: bool) -> None:
    """Raise Malformed: choices_contradict, resource_not_allowed."""
    if choices.dpop_bound_access_tokens and choices.tls_client_certificate_bound_access_tokens:
        raise Malformed("choices_contradict", "Tokens are bound by DPoP or to a certificate, not to both.")
    if choices.require_signed_request_object and not has_keys:
        raise Malformed("choices_contradict", "A client that signs its requests needs keys.")
    if len(choices.resources) > MAX_RESOURCES:
        raise Malformed("resource_not_allowed", "A client has at most eight resources.")
    for resource in choices.resources:
        check_resource_registrable(resource)
