"""SD-JWT VC (draft-ietf-oauth-sd-jwt-vc): credentials of a type (`vct`), `dc+sd-jwt`, verified. Issuing them is
eid.crypto.sd_jwt_vc_issuing's matter.

The issuer is known by a key that is given, or by the certificate in `x5c` under a root that is given. Type metadata and keys are
not fetched. What may be withheld and how is eid.crypto.withholding's and eid.crypto.sd_jwt's matter.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from eid.crypto.disclosures import Json
from eid.crypto.iaca import VerifiedIssuer, verify_issuer
from eid.crypto.jwt import LargeHeaders
from eid.crypto.sd_jwt import (
    SdJwt,
    VerifiedSdJwt,
    parse_sd_jwt,
    verify_presented,
    verify_sd_jwt,
)
from eid.crypto.status_list import StatusReference, VerifiedStatusList, check_status, parse_status
from eid.crypto.x509 import Certificate
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen

TYP = "dc+sd-jwt"
MEDIA_TYPE = "application/dc+sd-jwt"


@frozen
class VcTrust:
    """Who may have issued: by key, or by a root."""

    keys: Sequence[Mapping[str, Any]] = ()
    roots: Sequence[Certificate] = ()


@frozen
class VerifiedVc:
    vct: str
    token: VerifiedSdJwt
    status: StatusReference | None
    issuer: VerifiedIssuer | None = field(repr=False)
    """None where it was known by its key."""

    @property
    def claims(self) -> Mapping[str, Json]:
        return self.token.claims


@frozen
class Occasion:
    """To whom, and in answer to what, a credential is shown."""

    audience: str
    nonce: str


def verify_sd_jwt_vc(
    text: str,
    *,
    trust: VcTrust,
    expected_vct: str,
    now: datetime,
    expected_issuer: str | None = None,
    occasion: Occasion | None = None,
    status_list: VerifiedStatusList | None = None,
) -> VerifiedVc:
    """The credential of which all of this holds; else VerificationFailed with the step.

    1. It has the form of an SD-JWT, with a key binding exactly where an occasion is given (steps format, key_binding).
    2. Its signer is one of the keys, or, where it brings `x5c` and roots are given, has a certificate from one of these
       (steps key, certificate).
    3. The token holds: typ, signature, disclosures, issuer, times (RFC 9901, 7.1; eid.crypto.sd_jwt).
    4. It is shown by its holder on this occasion (RFC 9901, 7.3), where one is given.
    5. `vct` is there, signed openly, and the one expected (step vct).
    6. It says where its status stands, if anywhere, and where a list is given it stands there as valid (step status).
    """
    # (1)
    sd_jwt = parse_sd_jwt(text)
    if occasion is None and sd_jwt.key_binding is not None:
        raise VerificationFailed("key_binding", "key_binding_unexpected", "The credential was shown to somebody else.")
    # (2)
    keys, issuer = _find_keys(sd_jwt, trust, now)
    # (3)
    verified = verify_sd_jwt(
        sd_jwt, keys=keys, expected_typ=TYP, expected_issuer=expected_issuer, now=now, needs_kid=issuer is None
    )
    # (4)
    if occasion is not None:
        verify_presented(sd_jwt, verified, expected_audience=occasion.audience, expected_nonce=occasion.nonce, now=now)
    # (5)
    vct = verified.claims.get("vct")
    if not isinstance(vct, str) or vct != expected_vct:
        raise VerificationFailed("vct", "vct_mismatch", "The credential is of another type.")
    # (6)
    status = _check_status(verified.claims, status_list)
    return VerifiedVc(vct, verified, status, issuer)


def _find_keys(
    sd_jwt: SdJwt, trust: VcTrust, now: datetime
) -> tuple[Sequence[Mapping[str, Any]], VerifiedIssuer | None]:
    """The keys that may have signed; with a certificate, its key alone."""
    try:
        header = jws.extract_compact(sd_jwt.issuer_jwt.encode(), registry=LargeHeaders()).headers()
        chain = header.get("x5c")
        if not trust.roots or chain is None:
            return trust.keys, None
        if not isinstance(chain, list) or not all(isinstance(each, str) for each in chain):
            raise ValueError("x5c is no list")
        certificates = [b64decode(each, validate=True) for each in chain]
    except (JoseError, ValueError) as error:
        raise VerificationFailed("format", "sd_jwt_malformed", "This is no token with selective disclosure.") from error
    issuer = verify_issuer(certificates, anchors=trust.roots, at=now, usage=None)
    return [dict(ECKey.import_key(_spki_of(issuer)).as_dict(private=False))], issuer


def _spki_of(issuer: VerifiedIssuer) -> bytes:
    return (
        b"-----BEGIN PUBLIC KEY-----\n" + b64encode(issuer.certificate.raw_public_key) + b"\n-----END PUBLIC KEY-----\n"
    )


def _check_status(claims: Mapping[str, Json], status_list: VerifiedStatusList | None) -> StatusReference | None:
    if claims.get("status") is None and status_list is None:
        return None
    status = parse_status(claims.get("status"))
    if status_list is not None:
        check_status(status, status_list)
    return status
