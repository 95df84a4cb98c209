"""Security events to services: a transmitter of the OpenID Shared Signals Framework 1.0, with CAEP 1.0 and RISC 1.0 events."""
