"""Every module that holds tables, so that the schema is known whole: for migrations and for the test that compares them."""

import eid.accounts.declaration_models
import eid.accounts.device_models
import eid.accounts.disclosure_reports
import eid.accounts.models
import eid.accounts.proof_models
import eid.accounts.recovery_models
import eid.accounts.representation_models
import eid.accounts.request_models
import eid.agencies.criminal_record_models
import eid.agencies.entitlement_models
import eid.agencies.health_models
import eid.agencies.models
import eid.agencies.residence_models
import eid.agencies.social_insurance_models
import eid.agencies.social_security_models
import eid.audit
import eid.audit_seal.models
import eid.cards.models
import eid.credentials.models
import eid.oauth.decoupled.models
import eid.oauth.faults.models
import eid.oauth.models
import eid.oauth.notices.models
import eid.oauth.offers.models
import eid.oauth.registration_models
import eid.oauth.signals.models
import eid.outbox
import eid.population.models
import eid.presentations.models
import eid.signing.models
import eid.traffic  # noqa: F401
