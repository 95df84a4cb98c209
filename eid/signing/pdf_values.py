"""What drawing and signing a PDF take and tell: a page in words, who signs, the mark that is left, what a file is. Pure;
eid.signing.pdf_drawing draws, eid.signing.pades signs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field

from eid.late_dataclasses import frozen

SignRaw = Callable[[bytes], bytes]
"""From octets to an ECDSA signature over their SHA-256, as X9.62 writes it."""
AskTime = Callable[[bytes], bytes]
"""From a TimeStampReq to a TimeStampResp."""


@frozen
class DocumentSigner:
    certificate: bytes
    """DER."""
    issuers: Sequence[bytes]
    sign_raw: SignRaw = field(repr=False)


@frozen
class Mark:
    """The visible part of a signature."""

    lines: Sequence[str]
    box: tuple[int, int, int, int] | None = None
    """Left, bottom, right, top on the first page, in points; None for the foot of the last page, beside marks that are there."""


@frozen
class Sheet:
    """What stands on a printed paper, in the words of whoever prints it."""

    simulation: str
    """Says that none of it is real."""
    title: str
    issuer: str
    facts: Sequence[tuple[str, str]]
    code: Sequence[Sequence[bool]]
    """Modules of the QR code, True for dark."""
    code_words: Sequence[str]
    portrait: bytes
    """JPEG."""
    mark: Sequence[str]
    """What the mark of its seal says."""


@frozen
class PdfFacts:
    pages: int
    signatures: int
