"""What strangers send: PDFs, requests for time stamps and codes with anything in them are read, or refused by name."""

from __future__ import annotations

import io
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from eid.crypto.offline_code import PREFIX, parse_offline_code
from eid.crypto.timestamps import parse_timestamp_request
from eid.errors import Malformed, VerificationFailed
from eid.signing.pades import inspect_pdf
from tests.crypto.test_offline_code import make_code
from tests.signing.test_timestamps import build_query

CODE = make_code().encode()


def make_pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=0)
    canvas.drawString(100, 700, "Contract")
    canvas.save()
    return buffer.getvalue()


def spoil(good: bytes, rng: Random) -> bytes:
    """The same with up to five octets changed, pieces cut out or said twice."""
    spoilt = bytearray(good)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(spoilt))
        kind = rng.randrange(3)
        if kind == 0:
            spoilt[at] = rng.randrange(256)
        elif kind == 1 and len(spoilt) > 60:
            del spoilt[at : at + rng.randrange(1, 40)]
        else:
            spoilt[at:at] = spoilt[at : at + rng.randrange(1, 40)]
    return bytes(spoilt)


def test_a_spoilt_pdf_is_read_or_refused() -> None:
    good, rng, outcomes = make_pdf(), Random(142), set()
    for _ in range(60):
        try:
            outcomes.add(str(inspect_pdf(spoil(good, rng)).pages))
        except Malformed as refusal:
            outcomes.add(refusal.code)
    assert {"1", "pdf_malformed"} <= outcomes


@given(st.randoms(use_true_random=False), st.binary(max_size=200))
def test_a_spoilt_request_for_a_time_stamp_is_read_or_refused(rng: Random, rubbish: bytes) -> None:
    for data in (spoil(build_query(nonce=7, wants_certificate=True), rng), rubbish):
        try:
            assert parse_timestamp_request(data).hash_name
        except Malformed as refusal:
            assert refusal.code.startswith("timestamp_")


@given(st.randoms(use_true_random=False), st.text(max_size=200))
def test_a_spoilt_code_is_read_or_refused(rng: Random, rubbish: str) -> None:
    for text in (spoil(CODE, rng).decode("latin-1"), PREFIX + rubbish, rubbish):
        try:
            assert parse_offline_code(text).unverified_claims is not None
        except VerificationFailed as refusal:
            assert refusal.step == "structure"
