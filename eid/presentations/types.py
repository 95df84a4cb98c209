"""Which credentials relying services can ask for here: whatever a wallet can be given, in each of its formats."""

from __future__ import annotations

from eid.credentials.configurations import CONFIGURATIONS, Configuration, CredentialFormat, scope_of
from eid.credentials.wallet_credentials import type_of
from eid.errors import Malformed
from eid.presentations.dcql import Query, types_asked


def find_asked_scopes(query: Query) -> list[str]:
    """The scopes of the papers that may be an answer. Raises Malformed: credential_type_unknown, dcql_unsupported."""
    known = {(str(one.format), _type_of(one)): one for one in CONFIGURATIONS.values()}
    asked = types_asked(query.credentials)
    if not asked <= known.keys():
        raise Malformed("credential_type_unknown", "The query asks for a credential that is no paper of this service.")
    if not all(one.needs_holder for one in query.credentials):
        raise Malformed(
            "dcql_unsupported", "The query asks in a way that is not supported here.", reason="no holder binding"
        )
    return sorted({scope_of(known[kind].paper) for kind in asked})


def _type_of(configuration: Configuration) -> str:
    is_mdoc = configuration.format is CredentialFormat.MDOC
    return configuration.doc_type if is_mdoc else type_of(configuration.paper)
