"""Signatures in PDFs (PAdES baseline, ETSI EN 319 142-1): B-B, and B-T where a time stamp is to be had. Pure.

pyHanko reads the PDF and writes the signature as an incremental update, so what was signed before stays as it was. The key is
handed in as a function, and so is the time-stamping authority: nothing is fetched.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from asn1crypto import tsp, x509
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from eid.errors import Malformed
from eid.signing.pdf_drawing import draw_mark
from eid.signing.pdf_values import AskTime, DocumentSigner, Mark, PdfFacts

MAX_PAGES = 500
MARK_WIDTH, MARK_HEIGHT, MARK_GAP = 180, 44, 8
"""Of the mark that a signature leaves, in points."""
_UNREADABLE = (
    *(PdfError, SigningError, ValueError, LookupError, TypeError, AttributeError),
    *(ArithmeticError, RecursionError, AssertionError, NotImplementedError, OSError),
)
"""What pyHanko lets out where a file is not the PDF that it says it is."""


def inspect_pdf(pdf: bytes) -> PdfFacts:
    """How many pages and signatures it has. Raises Malformed: pdf_malformed, pdf_encrypted, pdf_too_long."""
    if not pdf.startswith(b"%PDF-"):
        raise Malformed("pdf_malformed", "This is not a PDF that can be signed.", reason="no PDF header")
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        if reader.encrypted:
            raise Malformed("pdf_encrypted", "A PDF that is encrypted cannot be signed.")
        found = PdfFacts(
            int(reader.root["/Pages"]["/Count"]), len(list(enumerate_sig_fields(reader, filled_status=True)))
        )
        reader.find_page_for_modification(found.pages - 1)  # type: ignore[no-untyped-call]
    except _UNREADABLE as error:
        raise _unreadable(error) from error
    if not 0 < found.pages <= MAX_PAGES:
        raise Malformed("pdf_too_long", "A PDF that is signed here has one to 500 pages.")
    return found


def sign_pdf(
    pdf: bytes, signer: DocumentSigner, *, name: str, mark: Mark, reason: str = "", ask_time: AskTime | None = None
) -> bytes:
    """The PDF with one more signature, in a field of `name` and a number, with this mark on it: PAdES B-T with `ask_time`, B-B
    without. Raises Malformed as inspect_pdf."""
    facts = inspect_pdf(pdf)
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
        taken = {field_ for field_, _value, _reference in enumerate_sig_fields(writer.prev)}
        field_name = next(each for number in range(1, 10_000) if (each := f"{name}{number}") not in taken)
        page, box = _find_place(writer, facts, mark)
        style = StaticStampStyle(background=_Drawn(mark.lines, box), border_width=0, background_opacity=1.0)
        signing = PdfSigner(
            PdfSignatureMetadata(
                field_name=field_name, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason or None
            ),
            signer=_KeySigner(signer),
            timestamper=None if ask_time is None else _OwnTimeStamper(ask_time),
            stamp_style=style,
            new_field_spec=SigFieldSpec(field_name, on_page=page, box=box),
        )
        signed: bytes = signing.sign_pdf(writer).getvalue()
    except _UNREADABLE as error:
        raise _unreadable(error) from error
    return signed


class _KeySigner(Signer):
    """Signs with a key that pyHanko does not see."""

    def __init__(self, signer: DocumentSigner) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple([x509.Certificate.load(issuer) for issuer in signer.issuers])
        super().__init__(signing_cert=x509.Certificate.load(signer.certificate), cert_registry=registry)
        self._sign_raw = signer.sign_raw

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(72) if dry_run else self._sign_raw(data)


class _OwnTimeStamper(TimeStamper):
    def __init__(self, ask_time: AskTime) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ask_time = ask_time

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._ask_time(req.dump()))


class _Drawn(PdfContent):
    """The mark, drawn as a page of its own and taken over from there."""

    def __init__(self, lines: Sequence[str], box: tuple[int, int, int, int]) -> None:
        self.width, self.height = box[2] - box[0], box[3] - box[1]
        self.page = draw_mark(lines, width=self.width, height=self.height)
        super().__init__(box=BoxConstraints(width=self.width, height=self.height))

    def render(self) -> bytes:
        drawn = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self.page)), page_ix=0)
        self.resources.xobject["/Mark"] = drawn
        return b"/Mark Do"


def _find_place(writer: IncrementalPdfFileWriter, facts: PdfFacts, mark: Mark) -> tuple[int, tuple[int, int, int, int]]:
    """Page and box: along the foot of the last page from the right, then the next row above."""
    if mark.box is not None:
        return 0, mark.box
    left, bottom, right, top = _media_box(writer, facts.pages - 1)
    a_row = max(1, (right - left - 2 * MARK_GAP) // (MARK_WIDTH + MARK_GAP))
    row, column = divmod(facts.signatures, a_row)
    x = max(left, right - (column + 1) * (MARK_WIDTH + MARK_GAP))
    y = min(bottom + MARK_GAP + row * (MARK_HEIGHT + MARK_GAP), max(bottom, top - MARK_HEIGHT))
    return facts.pages - 1, (x, y, x + MARK_WIDTH, y + MARK_HEIGHT)


def _media_box(writer: IncrementalPdfFileWriter, page: int) -> tuple[int, int, int, int]:
    """A page's, or that which it has from the pages above it."""
    node = writer.find_page_for_modification(page)[0].get_object()  # type: ignore[no-untyped-call]
    for _ in range(50):
        if "/MediaBox" in node:
            box = [int(float(side)) for side in node["/MediaBox"]]
            return min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])
        node = node["/Parent"]
    raise ValueError("no media box")


def _unreadable(error: BaseException) -> Malformed:
    return Malformed(
        "pdf_malformed", "This is not a PDF that can be signed.", reason=f"{type(error).__name__}: {error}"[:200]
    )
