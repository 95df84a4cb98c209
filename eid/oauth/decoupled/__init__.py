"""Asking a citizen on another device than the one that asks: by the back channel (CIBA), or by a code to enter (RFC 8628)."""
