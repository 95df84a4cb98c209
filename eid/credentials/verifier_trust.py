"""Whom whoever verifies believes, out of the contents of files: published keys, certificates of issuing authorities, signed trust
lists, verifier packs, and copies of status lists. Pure.

A file counts because of where its holder has it from; trust lists and packs are verified against a pinned key where one is given.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from eid.credentials.unverified import is_certificate, read_list_uri, read_typ
from eid.credentials.withdrawal import digest_public_key
from eid.crypto import trust_list, verifier_pack
from eid.crypto.trust_entries import TrustKind, TrustList
from eid.crypto.trust_list import verify_trust_list
from eid.crypto.verifier_pack import verify_verifier_pack
from eid.crypto.x509 import Certificate, parse_certificate
from eid.errors import Malformed
from eid.late_dataclasses import frozen


@frozen
class Trust:
    """Keys that are believed, and the issuer whose they are where the files say so."""

    keys: Sequence[Mapping[str, Any]]
    issuer: str | None
    roots: Sequence[Certificate] = ()
    """Of issuing authorities."""
    withdrawn: frozenset[bytes] = frozenset()
    """SHA-256 of the public keys (SubjectPublicKeyInfo) that are to be believed no more, whoever certified them."""
    status_lists: Mapping[str, bytes] = field(default_factory=dict)
    """Address → status list token, not yet verified."""
    audience: str | None = None
    """For whom a pack was made."""


def parse_trust(text: str) -> Trust:
    """The keys of a JSON Web Key Set, and its `issuer` where it bears one. Raises Malformed: trust_malformed."""
    document = _read_json(text)
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise Malformed("trust_malformed", "The trust file is no JSON Web Key Set.")
    issuer = document.get("issuer")
    return Trust(keys, issuer if isinstance(issuer, str) else None)


def parse_trust_files(contents: Iterable[bytes], *, now: datetime, pinned: Collection[str] | None = None) -> Trust:
    """All that these files say together. Raises Malformed: trust_malformed, trust_empty; and as verify_trust_list."""
    found = [_parse_file(content, now, pinned) for content in contents]
    trust = Trust(
        keys=[key for each in found for key in each.keys],
        issuer=_find_one(each.issuer for each in found),
        roots=[root for each in found for root in each.roots],
        withdrawn=frozenset().union(*(each.withdrawn for each in found)),
        status_lists={uri: token for each in found for uri, token in each.status_lists.items()},
        audience=_find_one(each.audience for each in found),
    )
    if not trust.keys and not trust.roots:
        raise Malformed("trust_empty", "The trust files hold neither a key nor a certificate.")
    return trust


def _find_one(values: Iterable[str | None]) -> str | None:
    """What all files agree on; None where they are of several: then each credential is judged by its signature alone."""
    known = {value for value in values if value is not None}
    return known.pop() if len(known) == 1 else None


def _parse_file(content: bytes, now: datetime, pinned: Collection[str] | None) -> Trust:
    if is_certificate(content):
        return Trust((), None, roots=_parse_certificates(content))
    text = content.decode("utf-8", errors="replace").strip()
    typ = read_typ(text)
    if typ == verifier_pack.TYP:
        pack, listed = verify_verifier_pack(text, pinned=pinned, now=now)
        lists = {uri: token.encode() for uri, token in pack.status_lists.items()}
        return _of_list(listed, now, lists, pack.audience)
    if typ == trust_list.TYP or '"signatures"' in text[-(1 << 16) :]:
        return _of_list(verify_trust_list(text, pinned=pinned, now=now), now)
    uri = read_list_uri(content)
    if uri is not None:
        return Trust((), None, status_lists={uri: content})
    return parse_trust(text)


def _of_list(
    listed: TrustList, now: datetime, status_lists: Mapping[str, bytes] | None = None, audience: str | None = None
) -> Trust:
    keys = [entry.jwk for entry in listed.find_entries(TrustKind.PAPER_KEY, at=now) if entry.jwk is not None]
    roots = [entry.certificate for entry in listed.find_entries(TrustKind.IACA_ROOT, at=now)]
    withdrawn = [entry.certificate for entry in listed.find_withdrawn()]
    return Trust(
        keys,
        listed.issuer,
        roots=[parse_certificate(each) for each in roots if each is not None],
        withdrawn=frozenset(digest_public_key(each) for each in withdrawn if each is not None),
        status_lists=status_lists or {},
        audience=audience,
    )


def _parse_certificates(content: bytes) -> list[Certificate]:
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            found = [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(content)]
        else:
            found = [content]
        return [parse_certificate(each) for each in found]
    except (ValueError, Malformed) as error:
        raise Malformed("trust_malformed", "A certificate among the trust files cannot be read.") from error


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("trust_malformed", "The trust file is no JSON Web Key Set.") from error
