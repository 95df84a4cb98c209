"""Which disclosures of an SD-JWT stand where, and which of them a claim needs (RFC 9901, section 4.2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eid.crypto.disclosures import algorithm_of, digest_of_disclosure, parse_disclosure
from eid.crypto.sd_jwt import SdJwt
from eid.presentations.claim_paths import is_within
from eid.presentations.dcql import Path
from eid.presentations.unverified import read_unverified


def read_claims(sd_jwt: SdJwt) -> dict[str, Any]:
    """All that the token says where every disclosure is shown; believed, because its holder verified it when they got it."""
    return dict(_Walk(sd_jwt).claims)


def choose_disclosures(sd_jwt: SdJwt, paths: Iterable[Path]) -> tuple[str, ...]:
    """The disclosures that lie where one of the paths leads, on the way there, or below; in the order of the token."""
    wanted = list(paths)
    places = _Walk(sd_jwt).places
    return tuple(each for each in sd_jwt.disclosures if any(is_within(places[each], path) for path in wanted))


class _Walk:
    """One walk through the signed claims: each disclosure, and the place at which it puts something."""

    def __init__(self, sd_jwt: SdJwt) -> None:
        signed = read_unverified(sd_jwt.issuer_jwt)[1]
        algorithm = algorithm_of(signed)
        self._by_digest = {digest_of_disclosure(each, algorithm): each for each in sd_jwt.disclosures}
        self.places: dict[str, Path] = dict.fromkeys(sd_jwt.disclosures, ("",))
        self.claims: Mapping[str, Any] = self._read(signed, ())
        assert isinstance(self.claims, dict)
        self.claims.pop("_sd_alg", None)

    def _read(self, value: Any, place: Path) -> Any:
        if isinstance(value, dict):
            return self._read_object(value, place)
        if isinstance(value, list):
            return self._read_list(value, place)
        return value

    def _read_object(self, value: Mapping[str, Any], place: Path) -> dict[str, Any]:
        read = {name: self._read(each, (*place, name)) for name, each in value.items() if name != "_sd"}
        for digest in value.get("_sd", ()):
            disclosure = self._by_digest.get(digest)
            if disclosure is not None:
                name, disclosed = parse_disclosure(disclosure)
                self.places[disclosure] = (*place, name)
                read[str(name)] = self._read(disclosed, (*place, name))
        return read

    def _read_list(self, value: Sequence[Any], place: Path) -> list[Any]:
        read: list[Any] = []
        for each in value:
            here = (*place, len(read))
            if not isinstance(each, dict) or "..." not in each:
                read.append(self._read(each, here))
            elif (disclosure := self._by_digest.get(each["..."])) is not None:
                self.places[disclosure] = here
                read.append(self._read(parse_disclosure(disclosure)[1], here))
        return read
