"""Making claims selectively disclosable at any depth (RFC 9901, sections 4.2.1 to 4.2.6): the issuer's side of
eid.crypto.disclosures."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from random import Random

from eid.crypto.disclosures import RESERVED, Json, digest_of_disclosure, encode, write_disclosure

SALT_BYTES, _SALT_LENGTH = 18, 24
"""RFC 9901, section 9.3: at least 128 bits. 18 octets are 24 characters of base64url, so that all salts are drawn and written at
once and cut."""
ALGORITHM = "sha-256"

Path = tuple[str | int, ...]
"""Names of members and places of elements, from the top: ("address", "street"), ("nationalities", 0)."""

_NOTHING: set[Path] = set()
_ITSELF: set[Path] = {()}


def withhold(
    claims: Mapping[str, Json], paths: Collection[Path], *, rng: Random, decoys: int = 0
) -> tuple[dict[str, Json], tuple[str, ...]]:
    """The claims with a digest in the place of each that a path leads to, and the disclosures of those.

    A path into what is itself withheld gives disclosures within disclosures (section 4.2.6). Each object and array that holds a
    digest gets `decoys` more, which nobody can tell from digests (section 4.2.5). `rng` must be one that nobody can predict.
    Raises ValueError where a path leads nowhere, or a claim has a name that the format keeps for itself.
    """
    wanted = set(paths)
    withholding = _Withholding(rng, len(wanted), decoys)
    payload: dict[str, Json] = withholding.conceal(dict(claims), wanted)
    if withholding.disclosures:
        payload["_sd_alg"] = ALGORITHM
    return payload, tuple(withholding.disclosures)


class _Withholding:
    def __init__(self, rng: Random, count: int, decoys: int) -> None:
        self.rng, self.decoys = rng, decoys
        self.salts = encode(rng.randbytes(count * SALT_BYTES))
        self.disclosures: list[str] = []

    def conceal(self, value: Json, paths: set[Path]) -> Json:
        deeper: dict[str | int, set[Path]] = {}
        for path in paths:
            deeper.setdefault(path[0], set()).add(path[1:])
        if isinstance(value, dict) and deeper.keys() <= value.keys() and not value.keys() & (RESERVED | {"_sd_alg"}):
            return self._conceal_members(value, deeper)
        if isinstance(value, list) and deeper.keys() <= set(range(len(value))):
            return self._conceal_elements(value, deeper)
        if paths or isinstance(value, dict):
            raise ValueError("a path leads nowhere, or a name is one that the format keeps for itself")
        return value

    def _conceal_members(self, value: dict[str, Json], deeper: Mapping[str | int, set[Path]]) -> dict[str, Json]:
        shown: dict[str, Json] = {}
        digests: list[str] = []
        for name, each in value.items():
            below = deeper.get(name, _NOTHING)
            inner = each if below <= _ITSELF and type(each) not in (dict, list) else self.conceal(each, below - _ITSELF)
            if () in below:
                digests.append(self._disclose(name, inner))
            else:
                shown[name] = inner
        if digests:
            shown["_sd"] = sorted(digests + [self._decoy() for _ in range(self.decoys)])
        return shown

    def _conceal_elements(self, value: list[Json], deeper: Mapping[str | int, set[Path]]) -> list[Json]:
        shown = []
        for at, each in enumerate(value):
            below = deeper.get(at, _NOTHING)
            inner = self.conceal(each, below - _ITSELF)
            shown.append({"...": self._disclose(inner)} if () in below else inner)
        if any(() in below for below in deeper.values()):
            shown += [{"...": self._decoy()} for _ in range(self.decoys)]
        return shown

    def _disclose(self, *content: Json) -> str:
        at = len(self.disclosures) * _SALT_LENGTH
        disclosure = write_disclosure(content, salt=self.salts[at : at + _SALT_LENGTH])
        self.disclosures.append(disclosure)
        return digest_of_disclosure(disclosure)

    def _decoy(self) -> str:
        return encode(hashlib.sha256(self.rng.randbytes(SALT_BYTES)).digest())
