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

_FORM_ACTION = "eid.form_action"
_FRAMES = "eid.frames"


def allow_form_action(origin: str) -> None:
    """Let forms of this page lead on to one more origin: a consent form ends at the relying service."""
    request.environ[_FORM_ACTION] = origin


def allow_frames(origins: Iterable[str]) -> None:
    """Let this page hold frames of these origins, and of no others: services end their sessions in them."""
    request.environ[_FRAMES] = " ".join(origins)


def add_security_headers(response: Response) -> Response:
    policy = POLICY
    if _FORM_ACTION in request.environ:
        policy = f"{policy} {request.environ[_FORM_ACTION]}"
    if request.environ.get(_FRAMES):
        policy = f"{policy}; frame-src {request.environ[_FRAMES]}"
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
