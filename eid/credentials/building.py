"""One credential of a paper for one key, in the format that was asked for. Pure.

Whatever judges a credential cannot be withheld (SD-JWT VC, 2.2.2.2), everything else can. Times are whole hours and salts are
fresh, so that two credentials of one batch share nothing but the issuer's part.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from eid.crypto.cose import cose_key_of_jwk
from eid.crypto.mdoc import Elements, MdocSigner, Validity, build_issuer_signed
from eid.crypto.sd_jwt_vc import VcSigner, build_sd_jwt_vc
from eid.crypto.status_list import StatusReference

DECOYS = 4


@dataclass(frozen=True)
class Times:
    issued_at: datetime
    expires_at: datetime


def build_vc(
    content: Mapping[str, Any],
    *,
    vct: str,
    issuer: str,
    holder_key: Mapping[str, Any],
    status: StatusReference,
    times: Times,
    signer: VcSigner,
    rng: Random,
) -> str:
    """An SD-JWT VC without key binding, as a wallet is given it."""
    judged = {
        "iss": issuer,
        "iat": int(times.issued_at.timestamp()),
        "exp": int(times.expires_at.timestamp()),
    }
    credential = build_sd_jwt_vc(
        {**judged, **content},
        vct=vct,
        withheld=[(name,) for name in content],
        signer=signer,
        rng=rng,
        holder_key=holder_key,
        status=status,
        decoys=DECOYS,
    )
    return str(credential)


def build_mdoc(
    elements: Elements,
    *,
    doc_type: str,
    holder_key: Mapping[str, Any],
    status: StatusReference,
    times: Times,
    signer: MdocSigner,
    rng: Random,
) -> str:
    """IssuerSigned as unpadded base64url (OpenID4VCI 1.0, appendix A.2.4)."""
    issued = build_issuer_signed(
        elements,
        doc_type=doc_type,
        device_key=cose_key_of_jwk(holder_key),
        validity=Validity(times.issued_at, times.issued_at, times.expires_at),
        signer=signer,
        rng=rng,
        status=status,
    )
    return urlsafe_b64encode(issued).rstrip(b"=").decode()
