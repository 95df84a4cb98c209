"""The kind of Flask application that this service is: what Flask works out anew at each request, and is the same at all of them,
is worked out once; what it works out for every address beforehand, when it is wanted.

Nothing is left out: views are functions and never coroutines, which is checked when the application is made; and the cookie of
forms is signed by the one secret that the application was made with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import iscoroutinefunction
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import Rule


class FormCookies(SecureCookieSessionInterface):
    """Flask's signed cookie; its signer is made once for a secret, and not at each request, with or without a cookie."""

    def __init__(self) -> None:
        self._signer: tuple[object, URLSafeTimedSerializer | None] = (None, None)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Who brings no cookie has an empty one."""
        if "HTTP_COOKIE" not in request.environ and app.secret_key:
            return self.session_class()
        return super().open_session(app, request)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        secret, signer = self._signer
        if signer is None or secret is not app.secret_key:
            signer = super().get_signing_serializer(app)
            self._signer = app.secret_key, signer
        return signer


class LateRule(Rule):
    """A route that compiles what writes its address when that is first written: a process writes the addresses of few of its
    routes, and compiling for all of them, twice each, took half of the time in which an application is made."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(compile_now(append_unknown))
            return compiled[0](rule, **values)

        return build


class ServiceFlask(Flask):
    """A Flask application whose views and hooks are functions, none of them a coroutine."""

    url_rule_class = LateRule

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.session_interface = FormCookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As it is: `check_no_coroutines` has seen them all, and Flask would look at each again for each request."""
        return func

    def check_no_coroutines(self) -> None:
        """Raise TypeError where a view or hook is a coroutine, which this application would never run."""
        coroutines = [function for function in self._functions() if iscoroutinefunction(function)]
        if coroutines:
            raise TypeError(f"{coroutines[0]} is a coroutine")

    def _functions(self) -> Iterator[Callable[..., Any]]:
        yield from self.view_functions.values()
        yield from self.teardown_appcontext_funcs
        for hooks in (self.before_request_funcs, self.after_request_funcs, self.teardown_request_funcs):
            for functions in hooks.values():
                yield from functions
        for of_codes in self.error_handler_spec.values():
            for of_kinds in of_codes.values():
                yield from of_kinds.values()
