"""Which papers the holders of prepared accounts have added: as many as people did in life. Pure.

26.4 million accounts had a health insurance card in August 2025, 20.2 million a driving licence and 7.5 million the registration
of a vehicle (biometricupdate.com, September 2025); there were 67 million in January 2026 (vietnamnet.vn 2474468). Only who holds
a paper can add it, so among holders more have done so. Papers are drawn independently of each other, which is made up.
"""

from __future__ import annotations

from collections.abc import Mapping

from eid.agencies.insurance import HEALTH_INSURANCE
from eid.agencies.licences import DRIVING_LICENCE
from eid.agencies.synthesis import SHARE_OF_DRIVERS
from eid.agencies.vehicle_synthesis import SHARE_OF_OWNERS
from eid.agencies.vehicles import VEHICLE
from eid.demo.cohort import derive_octets

ACCOUNTS = 67.0
"""Millions, as the numbers below."""
INSURANCE_SHARE = 26.4 / ACCOUNTS
"""Of accounts that have the health insurance card."""
LICENCE_SHARE = 20.2 / ACCOUNTS
"""Of accounts that have the driving licence."""
VEHICLE_SHARE = 7.5 / ACCOUNTS
"""Of accounts that have the registration of a vehicle."""

SHARES: Mapping[str, float] = {
    HEALTH_INSURANCE: INSURANCE_SHARE,
    DRIVING_LICENCE: LICENCE_SHARE,
    VEHICLE: VEHICLE_SHARE,
}

HOLDERS: Mapping[str, float] = {
    HEALTH_INSURANCE: 1.0,
    DRIVING_LICENCE: sum(SHARE_OF_DRIVERS.values()) / len(SHARE_OF_DRIVERS),
    VEHICLE: SHARE_OF_OWNERS,
}
"""Of the cohort, who has such a paper with its agency: grown-up citizens, half of them men, all of them insured (demo.people)."""


def draw_added_papers(pin: str, *, seed: int) -> tuple[str, ...]:
    """The papers that this account holder has added if they hold them, in the order above; the same seed and PIN say the same."""
    return tuple(paper for paper, share in SHARES.items() if _draw(pin, paper, seed) < share / HOLDERS[paper])


def _draw(pin: str, paper: str, seed: int) -> float:
    """From 0 to 1, without 1."""
    return int.from_bytes(derive_octets(seed, pin, f"added {paper}")[:6]) / 2**48
