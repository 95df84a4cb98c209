"""Making claims selectively disclosable at any depth (RFC 9901, sections 4.2.1 to 4.2.6): the issuer's side of
eid.crypto.disclosures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from random import Random

from eid.crypto.disclosures import RESERVED, Json, build_disclosures, digest_disclosures, encode

SALT_BYTES, _SALT_LENGTH = 18, 24
"""RFC 9901, section 9.3: at least 128 bits. 18 octets are 24 characters of base64url, so that all salts are drawn and written at
once and cut."""
ALGORITHM = "sha-256"

Path = tuple[str | int, ...]
"""Names of members and places of elements, from the top: ("address", "street"), ("nationalities", 0)."""

_Places = Collection[str | int]
_Deeper = Mapping[str | int, Collection[Path]]

_KEPT = RESERVED | {"_sd_alg"}
_NESTED = (dict, list)


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
        drawn = encode(rng.randbytes(count * SALT_BYTES))
        self.salts = [drawn[at : at + _SALT_LENGTH] for at in range(0, len(drawn), _SALT_LENGTH)]
        self.disclosures: list[str] = []

    def conceal(self, value: Json, paths: Collection[Path]) -> Json:
        """The value without what the paths lead to; each of them leads somewhere within it."""
        here = {path[0] for path in paths if len(path) == 1}
        deeper: dict[str | int, list[Path]] = {}
        for path in paths:
            if len(path) != 1:
                deeper.setdefault(path[0], []).append(path[1:])
        if isinstance(value, dict) and here <= value.keys() and deeper.keys() <= value.keys():
            return self._conceal_members(value, here, deeper)
        if isinstance(value, list) and here | deeper.keys() <= set(range(len(value))):
            return self._conceal_elements(value, here, deeper)
        raise ValueError("a path leads nowhere")

    def _conceal_members(self, value: dict[str, Json], here: _Places, deeper: _Deeper) -> dict[str, Json]:
        _check_names(value)
        shown: dict[str, Json] = {}
        withheld: list[tuple[str, Json]] = []
        for name, each in value.items():
            inner = self.conceal(each, deeper[name]) if name in deeper else _check_names(each)
            if name in here:
                withheld.append((name, inner))
            else:
                shown[name] = inner
        if withheld:
            shown["_sd"] = sorted(self._disclose(withheld) + self._draw_decoys())
        return shown

    def _conceal_elements(self, value: list[Json], here: _Places, deeper: _Deeper) -> list[Json]:
        shown = [
            self.conceal(each, deeper[at]) if at in deeper else _check_names(each) for at, each in enumerate(value)
        ]
        places = [at for at in range(len(value)) if at in here]
        if places:
            for at, digest in zip(places, self._disclose([(shown[at],) for at in places]), strict=True):
                shown[at] = {"...": digest}
            shown += [{"...": decoy} for decoy in self._draw_decoys()]
        return shown

    def _disclose(self, contents: Sequence[Sequence[Json]]) -> list[str]:
        """The digests of these, whose disclosures are made."""
        at = len(self.disclosures)
        disclosures = build_disclosures(contents, salts=self.salts[at : at + len(contents)])
        self.disclosures += disclosures
        return digest_disclosures(disclosures)

    def _draw_decoys(self) -> list[str]:
        return digest_disclosures([self.rng.randbytes(SALT_BYTES).hex() for _ in range(self.decoys)])


def _check_names(value: Json) -> Json:
    """The value; ValueError where a name in it, however deep, is one that the format keeps for itself."""
    if type(value) is dict:
        if not _KEPT.isdisjoint(value):
            raise ValueError("a name is one that the format keeps for itself")
        for each in value.values():
            if type(each) in _NESTED:
                _check_names(each)
    elif type(value) is list:
        for each in value:
            if type(each) in _NESTED:
                _check_names(each)
    return value
