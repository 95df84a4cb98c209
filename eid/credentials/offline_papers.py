"""A paper as an offline code: what it says, the portrait at the size that a QR code has room for, and checking one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eid.credentials.catalogue import CATALOGUE, Paper
from eid.credentials.qr_modules import MOST_CHARACTERS, Correction
from eid.crypto.keys import SigningKey
from eid.crypto.offline_code import VerifiedOfflineCode, build_offline_code, verify_offline_code
from eid.crypto.status_list import StatusReference, VerifiedStatusList
from eid.errors import Conflict, VerificationFailed

LIFETIME = timedelta(days=7)
"""A reader without a network learns of a change only when the code ends; one that was printed must outlive the way home."""
PHOTO = "photo"


@dataclass(frozen=True)
class OfflineCode:
    text: str
    correction: Correction
    photo: bytes | None
    """What of the portrait found room, WebP."""


@dataclass(frozen=True)
class VerifiedOfflinePaper:
    """A paper of which everything holds that can be checked with what was given."""

    paper: Paper
    content: Mapping[str, Any]
    photo: bytes | None
    code: VerifiedOfflineCode


def typ_of(paper: Paper) -> str:
    """The kind of a paper's code, as its protected header bears it (RFC 9596)."""
    return f"eid-{paper.name}+cwt"


def build_offline_paper(
    paper: Paper,
    content: Mapping[str, Any],
    photos: Iterable[bytes],
    *,
    issuer: str,
    status: StatusReference,
    now: datetime,
    key: SigningKey,
) -> OfflineCode:
    """The best of the photos with which the code still fits into a QR code of version 25: a damaged print is read for as long as
    any photo leaves room for that; a paper that says too much goes without one. Raises Conflict: code_too_long."""
    smallest: list[bytes] = []
    for correction, photo in _ways(photos, smallest):
        claims = {paper.name: dict(content)} | ({PHOTO: photo} if photo else {})
        text = build_offline_code(
            claims, typ=typ_of(paper), issuer=issuer, issued_at=now, expires_at=now + LIFETIME, status=status, key=key
        )
        if len(text) <= MOST_CHARACTERS[correction]:
            return OfflineCode(text, correction, photo)
    raise Conflict("code_too_long", "This paper says more than a QR code can hold.")


def _ways(photos: Iterable[bytes], kept: list[bytes]) -> Iterator[tuple[Correction, bytes | None]]:
    for photo in photos:
        kept.append(photo)
        yield Correction.MEDIUM, photo
    yield from ((Correction.LOW, photo) for photo in kept)
    yield Correction.LOW, None


def verify_offline_paper(
    text: str,
    *,
    keys: Iterable[Mapping[str, Any]],
    expected_issuer: str | None,
    now: datetime,
    status_list: VerifiedStatusList | None = None,
) -> VerifiedOfflinePaper:
    """The paper of a code of which all holds that verify_offline_code asks, and that holds the paper which its kind names (step
    content); else VerificationFailed with the step."""
    papers = {typ_of(paper): paper for paper in CATALOGUE.values()}
    code = verify_offline_code(
        text, keys=keys, expected_issuer=expected_issuer, now=now, expected_typs=papers, status_list=status_list
    )
    paper = papers[code.typ]
    content, photo = code.content.get(paper.name), code.content.get(PHOTO)
    if not isinstance(content, Mapping) or not isinstance(photo, bytes | None):
        raise VerificationFailed("content", "token_content", "The token does not hold the paper that it names.")
    return VerifiedOfflinePaper(paper, content, photo, code)
