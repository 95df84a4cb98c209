"""What Flask keeps of a request while it is answered, made for as much of it as somebody asks for."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Request
from flask.ctx import RequestContext
from flask.globals import _cv_app, _cv_request
from flask.sessions import SessionMixin
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.routing import MapAdapter, Rule

    from eid.flask_app import ServiceFlask

MOST_HOSTS = 64


class KnownRoutes:
    """What Werkzeug found for addresses without variables, and names of hosts that it took: the same are found again without it.

    Bounded by the routes there are, and by MOST_HOSTS, after which the hosts are forgotten.
    """

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str], Rule] = {}
        self._hosts: set[str] = set()

    def find(self, request: Request) -> Rule | None:
        """None for whatever has to be looked for."""
        environ = request.environ
        if environ.get("HTTP_HOST") not in self._hosts or "HTTP_UPGRADE" in environ or not environ.get("PATH_INFO"):
            return None
        return self._rules.get((request.method, request.path))

    def keep(self, request: Request, rule: Rule) -> None:
        """This request was led to this route."""
        if rule.arguments or rule.defaults or "HTTP_UPGRADE" in request.environ or not request.environ.get("PATH_INFO"):
            return
        self._rules[request.method, request.path] = rule
        if len(self._hosts) >= MOST_HOSTS:
            self._hosts.clear()
        if "HTTP_HOST" in request.environ:
            self._hosts.add(request.environ["HTTP_HOST"])


class ServiceContext(RequestContext):
    """One request. Its session is opened, and what writes addresses is made, when they are first asked for."""

    app: ServiceFlask

    def __init__(
        self,
        app: ServiceFlask,
        environ: WSGIEnvironment,
        request: Request | None = None,
        session: SessionMixin | None = None,
    ) -> None:
        self.started = time.perf_counter()
        self.number = ""
        """By which the log and the answer name this request."""
        self.status: int | None = None
        """What was answered; None as long as nothing was."""
        self.is_counted = False
        """Whether it is among the requests under way."""
        self.app = app
        self.request = app.request_class(environ) if request is None else request
        self.request.json_module = app.json
        self.request.max_content_length = app.config["MAX_CONTENT_LENGTH"]
        self.flashes: list[tuple[str, str]] | None = None
        self._session = session
        self._after_request_functions: list[Any] = []
        self._cv_tokens: list[Any] = []
        self.is_within_older = False
        """Whether it was begun within an application's context that was there before (in tests, in commands)."""

    @cached_property
    def url_adapter(self) -> MapAdapter | None:  # type: ignore[override]
        """Where the request names a host that can be none, addresses are written all the same: of the page that says so."""
        try:
            return self.app.create_url_adapter(self.request)
        except HTTPException as error:
            self.request.routing_exception = error
            return self.app.url_map.bind("")

    @property
    def session(self) -> SessionMixin:
        """Opened for the first who asks."""
        if self._session is None:
            opened = self.app.session_interface.open_session(self.app, self.request)
            self._session = self.app.session_interface.make_null_session(self.app) if opened is None else opened
        return super().session

    def match_request(self) -> None:
        request, known = self.request, self.app.known_routes
        rule = known.find(request)
        if rule is not None:
            request.url_rule, request.view_args = rule, {}
            return
        adapter = self.url_adapter
        if adapter is None or request.routing_exception is not None:
            return
        try:
            rule, request.view_args = adapter.match(return_rule=True)  # type: ignore[assignment]
        except HTTPException as error:
            request.routing_exception = error
        else:
            assert rule is not None
            request.url_rule = rule
            known.keep(request, rule)

    def push(self) -> None:
        own, above = None, _cv_app.get(None)
        if above is None or above.app is not self.app:
            own = self.app.app_context()
            own.push()
        is_first = not self._cv_tokens
        self.is_within_older = own is None
        self._cv_tokens.append((_cv_request.set(self), own))
        if is_first:
            self.match_request()


current_context = cast("Callable[[], ServiceContext]", _cv_request.get)
"""What Flask keeps of the request that is answered now. Raises LookupError where there is none."""


def current_request() -> Request:
    """What `flask.request` stands for, for code that every request runs: each look through that costs six calls."""
    return current_context().request


def current_application() -> Flask:
    """What `flask.current_app` stands for, likewise. Raises LookupError where there is none."""
    return _cv_app.get().app
