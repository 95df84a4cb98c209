"""Credentials of a paper, one for each key of a wallet, in the format that was asked for. Pure.

Whatever judges a credential cannot be withheld (SD-JWT VC, 2.2.2.2), everything else can. Times are whole hours and salts are
fresh, so that two credentials of one batch share nothing but the issuer's part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from eid.crypto.cose import cose_key_of_jwk
from eid.crypto.holders import Holder
from eid.crypto.mdoc import Elements, Validity
from eid.crypto.mdoc_issuing import MdocSigner, issue_mdocs
from eid.crypto.sd_jwt_vc_issuing import VcSigner, issue_sd_jwt_vcs
from eid.late_dataclasses import frozen

DECOYS = 4


@frozen
class Times:
    issued_at: datetime
    expires_at: datetime


def build_vcs(
    content: Mapping[str, Any],
    holders: Sequence[Holder],
    *,
    vct: str,
    issuer: str,
    times: Times,
    signer: VcSigner,
    rng: Random,
) -> list[str]:
    """SD-JWT VCs without key binding, as a wallet is given them."""
    judged = {
        "iss": issuer,
        "iat": int(times.issued_at.timestamp()),
        "exp": int(times.expires_at.timestamp()),
    }
    claims, withheld = {**judged, **content}, list(zip(content))
    return issue_sd_jwt_vcs(claims, holders, vct=vct, withheld=withheld, signer=signer, rng=rng, decoys=DECOYS)


def build_mdocs(
    elements: Elements, holders: Sequence[Holder], *, doc_type: str, times: Times, signer: MdocSigner, rng: Random
) -> list[bytes]:
    """IssuerSigned in CBOR."""
    validity = Validity(times.issued_at, times.issued_at, times.expires_at)
    bound = [Holder(cose_key_of_jwk(key or {}), status) for key, status in holders]
    return issue_mdocs(elements, bound, doc_type=doc_type, validity=validity, signer=signer, rng=rng)
