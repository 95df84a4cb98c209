"""The reader that other tests trust reads what the library writes, in every mode."""

from __future__ import annotations

from random import Random

import pytest
from qrcode.constants import ERROR_CORRECT_L
from qrcode.main import QRCode

from tests.web.qr_reader import read_qr


@pytest.mark.parametrize("length", [310, 410, 510, 640, 780, 900, 1000, 1048, 1184, 1250, 1400])
@pytest.mark.parametrize("middle", ["", "12" * 20 + "XYZ" * 11])
def test_what_is_written_is_read(length: int, middle: str) -> None:
    rng = Random(length)
    text = "".join(rng.choice("abcXYZ019-_.") for _ in range(length - len(middle)))
    text = text[:200] + middle + text[200:]
    code = QRCode(error_correction=ERROR_CORRECT_L, border=0)
    code.add_data(text)
    code.make(fit=True)
    assert read_qr(code.get_matrix()) == text  # type: ignore[arg-type]
