"""What somebody pasted: recognised, and never more of it kept than is looked at. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from eid.crypto.jwks import read_unverified_claims, read_unverified_header
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

LONGEST = 20_000
MOST_PARAMETERS = 100

_WORD = re.compile(r"[a-z_]{3,60}")


class Kind(StrEnum):
    AUTHORIZATION = "authorization_request"
    REQUEST_OBJECT = "request_object"
    ASSERTION = "client_assertion"
    PROOF = "dpop_proof"
    ID_TOKEN = "id_token"
    ERROR = "error"


@frozen
class Pasted:
    kind: Kind
    text: str = field(default="", repr=False)
    """The token, or the error's code."""
    pairs: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The parameters of a request, or of an answer that is an error."""


def recognise(text: str, *, client_id: str) -> Pasted:
    """What was pasted. Raises Malformed (pasted_unreadable, pasted_encrypted)."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise _unreadable()
    if text.count(".") == 4 and " " not in text and "=" not in text:
        raise Malformed(
            "pasted_encrypted", "This token is encrypted; decrypt it with your key and paste what is inside."
        )
    if text.count(".") == 2 and re.fullmatch(r"[\w\-.]+", text, re.ASCII):
        return Pasted(_kind_of_token(text, client_id), text)
    if text.startswith("{"):
        return _read_json(text)
    if _WORD.fullmatch(text):
        return Pasted(Kind.ERROR, text)
    return _read_query(text)


def _kind_of_token(token: str, client_id: str) -> Kind:
    try:
        typ, claims = read_unverified_header(token).get("typ"), read_unverified_claims(token)
    except VerificationFailed as failure:
        raise _unreadable() from failure
    if typ == "dpop+jwt" or "htm" in claims:
        return Kind.PROOF
    if typ == "oauth-authz-req+jwt" or {"response_type", "redirect_uri"} & claims.keys():
        return Kind.REQUEST_OBJECT
    if typ == "client-authentication+jwt" or (claims.get("sub") == client_id and claims.get("iss") == client_id):
        return Kind.ASSERTION
    return Kind.ID_TOKEN


def _read_json(text: str) -> Pasted:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(found, dict) or not isinstance(found.get("error"), str):
        raise _unreadable()
    return Pasted(Kind.ERROR, found["error"], tuple((str(name), str(value)) for name, value in found.items()))


def _read_query(text: str) -> Pasted:
    try:
        query = urlsplit(text).query or text
        pairs = tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS))
    except ValueError as error:
        raise _unreadable() from error
    said = dict(pairs)
    if "error" in said:
        return Pasted(Kind.ERROR, said["error"], pairs)
    if not {"client_id", "response_type", "request", "request_uri"} & said.keys():
        raise _unreadable()
    return Pasted(Kind.AUTHORIZATION, "", pairs)


def _unreadable() -> Malformed:
    return Malformed(
        "pasted_unreadable",
        "Paste the address of an authorization request, a token, a DPoP proof or an error.",
    )
