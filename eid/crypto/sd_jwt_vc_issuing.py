"""SD-JWT VC (draft-ietf-oauth-sd-jwt-vc), the issuer's side: one credential, or many that are the same but for the
holder's key.

What may be withheld and how is eid.crypto.withholding's matter.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.disclosures import Json, encode, encode_octets, quote, write_members
from eid.crypto.es256 import sign_es256
from eid.crypto.holders import Holder
from eid.crypto.keys import SigningKey
from eid.crypto.sd_jwt import NEVER_DISCLOSED, SdJwt, parse_sd_jwt
from eid.crypto.sd_jwt_vc import TYP
from eid.crypto.status_list import StatusReference
from eid.crypto.withholding import Path, WithheldClaims
from eid.late_dataclasses import frozen


@frozen
class VcSigner:
    """A key of P-256, and the certificate that goes with it in DER where there is one."""

    key: SigningKey
    certificate: bytes | None = None

    @property
    def x5c(self) -> list[str]:
        """The header parameter (RFC 7515, 4.1.6), empty where there is no certificate; without the root's (HAIP, 6.1.1)."""
        return [] if self.certificate is None else [b64encode(self.certificate).decode()]

    @cached_property
    def header(self) -> bytes:
        """The protected header's segment and the point after it, the same for all that it signs."""
        header: dict[str, Any] = {"alg": "ES256", "typ": TYP, "kid": self.key.kid}
        if self.x5c:
            header["x5c"] = self.x5c
        return encode(json.dumps(header, separators=(",", ":")).encode()).encode() + b"."

    def sign(self, payload: bytes) -> bytes:
        """A compact JWS (RFC 7515, 7.1)."""
        signed = self.header + encode_octets(payload)
        key = self.key.private_key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return signed + b"." + encode_octets(sign_es256(key, signed))


def issue_sd_jwt_vcs(
    claims: Mapping[str, Json],
    holders: Sequence[Holder],
    *,
    vct: str,
    withheld: Collection[Path],
    signer: VcSigner,
    rng: Random,
    decoys: int = 0,
) -> list[str]:
    """Credentials of this type, one for each holder, that all say `claims`, those of `withheld` only where the holder reveals
    them; in the compact serialization with all disclosures.

    `claims` holds the times and, where it is told, `iss`. Salts are each credential's own; `rng` must be one that nobody can
    predict. Raises ValueError where what judges a credential would be withheld (section 2.2.2.2), or is the holder's.
    """
    if not NEVER_DISCLOSED.isdisjoint([path[0] for path in withheld]):
        raise ValueError("what judges the credential may not be withheld")
    if "cnf" in claims or "status" in claims:
        raise ValueError("a key and a status are each holder's own")
    written = WithheldClaims({**claims, "vct": vct}, withheld, decoys=decoys).write(rng, times=len(holders))
    return [
        b"~".join((signer.sign(b"{" + members + _bind(holder) + b"}"), *disclosures, b"")).decode()
        for holder, (members, disclosures) in zip(holders, written, strict=True)
    ]


def _bind(holder: Holder) -> bytes:
    """The members that are the holder's own, each after a comma."""
    key, status = holder
    bound = "" if key is None else f',"cnf":{{"jwk":{{{write_members(key)}}}}}'
    if status is not None:
        bound += f',"status":{{"status_list":{{"idx":{status.index},"uri":{quote(status.uri)}}}}}'
    return bound.encode()


def build_sd_jwt_vc(
    claims: Mapping[str, Json],
    *,
    vct: str,
    withheld: Collection[Path],
    signer: VcSigner,
    rng: Random,
    holder_key: Mapping[str, Any] | None = None,
    status: StatusReference | None = None,
    decoys: int = 0,
) -> SdJwt:
    """One credential (issue_sd_jwt_vcs), in its parts."""
    holder = Holder(holder_key, status)
    [issued] = issue_sd_jwt_vcs(claims, [holder], vct=vct, withheld=withheld, signer=signer, rng=rng, decoys=decoys)
    return parse_sd_jwt(issued)
