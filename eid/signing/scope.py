"""What a person grants a service that is to have documents signed by them (CSC API 2.0, section 8.4.2). Pure."""

from __future__ import annotations

from eid.oauth.claims import Scope

SERVICE = "service"
SIGNING_SCOPE = Scope(SERVICE, "Your signing certificate, and asking you on your phone to sign documents")
"""It signs nothing by itself: each signature is approved on the phone."""
