"""What something that was shown says of itself, believed by nobody: enough to know how it is to be verified. Pure."""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode
from enum import StrEnum
from typing import Any

from eid.crypto import sd_jwt_vc, status_list
from eid.crypto.cbor import Cbor, Tag, parse_cbor
from eid.crypto.cose import SIGN1, parse_sign1
from eid.crypto.offline_code import PREFIX
from eid.crypto.status_list_cwt import MAX_TOKEN_BYTES, SUB
from eid.errors import Malformed

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]+={0,2}")
_TEXT = re.compile(rb"[A-Za-z0-9_.~=-]+")
_MAP = 5
_SIGN1_BEGINS = (bytes((0xC0 | SIGN1,)), b"\x84")
"""COSE_Sign1 with its tag, and without."""


class Form(StrEnum):
    TOKEN = "token"
    """A compact JWT: a paper's token, or a card's code."""
    SD_JWT = "dc+sd-jwt"
    MDOC = "mso_mdoc"
    """IssuerSigned, as a wallet is given it."""
    DEVICE_RESPONSE = "device-response"
    OFFLINE_CODE = "eid1"
    STATUS_LIST = "statuslist+jwt"
    STATUS_LIST_CWT = "statuslist+cwt"


def find_form(data: bytes) -> Form:
    """By what it begins with, so that a broken one is of its form too. Whatever is none of the others is taken for a compact
    token, which says best what is wrong with it."""
    text = data.strip()
    if text.startswith(PREFIX.encode()):
        return Form.OFFLINE_CODE
    typ = read_typ(text.split(b"~")[0].decode(errors="replace"))
    if _TEXT.fullmatch(text) and (b"~" in text or typ == sd_jwt_vc.TYP):
        return Form.SD_JWT
    if typ == status_list.TYP:
        return Form.STATUS_LIST
    raw = unwrap(data)
    if raw[:1] in _SIGN1_BEGINS:
        return Form.STATUS_LIST_CWT
    if raw[:1] and raw[0] >> 5 == _MAP and not _TEXT.fullmatch(raw):
        return Form.DEVICE_RESPONSE if b"documents" in raw or b"version" in raw[:64] else Form.MDOC
    return Form.TOKEN


def unwrap(data: bytes) -> bytes:
    """CBOR as it is, or out of the base64url in which OpenID4VCI and OpenID4VP hand it over."""
    text = data.strip()
    if _BASE64URL.fullmatch(text):
        try:
            return urlsafe_b64decode(text.rstrip(b"=") + b"=" * (-len(text.rstrip(b"=")) % 4))
        except binascii.Error:
            return data
    return data


def is_certificate(data: bytes) -> bool:
    """PEM, or DER: a SEQUENCE of some hundred octets."""
    return data.lstrip().startswith(b"-----BEGIN") or data[:2] in (b"\x30\x81", b"\x30\x82")


def read_header(token: str) -> dict[str, Any]:
    """The header of a compact JWS; empty where it cannot be read."""
    return _read_part(token.split(".")[0])


def read_claims(token: str) -> dict[str, Any]:
    """The claims of a compact JWS; empty where they cannot be read."""
    parts = token.split(".")
    return _read_part(parts[1]) if len(parts) == 3 else {}


def read_typ(token: str) -> object:
    return read_header(token).get("typ") if token.count(".") == 2 else None


def read_list_uri(data: bytes) -> str | None:
    """Which status list this is a token of, in either form; None where it is none."""
    form = find_form(data)
    if form is Form.STATUS_LIST:
        uri: object = read_claims(data.decode(errors="replace").strip()).get("sub")
    elif form is Form.STATUS_LIST_CWT:
        uri = _read_cwt_claims(unwrap(data)).get(SUB)
    else:
        return None
    return uri if isinstance(uri, str) else None


def read_doc_type(data: bytes) -> str:
    """The document type of an IssuerSigned or of the one document of a DeviceResponse; nothing where it cannot be read."""
    value = _read_cbor(unwrap(data))
    documents = value.get("documents") if isinstance(value, dict) else None
    if isinstance(documents, list) and documents and isinstance(documents[0], dict):
        return str(documents[0].get("docType", ""))
    try:
        payload = parse_sign1(value["issuerAuth"]).payload if isinstance(value, dict) else None
        embedded = parse_cbor(payload or b"")
        mso = parse_cbor(embedded.value) if isinstance(embedded, Tag) and isinstance(embedded.value, bytes) else None
    except (Malformed, KeyError):
        return ""
    return str(mso.get("docType", "")) if isinstance(mso, dict) else ""


def _read_cwt_claims(data: bytes) -> dict[Any, Cbor]:
    try:
        claims = parse_cbor(parse_sign1(_read_cbor(data)).payload or b"", max_bytes=MAX_TOKEN_BYTES)
    except Malformed:
        return {}
    return claims if isinstance(claims, dict) else {}


def _read_cbor(data: bytes) -> Cbor:
    try:
        return parse_cbor(data, max_bytes=MAX_TOKEN_BYTES)
    except Malformed:
        return None


def _read_part(part: str) -> dict[str, Any]:
    try:
        read = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
