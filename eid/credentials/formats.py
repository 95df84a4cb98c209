"""What a paper's token says, and checking one (RFC 7515, 7519; draft Token Status List 20, section 6); pure, without network.

The token is a compact JWS for one audience, valid for minutes. Presentation bound to a holder's key is another form, not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from eid.credentials.catalogue import CATALOGUE, Holder, Paper
from eid.crypto.jwt import build_jwt, verify_jwt
from eid.crypto.keys import SigningKey
from eid.crypto.status_list import (
    StatusReference,
    VerifiedStatusList,
    build_status,
    check_status,
    parse_status,
)
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen


@frozen
class VerifiedPaper:
    """A paper of which everything that was expected holds."""

    paper: Paper
    subject: str
    audience: str
    content: Mapping[str, Any]
    """The paper's own claims."""
    status: StatusReference
    expires_at: int
    """Seconds since 1970."""


def build_content(paper: Paper, record: Any, holder: Holder) -> dict[str, Any]:
    """What a paper says, by the names of its attributes; what the agency has no value for is left out."""
    content = {attribute.name: attribute.read(record, holder) for attribute in paper.attributes}
    return {name: value for name, value in content.items() if value is not None}


def build_paper_token(
    paper: Paper,
    content: Mapping[str, Any],
    *,
    issuer: str,
    audience: str,
    subject: str,
    token_id: str,
    status: StatusReference,
    now: datetime,
    key: SigningKey,
) -> str:
    """A compact token of this paper for one audience, valid from `now` for the paper's lifetime."""
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": int(now.timestamp()),
        "exp": int((now + paper.lifetime).timestamp()),
        "jti": token_id,
        "status": build_status(status),
        paper.name: dict(content),
    }
    return build_jwt(claims, key=key, typ=paper.typ)


def verify_paper_token(
    token: str,
    *,
    paper: Paper,
    keys: Iterable[Mapping[str, Any]],
    expected_issuer: str,
    expected_audience: str,
    now: datetime,
    status_list: VerifiedStatusList | None,
) -> VerifiedPaper:
    """The paper of a token of which all of this holds; else VerificationFailed with the step.

    1. It is a compact JWS with the `typ` of this paper, signed by the key of `keys` that its `kid` names (steps typ, signature).
    2. It was issued by the expected issuer for the expected audience, and is valid now (steps iss, aud, iat, exp).
    3. It holds what the paper says, under the paper's name, and whom it is about (step content).
    4. It says where its status stands, and, where a status list is given, it stands there as valid (step status).
    """
    # (1) (2)
    verified = verify_jwt(
        token,
        keys=keys,
        expected_typ=paper.typ,
        expected_issuer=expected_issuer,
        expected_audience=expected_audience,
        now=now,
    )
    claims = verified.claims
    # (3)
    content, subject = claims.get(paper.name), claims.get("sub")
    if not isinstance(content, Mapping) or not isinstance(subject, str) or not subject:
        raise VerificationFailed("content", "token_content", "The token does not hold the paper that it names.")
    # (4)
    status = parse_status(claims.get("status"))
    if status_list is not None:
        check_status(status, status_list)
    return VerifiedPaper(paper, subject, expected_audience, content, status, claims["exp"])


def find_paper_of_typ(typ: object) -> Paper:
    """The paper whose tokens bear this `typ`. Raises VerificationFailed (step typ) where there is none."""
    if isinstance(typ, str):
        for paper in CATALOGUE.values():
            if paper.typ == typ:
                return paper
    raise VerificationFailed("typ", "token_typ", "The token is of another kind.")
