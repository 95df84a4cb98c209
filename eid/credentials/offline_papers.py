"""A paper as an offline code: what it says, and the portrait at the size that a QR code has room for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from eid.credentials.catalogue import AttributeKind, Paper
from eid.credentials.offline_reading import OMITTED, PHOTO, typ_of
from eid.credentials.qr_modules import MOST_CHARACTERS, Correction
from eid.crypto.cbor import build_cbor
from eid.crypto.keys import SigningKey
from eid.crypto.offline_code import build_offline_code
from eid.crypto.status_list import StatusReference
from eid.errors import Conflict
from eid.late_dataclasses import frozen

LIFETIME = timedelta(days=7)
"""A reader without a network learns of a change only when the code ends; one that was printed must outlive the way home."""


@frozen
class OfflineCode:
    text: str
    correction: Correction
    photo: bytes | None
    """What of the portrait found room, WebP; None where there is no portrait."""
    omitted: tuple[str, ...] = ()
    """Attributes that found none."""


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
    """All that the paper says with the best of the photos that leaves room for it in a QR code of version 25, and for a damaged
    print to be read as long as any photo does. The photo says who may show it: lists that leave no room for the smallest one are
    omitted, the longest first, and the code names them. Raises Conflict: code_too_long.
    """
    shrunk = tuple(photos)
    for omitted in _list_omissions(paper, content):
        said = {name: value for name, value in content.items() if name not in omitted}
        beside = {OMITTED: list(omitted)} if omitted else {}
        for correction, photo in _list_ways(shrunk):
            text = build_offline_code(
                {paper.name: said, **beside} | ({PHOTO: photo} if photo else {}),
                typ=typ_of(paper),
                issuer=issuer,
                issued_at=now,
                expires_at=now + LIFETIME,
                status=status,
                key=key,
            )
            if len(text) <= MOST_CHARACTERS[correction]:
                return OfflineCode(text, correction, photo, omitted)
    raise Conflict("code_too_long", "This paper says more than a QR code can hold.")


def _list_omissions(paper: Paper, content: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Nothing, then one list after the other, the longest first."""
    lists = [one.name for one in paper.attributes if one.kind is AttributeKind.LIST and content.get(one.name)]
    lists.sort(key=lambda name: len(build_cbor(content[name])), reverse=True)
    yield from (tuple(lists[:count]) for count in range(len(lists) + 1))


def _list_ways(photos: Sequence[bytes]) -> Iterator[tuple[Correction, bytes | None]]:
    for correction in (Correction.MEDIUM, Correction.LOW):
        yield from ((correction, photo) for photo in photos or (None,))
