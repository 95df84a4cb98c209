"""Verifying what a wallet shows in answer to a request (OpenID4VP 1.0, sections 8.6 and 14.1). Pure: trust, session and time are
given; where a status stands is told, and looked up by who calls."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from eid.credentials.withdrawal import check_not_withdrawn
from eid.crypto.cbor import Cbor, Tag
from eid.crypto.disclosures import disclose, encode
from eid.crypto.iaca import VerifiedIssuer
from eid.crypto.mdoc_device import build_openid4vp_transcript
from eid.crypto.mdoc_verification import Session, VerifiedMdoc, verify_device_response
from eid.crypto.sd_jwt import parse_sd_jwt
from eid.crypto.sd_jwt_vc import Occasion, VcTrust, VerifiedVc, verify_sd_jwt_vc
from eid.crypto.status_list import StatusReference
from eid.crypto.x509 import Certificate, write_name
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen
from eid.presentations.authorization_requests import Asked, thumbprint_of
from eid.presentations.claim_paths import list_leaves
from eid.presentations.dcql import MDOC, SD_JWT_VC, CredentialQuery, Path, Query
from eid.presentations.dcql_matching import Shown, check_answer
from eid.presentations.unverified import read_unverified

ENVELOPE = frozenset({"iss", "iat", "nbf", "exp", "vct", "vct#integrity", "cnf", "status", "sub", "jti"})
"""What is about a credential and not about its holder."""


@frozen
class IssuerTrust:
    """Whose credentials are believed: one issuer, by its keys and roots, and whoever has a certificate under other roots."""

    issuer: str
    keys: Sequence[Mapping[str, Any]]
    own_roots: Sequence[Certificate] = ()
    other_roots: Sequence[Certificate] = ()
    withdrawn: frozenset[bytes] = frozenset()
    """Digests of public keys that are to be believed no more, whoever certified them."""

    @property
    def roots(self) -> tuple[Certificate, ...]:
        return (*self.own_roots, *self.other_roots)

    def is_own(self, authority: VerifiedIssuer | None) -> bool:
        """Whether what is signed like this is the named issuer's."""
        return authority is None or any(authority.root.raw == root.raw for root in self.own_roots)

    def name(self, authority: VerifiedIssuer | None) -> str:
        if authority is None or self.is_own(authority):
            return self.issuer
        return write_name(authority.certificate.raw_subject)


@frozen
class VerifiedPresentation:
    """A credential that its holder showed, in answer to this very request."""

    query_id: str
    shown: Shown
    claims: Mapping[str, Any]
    """What it says about its holder, as JSON; of an mdoc by name space."""
    issuer: str
    """The named one's address, or the name in the certificate of who signed."""
    is_own: bool
    """Whether it is the named issuer's."""
    status: StatusReference | None
    authority: VerifiedIssuer | None
    expires_at: datetime | None


def verify_presentations(
    presentations: Mapping[str, Sequence[str]], *, query: Query, asked: Asked, trust: IssuerTrust, now: datetime
) -> tuple[VerifiedPresentation, ...]:
    """The credentials of an answer of which all of this holds; else VerificationFailed with the step.

    1. Every presentation is under an id of the query (step dcql).
    2. Each is verified by the rules of its format: its issuer, its times, that its holder shows it, to this verifier, in
       this session (the steps of eid.crypto.sd_jwt_vc and eid.crypto.mdoc_verification).
    3. Together they answer the query, and show nothing besides (step dcql; eid.presentations.dcql_matching).
    """
    found: list[VerifiedPresentation] = []
    for name, texts in presentations.items():
        # (1)
        wanted = query.find(name)
        if wanted is None:
            raise VerificationFailed("dcql", "dcql_unasked", "The answer holds a credential that was not asked for.")
        # (2)
        found += [_verify(text, wanted, asked, trust, now) for text in texts]
    # (3)
    check_answer(query, {name: [one.shown for one in found if one.query_id == name] for name in presentations})
    return tuple(found)


def _verify(
    text: str, wanted: CredentialQuery, asked: Asked, trust: IssuerTrust, now: datetime
) -> VerifiedPresentation:
    if wanted.format == MDOC:
        return _verify_mdoc(text, wanted, asked, trust, now)
    return _verify_vc(text, wanted, asked, trust, now)


def _verify_vc(
    text: str, wanted: CredentialQuery, asked: Asked, trust: IssuerTrust, now: datetime
) -> VerifiedPresentation:
    """The named issuer's credentials bear its name, and nobody else's may."""
    unverified_type = read_unverified(parse_sd_jwt(text).issuer_jwt)[1].get("vct")
    vc = verify_sd_jwt_vc(
        text,
        trust=VcTrust(trust.keys, trust.roots),
        expected_vct=unverified_type if unverified_type in wanted.types else wanted.types[0],
        occasion=Occasion(asked.client_id, asked.nonce),
        now=now,
    )
    check_not_withdrawn(vc.issuer, trust.withdrawn)
    is_own = trust.is_own(vc.issuer)
    if (vc.claims.get("iss") == trust.issuer) != is_own:
        raise VerificationFailed("iss", "token_issuer", "The token was issued by somebody else.")
    claims = {name: value for name, value in vc.claims.items() if name not in ENVELOPE}
    expires = vc.claims.get("exp")
    return VerifiedPresentation(
        query_id=wanted.id,
        shown=Shown(SD_JWT_VC, vc.vct, claims, _find_revealed(text, vc), _key_ids(vc.issuer)),
        claims=claims,
        issuer=trust.name(vc.issuer),
        is_own=is_own,
        status=vc.status,
        authority=vc.issuer,
        expires_at=datetime.fromtimestamp(expires, UTC) if expires is not None else None,
    )


def _find_revealed(text: str, vc: VerifiedVc) -> frozenset[Path]:
    """What stands in a disclosure and not in the signed token."""
    signed = read_unverified(parse_sd_jwt(text).issuer_jwt)[1]  # by now it is verified
    open_to_all = disclose(signed, ())
    return frozenset(list_leaves(vc.claims)) - frozenset(list_leaves(open_to_all))


def _verify_mdoc(
    text: str, wanted: CredentialQuery, asked: Asked, trust: IssuerTrust, now: datetime
) -> VerifiedPresentation:
    mdoc = verify_device_response(
        _decode(text),
        roots=trust.roots,
        expected_doc_type=wanted.types[0],
        session=Session(build_transcript(asked)),
        now=now,
    )
    check_not_withdrawn(mdoc.issuer, trust.withdrawn)
    claims = _read_elements(mdoc)
    revealed = frozenset((space, name) for space, named in claims.items() for name in named)
    return VerifiedPresentation(
        query_id=wanted.id,
        shown=Shown(MDOC, mdoc.doc_type, claims, revealed, _key_ids(mdoc.issuer)),
        claims=claims,
        issuer=trust.name(mdoc.issuer),
        is_own=trust.is_own(mdoc.issuer),
        status=mdoc.status,
        authority=mdoc.issuer,
        expires_at=mdoc.validity.valid_until,
    )


def build_transcript(asked: Asked) -> bytes:
    """What an mdoc's device signs over, besides the document (appendix B.2.6.1)."""
    thumbprint = None if asked.encryption_key is None else thumbprint_of(asked.encryption_key)
    return build_openid4vp_transcript(
        client_id=asked.client_id, nonce=asked.nonce, response_uri=asked.response_uri, jwk_thumbprint=thumbprint
    )


def _read_elements(mdoc: VerifiedMdoc) -> dict[str, dict[str, Any]]:
    """What issuer and device signed, as JSON. The device never overrides the issuer."""
    found = {
        space: {name: write_json(value) for name, value in named.items()} for space, named in mdoc.elements.items()
    }
    for space, named in mdoc.device_elements.items():
        ours = found.setdefault(space, {})
        for name, value in named.items():
            ours.setdefault(name, write_json(value))
    return found


def write_json(value: Cbor) -> Any:
    """An element's value as JSON: a day or a time is text, octets are base64url without padding."""
    if isinstance(value, Tag):
        return write_json(value.value)
    if isinstance(value, bytes):
        return urlsafe_b64encode(value).rstrip(b"=").decode()
    if isinstance(value, list):
        return [write_json(each) for each in value]
    if isinstance(value, dict):
        return {str(name): write_json(each) for name, each in value.items()}
    return value


def _decode(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error) as error:
        raise VerificationFailed("structure", "mdoc_malformed", "This is no mdoc.") from error


def _key_ids(issuer: VerifiedIssuer | None) -> frozenset[str]:
    """OpenID4VP, 6.1.1.1: the AuthorityKeyIdentifier of the signer's certificate."""
    if issuer is None or issuer.certificate.authority_key_id is None:
        return frozenset()
    return frozenset({encode(issuer.certificate.authority_key_id)})
