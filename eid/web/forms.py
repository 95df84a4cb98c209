"""A form that was refused is shown again with the refusal on it, under the refusal's own status.

A view that acts on a form bears @refused_on with the endpoint of the page that has the form.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from flask import Response, current_app, make_response, request, url_for

from eid.errors import Refusal
from eid.web.formats import parse_date

View = TypeVar("View", bound=Callable[..., Any])

_REFUSAL = "eid.refusal"
MOST_DIGITS = 18


def refused_on(endpoint: str) -> Callable[[View], View]:
    """Mark a view with the page on which its refusals are shown."""

    def mark(view: View) -> View:
        view.refused_on = endpoint  # type: ignore[attr-defined]
        return view

    return mark


def form_that_was_refused() -> str | None:
    """The endpoint of the page that shows the refusals of this request's view, if it has one."""
    view = current_app.view_functions.get(request.endpoint or "")
    return None if _REFUSAL in request.environ else getattr(view, "refused_on", None)


def render_form_again(endpoint: str, refusal: Refusal) -> Response | None:
    """The page with the form, its refusal in `refusal()`; where that page leads on instead, so does this.

    None where the page refuses itself: whoever may not see it gets the first refusal on a page of its own.
    """
    request.environ[_REFUSAL] = refusal
    try:
        response = make_response(current_app.view_functions[endpoint](**_arguments_of(endpoint)))
    except Refusal:
        return None
    if response.status_code == 200:
        response.status_code = refusal.status
    response.headers["Cache-Control"] = "no-store"
    return response


def form_address() -> str | None:
    """Where the form is that leads to this request's view, if the view says so."""
    endpoint = getattr(current_app.view_functions.get(request.endpoint or ""), "refused_on", None)
    return url_for(endpoint, **_arguments_of(endpoint)) if endpoint else None


def _arguments_of(endpoint: str) -> dict[str, Any]:
    """What this request's address and that page's address both name."""
    named = {name for rule in current_app.url_map.iter_rules(endpoint) for name in rule.arguments}
    return {name: value for name, value in (request.view_args or {}).items() if name in named}


def current_refusal() -> Refusal | None:
    """What the page has to say about the form that it shows again."""
    refusal: Refusal | None = request.environ.get(_REFUSAL)
    return refusal


def given_date(name: str) -> date:
    """A day from the form, dd/mm/yyyy. Raises Malformed: date_malformed, which names the field."""
    return parse_date(given(name), field=name)


def given_number(name: str) -> int | None:
    """A whole number from the form that a column can hold; None where there is none."""
    text = given(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def given(name: str, longest: int = 256) -> str:
    """A field of the form that was sent, without surrounding blanks; nothing where it is missing."""
    return request.form.get(name, "")[:longest].strip()


def given_digits(name: str) -> str:
    """A number from the form as people write it: blanks, dots and dashes left out."""
    return given(name).translate(str.maketrans("", "", " .-\u00a0"))
