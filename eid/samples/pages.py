"""Headers that every page of a sample bears."""

from __future__ import annotations

from flask import Flask, Response, request


def add_headers(app: Flask, *, leads_to: str = "", scripts: bool = False, connects: bool = False) -> None:
    """Nothing from elsewhere runs on these pages, nobody frames them and no browser keeps them.

    `leads_to`: where their forms may end besides here, as sending somebody away to sign in is a form, too. `scripts`: whether
    they have any, of their own; these may then use the camera. `connects`: whether these talk to the page's own address.
    """
    policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "
    policy += "script-src 'self'; " if scripts else ""
    policy += "connect-src 'self'; " if connects else ""
    policy += f"form-action 'self' {leads_to}".strip()

    def add(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Permissions-Policy"] = f"camera=({'self' if scripts else ''}), geolocation=(), microphone=()"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    app.after_request(add)
