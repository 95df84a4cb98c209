"""Headers that every answer bears: nothing from elsewhere runs here, and nobody frames our pages."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)

PERMISSIONS = (
    "geolocation=(), microphone=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self)"
)

_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS),
)
_SECURE = (("Strict-Transport-Security", "max-age=31536000"),)
"""Beside them, where the request came by TLS."""

_FORM_ACTION = "eid.form_action"
_FRAMES = "eid.frames"


def allow_form_action(origin: str) -> None:
    """Let forms of this page lead on to one more origin: a consent form ends at the relying service."""
    request.environ[_FORM_ACTION] = origin


def allow_frames(origins: Iterable[str]) -> None:
    """Let this page hold frames of these origins, and of no others: services end their sessions in them."""
    request.environ[_FRAMES] = " ".join(origins)


def add_security_headers(response: Response) -> Response:
    """Those that a view set stay as they are."""
    environ, headers = request.environ, response.headers
    policy = POLICY
    if _FORM_ACTION in environ:
        policy = f"{policy} {environ[_FORM_ACTION]}"
    if environ.get(_FRAMES):
        policy = f"{policy}; frame-src {environ[_FRAMES]}"
    present = {name.lower() for name, _ in headers}
    wanted = (("Content-Security-Policy", policy), *_ALWAYS, *(_SECURE if request.is_secure else ()))
    headers.extend([pair for pair in wanted if pair[0].lower() not in present])
    return response
