"""Every test has an application of its own, but the addresses of all of a mode are the same: they are worked out once for each.

Registering some two hundred addresses and describing them costs more than most tests do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask
from flask_wtf.csrf import CSRFProtect

import eid.app

Register = Callable[..., None]

OF_EACH_SCOPE = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "url_value_preprocessors",
    "url_default_functions",
    "template_context_processors",
)
"""Flask's tables that blueprints add to: scope → functions."""


@dataclass
class SharedRoutes:
    """Stands for eid.app's registration of blueprints: does it once, on an application that serves nothing else."""

    register: Register
    models: dict[bool, tuple[Flask, CSRFProtect]] = field(default_factory=dict)
    """By whether it is the demo's: production has fewer addresses."""

    def __call__(self, app: Flask, csrf: CSRFProtect, *, is_demo: bool) -> None:
        model, exempt = self._find_model(app, is_demo=is_demo)
        app.url_map = model.url_map
        app.view_functions |= {name: view for name, view in model.view_functions.items() if name != "static"}
        app.blueprints |= model.blueprints
        app.extensions["flask-smorest"] = model.extensions["flask-smorest"]
        for table in OF_EACH_SCOPE:
            for scope, functions in getattr(model, table).items():
                getattr(app, table)[scope].extend(functions)
        for scope, handlers in model.error_handler_spec.items():
            for code, by_class in handlers.items():
                app.error_handler_spec[scope][code].update(by_class)
        csrf._exempt_blueprints |= exempt._exempt_blueprints
        csrf._exempt_views |= exempt._exempt_views

    def _find_model(self, like: Flask, *, is_demo: bool) -> tuple[Flask, CSRFProtect]:
        if is_demo not in self.models:
            model, exempt = self.models[is_demo] = Flask("eid"), CSRFProtect()
            model.config.update(like.config)
            model.url_map.converters.update(like.url_map.converters)
            self.register(model, exempt, is_demo=is_demo)
        return self.models[is_demo]


def share_routes() -> None:
    """From now on applications of this process share their addresses; whoever adds one adds it for all."""
    if not isinstance(eid.app._register_blueprints, SharedRoutes):
        eid.app._register_blueprints = SharedRoutes(eid.app._register_blueprints)
