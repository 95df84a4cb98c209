"""Every module that holds tables, so that the schema is known whole: for migrations and for the test that compares them."""

import eid.accounts.models
import eid.agencies.models
import eid.audit
import eid.cards.models
import eid.credentials.models
import eid.oauth.models
import eid.outbox
import eid.population.models  # noqa: F401
