"""Refusals as people read them: one page that says what happened, what to do, and a number to quote."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, make_response, render_template
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from eid.clock import wall_now
from eid.errors import Refusal, Unreadable
from eid.logs import log, request_number
from eid.web.forms import form_that_was_refused, render_form_again


def render_refusal(refusal: Refusal) -> Response:
    log.info("refused", code=refusal.code, reason=refusal.reason or None)
    form = None if isinstance(refusal, Unreadable) else form_that_was_refused()
    shown_again = render_form_again(form, refusal) if form else None
    return _tell_when_to_retry(shown_again, refusal) if shown_again else render_as_page(refusal)


def render_as_page(refusal: Refusal) -> Response:
    """The refusal on a page of its own, whatever form led to it."""
    return _tell_when_to_retry(_page(refusal.status, refusal.code, _(refusal.detail)), refusal)


def _tell_when_to_retry(page: Response, refusal: Refusal) -> Response:
    wait = refusal.seconds_until_retry(wall_now())
    if wait is not None:
        page.headers["Retry-After"] = str(wait)
    return page


def render_http_exception(error: HTTPException) -> Response:
    if isinstance(error, CSRFError):
        return _page(
            400, "form_expired", _("This form is too old or was opened elsewhere. Go back, reload, try again.")
        )
    status = HTTPStatus(error.code or 500)
    details = {
        HTTPStatus.NOT_FOUND: _("There is no page at this address."),
        HTTPStatus.METHOD_NOT_ALLOWED: _("This page cannot be used in that way."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("What you sent is larger than this service accepts."),
        HTTPStatus.TOO_MANY_REQUESTS: _("Too many requests. Wait a minute and try again."),
    }
    page = _page(status, status.phrase.lower().replace(" ", "_"), details.get(status, _("The request cannot be read.")))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        page.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # RFC 9110, section 15.5.6
    return page


def render_accident(error: Exception) -> Response:
    log.error("accident", exc_info=error)
    return _page(500, "internal_error", _("Something went wrong here. It is not your fault, and nothing is half done."))


def _page(status: int, code: str, detail: str) -> Response:
    page = render_template("error.html", status=int(status), code=code, detail=detail, number=request_number())
    response = make_response(page, int(status))
    response.headers["Cache-Control"] = "no-store"
    return response
