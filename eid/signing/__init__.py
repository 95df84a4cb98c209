"""Certificates for people and for papers' seals, time stamps, and documents that are signed at a distance."""
