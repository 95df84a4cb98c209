"""Readers of signed PDFs that are not ours: poppler's pdfsig and pdftoppm, and pyHanko's validation."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from asn1crypto import x509
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import PdfSignatureStatus, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def _run(program: str, *arguments: str | Path) -> str:
    if shutil.which(program) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} is missing: apt-get install poppler-utils")
        pytest.skip(f"{program} is missing")
    found = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    return found.stdout + found.stderr


def read_by_pdfsig(pdf: bytes, folder: Path) -> str:
    path = folder / "signed.pdf"
    path.write_bytes(pdf)
    return _run("pdfsig", "-nocert", path)


def render(pdf: bytes, folder: Path, *, dpi: int = 150) -> Image.Image:
    """The first page as a printer prints it."""
    path = folder / "rendered.pdf"
    path.write_bytes(pdf)
    _run("pdftoppm", "-r", str(dpi), "-png", "-f", "1", "-l", "1", "-singlefile", path, folder / "page")
    return Image.open(folder / "page.png").convert("L")


def validate(pdf: bytes, root: bytes, *, number: int = 0) -> PdfSignatureStatus:
    """What pyHanko finds of a signature, under this root (DER), with nothing fetched."""
    trusted = [x509.Certificate.load(root)]
    context = ValidationContext(trust_roots=trusted, allow_fetching=False, revocation_mode="soft-fail")
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[number]
    return validate_pdf_signature(signature, context, ts_validation_context=context)
