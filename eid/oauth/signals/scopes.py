"""What a service may be registered for in its own name besides papers: its stream of security events. Pure."""

READ_SIGNALS = "ssf.read"
"""Read the stream and its status, and fetch its events."""
MANAGE_SIGNALS = "ssf.manage"
"""All that, and open, change and close the stream (CAEP Interoperability Profile 1.0, section 2.7.3)."""

SIGNAL_SCOPES = (READ_SIGNALS, MANAGE_SIGNALS)
