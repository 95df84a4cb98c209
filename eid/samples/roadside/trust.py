"""What a terminal trusts: the issuer's keys and status lists, as they were loaded. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from eid.samples.roadside.status_lists import StatusList, read_status_list
from eid.samples.signatures import NotVerified


@dataclass(frozen=True)
class Trust:
    issuer: str
    keys: Mapping[str, Mapping[str, Any]]
    """By `kid`, as they were published."""
    lists: Mapping[str, str] = field(default_factory=dict)
    """The newest status lists by address, as they were signed; verified each time they are used."""
    loaded_at: int = 0
    """When the keys were loaded, in seconds since 1970; 0 where nothing ever was."""

    def find(self, kid: str) -> ECKey:
        """Raises NotVerified where the key was not loaded: nobody is asked."""
        if kid not in self.keys:
            raise NotVerified("key", "not among the keys that were loaded")
        try:
            return ECKey.import_key(dict(self.keys[kid]))
        except (JoseError, ValueError) as error:
            raise NotVerified("key", "no key of this kind") from error

    def find_list(self, uri: str) -> StatusList | None:
        """The list as it was last fetched. Raises NotVerified where what is kept does not hold."""
        token = self.lists.get(uri)
        return None if token is None else read_status_list(token, uri=uri, keys=self)

    def with_list(self, uri: str, token: str) -> Trust:
        return Trust(self.issuer, self.keys, {**self.lists, uri: token}, self.loaded_at)


def nothing_trusted(issuer: str) -> Trust:
    return Trust(issuer, {})
