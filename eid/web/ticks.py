"""The ticks of a page on which a citizen decides what a service may have."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

from eid.oauth.asking import AskedGroup


def list_ticks(groups: Iterable[AskedGroup]) -> set[tuple[str, str]]:
    """As (field, value): those that were sent and refused, or, at first, all."""
    if request.method == "POST":
        return {(name, value) for name in ("scope", "claim") for value in request.form.getlist(name)}
    return {(one.field, one.key) for group in groups for one in group.attributes}
