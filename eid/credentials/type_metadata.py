"""What a type of credential says (SD-JWT VC, section 6), at the address that its `vct` is."""

from __future__ import annotations

from typing import Any

from eid.credentials.configurations import KEPT
from eid.credentials.wallet_credentials import type_of
from eid.errors import NotFound


def find_type_metadata(paper: str) -> dict[str, Any]:
    """What a credential of this paper says, and that all of it can be withheld. Raises NotFound: paper_kind_unknown."""
    if paper not in KEPT:
        raise NotFound("paper_kind_unknown", "There is no paper of this kind.")
    kind = KEPT[paper]
    claims = [{"path": [attribute.name], "sd": "always"} for attribute in kind.attributes]
    return {"vct": type_of(kind), "name": kind.title, "claims": claims}
