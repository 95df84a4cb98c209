"""What a registration says about a client's keys and how it proves itself (RFC 7591, section 2; OpenID Connect Registration,
section 2; RFC 8705), checked before anything is kept. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from eid.crypto.jwe import CONTENT_ENCRYPTION, KEY_MANAGEMENT, find_encryption_key
from eid.crypto.jwks import parse_jwk_set
from eid.crypto.keys import ES256, SIGNING_ALGORITHMS
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.oauth.client_assertions import ALGORITHMS, SECRET_ALGORITHMS, STRICT_ALGORITHMS
from eid.oauth.client_certificates import check_subject
from eid.oauth.models import STRICT_PROFILES, AuthMethod, Profile

HASHED_SECRETS = (AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST)
SECRETS = (*HASHED_SECRETS, AuthMethod.SECRET_JWT)
TLS_METHODS = (AuthMethod.TLS, AuthMethod.SELF_SIGNED_TLS)
STRICT_METHODS = (AuthMethod.PRIVATE_KEY_JWT, *TLS_METHODS)
"""FAPI 2.0 Security Profile, section 5.3.2.1."""
METHODS_OF = {Profile.FAPI2: STRICT_METHODS, Profile.HAIP: (AuthMethod.ATTESTATION,)}
"""How clients of strict profiles prove themselves; those of others as they like."""
ALWAYS_SUPPORTED = (*SECRETS, AuthMethod.PRIVATE_KEY_JWT, AuthMethod.ATTESTATION, AuthMethod.NONE)

_WITH_KEYS = (AuthMethod.PRIVATE_KEY_JWT, AuthMethod.SELF_SIGNED_TLS)


@frozen
class ClientKeys:
    """The public keys of a client, or where they are, what it signs with, and what its certificate says."""

    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    tls_subject_kind: str | None = None
    tls_subject: str | None = None


NO_KEYS = ClientKeys()


@frozen
class ResponseAlgorithms:
    """How what a client is given is signed and encrypted; None where it is not (OpenID Connect Registration, section 2)."""

    id_token_signed_response_alg: str = ES256
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None


USUAL_ALGORITHMS = ResponseAlgorithms()


def signing_algorithms(profile: str, auth_method: str) -> tuple[str, ...]:
    """With which assertions a client may prove itself; none where it does so otherwise."""
    if auth_method == AuthMethod.SECRET_JWT:
        return SECRET_ALGORITHMS
    if auth_method == AuthMethod.PRIVATE_KEY_JWT:
        return STRICT_ALGORITHMS if profile in STRICT_PROFILES else ALGORITHMS
    return ()


def supported_methods(*, has_proxies: bool, has_authorities: bool) -> tuple[AuthMethod, ...]:
    """How clients can prove themselves: by certificates only where somebody tells us of them, and vouches for them."""
    by_certificate = (
        ((AuthMethod.TLS,) if has_authorities else ()) + (AuthMethod.SELF_SIGNED_TLS,) if has_proxies else ()
    )
    return (*ALWAYS_SUPPORTED[:-1], *by_certificate, AuthMethod.NONE)


def check_client_keys(
    keys: ClientKeys,
    *,
    profile: Profile,
    auth_method: AuthMethod,
    supported: Collection[AuthMethod] = ALWAYS_SUPPORTED,
) -> None:
    """Raise Malformed unless such a client can prove itself in this way, and strongly enough for its profile.

    Codes: client_auth_unsupported, client_auth_weak, jwks_both, jwks_missing, those of parse_jwk_set, client_auth_alg,
    tls_subject.
    """
    if auth_method not in supported:
        raise Malformed(
            "client_auth_unsupported",
            "Clients cannot prove themselves in this way here; the discovery document lists the ways.",
            reason=auth_method,
        )
    if profile is Profile.FAPI2 and auth_method not in STRICT_METHODS:
        raise Malformed(
            "client_auth_weak", "With profile fapi2 a client proves itself by a key of its own or by a certificate."
        )
    if profile is Profile.HAIP and auth_method is not AuthMethod.ATTESTATION:
        raise Malformed("client_auth_weak", "With profile haip a wallet is attested by its provider.")
    if keys.jwks is not None and keys.jwks_uri is not None:
        raise Malformed("jwks_both", "A client's keys are in jwks or at jwks_uri, not both.")
    if auth_method in _WITH_KEYS and keys.jwks is None and keys.jwks_uri is None:
        raise Malformed(
            "jwks_missing", "A client that proves itself by its keys needs jwks or jwks_uri.", reason=auth_method
        )
    _check_signing(keys, profile, auth_method)
    _check_subject(keys, auth_method)


def _check_signing(keys: ClientKeys, profile: Profile, auth_method: AuthMethod) -> None:
    allowed = signing_algorithms(profile, auth_method)
    alg = keys.token_endpoint_auth_signing_alg
    if alg is not None and alg not in allowed:
        raise Malformed(
            "client_auth_alg",
            "Assertions of this client cannot be signed with that algorithm.",
            reason=f"{alg} is not {' or '.join(allowed) or 'possible'}",
        )
    found = () if keys.jwks is None else parse_jwk_set(keys.jwks)
    if keys.jwks is None or auth_method not in _WITH_KEYS:
        return
    fitting = [one for one in allowed if alg in (None, one)]
    if not found or (fitting and not any(key.fits(one) for key in found for one in fitting)):
        raise Malformed(
            "jwks_missing",
            "None of the client's keys is for what it proves itself by.",
            reason=" or ".join(fitting) or auth_method,
        )


def _check_subject(keys: ClientKeys, auth_method: AuthMethod) -> None:
    """RFC 8705, section 2.1.2: exactly one of the five."""
    given = keys.tls_subject_kind is not None or keys.tls_subject is not None
    if given != (auth_method is AuthMethod.TLS):
        raise Malformed("tls_subject", "Only a client that uses tls_client_auth names its certificate's subject, once.")
    if given:
        check_subject(keys.tls_subject_kind or "", keys.tls_subject or "")


def check_response_algorithms(algorithms: ResponseAlgorithms, keys: ClientKeys, *, profile: Profile) -> None:
    """Raise Malformed (response_alg, response_enc, jwks_missing) unless such answers can be given to a client with these keys."""
    allowed = [alg for alg in SIGNING_ALGORITHMS if profile is Profile.BASIC or alg in STRICT_ALGORITHMS]
    for signed in (algorithms.id_token_signed_response_alg, algorithms.userinfo_signed_response_alg):
        if signed is not None and signed not in allowed:
            raise Malformed(
                "response_alg",
                "Answers to this client cannot be signed with that algorithm.",
                reason=" or ".join(allowed),
            )
    for alg, enc in (
        (algorithms.id_token_encrypted_response_alg, algorithms.id_token_encrypted_response_enc),
        (algorithms.userinfo_encrypted_response_alg, algorithms.userinfo_encrypted_response_enc),
    ):
        _check_encryption(alg, enc, keys)


def _check_encryption(alg: str | None, enc: str | None, keys: ClientKeys) -> None:
    if alg is None and enc is None:
        return
    if alg not in KEY_MANAGEMENT or enc not in CONTENT_ENCRYPTION:
        raise Malformed(
            "response_enc",
            "Answers cannot be encrypted in that way; name an alg and an enc that the discovery document lists.",
        )
    if keys.jwks is None and keys.jwks_uri is None:
        raise Malformed("jwks_missing", "A client whose answers are encrypted needs jwks or jwks_uri.")
    if keys.jwks is not None:
        _check_encryption_key(keys.jwks, alg)


def _check_encryption_key(jwks: Mapping[str, Any], alg: str) -> None:
    try:
        find_encryption_key(parse_jwk_set(jwks), alg)
    except VerificationFailed as missing:
        raise Malformed(
            "jwks_missing", "None of the client's keys is one that its answers can be encrypted with.", reason=alg
        ) from missing
