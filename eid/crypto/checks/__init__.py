"""The checks of passive_auth.verify_document, by what they look at; each bears the number of its step there."""
