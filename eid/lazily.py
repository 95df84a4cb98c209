"""Modules that are imported when something of them is first used: what few requests need must not make every start wait, nor lie
in the memory of every worker.

Only for modules of ours that bring a large library along, each listed with its reason in tests/test_architecture.py. Who uses one
imports it for the type checker too, so that the ladder of imports is seen and checked as everywhere.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Later:
    """Stands for the module of this name; the first look at an attribute imports it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)
