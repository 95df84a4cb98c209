"""Every route says who may call it, and every page that acts on a form checks where the form came from."""

from flask import Flask

from eid.callers import Caller

GIVEN_BY_LIBRARIES = {"static", "api-docs.openapi_json"}


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    silent = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in GIVEN_BY_LIBRARIES and not _callers_of(app.view_functions[rule.endpoint])
    ]
    assert silent == []


def _callers_of(view: object) -> set[Caller]:
    """Who may call a view function, or each method of a class-based one."""
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        caller = getattr(view, "callable_by", None)
        return {caller} if isinstance(caller, Caller) else set()
    callers = [getattr(getattr(view_class, m.lower()), "callable_by", None) for m in view_class.methods]
    return set(callers) if all(isinstance(caller, Caller) for caller in callers) else set()
