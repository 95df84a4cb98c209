"""Checking a paper that was read as an offline code; neither drawings nor pictures are needed for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from eid.credentials.catalogue import CATALOGUE, Paper
from eid.crypto.offline_code import VerifiedOfflineCode, verify_offline_code
from eid.crypto.status_list import VerifiedStatusList
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen

PHOTO, OMITTED = "photo", "omitted"
PHOTO_TYPE = "image/webp"


@frozen
class VerifiedOfflinePaper:
    """A paper of which everything holds that can be checked with what was given."""

    paper: Paper
    content: Mapping[str, Any]
    photo: bytes | None
    omitted: tuple[str, ...]
    """What the paper says beside this and the code has no room for."""
    code: VerifiedOfflineCode


def typ_of(paper: Paper) -> str:
    """The kind of a paper's code, as its protected header bears it (RFC 9596)."""
    return f"eid-{paper.name}+cwt"


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
    omitted = code.content.get(OMITTED, [])
    is_listed = isinstance(omitted, list) and all(isinstance(name, str) for name in omitted)
    if not isinstance(content, Mapping) or not isinstance(photo, bytes | None) or not is_listed:
        raise VerificationFailed("content", "token_content", "The token does not hold the paper that it names.")
    return VerifiedOfflinePaper(paper, content, photo, tuple(omitted), code)
