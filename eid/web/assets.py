"""Static files: their addresses change when they do, so that browsers keep them for good; where they are text they are small
on the way. The style sheets that every page has are sent as one.
"""

from __future__ import annotations

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, request, url_for

from eid.callers import Caller, callable_by
from eid.flask_app import concerns

blueprint = Blueprint("assets", __name__)

STATIC = Path(__file__).parent.parent / "static"
STYLE_SHEET = "style.css"
PARTS_OF_STYLE_SHEET = ("tokens", "base", "layout", "forms", "parts", "identity", "print")
"""In the order in which they overrule each other."""
ENDPOINTS = ("assets.show_style_sheet", "static")
"""Those of the style sheet and of all other files."""
TEXTS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
"""Static files that become smaller."""


@blueprint.get(f"/static/{STYLE_SHEET}")
@callable_by(Caller.ANYBODY)
def show_style_sheet() -> Response:
    response = Response(read_asset(STYLE_SHEET), mimetype="text/css")
    response.set_etag(_fingerprint(STYLE_SHEET))
    response.make_conditional(request)
    return response


@cache
def read_asset(name: str) -> bytes:
    """A static file's content. Raises OSError where there is none of this name."""
    if name == STYLE_SHEET:
        return b"\n".join((STATIC / f"{part}.css").read_bytes() for part in PARTS_OF_STYLE_SHEET)
    return (STATIC / name).read_bytes()


def find_asset(name: str) -> str:
    """The address of a static file, which changes when the file does, so that browsers may keep it for good."""
    return _address_of(name, request.script_root)


@concerns(lambda route: route is not None and route.endpoint in ENDPOINTS)
def keep_assets(response: Response) -> Response:
    """Browsers keep a static file whose address bears its fingerprint for good, and get it compressed where it is text.

    Pages are not compressed: they bear secrets beside what others wrote, and their lengths would tell of them (BREACH).
    """
    name = _find_name()
    if response.status_code != 200 or request.args.get("v") != _fingerprint(name):
        return response
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if response.mimetype in TEXTS:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] and request.method == "GET" and "Range" not in request.headers:
            response.close()  # the file, which is not sent now
            response.direct_passthrough = False
            response.set_data(_compress(name, _fingerprint(name)))
            response.content_encoding = "gzip"
            response.set_etag(f"{_fingerprint(name)}-gzip")
    return response


def _find_name() -> str:
    """The name of the static file that was asked for."""
    return STYLE_SHEET if request.endpoint == ENDPOINTS[0] else str((request.view_args or {})["filename"])


@cache
def _fingerprint(name: str) -> str:
    return sha256(read_asset(name)).hexdigest()[:12]


@cache
def _address_of(name: str, _below: str) -> str:
    """Worked out once for each place that the service is mounted at."""
    if name == STYLE_SHEET:
        return url_for("assets.show_style_sheet", v=_fingerprint(name))
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _compress(name: str, fingerprint: str) -> bytes:
    return gzip.compress(read_asset(name), mtime=0)
