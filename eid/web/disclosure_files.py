"""Disclosures as files that a person can keep: CSV for a spreadsheet, JSON for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from flask_babel import gettext as _

from eid.web.disclosure_words import DescribedDisclosure
from eid.web.formats import HANOI, write_moment

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula."""


def write_csv(disclosures: Iterable[DescribedDisclosure]) -> str:
    """A line each, with headings in the page's language; a mark at the start tells spreadsheets that it is UTF-8."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([_("When"), _("Who"), _("What"), _("What for"), _("Which data")])
    for one in disclosures:
        cells = [write_moment(one.at), one.who, one.act, one.purpose, "; ".join(one.attributes)]
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return "\ufeff" + written.getvalue()


def write_json(disclosures: Iterable[DescribedDisclosure]) -> str:
    """A document with an object each; times as ISO 8601 has them, on the clock of Hà Nội."""
    lines = [
        {
            "id": one.id,
            "at": one.at.astimezone(HANOI).isoformat(timespec="seconds"),
            "who": one.who,
            "client_id": one.client or None,
            "what": one.act,
            "purpose": one.purpose,
            "attributes": list(one.attributes),
        }
        for one in disclosures
    ]
    return json.dumps({"disclosures": lines}, ensure_ascii=False, indent=1)
