"""What the demo serves besides: it lets sign-ins go wrong on purpose, and shows load scenarios. In production there is no such
address, and none of this is loaded."""

from __future__ import annotations

from flask_smorest import Blueprint

from eid.api import fault_runs, wallet_provider
from eid.api.fault_seam import install_fault_seam
from eid.web import load_runs, service_faults, service_requests, service_runs

__all__ = ["API_BLUEPRINTS", "WEB_BLUEPRINTS", "install_fault_seam"]

API_BLUEPRINTS: tuple[Blueprint, ...] = (fault_runs.blueprint, wallet_provider.blueprint)
"""Described in the OpenAPI document."""
WEB_BLUEPRINTS = (
    load_runs.blueprint,
    service_faults.blueprint,
    service_requests.blueprint,
    service_runs.blueprint,
    service_runs.scores,
)
