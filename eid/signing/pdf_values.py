"""What signing a PDF takes and tells: who signs, the mark that is left, what a file is. Pure; eid.signing.pades signs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

SignRaw = Callable[[bytes], bytes]
"""From octets to an ECDSA signature over their SHA-256, as X9.62 writes it."""
AskTime = Callable[[bytes], bytes]
"""From a TimeStampReq to a TimeStampResp."""


@dataclass(frozen=True)
class DocumentSigner:
    certificate: bytes
    """DER."""
    issuers: Sequence[bytes]
    sign_raw: SignRaw = field(repr=False)


@dataclass(frozen=True)
class Mark:
    """The visible part of a signature."""

    lines: Sequence[str]
    box: tuple[int, int, int, int] | None = None
    """Left, bottom, right, top on the first page, in points; None for the foot of the last page, beside marks that are there."""


@dataclass(frozen=True)
class PdfFacts:
    pages: int
    signatures: int
