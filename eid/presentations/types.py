"""Which credentials relying services can ask for here: the papers, in the formats that they are issued in."""

from __future__ import annotations

from eid.credentials.catalogue import CATALOGUE, Paper
from eid.credentials.issuance import type_of
from eid.errors import Malformed
from eid.presentations.dcql import MDOC, SD_JWT_VC, Query, types_asked

DOC_TYPES = {"driving_licence": "org.iso.18013.5.1.mDL"}
"""Document types that are not ours to name."""


def doc_type_of(paper: Paper) -> str:
    """The document type of a paper as an mdoc."""
    return DOC_TYPES.get(paper.name, f"vn.eid.{paper.name}.1")


def find_asked_papers(query: Query) -> list[Paper]:
    """The papers that may be an answer, each once. Raises Malformed: credential_type_unknown, dcql_unsupported."""
    papers = {(SD_JWT_VC, type_of(paper)): paper for paper in CATALOGUE.values()}
    papers |= {(MDOC, doc_type_of(paper)): paper for paper in CATALOGUE.values()}
    asked = types_asked(query.credentials)
    if not asked <= papers.keys():
        raise Malformed("credential_type_unknown", "The query asks for a credential that is no paper of this service.")
    if not all(one.needs_holder for one in query.credentials):
        raise Malformed(
            "dcql_unsupported", "The query asks in a way that is not supported here.", reason="no holder binding"
        )
    return list({papers[kind].name: papers[kind] for kind in sorted(asked)}.values())
