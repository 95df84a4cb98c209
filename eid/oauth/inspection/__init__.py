"""Explaining a sign-in to the developers of a service: the provider's own checks, run on what they show, without side effects."""
