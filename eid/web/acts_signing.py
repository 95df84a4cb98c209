"""Words for the acts of signing certificates, signatures and printed papers."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "print_paper": _("Paper downloaded as a PDF"),
    "issue_signing_certificate": _("Signing certificate issued"),
    "revoke_signing_certificate": _("Signing certificate revoked"),
    "list_signing_certificates": _("Signing certificate shown to a service"),
    "bring_document": _("Document brought to be signed"),
    "open_signing_request": _("Asked to sign"),
    "answer_signing_request": _("Answered on the phone whether to sign"),
    "sign_digests": _("Signed for a service"),
    "sign_document": _("Document signed"),
}
