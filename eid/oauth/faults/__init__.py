"""Sign-ins that go wrong on purpose, so that a relying service can show that it notices. Of the demo alone."""
