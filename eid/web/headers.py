"""Headers that every answer bears: nothing from elsewhere runs here, and nobody frames our pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

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
_SECURE = (*_ALWAYS, ("Strict-Transport-Security", "max-age=31536000"))
"""Where the request came by TLS."""
_NAMES = frozenset(name.lower() for name, _ in (*_SECURE, ("Content-Security-Policy", "")))

_FORM_ACTION = "eid.form_action"
_FRAMES = "eid.frames"


def allow_form_action(origin: str) -> None:
    """Let forms of this page lead on to one more origin: a consent form ends at the relying service."""
    request.environ[_FORM_ACTION] = origin


def allow_frames(origins: Iterable[str]) -> None:
    """Let this page hold frames of these origins, and of no others: services end their sessions in them."""
    request.environ[_FRAMES] = " ".join(origins)


class SecurityHeaders:
    """Before an application: each of its answers bears these headers; those that a view set stay as they are."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            wanted = _SECURE if environ["wsgi.url_scheme"] == "https" else _ALWAYS
            policy = POLICY if _FORM_ACTION not in environ and _FRAMES not in environ else _build_policy(environ)
            added: Iterable[tuple[str, str]] = (("Content-Security-Policy", policy), *wanted)
            present = {name.lower() for name, _ in headers}
            if not present.isdisjoint(_NAMES):
                added = [pair for pair in added if pair[0].lower() not in present]
            return start_response(status, [*headers, *added], *failed)

        return self._app(environ, start)


def _build_policy(environ: WSGIEnvironment) -> str:
    policy = POLICY
    if _FORM_ACTION in environ:
        policy = f"{policy} {environ[_FORM_ACTION]}"
    if environ.get(_FRAMES):
        policy = f"{policy}; frame-src {environ[_FRAMES]}"
    return policy
