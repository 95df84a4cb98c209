"""/audit/roots: the heads of the sealed audit log, and the key that signs them, for anybody who wants to keep them.

Who keeps a chained root can show later that the log was cut off or written anew; the heads say nothing about any entry but
how many there were and when.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from eid.audit_seal.published import MOST_HEADS, find_published
from eid.callers import Caller, callable_by
from eid.errors import Malformed
from eid.keystore import KeyUse, current_keystore

blueprint = Blueprint("audit_roots", __name__)

LARGEST_NUMBER = 2**63 - 1


@blueprint.get("/audit/roots")
@callable_by(Caller.ANYBODY)
def show_roots() -> Response:
    """The newest heads, or with ?after=N those behind batch N, oldest first; each as signed (docs/security.md)."""
    published = find_published(after=_parse_after())
    return jsonify(
        keys=current_keystore().find_published_jwks(KeyUse.AUDIT),
        newest={"number": published.newest, "root": published.chained_root.hex()},
        batches=[{"number": number, "head": head} for number, head in published.heads],
        most=MOST_HEADS,
    )


def _parse_after() -> int | None:
    written = request.args.get("after")
    if written is None:
        return None
    if not (written.isascii() and written.isdecimal() and len(written) <= 19 and int(written) <= LARGEST_NUMBER):
        raise Malformed("batch_number", "The number of a batch is a number.", fields={"after": ["A number."]})
    return int(written)
