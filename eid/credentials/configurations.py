"""What a wallet can be given (OpenID4VCI 1.0, 12.2.4): every paper and the identity card, each in both formats. Pure.

A licence is an ISO mDL with the standard's elements; an identity card has the elements of a PID under a type of our own, because
the European type says that a member state vouches for it; other papers have their attributes under types of our own.
"""

from __future__ import annotations

from enum import StrEnum

from eid.credentials.catalogue import CATALOGUE, DRIVING_LICENCE, Paper
from eid.credentials.identity import IDENTITY
from eid.late_dataclasses import frozen

MDL_TYPE, MDL_SPACE = "org.iso.18013.5.1.mDL", "org.iso.18013.5.1"
IDENTITY_SCOPE = "identity_card"
"""`identity` is the scope of claims, and says less."""


class CredentialFormat(StrEnum):
    SD_JWT = "dc+sd-jwt"
    MDOC = "mso_mdoc"


SUFFIXES = {CredentialFormat.SD_JWT: "_sd_jwt", CredentialFormat.MDOC: "_mso_mdoc"}


@frozen
class Configuration:
    """One paper in one format."""

    id: str
    paper: Paper
    format: CredentialFormat

    @property
    def scope(self) -> str:
        return scope_of(self.paper)

    @property
    def doc_type(self) -> str:
        """Of the mdoc."""
        return MDL_TYPE if self.paper is DRIVING_LICENCE else f"vn.eid.{self.paper.name}.1"

    @property
    def name_space(self) -> str:
        """Of the mdoc's elements."""
        return MDL_SPACE if self.paper is DRIVING_LICENCE else self.doc_type


def scope_of(paper: Paper) -> str:
    """What a wallet asks for to be given this paper."""
    return IDENTITY_SCOPE if paper is IDENTITY else paper.name


KEPT: dict[str, Paper] = {paper.name: paper for paper in (IDENTITY, *CATALOGUE.values())}
"""Whatever a wallet can keep, by name."""

CONFIGURATIONS: dict[str, Configuration] = {
    one.id: one
    for paper in KEPT.values()
    for one in (Configuration(paper.name + suffix, paper, format_) for format_, suffix in SUFFIXES.items())
}


def list_configurations_of(paper: Paper) -> tuple[str, ...]:
    """The ids of a paper's configurations."""
    return tuple(paper.name + suffix for suffix in SUFFIXES.values())
