"""QR codes are drawn exactly as the library computes them, with the quiet zone of ISO/IEC 18004."""

import re
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from eid.credentials.qr_modules import LONG
from eid.web.qr import QUIET, draw_qr
from tests.web.qr_reader import read_drawing, read_qr


def modules_drawn(svg: str) -> tuple[int, set[tuple[int, int]]]:
    root = ElementTree.fromstring(svg)
    dark = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", root[1].attrib["d"]):
        dark |= {(int(x) + step, int(y)) for step in range(int(length))}
    return int(root.attrib["viewBox"].split()[2]), dark


@given(st.text(min_size=1, max_size=60))
def test_every_dark_module_is_drawn_and_no_other(text: str) -> None:
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    expected = {(x, y) for y, row in enumerate(code.get_matrix()) for x, dark in enumerate(row) if dark}
    assert modules_drawn(draw_qr(text, "a code")) == (len(code.get_matrix()), expected)


@pytest.mark.parametrize("length", [LONG + 1, 440, 1000])
def test_a_long_text_is_read_from_its_drawing_although_its_mask_is_not_chosen(length: int) -> None:
    rng = Random(length)
    text = "".join(rng.choice("abcXYZ019-_.") for _ in range(length))
    assert read_qr(read_drawing(draw_qr(text, "a code"))) == text


def test_the_label_cannot_break_out_of_the_drawing() -> None:
    svg = draw_qr("text", '"><script>alert(1)</script>')
    assert "<script>" not in svg
    assert ElementTree.fromstring(svg).attrib["aria-label"] == '"><script>alert(1)</script>'
