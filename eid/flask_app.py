"""The kind of Flask application that this service is: what Flask works out anew at each request, and is the same at all of them,
is worked out once; what it works out for every address beforehand, when it is wanted.

Nothing is left out: views are functions and never coroutines, which is checked when the application is made; and the cookie of
forms is signed by the one secret that the application was made with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, Request, Response, request_tearing_down
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import Rule

from eid.flask_context import KnownRoutes, ServiceContext, current_context
from eid.flask_request import ServiceRequest
from eid.flask_response import ServiceJson, ServiceResponse
from eid.late_dataclasses import frozen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Hook = TypeVar("Hook", bound=Callable[..., Any])


class FormCookies(SecureCookieSessionInterface):
    """Flask's signed cookie; its signer is made once for a secret, and not at each request."""

    def __init__(self) -> None:
        self._signer: tuple[object, URLSafeTimedSerializer | None] = (None, None)

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


def concerns(is_concerned: Callable[[Rule | None], bool]) -> Callable[[Hook], Hook]:
    """Mark a hook of the application with the routes at which it does something: at others it is not called. The route of an
    address that leads nowhere is None."""

    def mark(hook: Hook) -> Hook:
        hook.is_concerned = is_concerned  # type: ignore[attr-defined]
        return hook

    return mark


@frozen
class Hooks:
    """What is called around the view of one route, in this order."""

    before: tuple[Callable[[], Any], ...]
    after: tuple[Callable[[Response], Response], ...]
    teardown: tuple[Callable[[BaseException | None], None], ...]


class ServiceFlask(Flask):
    """A Flask application whose views and hooks are functions, none of them a coroutine, none of them added once it serves.

    Which hooks a route has is found once, at its first request; which route an address without variables has, likewise.
    """

    url_rule_class = LateRule
    request_class = ServiceRequest
    response_class = ServiceResponse
    json_provider_class = ServiceJson

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.session_interface = FormCookies()
        self.known_routes = KnownRoutes()
        self._hooks: dict[tuple[str, str] | None, Hooks] = {}

    def request_context(self, environ: WSGIEnvironment) -> ServiceContext:
        return ServiceContext(self, environ)

    def preprocess_request(self) -> Any:
        """The first answer of a hook, which is then the request's; None where the view is to answer."""
        for hook in self._find_hooks(current_context().request).before:
            answer = hook()
            if answer is not None:
                return answer
        return None

    def dispatch_request(self) -> Any:
        request = current_context().request
        rule = request.url_rule
        if rule is None or request.method == "OPTIONS":
            return super().dispatch_request()
        return self.view_functions[rule.endpoint](**request.view_args)  # type: ignore[arg-type]

    def process_response(self, response: Response) -> Response:
        """What is sent: the answer after all hooks; a session that nobody asked for is not looked at."""
        context = current_context()
        for hook in context._after_request_functions:
            response = hook(response)
        for hook in self._find_hooks(context.request).after:
            response = hook(response)
        context.status = response.status_code
        session = context._session
        if session is not None and not self.session_interface.is_null_session(session):
            self.session_interface.save_session(self, session, response)
        return response

    def make_response(self, rv: Any) -> Response:
        if type(rv) is Response:
            rv.__class__ = ServiceResponse  # what Flask does by a longer way
        return rv if type(rv) is ServiceResponse else super().make_response(rv)

    def do_teardown_request(self, *failed: Any) -> None:
        error = failed[0] if failed else None
        for hook in self._find_hooks(current_context().request).teardown:
            hook(error)
        if request_tearing_down.receivers:
            request_tearing_down.send(self, exc=error)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As it is: `check_hooks` has seen them all, and Flask would look at each again for each request."""
        return func

    def check_hooks(self) -> None:
        """Raise TypeError where a view or hook is a coroutine, or a hook of a kind, which this application would never run."""
        coroutines = [function for function in self._functions() if iscoroutinefunction(function)]
        if coroutines:
            raise TypeError(f"{coroutines[0]} is a coroutine")
        if any(self.url_value_preprocessors.values()):
            raise TypeError("there is a url_value_preprocessor")

    def _find_hooks(self, request: Request) -> Hooks:
        rule = request.url_rule
        key = None if rule is None else (rule.endpoint, rule.rule)
        found = self._hooks.get(key)
        if found is None:
            found = self._hooks[key] = self._gather_hooks(rule, request.blueprints)
        return found

    def _gather_hooks(self, route: Rule | None, blueprints: list[str]) -> Hooks:
        """As Flask orders them: inwards before the view, outwards after it, the last that was added first."""
        inwards, outwards = (None, *reversed(blueprints)), (*blueprints, None)

        def gather(of_scopes: Any, scopes: tuple[str | None, ...]) -> Iterator[Any]:
            for scope in scopes:
                for hook in of_scopes.get(scope, ()):
                    is_concerned = getattr(hook, "is_concerned", None)
                    if is_concerned is None or is_concerned(route):
                        yield hook

        def gather_backwards(of_scopes: Any) -> Iterator[Any]:
            return gather({scope: hooks[::-1] for scope, hooks in of_scopes.items()}, outwards)

        return Hooks(
            tuple(gather(self.before_request_funcs, inwards)),
            tuple(gather_backwards(self.after_request_funcs)),
            tuple(gather_backwards(self.teardown_request_funcs)),
        )

    def _functions(self) -> Iterator[Callable[..., Any]]:
        yield from self.view_functions.values()
        yield from self.teardown_appcontext_funcs
        for hooks in (self.before_request_funcs, self.after_request_funcs, self.teardown_request_funcs):
            for functions in hooks.values():
                yield from functions
        for of_codes in self.error_handler_spec.values():
            for of_kinds in of_codes.values():
                yield from of_kinds.values()
