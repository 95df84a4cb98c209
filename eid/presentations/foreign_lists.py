"""Status lists of other issuers, whose signer is known by its certificate (draft Token Status List, section 8.3). Pure."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

from joserfc.jwk import ECKey

from eid.crypto.iaca import verify_issuer
from eid.crypto.jwt import verify_signature
from eid.crypto.status_list import (
    TYP,
    StatusReference,
    VerifiedStatusList,
    check_list_times,
    check_status,
    parse_status_list,
)
from eid.crypto.x509 import Certificate
from eid.errors import VerificationFailed
from eid.presentations.unverified import read_unverified


def check_foreign_status(token: str, status: StatusReference, *, roots: Sequence[Certificate], now: datetime) -> None:
    """Raise VerificationFailed unless the list of this token holds, is the one meant, and says valid at this place."""
    chain = read_unverified(token)[0].get("x5c")
    try:
        certificates = [b64decode(each, validate=True) for each in chain or ()]
    except (TypeError, ValueError) as error:
        raise VerificationFailed("status", "status_list_malformed", "The status list cannot be read.") from error
    issuer = verify_issuer(certificates, anchors=roots, at=now, usage=None)
    pem = (
        b"-----BEGIN PUBLIC KEY-----\n" + b64encode(issuer.certificate.raw_public_key) + b"\n-----END PUBLIC KEY-----\n"
    )
    key = dict(ECKey.import_key(pem).as_dict(private=False))
    claims = verify_signature(token, keys=[key], expected_typ=TYP, needs_kid=False).claims
    if claims.get("sub") != status.uri:
        raise VerificationFailed("status_uri", "status_list_uri", "The status list is another one.")
    times = check_list_times(claims, now)
    check_status(status, VerifiedStatusList(status.uri, parse_status_list(claims.get("status_list")), *times))
