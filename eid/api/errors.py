"""Refusals as programs read them: RFC 9457 problem details, and RFC 6749 JSON for OAuth."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from eid.clock import wall_now
from eid.errors import Malformed, OAuthError, Refusal, VerificationFailed
from eid.logs import log, request_number

PROBLEM = "application/problem+json"
PROTOCOL = ("/oauth/", "/csc/")
"""Where refusals have the form of RFC 6749, whatever they are; the CSC API has the same (section 10.1)."""


def render_refusal(refusal: Refusal) -> Response:
    log.info("refused", code=refusal.code, reason=refusal.reason or None)
    if isinstance(refusal, OAuthError):
        return _oauth_error(refusal)
    if request.path.startswith(PROTOCOL):
        error = "temporarily_unavailable" if refusal.status in _FOR_NOW else "invalid_request"
        response = _oauth_error(OAuthError(error, refusal.detail, status=refusal.status))
    else:
        response = _respond(build_problem(refusal))
    wait = refusal.seconds_until_retry(wall_now())
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def render_unready(first: Refusal, checks: dict[str, str]) -> Response:
    """The first thing that does not hold, and the code of every thing that was looked at."""
    log.warning("not_ready", code=first.code, reason=first.reason or None)
    response = _respond(build_problem(first) | {"checks": checks})
    response.headers["Retry-After"] = "2"
    return response


_FOR_NOW = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)


def build_problem(refusal: Refusal) -> dict[str, Any]:
    """The problem details of a refusal: RFC 9457, section 3, with what was found where evidence was checked."""
    extra: dict[str, Any] = {}
    if isinstance(refusal, VerificationFailed):
        extra["step"] = refusal.step
        extra |= refusal.evidence
    if isinstance(refusal, Malformed) and refusal.fields:
        extra["fields"] = refusal.fields
    return _describe(refusal.status, refusal.title, refusal.code, refusal.detail, **extra)


def build_accident_problem(error: Exception) -> dict[str, Any]:
    """Something that nobody foresaw: the log gets all of it, the caller gets a number to quote."""
    log.error("accident", exc_info=error)
    return _describe(500, "Internal error", "internal_error", f"Something went wrong here; quote {request_number()}.")


def render_http_exception(error: HTTPException) -> Response:
    """What Flask, Werkzeug and flask-smorest refuse themselves, in the same form as our own refusals."""
    status = HTTPStatus(error.code or 500)
    extra: dict[str, Any] = {}
    code = status.phrase.lower().replace(" ", "_").replace("-", "_")
    fields = getattr(error, "data", {}).get("messages") if hasattr(error, "data") else None
    if status is HTTPStatus.UNPROCESSABLE_ENTITY and fields is not None:
        status, code = HTTPStatus.BAD_REQUEST, "malformed"
        extra["fields"] = fields
    response = _problem(status, status.phrase, code, _HTTP_DETAILS.get(status, status.description), **extra)
    if error.response is not None:
        return response
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def render_accident(error: Exception) -> Response:
    return _respond(build_accident_problem(error))


_HTTP_DETAILS = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not answer to that method.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is larger than this service accepts.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Send the body as application/json.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests from this address; wait and try again.",
}


def _describe(status: int, title: str, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    return {"type": "about:blank", "title": title, "status": int(status), "code": code, "detail": detail, **extra}


def _problem(status: int, title: str, code: str, detail: str, **extra: Any) -> Response:
    return _respond(_describe(status, title, code, detail, **extra))


def _respond(problem: dict[str, Any]) -> Response:
    response = jsonify(problem)
    response.status_code = problem["status"]
    response.content_type = PROBLEM
    response.headers["Cache-Control"] = "no-store"
    return response


def _oauth_error(refusal: OAuthError) -> Response:
    """RFC 6749, section 5.2, at the addresses of the protocol; problem details, with the same `code`, everywhere else."""
    if request.path.startswith(PROTOCOL):
        response = jsonify(error=refusal.code, error_description=refusal.detail)
        response.status_code = refusal.status
        response.headers["Cache-Control"] = "no-store"
    else:
        response = _problem(refusal.status, refusal.title, refusal.code, refusal.detail)
    if refusal.challenge:
        response.headers["WWW-Authenticate"] = refusal.challenge
    return response
