"""/metrics: figures for whoever runs the service, in Prometheus' text format. Nobody's name, number or address is among them."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from eid.api.country_figures import CountryFigures
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.errors import Refused
from eid.metrics import find_registry

blueprint = Blueprint("watching", __name__)

PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
"""What proxies add. A request that bears one comes from further away than its peer."""


def keep_country_figures(app: Flask) -> None:
    """From now on this application has a place for the figures that it counted last."""
    registry = CollectorRegistry()
    registry.register(CountryFigures())
    app.extensions[__name__] = registry


@blueprint.get("/metrics")
@callable_by(Caller.OPERATOR)
def show_metrics() -> Response:
    """What this and all other workers of the service counted, then the country's figures."""
    check_operator()
    figures = generate_latest(find_registry()) + generate_latest(current_app.extensions[__name__])
    return Response(figures, content_type=CONTENT_TYPE_LATEST)


def check_operator() -> None:
    """Raise Refused unless the request comes directly from a network that EID_METRICS_NETWORKS names."""
    peer = ip_address(request.remote_addr or "::")
    networks = current_settings().metrics_networks
    if any(name in request.headers for name in PASSED_ON) or not any(peer in network for network in networks):
        raise Refused("metrics_refused", "Figures are for whoever runs the service: read them from its own network.")
