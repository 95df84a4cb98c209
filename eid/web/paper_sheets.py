"""A printed paper in words: labels and values as its holder reads them, and what must stand on every such page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask import Response, render_template
from flask_babel import gettext as _

from eid.credentials.catalogue import Attribute, AttributeKind
from eid.credentials.offline_issuing import IssuedOfflineCode
from eid.credentials.qr_modules import build_modules
from eid.signing.pdf_values import Sheet
from eid.web.formats import write_date, write_moment


def write_sheet(issued: IssuedOfflineCode, portrait: bytes) -> Sheet:
    found = issued.found
    facts = [line for one in found.paper.attributes for line in _lines_of(one, found.content.get(one.name))]
    return Sheet(
        simulation=_("SIMULATION – a synthetic country, of no legal value"),
        title=_(found.paper.title),
        issuer=_(found.paper.agency),
        facts=[*facts, (_("Updated"), write_moment(found.updated_at))],
        code=build_modules(issued.code.text, issued.code.correction),
        code_words=(
            _("Scan it to read the whole paper and to see the photo. No network is needed."),
            _("The code is valid until %(moment)s.", moment=write_moment(issued.expires_at)),
            _("The seal below is an electronic signature: any reader of PDFs shows whether the file was altered."),
        ),
        portrait=portrait,
        mark=(_("Sealed electronically"), "eid", write_moment(issued.issued_at), _("Simulation")),
    )


def render_offline_code(issued: IssuedOfflineCode, *, wards: str = "") -> str:
    """The page with the code; `wards` is the address of a ward's papers, where it is one of those."""
    photo = b64encode(issued.code.photo).decode() if issued.code.photo else ""
    return render_template("citizen/paper_offline.html", issued=issued, found=issued.found, photo=photo, wards=wards)


def send_pdf(content: bytes, name: str) -> Response:
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"attachment; filename={name}.pdf"
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines_of(attribute: Attribute, value: Any) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    label = _(attribute.label)
    if attribute.kind is not AttributeKind.LIST:
        yield label, _write(value)
        return
    for number, item in enumerate(value or ["–"], 1):
        yield (label if number == 1 else ""), _write_item(item)


def _write_item(item: Any) -> str:
    parts = item.values() if isinstance(item, Mapping) else [item]
    return " · ".join(_write(part) for part in parts if part is not None)


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    try:
        return write_date(date.fromisoformat(value)) if isinstance(value, str) and len(value) == 10 else str(value)
    except ValueError:
        return str(value)
