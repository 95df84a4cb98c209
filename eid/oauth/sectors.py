"""The sector of a client, in which a person is one subject (OpenID Connect Core, section 8.1; Registration, section 5)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from eid.errors import Malformed
from eid.fetching import check_url, fetch
from eid.oauth.redirects import LOOPBACK, find_sector


def find_checked_sector(redirect_uris: Sequence[str], *, client_id: str, sector_identifier_uri: str | None) -> str:
    """The sector of a client with these redirect URIs; that of a sector_identifier_uri is its host, which vouches for each.

    1. The address may be called, and answers with a JSON list of addresses.
    2. Each redirect URI is on the list, character by character.

    A loopback host is everybody's: there the whole address is the sector. A client without redirect URIs and without such an
    address is a sector of its own. Raises Malformed (sector_ambiguous, sector_malformed,
    sector_mismatch) and what fetch raises.
    """
    if sector_identifier_uri is None:
        return find_sector(redirect_uris, client_id=client_id) if redirect_uris else client_id
    # (1)
    check_url(sector_identifier_uri)
    listed = _parse_list(fetch(sector_identifier_uri).body)
    # (2)
    if not set(redirect_uris) <= listed:
        raise Malformed("sector_mismatch", "The sector_identifier_uri does not list every redirect address.")
    host = urlsplit(sector_identifier_uri).hostname or ""
    return sector_identifier_uri if host in LOOPBACK else host


def _parse_list(body: bytes) -> set[str]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _malformed() from error
    if not isinstance(found, list) or not all(isinstance(uri, str) for uri in found):
        raise _malformed()
    return set(found)


def _malformed() -> Malformed:
    return Malformed(
        "sector_malformed", "The sector_identifier_uri must answer with a JSON list of redirect addresses."
    )
