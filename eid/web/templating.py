"""What every template can use: formats, QR codes, navigation and the addresses of static files."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, request, url_for

from eid.config import Settings
from eid.web import acts, formats, forms, navigation
from eid.web.qr import draw_qr
from eid.web.session import caller_on_this_page

STATIC = Path(__file__).parent.parent / "static"


@cache
def _fingerprint(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def find_asset(name: str) -> str:
    """The address of a static file, which changes when the file does, so that browsers may keep it for good."""
    return url_for("static", filename=name, v=_fingerprint(name))


def _keep_assets(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def init_app(app: Flask, settings: Settings) -> None:
    app.jinja_env.filters.update(
        date=formats.write_date,
        time=formats.write_time,
        moment=formats.write_moment,
        number=formats.write_number,
        pin=formats.write_pin,
        amr_word=acts.describe_method,
    )
    app.jinja_env.globals.update(
        asset=find_asset,
        qr=draw_qr,
        is_demo=settings.is_demo,
        navigation=lambda: navigation.find_links(settings, caller_on_this_page()),
        footer_links=lambda: navigation.footer_links(settings),
        page_address=navigation.page_address,
        refusal=forms.current_refusal,
    )
    app.after_request(_keep_assets)
