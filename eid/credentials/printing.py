"""Papers on paper: a PDF with the offline code, sealed by the service and time-stamped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eid.cards.portrait import draw_portrait
from eid.credentials.offline_issuing import IssuedOfflineCode, record_offline_code
from eid.credentials.service import record_shown
from eid.db import db
from eid.lazily import Later
from eid.population.service import find_person_by_id
from eid.signing.pdf_values import Mark, Sheet
from eid.signing.seal import seal_signer
from eid.signing.timestamping import answer_timestamp_request

if TYPE_CHECKING:
    from eid.signing import pades, pdf_drawing
else:
    pades = Later("eid.signing.pades")
    pdf_drawing = Later("eid.signing.pdf_drawing")

WriteSheet = Callable[[IssuedOfflineCode, bytes], Sheet]
"""From what is printed and its holder's portrait, a JPEG, to the page in words."""


def print_paper(person_id: int, paper: str, write_sheet: WriteSheet, *, actor: int | None = None) -> bytes:
    """The paper as it stands now, as a PDF that is sealed (PAdES B-T); recorded and committed. Its code is good for a week.

    Raises as issue_offline_code, and Unavailable where there is no seal.
    """
    issued, person = record_offline_code(person_id, paper, actor=actor), find_person_by_id(person_id)
    sheet = write_sheet(issued, draw_portrait(person.pin, sex=person.sex).jpeg)
    sealed = pades.sign_pdf(
        pdf_drawing.draw_sheet(sheet),
        seal_signer(),
        name="Seal",
        mark=Mark(sheet.mark, pdf_drawing.MARK_BOX),
        ask_time=answer_timestamp_request,
    )
    record_shown(person_id, issued.found.paper, person_id if actor is None else actor, act="print_paper")
    db.session.commit()
    return sealed
